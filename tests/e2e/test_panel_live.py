"""A run while it goes on: its fields fill one by one whatever is done meanwhile, until it ends or is cancelled."""

import re

from playwright.sync_api import Page, expect

from core.actors import LOCAL_USER
from core.runs.records import RunStatus
from tests.e2e.panel_scenes import REVIEW, REVIEW_SCHEMA
from tests.e2e.panel_screen import RunPanel, make_panel_pair
from tests.e2e.screen import badge, button, expect_no_traceback, fill, press_run
from tests.factories import Workshop
from tests.fake_model_server import FakeModelServer

FILLED = re.compile(r"\bfilled\b")
PENDING = re.compile(r"\bpending\b")


def test_fields_fill_whatever_is_done_meanwhile(page: Page, backstage: Workshop, model_server: FakeModelServer) -> None:
    pair = make_panel_pair(backstage, model_server.base_url, response_schema=REVIEW_SCHEMA, model_name="held-stream:4")
    panel = RunPanel.open(page, *pair)
    fill(page, "Input", "Please review this order.")
    run_id = press_run(page)

    expect(panel.live_field("verdict")).to_have_class(FILLED)
    expect(panel.live_field("reason")).to_have_class(PENDING)
    expect(page.get_by_text("Attempt 1")).to_be_visible()
    expect(page.get_by_text(re.compile("tokens? written"))).to_be_visible()
    panel.open_part("What will be sent")
    fill(page, "Input", "The next order, half typed")
    expect(badge(page, "Running")).to_be_visible()
    second = RunPanel(page.context.new_page())
    second.page.goto(page.url)
    page.reload()
    for each in (panel, second):
        expect(each.live_field("verdict")).to_have_class(FILLED)
        expect(badge(each.page, "Running")).to_be_visible()
        expect(each.live_field("reason")).to_have_class(PENDING)
    model_server.release()
    for each in (panel, second):
        expect(badge(each.page, "Passed")).to_be_visible()
        expect_no_traceback(each.page)
    second.page.close()
    assert len(model_server.chat_requests) == 1
    result = backstage.services.runs.get_run(LOCAL_USER, run_id).result
    assert result is not None
    assert list(result) == list(REVIEW)


def test_cancel_in_the_middle_of_the_answer_ends_the_request(
    page: Page, backstage: Workshop, model_server: FakeModelServer
) -> None:
    pair = make_panel_pair(
        backstage, model_server.base_url, response_schema=REVIEW_SCHEMA, model_name="held-stream:6", retries=3
    )
    panel = RunPanel.open(page, *pair)
    fill(page, "Input", "Please review this order.")
    run_id = press_run(page)
    expect(panel.live_field("verdict")).to_have_class(FILLED)

    button(page, "Cancel").click()

    model_server.wait_until(lambda _: model_server.chat_requests[0].is_disconnected)
    expect(badge(page, "Cancelled")).to_be_visible()
    expect(button(page, "Run")).to_be_enabled()
    assert len(model_server.chat_requests) == 1
    assert backstage.services.runs.get_run(LOCAL_USER, run_id).status is RunStatus.CANCELLED
    panel.open_part("Attempt 1")
    expect(page.get_by_test_id("stExpander").filter(has_text="Attempt 1")).to_contain_text('"verdict"')
