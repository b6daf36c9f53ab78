"""Whoever leaves a page just as something on it changes sees the next page, not an empty one."""

import uuid

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.news import count_news, send_news_after_a_click, wait_for_end_of_news
from tests.e2e.screen import badge, button, open_screen, row
from tests.factories import Workshop
from tests.fake_model_server import FakeModelServer


@pytest.mark.parametrize("way", ["row", "navigation"])
def test_news_of_the_page_before_do_not_empty_the_next(
    way: str, page: Page, backstage: Workshop, model_server: FakeModelServer
) -> None:
    agent, task = backstage.make_pair(model_server.base_url, name=f"Left {uuid.uuid4().hex[:8]}")
    backstage.run(agent, task)
    open_screen(page, "/", title="Benchtop")
    latest = row(page, agent.name)
    expect(badge(latest, "Passed")).to_be_visible()
    send_news_after_a_click(page)

    if way == "row":
        button(latest, "Open").click()
    else:
        page.get_by_role("navigation").get_by_role("link", name="Run", exact=True).click()

    wait_for_end_of_news(page)
    assert count_news(page) > 0
    expect(page.locator('[data-test-script-state="notRunning"]')).to_be_attached()
    # What was asked for too late has been dealt with before this: requests of a tab are done in turn.
    page.get_by_role("textbox", name="Input").fill("still here")
    page.get_by_role("textbox", name="Input").blur()
    expect(page.locator('[data-test-script-state="notRunning"]')).to_be_attached()
    expect(page.get_by_role("textbox", name="Input")).to_have_value("still here")
    expect(page.get_by_text("Try an agent on a task, and see every step to its answer.")).to_be_visible()
