"""Every screen in light and dark, wide and narrow: nothing runs out of the page. And the keyboard's way to a run."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Literal
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Page, expect

from pages.ui.routes import compare_params
from tests.e2e.conftest import BenchtopProcess
from tests.e2e.screen import (
    badge,
    button,
    drawer,
    expect_no_traceback,
    follow_link,
    heading,
    history_grid,
    open_run_panel,
    open_screen,
    row,
    run_id_of,
    wait_for_screen,
)
from tests.factories import Workshop, wait_until
from tests.fake_model_server import FakeModelServer

WIDTHS = (900, 1440)
MOST_TAB_PRESSES = 25
# The document itself never scrolls sideways: what overflows hides in the part of the page that scrolls.
OVERFLOWING = """
() => [document.scrollingElement, ...document.querySelectorAll('[data-testid="stMain"], [role="dialog"]')]
    .filter((each) => each.scrollWidth > each.clientWidth + 1)
    .map((each) => `${each.tagName} ${each.dataset.testid ?? ""} ${each.scrollWidth} > ${each.clientWidth}`)
"""

# How the words of what is chosen stand out from what is behind them: WCAG's contrast ratio, 4.5 or more for text.
CONTRASTS = """
() => {
  const read = (colour) => colour.match(/[0-9.]+/g).map(Number)
  const behind = (element) => {
    if (!element) return [255, 255, 255]
    const [red, green, blue, alpha = 1] = read(getComputedStyle(element).backgroundColor)
    if (alpha === 1) return [red, green, blue]
    const further = behind(element.parentElement)
    return [red, green, blue].map((part, place) => part * alpha + further[place] * (1 - alpha))
  }
  const light = (colour) => {
    const [red, green, blue] = colour
      .map((part) => part / 255)
      .map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
  }
  const chosen = '[role="tab"][aria-selected="true"], .stButtonGroup button[aria-checked="true"]'
  return [...document.querySelectorAll(chosen)].map((element) => {
    const lights = [light(read(getComputedStyle(element).color).slice(0, 3)), light(behind(element))]
    return (Math.max(...lights) + 0.05) / (Math.min(...lights) + 0.05)
  })
}
"""
LEAST_CONTRAST = 4.5


def expect_contrasts(page: Page, *, count: int) -> None:
    """Wait until what is chosen on the page can be read: a colour that changes gets there by and by."""
    wait_until(
        lambda: len(found := page.evaluate(CONTRASTS)) == count and min(found) >= LEAST_CONTRAST,
        what=f"{count} contrasts of {LEAST_CONTRAST} or more",
    )


@pytest.fixture
def shots_folder() -> Path | None:
    """Where the screenshots go: BENCHTOP_SCREENSHOTS. None: none are taken."""
    named = os.environ.get("BENCHTOP_SCREENSHOTS")
    if not named:
        return None
    folder = Path(named)
    folder.mkdir(parents=True, exist_ok=True)
    return folder


class Photographer:
    """Looks at one screen after another and takes its picture, if there is a place for it."""

    def __init__(self, page: Page, folder: Path | None, color_scheme: str) -> None:
        self._page = page
        self._folder = folder
        self._color_scheme = color_scheme

    def take(self, name: str) -> None:
        """Look at the screen in every width."""
        expect(self._page.get_by_test_id("stSkeleton")).to_have_count(0)
        expect_no_traceback(self._page)
        for width in WIDTHS:
            self._page.set_viewport_size({"width": width, "height": 900})
            self._page.wait_for_function("(width) => window.innerWidth === width", arg=width)
            # Tables are drawn anew a moment after their window has changed.
            wait_until(lambda: self._page.evaluate(OVERFLOWING) == [], what=f"{name} to fit a window of {width} pixels")
            if self._folder is not None:
                path = self._folder / f"{name}-{self._color_scheme}-{width}.png"
                self._page.screenshot(path=path, animations="disabled")


@pytest.mark.parametrize("color_scheme", ["light", "dark"])
def test_every_screen_fits_its_window(
    color_scheme: Literal["light", "dark"],
    open_tab: Callable[..., Page],
    benchtop: BenchtopProcess,
    backstage: Workshop,
    model_server: FakeModelServer,
    shots_folder: Path | None,
) -> None:
    pair = backstage.make_pair(model_server.base_url)
    passed, other = backstage.run(*pair), backstage.run(*pair, "Another invoice.")
    failed = backstage.run(*backstage.make_pair(model_server.base_url, model_name="always-wrong"))
    page = open_tab(benchtop.url, color_scheme=color_scheme)
    photographer = Photographer(page, shots_folder, color_scheme)

    open_screen(page, "/", title="Benchtop")
    photographer.take("home")
    look_at_lists(page, photographer)
    look_at_forms(page, photographer)
    open_screen(page, f"/compare?{urlencode(compare_params(run_ids=(passed.id, other.id)))}", title="Compare")
    expect(page.get_by_role("region", name="Answers side by side")).to_be_visible()
    photographer.take("comparison")
    for name, run in (("run-passed", passed), ("run-failed", failed)):
        open_screen(page, f"/run?run={run.id}", title="Run")
        expect(page.get_by_role("heading", name="Attempts")).to_be_visible()
        photographer.take(name)


def look_at_lists(page: Page, photographer: Photographer) -> None:
    for title in ("Run", "Compare", "Agents", "Tasks", "Providers"):
        follow_link(page, title)
        photographer.take(title.lower())
    follow_link(page, "History")
    expect(history_grid(page).locator("[row-index='0']").first).to_be_visible()
    photographer.take("history")


def look_at_forms(page: Page, photographer: Photographer) -> None:
    for title, action in (("Providers", "Add provider"), ("Agents", "Add agent")):
        follow_link(page, title)
        button(page, action).click()
        expect(button(drawer(page), "Save")).to_be_attached()
        photographer.take(action.lower().replace(" ", "-"))
        page.keyboard.press("Escape")
        expect(drawer(page)).to_be_hidden()
    follow_link(page, "Tasks")
    button(page.locator("[class*='-row-']").filter(has_text="Contact extraction"), "Edit").click()
    expect(heading(page, "Edit Contact extraction")).to_be_visible()
    wait_for_screen(page, title="Edit Contact extraction")
    photographer.take("edit-task")
    button(page, "Cancel").click()
    wait_for_screen(page, title="Tasks")


def test_ctrl_enter_runs(page: Page, backstage: Workshop, model_server: FakeModelServer) -> None:
    open_run_panel(page, *backstage.make_pair(model_server.base_url))
    field = page.get_by_role("textbox", name="Input")
    field.fill("Typed and sent at once.")

    field.press("Control+Enter")

    expect(badge(page, "Passed")).to_be_visible()
    assert run_id_of(page)
    assert "Typed and sent at once." in str(model_server.chat_requests[-1].body)


def test_tab_reaches_run_in_reading_order(page: Page, backstage: Workshop, model_server: FakeModelServer) -> None:
    open_run_panel(page, *backstage.make_pair(model_server.base_url))
    page.get_by_role("combobox", name="Agent").focus()
    stations = ["Agent"]

    for _ in range(MOST_TAB_PRESSES):
        page.keyboard.press("Tab")
        stations.append(page.evaluate("document.activeElement.ariaLabel || document.activeElement.innerText"))
        if button(page, "Run").evaluate("each => each === document.activeElement"):
            break

    expect(button(page, "Run")).to_be_focused()
    assert [name for name in stations if name in ("Agent", "Task", "Input")] == ["Agent", "Task", "Input"]
    page.keyboard.press("Enter")
    expect(badge(page, "Passed")).to_be_visible()


@pytest.mark.parametrize("color_scheme", ["light", "dark"])
def test_what_is_chosen_can_be_read(
    color_scheme: Literal["light", "dark"], open_tab: Callable[..., Page], benchtop: BenchtopProcess
) -> None:
    page = open_tab(benchtop.url, color_scheme=color_scheme)
    open_screen(page, "/history", title="History")
    expect(page.get_by_role("radio", name="Runs", exact=True)).to_be_visible()
    expect_contrasts(page, count=1)
    follow_link(page, "Tasks")
    button(page, "Add task").click()
    for name in ("Answer", "Form", "Advice"):
        expect(page.get_by_role("tab", name=name, exact=True)).to_be_visible()
    expect_contrasts(page, count=3)
    open_screen(page, "/providers", title="Providers")
    button(row(page, "Built-in model"), "Open").click()
    expect(drawer(page).get_by_role("tab", name="Health", exact=True)).to_be_visible()
    expect(drawer(page).get_by_role("radio", name="7 days", exact=True)).to_be_visible()
    expect_contrasts(page, count=2)
