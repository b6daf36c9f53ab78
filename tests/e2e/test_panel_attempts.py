"""Servers and models that behave badly: each attempt and each HTTP try stands on the screen, with what came of it."""

import re

from playwright.sync_api import Locator, Page, expect

from tests.e2e.panel_screen import RunPanel
from tests.e2e.screen import badge, button, expect_no_traceback, open_run_panel, press_run
from tests.factories import Workshop
from tests.fake_model_server import FakeModelServer


def attempt(page: Page, number: int) -> Locator:
    """Return an attempt, its title and what is shown of it."""
    return page.get_by_test_id("stExpander").filter(has_text=f"Attempt {number} ·")


def open_attempt(page: Page, number: int) -> Locator:
    RunPanel(page).open_part(f"Attempt {number} ·")
    expect(attempt(page, number).get_by_text("Raw answer")).to_be_visible()
    return attempt(page, number)


def test_wrong_then_right_tells_what_was_fed_back_and_mended(
    page: Page, backstage: Workshop, model_server: FakeModelServer
) -> None:
    open_run_panel(page, *backstage.make_pair(model_server.base_url, model_name="wrong-then-right"))
    press_run(page)
    expect(badge(page, "Passed")).to_be_visible()

    first = open_attempt(page, 1)
    expect(page.locator(".st-key-run-errors-1").get_by_text("category", exact=True).first).to_be_visible()
    expect(first).to_contain_text("Fed back to the model")
    expect(first).to_contain_text("finish reason stop")
    expect(first).to_contain_text("Schema as sent")
    second = open_attempt(page, 2)
    expect(second).to_contain_text("Attempt 2 · passed")
    expect(second).to_contain_text("assistant")
    expect(page.get_by_text("Attempt 3")).to_have_count(0)
    expect(page.locator(".st-key-run-timeline li")).to_have_count(2)
    fed_back = str(model_server.chat_requests[1].body["messages"][-1]["content"])
    expect(first).to_contain_text(fed_back.splitlines()[0])

    open_run_panel(page, *backstage.make_pair(model_server.base_url, model_name="as-text"))
    press_run(page)
    expect(badge(page, "Passed")).to_be_visible()
    RunPanel(page).open_part("1 mend made before the answer was judged")
    expect(page.locator(".st-key-run-result-mends-list")).to_contain_text("confidence")
    expect_no_traceback(page)


def test_truncated_answer_is_named_and_not_asked_for_again(
    page: Page, backstage: Workshop, model_server: FakeModelServer
) -> None:
    open_run_panel(page, *backstage.make_pair(model_server.base_url, model_name="truncated", max_tokens=64, retries=3))

    press_run(page)

    expect(badge(page, "Failed")).to_be_visible()
    expect(page.get_by_role("alert")).to_contain_text("was cut off at")
    expect(page.get_by_text("Attempt 1 · cut off")).to_be_visible()
    expect(attempt(page, 1)).to_contain_text("it reached the length limit of 64 tokens")
    expect(attempt(page, 1)).to_contain_text("finish reason length")
    assert len(model_server.chat_requests) == 1


def test_rate_limit_is_waited_for_and_its_tries_are_kept(
    page: Page, backstage: Workshop, model_server: FakeModelServer
) -> None:
    open_run_panel(page, *backstage.make_pair(model_server.base_url, model_name="rate-limited-first:1:3"))

    press_run(page)

    expect(page.get_by_text("The provider answered 429. It is asked again after")).to_be_visible()
    expect(badge(page, "Passed")).to_be_visible()
    RunPanel(page).open_part("Attempt 1 ·")
    tries = page.locator(".st-key-run-exchanges-1")
    expect(tries.get_by_text("429", exact=True)).to_be_visible()
    expect(tries.get_by_text("200", exact=True)).to_be_visible()
    expect(page.get_by_text("Attempt 2")).to_have_count(0)
    assert len(model_server.chat_requests) == 2


def test_reset_in_mid_stream_and_an_empty_answer_are_sentences(
    page: Page, backstage: Workshop, model_server: FakeModelServer
) -> None:
    open_run_panel(page, *backstage.make_pair(model_server.base_url, model_name="cut-stream", retries=0))
    press_run(page)
    expect(badge(page, "Failed")).to_be_visible()
    expect(page.get_by_role("alert")).to_contain_text(re.compile("broke|ended|closed|cut", re.IGNORECASE))
    RunPanel(page).open_part("Attempt 1 ·")
    expect(attempt(page, 1)).to_contain_text('{"category')
    expect_no_traceback(page)
    expect(button(page, "Run")).to_be_enabled()

    open_run_panel(page, *backstage.make_pair(model_server.base_url, model_name="empty", retries=1))
    press_run(page)
    expect(badge(page, "Failed")).to_be_visible()
    expect(page.get_by_text("Attempt 2 · failed")).to_be_visible()
    RunPanel(page).open_part("Attempt 1 ·")
    expect(attempt(page, 1)).to_contain_text("The model sent no text.")
    expect_no_traceback(page)
