"""The Run page as a person uses it: the input on the left, the run on the right."""

import re
from typing import Any, Self
from urllib.parse import urlencode

from playwright.sync_api import Locator, Page, expect

from core.agents.records import AgentRecord
from core.tasks.records import TaskRecord
from pages.ui.routes import start_run_params
from tests.e2e.panel_scenes import Schema
from tests.e2e.screen import button, choose, drawer, open_screen
from tests.factories import Workshop

_IDLE = '[data-testid="stApp"][data-test-script-state="notRunning"]'


class RunPanel:
    """One tab on the Run page."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.form = page.locator(".st-key-run-form")

    @classmethod
    def open(cls, page: Page, agent: AgentRecord, task: TaskRecord) -> Self:
        open_screen(page, f"/run?{urlencode(start_run_params(agent_id=agent.id, task_id=task.id))}", title="Run")
        return cls(page)

    # The input

    def type(self, name: str, text: str, *, place: int = 1) -> None:
        """Type into a field of the form and leave it. `place` counts the fields of this name."""
        field = self.field(name, place=place)
        field.fill(text)
        field.blur()

    def field(self, name: str, *, place: int = 1) -> Locator:
        """Return a field for text or a number."""
        either = self.form.get_by_role("textbox", name=name, exact=True)
        return either.or_(self.form.get_by_role("spinbutton", name=name, exact=True)).nth(place - 1)

    def choose(self, name: str, option: str) -> None:
        choose(self.form, name, option)

    def set_date(self, name: str, *, year: int, month: int, day: int) -> None:
        for part, number in (("year", year), ("month", month), ("day", day)):
            piece = self.form.get_by_role("spinbutton", name=f"{part}, {name}", exact=True)
            piece.click()
            piece.press_sequentially(str(number))

    def press_icon(self, name: str, *, place: int = 1) -> None:
        """Press a button of a list that shows only an icon."""
        self.form.get_by_role("button", name=f"{name} icon", exact=True).nth(place - 1).click()

    def switch_view(self, name: str) -> None:
        """Turn to the form or to JSON."""
        self.form.get_by_role("radiogroup", name="View").get_by_text(name, exact=True).click()

    @property
    def json_text(self) -> Locator:
        return self.form.get_by_role("textbox", name="Input as JSON", exact=True)

    def open_menu(self, entry: str) -> Locator:
        """Choose from the menu beside the input and return the dialog."""
        expect(self.page.locator(_IDLE)).to_be_attached()
        self.press_icon("more_horiz")
        self.page.get_by_role("option", name=entry).or_(self.page.get_by_role("menuitem", name=entry)).click()
        return drawer(self.page)

    def pick_fixture(self, name: str) -> None:
        self.form.locator(".st-key-run-sample").get_by_text(name, exact=True).click()

    # What stands behind a click

    def open_part(self, title: str | re.Pattern[str]) -> None:
        """Open an expander of the page, once the one before is drawn: a click in between is forgotten."""
        expect(self.page.locator(_IDLE)).to_be_attached()
        self.page.get_by_test_id("stExpander").locator("summary").filter(has_text=title).click()

    # The run

    @property
    def fields(self) -> Locator:
        """Return the lines of the answer that is being written."""
        return self.page.locator(".st-key-run-fields").locator(".line")

    def live_field(self, name: str) -> Locator:
        named = self.page.locator("dt").get_by_text(name, exact=True)
        return self.fields.filter(has=named)

    def run(self) -> None:
        expect(self.page.locator(_IDLE)).to_be_attached()
        button(self.page, "Run").click()


def make_panel_pair(
    backstage: Workshop,
    base_url: str,
    *,
    request_schema: Schema | None = None,
    response_schema: Schema | None = None,
    **agent: Any,  # Any: fields of an agent's draft
) -> tuple[AgentRecord, TaskRecord]:
    """Make an agent and a task with these schemas, assigned to each other."""
    owner = backstage.make_agent(backstage.make_provider(base_url), **agent)
    task = backstage.make_task(response_schema, request_schema=request_schema)
    backstage.assign(owner, task)
    return owner, task
