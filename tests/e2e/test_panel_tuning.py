"""An agent tuned on the Run page: tried as a variation, then saved to the agent, or discarded."""

from playwright.sync_api import Page, expect

from core.actors import LOCAL_USER
from tests.e2e.panel_screen import RunPanel, make_panel_pair
from tests.e2e.screen import badge, button, expect_no_traceback, fill, press_run, wait_for_screen
from tests.factories import Workshop
from tests.fake_model_server import FakeModelServer


def test_variation_is_run_then_saved(page: Page, backstage: Workshop, model_server: FakeModelServer) -> None:
    agent, task = make_panel_pair(backstage, model_server.base_url, temperature=0.2)
    panel = RunPanel.open(page, agent, task)
    fill(page, "Input", "The invoice is wrong.")
    panel.open_part("Tune")
    temperature = page.get_by_role("spinbutton", name="Temperature", exact=True)
    temperature.fill("0.9")
    temperature.blur()
    fill(page, "System prompt", "Sort the ticket, and be brief.")
    expect(page.get_by_text("Differs from version 1")).to_be_visible()

    run_id = press_run(page)
    expect(badge(page, "Passed")).to_be_visible()

    body = model_server.chat_requests[-1].body
    assert body["temperature"] == 0.9
    assert body["messages"][0]["content"] == "Sort the ticket, and be brief."
    expect(page.get_by_text("(a variation of version 1)")).to_be_visible()
    run = backstage.services.runs.get_run(LOCAL_USER, run_id)
    assert (run.agent_version, run.variation_of) == (None, 1)
    assert backstage.services.agents.get_agent(LOCAL_USER, agent.id).version == 1

    button(page, "Save to agent").click()
    expect(page.get_by_text("Saved as version 2.")).to_be_visible()
    expect(page.get_by_text("Differs from version")).to_be_hidden()
    saved = backstage.services.agents.get_agent(LOCAL_USER, agent.id)
    assert (saved.version, saved.temperature, saved.system_prompt) == (2, 0.9, "Sort the ticket, and be brief.")
    expect_no_traceback(page)


def test_variation_is_discarded_and_taken_back(page: Page, backstage: Workshop, model_server: FakeModelServer) -> None:
    panel = RunPanel.open(page, *make_panel_pair(backstage, model_server.base_url))
    panel.open_part("Tune")
    prompt = page.get_by_role("textbox", name="System prompt", exact=True)
    expect(prompt).to_be_visible()
    wait_for_screen(page, title="Run")
    fill(page, "System prompt", "Another prompt.")
    button(page, "Discard").click()
    expect(prompt).to_have_value("Sort the ticket.")
    expect(button(page, "Save to agent")).to_be_hidden()

    button(page, "Undo").click()

    expect(prompt).to_have_value("Another prompt.")
    button(page, "Back").click()
    expect(prompt).to_have_value("Sort the ticket.")
    fill(page, "Input", "The invoice is wrong.")
    press_run(page)
    expect(badge(page, "Passed")).to_be_visible()
    expect(page.get_by_text("(version 1) on")).to_be_visible()
    assert model_server.chat_requests[-1].body["messages"][0]["content"] == "Sort the ticket."
