"""What the Run page says before anything is sent: what will go out, and what will not work."""

from playwright.sync_api import Page, expect

from core.actors import LOCAL_USER
from core.runs.records import RunStatus
from tests.e2e.panel_screen import RunPanel, make_panel_pair
from tests.e2e.screen import badge, button, expect_no_traceback, press_run
from tests.factories import Workshop
from tests.fake_model_server import FakeModelServer

TICKET_SCHEMA = {
    "type": "object",
    "properties": {"subject": {"type": "string"}, "message": {"type": "string"}},
    "required": ["subject", "message"],
}
PROMPT = "Sort the ticket.\n\ncategory: one of billing, bug, refund."


def test_preview_and_check_come_before_the_first_request(
    page: Page, backstage: Workshop, model_server: FakeModelServer
) -> None:
    agent, task = make_panel_pair(
        backstage,
        model_server.base_url,
        request_schema=TICKET_SCHEMA,
        system_prompt=PROMPT,
        user_prompt_template="About {{subjekt}}:\n{{message}}",
    )
    panel = RunPanel.open(page, agent, task)
    warnings = page.get_by_role("alert")

    expect(warnings.filter(has_text="{{subjekt}}")).to_contain_text("Did you mean {{subject}}?")
    expect(warnings.filter(has_text="refund")).to_contain_text("which the schema does not take")
    expect(button(page, "Run")).to_be_enabled()
    panel.open_part("What will be sent")
    panel.type("message", "The invoice of May is wrong.")
    preview = page.get_by_test_id("stExpander").filter(has_text="What will be sent")
    expect(preview).to_contain_text("The invoice of May is wrong.")
    expect(preview).to_contain_text("{{subjekt}}, line 1: not filled")
    expect(preview).to_contain_text("Native: the schema goes out as the format of the answer.")
    expect(preview).to_contain_text('"model": "ok"')
    panel.type("subject", "Invoice")
    panel.run()
    expect(page.get_by_role("alert").filter(has_text="subjekt")).to_have_count(2)
    assert not model_server.chat_requests
    expect_no_traceback(page)


def test_a_request_that_may_not_fit_is_sent_all_the_same(
    page: Page, backstage: Workshop, model_server: FakeModelServer
) -> None:
    agent, task = backstage.make_pair(model_server.base_url, system_prompt=PROMPT)
    # The only window that is certain here is that of the built-in model.
    providers = backstage.services.providers.list_providers(LOCAL_USER)
    provider = next(each for each in providers if each.type == "builtin")
    builtin = backstage.make_agent(provider, model_name="smollm2-135m-instruct")
    backstage.assign(builtin, task)
    panel = RunPanel.open(page, builtin, task)
    text = panel.form.get_by_role("textbox", name="Input", exact=True)
    text.fill("A long complaint about an invoice. " * 2_000)
    text.blur()
    expect(page.get_by_role("alert").filter(has_text="will not fit")).to_contain_text("the model's window holds")
    expect(button(page, "Run")).to_be_enabled()

    panel = RunPanel.open(page, agent, task)
    expect(page.get_by_role("alert").filter(has_text="refund")).to_be_visible()
    text.fill("The invoice is wrong.")
    text.blur()
    run_id = press_run(page)
    expect(badge(page, "Passed")).to_be_visible()
    assert backstage.services.runs.get_run(LOCAL_USER, run_id).status is RunStatus.PASSED
    assert len(model_server.chat_requests) == 1
    backstage.services.agents.delete_agent(LOCAL_USER, builtin.id)
