"""A newcomer's way: from the home page to a validated result of a real model, and back to it later."""

from collections.abc import Callable, Iterator

import pytest
from jsonschema_rs import validator_for
from playwright.sync_api import BrowserContext, Page, expect

from core.actors import LOCAL_USER
from core.runs.records import RunStatus
from tests.e2e.conftest import BenchtopProcess
from tests.e2e.screen import (
    RUN_MILLISECONDS,
    badge,
    button,
    expect_no_traceback,
    follow_link,
    history_row,
    open_screen,
    press_run,
    run_id_of,
    wait_for_screen,
)
from tests.factories import Workshop


@pytest.fixture(scope="module")
def first_run(browser_profile: BrowserContext) -> Iterator[Page]:
    """The Run page after the three clicks, with the built-in model's run over."""
    page = browser_profile.new_page()
    open_screen(page, "/", title="Benchtop")
    button(page, "Try it").click()
    wait_for_screen(page, title="Run")
    press_run(page)
    expect(page.get_by_role("heading", name="Attempts")).to_be_visible(timeout=RUN_MILLISECONDS)
    yield page
    page.close()


def test_three_clicks_lead_to_a_validated_result(first_run: Page, backstage: Workshop) -> None:
    expect(badge(first_run, "Passed")).to_be_visible()
    run = backstage.services.runs.get_run(LOCAL_USER, run_id_of(first_run))
    assert run.status is RunStatus.PASSED
    assert run.result is not None
    validator_for(run.response_schema).validate(run.result)
    table = first_run.get_by_role("tabpanel", name="Table")
    for field, value in run.result.items():
        expect(table.get_by_text(field, exact=True)).to_be_visible()
        expect(table.get_by_text(str(value), exact=True).first).to_be_visible()
    expect(first_run.get_by_text("Attempt 1 ·")).to_be_visible()
    expect_no_traceback(first_run)


def test_run_is_found_again(first_run: Page, open_tab: Callable[..., Page], benchtop: BenchtopProcess) -> None:
    address = first_run.url

    first_run.reload()

    expect(badge(first_run, "Passed")).to_be_visible()
    second = open_tab(benchtop.url)
    second.goto(address)
    expect(badge(second, "Passed")).to_be_visible()
    expect(second.get_by_text("Attempt 1 ·")).to_be_visible()

    follow_link(second, "History")
    newest = history_row(second)
    expect(newest).to_contain_text("Passed")
    expect(newest).to_contain_text("Support triage")
    newest.get_by_text("Support triage").click()

    wait_for_screen(second, title="Run")
    second.wait_for_url(address)
    expect(badge(second, "Passed")).to_be_visible()
