"""Providers in the browser: the badge turns by itself, errors are sentences, and a key never comes back."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Locator, Page, expect

from core.actors import LOCAL_USER
from core.providers.records import ProviderRecord
from tests.e2e.conftest import BenchtopProcess
from tests.e2e.provider_screen import Eavesdropper
from tests.e2e.screen import badge, button, drawer, expect_no_traceback, fill, open_screen, row
from tests.factories import Workshop
from tests.fake_model_server import FakeModelServer

CANARY_KEY = "sk-CANARY-51d7-not-to-be-seen"
SEALED_PREFIX = "gAAAA"
NAME = "Lab server"


def add_provider(page: Page, *, name: str, base_url: str, api_key: str) -> Locator:
    """Add an Ollama provider through the drawer; return its row."""
    button(page, "Add provider").click()
    form = drawer(page)
    fill(form, "Name", name)
    fill(form, "Base URL", base_url)
    fill(form, "API key", api_key)
    button(form, "Save").click()
    expect(form).to_be_hidden()
    return row(page, name)


@pytest.fixture
def eavesdropper(page: Page) -> Eavesdropper:
    return Eavesdropper(page)


@pytest.fixture
def added(
    page: Page, eavesdropper: Eavesdropper, backstage: Workshop, model_server: FakeModelServer
) -> Iterator[Locator]:
    """The row of an Ollama provider that was added on screen; a mark on the page shows whether it was reloaded."""
    open_screen(page, "/providers", title="Providers")
    page.evaluate("window.isSamePage = true")
    yield add_provider(page, name=NAME, base_url=model_server.root_url, api_key=CANARY_KEY)
    services = backstage.services
    for agent in services.agents.list_agents(LOCAL_USER):
        if agent.provider_name in (NAME, f"{NAME} two"):
            services.agents.delete_agent(LOCAL_USER, agent.id)
    for provider in services.providers.list_providers(LOCAL_USER):
        if provider.name in (NAME, f"{NAME} two"):
            services.providers.delete_provider(LOCAL_USER, provider.id)


def find_provider(backstage: Workshop, name: str) -> ProviderRecord:
    found = backstage.services.providers.list_providers(LOCAL_USER)
    return next(provider for provider in found if provider.name == name)


def expect_same_page(page: Page) -> None:
    assert page.evaluate("window.isSamePage === true"), "the page was reloaded"


def test_badge_follows_the_server(added: Locator, page: Page, model_server: FakeModelServer) -> None:
    expect(badge(added, "Connected")).to_be_visible()

    model_server.stop()
    button(added, "Test").click()

    expect(badge(added, "Error")).to_be_visible()
    expect(added).to_contain_text(f"Nothing answers at 127.0.0.1:{model_server.port}")
    expect_same_page(page)
    expect_no_traceback(page)


def test_provider_in_use_cannot_be_deleted(added: Locator, page: Page, backstage: Workshop) -> None:
    expect(badge(added, "Connected")).to_be_visible()
    agent = backstage.make_agent(find_provider(backstage, NAME), name="Invoice reader")

    button(added, "Delete").click()
    button(drawer(page), "Delete").click()

    expect(drawer(page)).to_contain_text(agent.name)
    button(drawer(page), "Cancel").click()
    expect(drawer(page)).to_be_hidden()
    expect(added).to_be_visible()


def test_unused_provider_is_deleted_and_restored(added: Locator, page: Page) -> None:
    button(added, "Delete").click()
    button(drawer(page), "Delete").click()
    expect(added).to_be_hidden()

    button(page, "Undo").click()

    expect(added).to_be_visible()


def test_blank_key_keeps_the_stored_one(added: Locator, page: Page, model_server: FakeModelServer) -> None:
    expect(badge(added, "Connected")).to_be_visible()
    model_server.reset()

    button(added, "Edit").click()
    expect(drawer(page).get_by_role("textbox", name="API key")).to_have_value("")
    fill(drawer(page), "Name", f"{NAME} two")
    button(drawer(page), "Save").click()

    button(row(page, f"{NAME} two"), "Test").click()
    model_server.wait_until(lambda requests: bool(requests))
    expect(badge(row(page, f"{NAME} two"), "Connected")).to_be_visible()
    assert {request.key for request in model_server.requests} == {CANARY_KEY}


def test_key_is_asked_for_again_when_the_server_changes(
    added: Locator, page: Page, unused_port: int, model_server: FakeModelServer
) -> None:
    expect(badge(added, "Connected")).to_be_visible()
    elsewhere = f"http://127.0.0.1:{unused_port}"

    button(added, "Edit").click()
    fill(drawer(page), "Base URL", elsewhere)
    button(drawer(page), "Save").click()

    expect(drawer(page).get_by_text("key", exact=False).last).to_be_visible()
    expect(drawer(page)).to_contain_text("Correct what is marked below")
    button(drawer(page), "Cancel").click()
    expect(added).to_contain_text(model_server.root_url)


def test_key_never_comes_back(
    added: Locator,
    page: Page,
    eavesdropper: Eavesdropper,
    benchtop: BenchtopProcess,
    model_server: FakeModelServer,
    open_tab: Callable[..., Page],
) -> None:
    expect(badge(added, "Connected")).to_be_visible()
    model_server.set_mode("unauthorized", path="/api/tags")
    button(added, "Test").click()
    expect(added).to_contain_text("refused the key")
    button(added, "Edit").click()
    expect(drawer(page).get_by_role("textbox", name="API key")).to_be_visible()

    other = open_tab(benchtop.url)
    other_eavesdropper = Eavesdropper(other)
    open_screen(other, "/providers", title="Providers")
    expect(row(other, NAME)).to_contain_text("key stored")

    for listener in (eavesdropper, other_eavesdropper):
        assert listener.has_heard(NAME), "the eavesdropper hears nothing"
        assert not listener.has_heard(CANARY_KEY)
        assert not listener.has_heard(SEALED_PREFIX)
    assert CANARY_KEY not in benchtop.read_log()
