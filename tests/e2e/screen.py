"""What a person does and sees on Benchtop's screens, by the names that stand there."""

import re
import uuid
from urllib.parse import urlencode

from playwright.sync_api import FrameLocator, Locator, Page, expect

from core.agents.records import AgentRecord
from core.tasks.records import TaskRecord
from pages.ui.routes import start_run_params

_RUN_URL = re.compile(r"/run\?run=([0-9a-f-]{36})$")
_IDLE = '[data-testid="stApp"][data-test-script-state="notRunning"]'
_INVISIBLE_JOINER = "\u2060"
RUN_MILLISECONDS = 30_000
"""How long a run on the built-in model may take, its start included."""


def heading(page: Page, text: str) -> Locator:
    """Return the title of the page."""
    return page.get_by_role("heading", name=text, level=1, exact=True)


def open_screen(page: Page, path: str, *, title: str) -> None:
    """Open a page by its address and wait until it stands."""
    page.goto(path)
    wait_for_screen(page, title=title)


def follow_link(page: Page, title: str) -> None:
    """Open a page by the navigation, as most people do."""
    page.get_by_role("navigation").get_by_role("link", name=title, exact=True).click()
    wait_for_screen(page, title="Benchtop" if title == "Home" else title)


def wait_for_screen(page: Page, *, title: str) -> None:
    """Wait for the page's title and for its script to end."""
    expect(heading(page, title)).to_be_visible()
    expect(page.locator(_IDLE)).to_be_attached()


def button(place: Page | Locator, name: str) -> Locator:
    return place.get_by_role("button", name=name, exact=True)


def drawer(page: Page) -> Locator:
    """Return the open drawer or dialog."""
    return page.get_by_role("dialog")


def choose(place: Locator, title: str, option: str | re.Pattern[str], *, typed: str = "") -> None:
    """Pick an option of a select box. Typing narrows the list, of which only the visible part is drawn."""
    box = place.get_by_role("combobox", name=title, exact=True)
    # A script that is still drawing the box would close its list again.
    expect(box.page.locator(_IDLE)).to_be_attached()
    box.click()
    box.fill(typed or str(option))
    box.page.get_by_role("option", name=option, exact=True).click()


def type_option(place: Locator, title: str, text: str) -> None:
    """Type what a select box takes beside its own options, or one of these; Enter takes what is marked by then."""
    box = place.get_by_role("combobox", name=title, exact=True)
    expect(box.page.locator(_IDLE)).to_be_attached()
    box.click()
    box.fill(text)
    expect(box.page.get_by_role("option", name=re.compile(rf"^(Add: )?{re.escape(text)}$")).first).to_be_visible()
    box.page.get_by_role("option", name=re.compile(rf"^(Add: )?{re.escape(text)}$")).first.click()


def fill(place: Page | Locator, title: str, text: str) -> None:
    """Type into a field and leave it."""
    field = place.get_by_role("textbox", name=title, exact=True)
    field.fill(text)
    field.blur()


def row(page: Page, name: str) -> Locator:
    """Return the row of a list that shows this name."""
    rows = page.locator("[class*='-row-']")
    return rows.filter(has=page.get_by_text(name, exact=True))


def search_row(page: Page, name: str) -> Locator:
    """Search a list for a name and return its row: a long list shows one page at a time."""
    field = page.get_by_role("searchbox", name="Search")
    field.fill(name)
    field.press("Enter")
    return row(page, name)


def badge(place: Page | Locator, word: str) -> Locator:
    """Return the status that stands on the screen. A badge that tells more on hover is drawn twice, once hidden."""
    return place.get_by_text(word, exact=True).filter(visible=True)


def open_run_panel(page: Page, agent: AgentRecord, task: TaskRecord) -> None:
    """Open the Run page with an agent and a task chosen, and give it an input."""
    open_screen(page, f"/run?{urlencode(start_run_params(agent_id=agent.id, task_id=task.id))}", title="Run")
    fill(page, "Input", "The invoice is wrong.")


def press_run(page: Page) -> uuid.UUID:
    """Press Run and return the run's id, which the page puts into its address."""
    before = page.url
    button(page, "Run").click()
    page.wait_for_url(lambda url: url != before and _RUN_URL.search(url) is not None)
    return run_id_of(page)


def run_id_of(page: Page) -> uuid.UUID:
    found = _RUN_URL.search(page.url)
    assert found is not None, f"no run in {page.url}"
    return uuid.UUID(found[1])


def history_grid(page: Page) -> FrameLocator:
    """Return the grid of the History page, which lives in a frame of its own."""
    return page.frame_locator("iframe[title*='agGrid' i], iframe[src*='agGrid']")


def history_row(page: Page, index: int = 0) -> Locator:
    """Return a row of that grid, without its checkbox, which stands in a part of its own."""
    return history_grid(page).locator(f".ag-center-cols-container [row-index='{index}']")


def read_text(page: Page) -> str:
    """Return all text that is visible, the grid's included, without the invisible joiners of made-safe text."""
    texts = [frame.locator("body").inner_text() for frame in page.frames]
    fields = page.get_by_role("textbox").or_(page.get_by_role("combobox")).all()
    texts += [field.input_value() for field in fields if field.evaluate("each => 'value' in each")]
    return "\n".join(texts).replace(_INVISIBLE_JOINER, "")


def expect_no_traceback(page: Page) -> None:
    """See that no error of the program itself reached the screen."""
    expect(page.get_by_test_id("stException")).to_have_count(0)
    assert "Traceback" not in read_text(page)
