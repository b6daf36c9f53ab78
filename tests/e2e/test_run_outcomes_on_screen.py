"""Runs that do not pass, as they are read in the browser: a sentence and the next step, never a traceback."""

import re
from dataclasses import dataclass

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.screen import badge, button, expect_no_traceback, open_run_panel, press_run
from tests.factories import Workshop
from tests.fake_model_server import FakeModelServer


@dataclass(frozen=True)
class Failure:
    model_name: str
    sentence: str
    next_step: str


FAILURES = (
    Failure("unauthorized", "refused the key", "Paste a current key on the Providers page."),
    Failure("not-found", "does not know the model “not-found”", "Pick another model for the agent."),
    Failure("truncated", "was cut off at", "Raise the agent's max tokens"),
)


def expect_failure(page: Page, *, sentence: str, next_step: str) -> None:
    expect(badge(page, "Failed")).to_be_visible()
    expect(page.get_by_role("alert")).to_contain_text(sentence)
    expect(page.get_by_role("alert")).to_contain_text(next_step)
    expect_no_traceback(page)


@pytest.mark.parametrize("failure", FAILURES, ids=lambda failure: failure.model_name)
def test_failure_is_a_sentence(
    failure: Failure, page: Page, backstage: Workshop, model_server: FakeModelServer
) -> None:
    open_run_panel(page, *backstage.make_pair(model_server.base_url, model_name=failure.model_name))

    press_run(page)

    expect_failure(page, sentence=failure.sentence, next_step=failure.next_step)


def test_dead_provider_is_a_sentence(page: Page, backstage: Workshop, unused_port: int) -> None:
    open_run_panel(page, *backstage.make_pair(f"http://127.0.0.1:{unused_port}/v1"))

    press_run(page)

    expect_failure(page, sentence=f"Nothing answers at 127.0.0.1:{unused_port}", next_step="on the Providers page")


def test_every_refused_answer_is_shown_with_its_fields(
    page: Page, backstage: Workshop, model_server: FakeModelServer
) -> None:
    open_run_panel(page, *backstage.make_pair(model_server.base_url, model_name="always-wrong", retries=2))

    press_run(page)

    expect_failure(
        page, sentence="did not fit the task's schema in any of 3 attempts", next_step="which fields were refused"
    )
    for number in (1, 2, 3):
        title = page.get_by_text(f"Attempt {number} · failed")
        expect(title).to_contain_text("problem")
    expect(page.get_by_text("What was wrong with it", exact=True)).to_be_visible()
    problems = page.locator(".st-key-run-errors-3")
    expect(problems.get_by_text(re.compile("^(category|confidence)$")).first).to_be_visible()
    page.get_by_text("Attempt 1 · failed").click()
    expect(page.get_by_text("What was wrong with it", exact=True)).to_have_count(2)
    expect(page.get_by_text("Raw answer", exact=True)).to_have_count(2)


@pytest.mark.parametrize("model_name", ["slow:1", "hang"])
def test_run_is_cancelled(model_name: str, page: Page, backstage: Workshop, model_server: FakeModelServer) -> None:
    open_run_panel(page, *backstage.make_pair(model_server.base_url, model_name=model_name))
    press_run(page)
    model_server.wait_until(lambda _: bool(model_server.chat_requests), timeout_seconds=15)

    button(page, "Cancel").click()

    expect(badge(page, "Cancelled")).to_be_visible()
    model_server.wait_until(lambda _: model_server.chat_requests[-1].is_disconnected)
    assert len(model_server.chat_requests) == 1
    expect(button(page, "Run")).to_be_enabled()
    expect_no_traceback(page)


def test_running_answer_appears_piece_by_piece(page: Page, backstage: Workshop, model_server: FakeModelServer) -> None:
    open_run_panel(page, *backstage.make_pair(model_server.base_url, model_name="slow:0.4"))

    press_run(page)

    expect(badge(page, "Running")).to_be_visible()
    expect(page.get_by_text("Answer so far")).to_be_visible()
    page.reload()
    expect(badge(page, "Passed")).to_be_visible()
