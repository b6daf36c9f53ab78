"""The form of a provider: what is typed stays, what is missing is told at its field, headers and limits hold."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.provider_screen import Eavesdropper, ProviderForm, forget_providers, open_providers
from tests.e2e.screen import badge, expect_no_traceback, open_run_panel, press_run, row, search_row
from tests.factories import Workshop
from tests.fake_model_server import FakeModelServer

PREFIX = "0form"
CANARY = "canary-77c1-of-a-gateway"


@pytest.fixture(autouse=True)
def tidied(backstage: Workshop) -> Iterator[None]:
    """Nothing of these tests stays in the list."""
    yield
    forget_providers(backstage, beginning=PREFIX)


def test_typed_values_stay_while_type_and_server_are_chosen(page: Page, model_server: FakeModelServer) -> None:
    name = f"{PREFIX} gateway"
    open_providers(page)
    form = ProviderForm.add(page)
    form.fill("Name", name)
    form.fill("API key", "sk-typed-before")

    form.choose("Type", "Azure OpenAI")
    expect(form.field("Resource key")).to_have_value("sk-typed-before")
    form.choose("Type", "OpenAI-compatible server")
    form.fill("Base URL", "http://169.254.169.254/v1")
    form.choose("Server", "OpenRouter")
    expect(form.place).to_contain_text("Leave blank for the usual address of OpenRouter.")
    form.choose("Server", "vLLM")

    expect(form.field("Base URL")).to_have_attribute("placeholder", "http://localhost:8000/v1")
    expect(form.field("Base URL")).to_have_value("http://169.254.169.254/v1")
    expect(form.field("Name")).to_have_value(name)
    expect(form.field("API key")).to_have_value("sk-typed-before")
    form.press_save()
    expect(form.told_at("Base URL")).to_contain_text("cloud metadata services, which are never called")
    form.fill("Base URL", model_server.base_url)
    form.save()

    place = search_row(page, name)
    expect(place).to_contain_text("vLLM · key stored")
    expect(badge(place, "Connected")).to_be_visible()
    assert {request.key for request in model_server.requests} == {"sk-typed-before"}
    expect_no_traceback(page)


def test_what_is_missing_is_told_at_its_field(page: Page) -> None:
    open_providers(page)
    form = ProviderForm.add(page)
    form.choose("Type", "Azure OpenAI")

    form.press_save()

    expect(form.place).to_contain_text("This was not saved. Correct what is marked below.")
    expect(form.told_at("Resource key")).to_contain_text("Azure OpenAI needs a key. Paste one of yours.")
    expect(form.told_at("Name")).to_contain_text("Give it a name.")
    expect(form.told_at("Base URL")).to_contain_text("needs an address.")
    expect_no_traceback(page)


def test_extra_headers_are_sent_and_never_shown_again(page: Page, model_server: FakeModelServer) -> None:
    name, eavesdropper = f"{PREFIX} headers", Eavesdropper(page)
    open_providers(page)
    form = ProviderForm.add(page)
    form.fill("Name", name)
    form.fill("Base URL", model_server.root_url)
    form.open_part("Extra headers")
    form.fill("One header on each line", f"X-Team data\nX-Gateway-Token: {CANARY}")
    form.press_save()
    expect(form.part("Extra headers")).to_contain_text("Line 1 has no colon. Write “Name: value”.")

    form.fill("One header on each line", f"X-Team: data\nX-Gateway-Token: {CANARY}")
    form.save()

    expect(badge(row(page, name), "Connected")).to_be_visible()
    for request in model_server.requests:
        assert (request.headers["x-team"], request.headers["x-gateway-token"]) == ("data", CANARY)
    page.reload()
    form = ProviderForm.edit(page, name)
    form.open_part("Extra headers · X-")
    expect(form.part("Extra headers")).to_contain_text("Stored: X-Team, X-Gateway-Token. Leave blank to keep them")
    expect(form.field("One header on each line")).to_have_value("")
    assert eavesdropper.has_heard("X-Gateway-Token")
    assert not eavesdropper.has_heard(CANARY)
    expect_no_traceback(page)


def test_a_run_that_waits_for_a_limit_says_so_and_passes(
    page: Page, backstage: Workshop, model_server: FakeModelServer
) -> None:
    name = f"{PREFIX} limited"
    provider = backstage.make_provider(model_server.base_url, name=name)
    agent, task = backstage.make_agent(provider), backstage.make_task()
    backstage.assign(agent, task)
    open_providers(page)
    form = ProviderForm.edit(page, name)
    form.open_part("Limits")
    form.fill("At the same time", "1")
    form.save()
    model_server.set_mode("held", path="/v1/chat/completions")
    first = backstage.start_run(agent, task)
    model_server.wait_until(lambda _: len(model_server.chat_requests) == 1, timeout_seconds=20)

    open_run_panel(page, agent, task)
    press_run(page)

    expect(page.get_by_text("Waiting for the provider's limit of 1 request at once")).to_be_visible()
    assert len(model_server.chat_requests) == 1
    model_server.release()
    expect(badge(page, "Passed")).to_be_visible()
    assert backstage.wait_for_end(first.id).status == "passed"
    assert len(model_server.chat_requests) == 2
    expect_no_traceback(page)
