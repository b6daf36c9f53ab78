"""The Compare page as a person uses it: the set-up, then the tables of figures and answers."""

import re
import uuid
from typing import Self
from urllib.parse import parse_qs, urlencode, urlsplit

from playwright.sync_api import Locator, Page, expect

from core.agents.records import AgentRecord
from core.tasks.records import TaskRecord
from pages.ui.routes import compare_params
from tests.e2e.screen import button, open_screen

_IDLE = '[data-testid="stApp"][data-test-script-state="notRunning"]'
_COMPARISON_URL = re.compile(r"/compare\?comparison=[0-9a-f-]{36}$")


class CompareScreen:
    """One tab on the Compare page."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.figures = page.get_by_role("region", name="Figures of each column")
        self.answers = page.get_by_role("region", name="Answers side by side")

    @classmethod
    def set_up(cls, page: Page, agent: AgentRecord, task: TaskRecord) -> Self:
        """Open the set-up with an agent in the first column, without waiting until it stands."""
        page.goto(f"/compare?{urlencode(compare_params(agent_id=agent.id, task_id=task.id))}", wait_until="commit")
        return cls(page)

    @classmethod
    def open(cls, page: Page, address: str) -> Self:
        """Open a comparison by its link."""
        open_screen(page, address, title="Compare")
        return cls(page)

    # The set-up

    def column(self, place: int) -> Locator:
        """Return the box of a column, counted from 1."""
        boxes = self.page.locator("[class*='st-key-compare-column-']")
        return boxes.filter(has=self.agent(place)).filter(has=self.page.get_by_text("Change…", exact=True))

    def agent(self, place: int) -> Locator:
        """Return the choice of a column's agent."""
        return self.page.get_by_role("combobox", name=f"Agent of column {place}", exact=True)

    def type_repeats(self, count: int) -> None:
        field = self.page.get_by_role("spinbutton", name="Repeats", exact=True)
        field.fill(str(count))
        field.blur()

    def expect_repeats(self, count: int) -> None:
        """Wait until the page has taken over what was typed."""
        expect(self.page.get_by_text(re.compile(rf"× {count} = \d+ runs$"))).to_be_visible()

    def start(self) -> uuid.UUID:
        """Press Compare and return the id that the page puts into its address."""
        self.press_compare()
        return self.comparison_id

    def press_compare(self) -> None:
        expect(self.page.locator(_IDLE)).to_be_attached()
        button(self.page, "Compare").click()

    @property
    def comparison_id(self) -> uuid.UUID:
        self.page.wait_for_url(_COMPARISON_URL)
        return uuid.UUID(parse_qs(urlsplit(self.page.url).query)["comparison"][0])

    # The comparison

    def figure_row(self, position: int) -> Locator:
        return self.figures.locator(f"tbody tr[data-id='{position}']")

    def answer_head(self, position: int) -> Locator:
        return self.answers.locator("thead th").nth(position)

    def answer_row(self, place: str) -> Locator:
        return self.answers.locator(f"tbody tr[data-id='{place}']")

    def answer(self, place: str, position: int) -> Locator:
        """Return what a column says in a field."""
        return self.answer_row(place).locator("td").nth(position - 1)

    def press(self, name: str, *, position: int) -> None:
        """Press what stands in a column's line of the figures."""
        expect(self.page.locator(_IDLE)).to_be_attached()
        button(self.figure_row(position), name).click()

    def narrow(self) -> None:
        """Leave only the fields in which the columns differ."""
        self.page.get_by_text("Only differences", exact=True).click()
