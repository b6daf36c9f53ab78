"""The drawer of a provider: what its server can do, which models it has, and how it has been."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from pages.ui.provider_details.dialect_words import CAPABILITIES
from tests.e2e.panel_screen import RunPanel
from tests.e2e.provider_screen import ProviderDetails, forget_providers, open_providers
from tests.e2e.screen import badge, button, drawer, expect_no_traceback, fill, open_screen, press_run, search_row
from tests.factories import Workshop
from tests.fake_model_server import FakeModelServer
from tests.fake_server.traits import ModelDetails, Traits

PREFIX = "0details"
CHATS = "/v1/chat/completions"
TITLES = {capability.field: capability.title for capability in CAPABILITIES}
FOUND = {
    "output_mode": "As a tool call",
    "json_schema": "Taken, not enforced",
    "json_object": "No",
    "tools": "Yes",
    "tool_choice": "Yes",
    "streaming": "Yes",
    "usage": "Yes",
    "max_tokens_field": "max_completion_tokens",
    "system_messages": "Yes",
    "seed": "No",
}
"""What a probe finds of the server of the first test."""


@pytest.fixture(autouse=True)
def tidied(backstage: Workshop) -> Iterator[None]:
    """Nothing of these tests stays in the lists."""
    yield
    forget_providers(backstage, beginning=PREFIX)


def test_probe_fills_the_table_which_is_edited_and_used_for_runs(page: Page, backstage: Workshop) -> None:
    traits = Traits(
        schema="ignored", json_object=False, seed=False, max_tokens_fields=frozenset({"max_completion_tokens"})
    )
    name = f"{PREFIX} probed"
    with FakeModelServer(kind="vllm", models=["ok"], traits=traits) as server:
        provider = backstage.make_provider(server.base_url, name=name, provider_type="compatible")
        agent, task = backstage.make_agent(provider, max_tokens=64), backstage.make_task()
        backstage.assign(agent, task)
        open_providers(page)
        expect(badge(search_row(page, name), "Connected")).to_be_visible()
        details = ProviderDetails.open(page, name)
        details.open_tab("Dialect")
        expect(details.place).to_contain_text("Not probed yet")
        details.press("Probe")
        expect(details.place).to_contain_text(re.compile("Probed .* with ok"))
        details.choose("Holds for", "ok")
        for field, words in FOUND.items():
            expect(details.capability(TITLES[field])).to_contain_text(words)
        assert len(server.chat_requests) <= 10

        details.set_by_hand(TITLES["usage"], "No")
        details.press("Save")
        expect(details.capability(TITLES["usage"])).to_contain_text("set by hand")
        page.reload()
        details = ProviderDetails.open(page, name)
        details.open_tab("Dialect")
        details.choose("Holds for", "ok")
        expect(details.capability(TITLES["usage"])).to_contain_text("set by hand")
        expect(details.capability(TITLES["json_schema"])).to_contain_text(FOUND["json_schema"])
        expect_no_traceback(page)

        server.reset()
        server.set_mode("held-stream:4", path=CHATS)
        panel = RunPanel.open(page, agent, task)
        fill(page, "Input", "The invoice is wrong.")
        press_run(page)
        expect(panel.live_field("category")).to_have_class(re.compile(r"\b(filled|writing)\b"))
        expect(badge(page, "Running")).to_be_visible()
        server.release()
        expect(badge(page, "Passed")).to_be_visible()
        sent = server.chat_requests[0].body
        assert sent["tools"]
        assert sent["tool_choice"]
        assert "response_format" not in sent
        assert "max_tokens" not in sent
        assert sent["max_completion_tokens"] == 64
        expect_no_traceback(page)


def test_models_are_described_and_a_vanished_one_is_marked(page: Page, backstage: Workshop) -> None:
    name, kept, lost = f"{PREFIX} models", "kept:8b", "lost:1b"
    described = ModelDetails(
        context_tokens=131_072, size_bytes=4_700_000_000, parameter_size="8.2B", quantization="Q4_K_M"
    )
    with FakeModelServer(kind="ollama", models=[kept, lost], details={kept: described}) as server:
        server.loaded.update((kept, lost))
        provider = backstage.make_provider(server.root_url, name=name, provider_type="ollama")
        agent = backstage.make_agent(provider, name=f"{PREFIX} reader", model_name=lost)
        open_providers(page)
        expect(badge(search_row(page, name), "Connected")).to_be_visible()
        details = ProviderDetails.open(page, name)
        models = details.open_tab("Models")
        expect(models).to_contain_text("2 models listed.")
        for words in (kept, "128k", "4.7 GB", "8.2B", "Q4_K_M", "yes"):
            expect(details.table("The models of the provider")).to_contain_text(words)

        server.models = [kept]
        details.press("Test")

        expect(models).to_contain_text("1 model listed, 1 gone.")
        expect(details.table("The models of the provider")).to_contain_text("gone")
        expect(details.place).to_contain_text(f"but not “{lost}”, which “{agent.name}” uses.")
        health = details.open_tab("Health")
        expect(health).to_contain_text(f"{lost} · model gone")
        expect_no_traceback(page)

        open_screen(page, "/agents", title="Agents")
        place = search_row(page, agent.name)
        expect(badge(place, "model gone")).to_be_visible()
        expect(place).to_contain_text(f"“{name}” does not list the model “{lost}”. Edit the agent")
        page.get_by_text(re.compile(r"^\d+ agents? uses? a model that is gone or will be retired$")).click()
        listed = page.get_by_test_id("stExpander")
        expect(listed).to_contain_text(f"{lost} · {name} · model gone, last seen")
        button(listed, agent.name).click()
        expect(drawer(page).get_by_role("textbox", name="Name", exact=True)).to_have_value(agent.name)
        expect_no_traceback(page)


def test_health_shows_runs_checks_and_users(page: Page, backstage: Workshop, model_server: FakeModelServer) -> None:
    name = f"{PREFIX} health"
    provider = backstage.make_provider(model_server.base_url, name=name, api_key="sk-of-the-health-tab")
    agent, task = backstage.make_agent(provider, name=f"{PREFIX} user"), backstage.make_task()
    backstage.assign(agent, task)
    open_providers(page)
    health = ProviderDetails.open(page, name).open_tab("Health")
    expect(health).to_contain_text("No run used this provider in the last 7 days.")
    backstage.run(agent, task)
    model_server.set_mode("unauthorized", path=CHATS)
    assert backstage.run(agent, task).reason == "key_refused"
    page.reload()

    details = ProviderDetails.open(page, name)
    health = details.open_tab("Health")

    expect(health.locator(".st-key-details-total")).to_contain_text(re.compile(r"Runs\s*2"))
    expect(health).to_contain_text("key refused")
    expect(health.get_by_test_id("stVegaLiteChart")).to_have_count(2)
    expect(details.table("The last checks of the provider")).to_contain_text("Answered")
    expect(health.get_by_role("link", name=agent.name)).to_be_visible()
    expect(health).to_contain_text("Last sent to its server")
    expect_no_traceback(page)
