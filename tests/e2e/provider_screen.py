"""The Providers page as a person uses it: its list, the form of a provider, and the drawer with all about one."""

import re
from typing import Final, Self

from playwright.sync_api import Locator, Page, WebSocket, expect

from core.actors import LOCAL_USER
from core.providers.types import list_types
from tests.e2e.screen import button, choose, drawer, open_screen, search_row, wait_for_screen
from tests.factories import Workshop

IDLE: Final = '[data-testid="stApp"][data-test-script-state="notRunning"]'


def open_providers(page: Page) -> None:
    open_screen(page, "/providers", title="Providers")


def forget_providers(backstage: Workshop, *, beginning: str) -> None:
    """Delete the providers whose name begins so, and the agents on them."""
    services = backstage.services
    for agent in services.agents.list_agents(LOCAL_USER):
        if agent.provider_name.startswith(beginning):
            services.agents.delete_agent(LOCAL_USER, agent.id)
    for provider in services.providers.list_providers(LOCAL_USER):
        if provider.name.startswith(beginning):
            services.providers.delete_provider(LOCAL_USER, provider.id)


def _note_of(type_label: str) -> str:
    """Return how the form's words on a type begin."""
    (note,) = [one.note for one in list_types() if one.label == type_label]
    return note.partition(".")[0]


class Eavesdropper:
    """Keeps all that the server sends to a tab: frames, pages and answers."""

    def __init__(self, page: Page) -> None:
        self._page = page
        self._heard: list[bytes] = []
        page.on("websocket", self._listen)

    def _listen(self, socket: WebSocket) -> None:
        socket.on("framereceived", self._keep)

    def _keep(self, payload: str | bytes) -> None:
        self._heard.append(payload.encode() if isinstance(payload, str) else payload)

    def has_heard(self, text: str) -> bool:
        return any(text.encode() in frame for frame in self._heard) or text in self._page.content()


class ProviderForm:
    """The form in its drawer, new or of a stored provider."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.place = drawer(page)

    @classmethod
    def add(cls, page: Page) -> Self:
        button(page, "Add provider").click()
        return cls(page)

    @classmethod
    def edit(cls, page: Page, name: str) -> Self:
        button(search_row(page, name), "Edit").click()
        return cls(page)

    def fill(self, title: str, text: str) -> None:
        """Type into a field and leave it."""
        self.field(title).fill(text)
        self.field(title).blur()

    def choose(self, title: str, option: str) -> None:
        choose(self.place, title, option)
        if title == "Type":
            # The form is drawn anew for it, and a button that moves meanwhile may be missed.
            expect(self.place).to_contain_text(_note_of(option))
        expect(self.page.locator(IDLE)).to_be_attached()

    def field(self, title: str) -> Locator:
        """Return a field for text, several lines or a number."""
        either = self.place.get_by_role("textbox", name=title, exact=True)
        return either.or_(self.place.get_by_role("spinbutton", name=title, exact=True))

    def part(self, title: str) -> Locator:
        """Return a folded part, whose head begins so."""
        summary = self.page.locator("summary").filter(has_text=re.compile(rf"^[a-z_]*{re.escape(title)}"))
        return self.place.get_by_test_id("stExpander").filter(has=summary)

    def open_part(self, title: str) -> None:
        expect(self.page.locator(IDLE)).to_be_attached()
        self.part(title).locator("summary").click()

    def told_at(self, title: str) -> Locator:
        """Return what the part of the form around a field says."""
        named = self.page.get_by_role("textbox", name=title, exact=True)
        return self.place.get_by_test_id("stVerticalBlock").filter(has=named).last

    def save(self) -> None:
        """Save, and see that it is taken."""
        self.press_save()
        expect(self.place).to_be_hidden()

    def press_save(self) -> None:
        button(self.place, "Save").click()


class ProviderDetails:
    """The drawer with all there is about one provider."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.place = drawer(page)

    @classmethod
    def open(cls, page: Page, name: str) -> Self:
        """Open it from the list, which must be on the screen."""
        button(search_row(page, name), "Open").click()
        wait_for_screen(page, title="Providers")
        return cls(page)

    def press(self, name: str) -> None:
        expect(self.page.locator(IDLE)).to_be_attached()
        button(self.place, name).click()

    def open_tab(self, name: str) -> Locator:
        """Turn to a tab and return what is in it."""
        expect(self.page.locator(IDLE)).to_be_attached()
        self.place.get_by_role("tab", name=name, exact=True).click()
        return self.place.get_by_role("tabpanel", name=name)

    def capability(self, title: str) -> Locator:
        """Return the line of the table that says of the server whether it can do something."""
        by_hand = self.page.get_by_role("combobox", name=title, exact=True)
        return self.place.get_by_test_id("stHorizontalBlock").filter(has=by_hand).last

    def choose(self, title: str, option: str) -> None:
        choose(self.place, title, option)
        if title == "Type":
            # The form is drawn anew for it, and a button that moves meanwhile may be missed.
            expect(self.place).to_contain_text(_note_of(option))
        expect(self.page.locator(IDLE)).to_be_attached()

    def set_by_hand(self, title: str, option: str) -> None:
        choose(self.place, title, option)

    def table(self, title: str) -> Locator:
        """Return a table's cells as a screen reader finds them: what is seen is painted."""
        return self.place.get_by_test_id("stDataFrame").filter(has=self.page.get_by_label(title)).locator("table")
