"""The answer of a run as it is read, copied, downloaded, rated and paid for."""

import csv
import json
from pathlib import Path

from playwright.sync_api import Download, Locator, Page, expect

from core.actors import LOCAL_USER
from core.providers.prices import ModelPrice, PriceTable
from core.providers.records import ProviderChange
from tests.e2e.panel_scenes import REVIEW, REVIEW_SCHEMA, answer_mode
from tests.e2e.panel_screen import RunPanel, make_panel_pair
from tests.e2e.screen import badge, button, expect_no_traceback, fill, press_run
from tests.factories import Workshop
from tests.fake_model_server import FakeModelServer


def download(page: Page, pressed: Locator) -> Path:
    with page.expect_download() as caught:
        pressed.click()
    taken: Download = caught.value
    return Path(taken.path())


def test_answer_is_read_by_its_schema_and_downloaded(
    page: Page, backstage: Workshop, model_server: FakeModelServer
) -> None:
    model_server.set_mode(answer_mode(REVIEW))
    agent, task = make_panel_pair(backstage, model_server.base_url, response_schema=REVIEW_SCHEMA)
    RunPanel.open(page, agent, task)
    fill(page, "Input", "Please review this order.")
    press_run(page)
    expect(badge(page, "Passed")).to_be_visible()
    table = page.get_by_role("tabpanel", name="Table")

    expect(table.locator(".stMarkdownBadge").get_by_text("accept", exact=True)).to_be_visible()
    expect(table.get_by_text("4 May 2026", exact=True)).to_be_visible()
    expect(table.get_by_text("customer · 2 fields")).to_be_visible()
    expect(table.get_by_text("St James Square 12", exact=True)).to_be_visible()
    expect(table.get_by_text("list of 2 objects", exact=True)).to_be_visible()
    expect(table.get_by_text("null", exact=True)).to_be_visible()
    expect(table.get_by_test_id("stDataFrame")).to_be_visible()
    rows = list(csv.reader(download(page, button(table, "CSV")).read_text().splitlines()))
    assert rows == [
        ["item", "quantity", "ships"],
        ["'=HYPERLINK(1)", "3", "2026-05-01"],
        ["Lamp", "1", "2026-05-02"],
    ]
    page.get_by_role("tab", name="JSON", exact=True).click()
    as_json = page.get_by_role("tabpanel", name="JSON")
    assert json.loads(download(page, button(as_json, "Download")).read_text()) == REVIEW
    expect(page.get_by_text("unknown", exact=True)).to_be_visible()

    panel = RunPanel(page)
    panel.open_part("Copy as code")
    code = page.get_by_test_id("stExpander").filter(has_text="Copy as code")
    for tab, words in (("Python", "from pydantic_ai import"), ("curl", "curl"), ("JSON", '"status": "passed"')):
        code.get_by_role("tab", name=tab, exact=True).click()
        expect(code.get_by_role("tabpanel", name=tab)).to_contain_text(words)
    expect_no_traceback(page)


def test_rating_is_seen_in_a_second_tab_and_cost_comes_from_own_prices(
    page: Page, backstage: Workshop, model_server: FakeModelServer
) -> None:
    agent, task = make_panel_pair(backstage, model_server.base_url)
    price = ModelPrice(model_name="ok", input_per_million=100, output_per_million=200)
    change = ProviderChange(prices=PriceTable(entries=(price,)))
    backstage.services.providers.change_provider(LOCAL_USER, agent.provider_id, change)
    run = backstage.run(agent, task)
    second = page.context.new_page()
    for tab in (page, second):
        tab.goto(f"/run?run={run.id}")
        expect(tab.get_by_text("Is this answer good?")).to_be_visible()
    assert run.cost is not None
    expect(page.locator(".st-key-run-figures").get_by_text(f"${run.cost.amount_usd:.4f}")).to_be_visible()

    page.get_by_role("radiogroup", name="Feedback rating").get_by_role("radio", name="Thumbs down").click()
    expect(page.get_by_text("Rated by", exact=False)).to_be_visible()
    fill(page, "Note", "The category is wrong.")

    expect(second.get_by_role("textbox", name="Note", exact=True)).to_have_value("The category is wrong.")
    second.get_by_role("radiogroup", name="Feedback rating").get_by_role("radio", name="Thumbs down").click()
    expect(page.get_by_text("Is this answer good?")).to_be_visible()
    rated = backstage.services.runs.get_run(LOCAL_USER, run.id)
    assert rated.rating is None
    expect_no_traceback(second)
    second.close()


def test_task_that_stores_no_content_shows_its_answer_for_now(
    page: Page, backstage: Workshop, model_server: FakeModelServer
) -> None:
    agent = backstage.make_agent(backstage.make_provider(model_server.base_url))
    task = backstage.make_task(stores_content=False)
    backstage.assign(agent, task)
    RunPanel.open(page, agent, task)
    fill(page, "Input", "A secret complaint.")

    run_id = press_run(page)

    expect(badge(page, "Passed")).to_be_visible()
    table = page.get_by_role("tabpanel", name="Table")
    expect(table.get_by_text("billing", exact=True)).to_be_visible()
    expect(page.get_by_text("The task stores no content.")).to_be_visible()
    RunPanel(page).open_part("Attempt 1 ·")
    expect(page.get_by_test_id("stExpander").filter(has_text="Attempt 1 ·")).to_contain_text("A secret complaint.")
    stored = backstage.services.runs.get_run(LOCAL_USER, run_id)
    assert (stored.input, stored.result) == (None, None)
    assert stored.output_tokens
