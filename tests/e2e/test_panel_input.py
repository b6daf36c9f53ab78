"""The input of a run: filled by hand, as JSON, from what was kept and from an earlier run, and sent exactly so."""

import json
import re
import uuid

from playwright.sync_api import BrowserContext, Page, expect

from core.actors import LOCAL_USER
from tests.e2e.panel_scenes import ORDER, ORDER_SCHEMA, Schema
from tests.e2e.panel_screen import RunPanel, make_panel_pair
from tests.e2e.screen import badge, button, expect_no_traceback, fill, press_run, run_id_of
from tests.factories import Workshop
from tests.fake_model_server import FakeModelServer


def fill_order(panel: RunPanel) -> None:
    """Fill every kind of field, with a list that grows, shrinks and is put in another order."""
    panel.type("name", "Ada")
    panel.type("city", "London")
    panel.type("street", "St James Square 12")
    panel.type("sku", "A-1")
    panel.type("quantity", "3")
    for number in (2, 3):
        button(panel.form, "Add").click()
        expect(panel.field("sku", place=number)).to_be_visible()
    panel.type("sku", "Wrong", place=2)
    panel.type("sku", "B-2", place=3)
    panel.type("quantity", "1", place=3)
    panel.press_icon("close", place=2)
    expect(panel.field("sku", place=3)).to_have_count(0)
    panel.press_icon("arrow_upward", place=2)
    expect(panel.field("sku")).to_have_value("B-2")
    panel.choose("payment", "Transfer")
    panel.type("iban", "GB33")
    panel.choose("urgency", "high")
    panel.set_date("due", year=2026, month=5, day=4)
    tags = panel.form.get_by_role("combobox", name="tags (optional)")
    tags.fill("gift")
    tags.press("Enter")
    expect(panel.form.get_by_text("gift", exact=True).first).to_be_visible()
    tags.press("Escape")  # its open list keeps all else from being pressed


def read_sent(model_server: FakeModelServer) -> object:
    """Return the input inside the request that was sent last."""
    body = model_server.chat_requests[-1].body
    return json.loads(body["messages"][-1]["content"])


def read_input(backstage: Workshop, run_id: uuid.UUID) -> Schema:
    value = backstage.services.runs.get_run(LOCAL_USER, run_id).input
    assert isinstance(value, dict)
    return value


def test_form_is_sent_exactly_and_filled_again(
    page: Page, browser_profile: BrowserContext, backstage: Workshop, model_server: FakeModelServer
) -> None:
    pair = make_panel_pair(backstage, model_server.base_url, request_schema=ORDER_SCHEMA)
    panel = RunPanel.open(page, *pair)
    fill_order(panel)
    dialog = panel.open_menu("Keep this input…")
    expect(dialog.get_by_text("It fits the task.")).to_be_visible()
    fill(dialog, "Name", "A gift for Ada")
    button(dialog, "Keep").click()
    expect(dialog).to_be_hidden()

    run_id = press_run(page)
    expect(badge(page, "Passed")).to_be_visible()

    assert read_input(backstage, run_id) == ORDER
    assert list(read_input(backstage, run_id)) == list(ORDER)
    assert read_sent(model_server) == ORDER

    other = RunPanel.open(browser_profile.new_page(), *pair)
    other.pick_fixture("A gift for Ada")
    expect(other.field("iban")).to_have_value("GB33")
    other.type("iban", "FR76")
    assert read_input(backstage, press_run(other.page)) == ORDER | {"payment": {"kind": "transfer", "iban": "FR76"}}
    expect(badge(other.page, "Passed")).to_be_visible()
    dialog = other.open_menu("From an earlier run…")
    button(dialog, "Fill in").nth(1).click()
    expect(other.field("iban")).to_have_value("GB33")
    expect(other.field("sku")).to_have_value("B-2")
    expect_no_traceback(other.page)
    other.page.close()


def test_json_and_form_are_one_input(page: Page, backstage: Workshop, model_server: FakeModelServer) -> None:
    pair = make_panel_pair(backstage, model_server.base_url, request_schema=ORDER_SCHEMA)
    panel = RunPanel.open(page, *pair)
    panel.type("name", "Grace")

    panel.switch_view("JSON")
    expect(panel.json_text).to_have_value(re.compile('"name": "Grace"'))
    broken = json.dumps(ORDER)[:-1] + ", oops"
    panel.json_text.fill(broken)
    panel.json_text.blur()
    panel.switch_view("Form")
    expect(page.get_by_role("alert")).to_contain_text("switch to the form")
    expect(panel.json_text).to_have_value(broken)
    wrong = {**ORDER, "urgency": "soon", "lines": [{"sku": "A-1", "quantity": 0}]}
    panel.json_text.fill(json.dumps(wrong))
    panel.json_text.blur()
    panel.switch_view("Form")
    expect(panel.field("iban")).to_have_value("GB33")

    panel.run()

    quantity = panel.form.get_by_text("must be at least 1")
    expect(quantity).to_be_visible()
    assert not model_server.chat_requests
    panel.type("quantity", "2")
    expect(quantity).to_be_hidden()
    expect(panel.form.get_by_text("must be one of: low, high")).to_be_visible()
    panel.type("urgency", '"low"')
    run_id = press_run(page)
    expect(badge(page, "Passed")).to_be_visible()
    assert run_id == run_id_of(page)
    assert read_sent(model_server) == {**ORDER, "urgency": "low", "lines": [{"sku": "A-1", "quantity": 2}]}
