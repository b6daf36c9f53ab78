"""The head of a provider's drawer and the note of a probe that goes on, without a browser."""

from core.actors import LOCAL_USER
from core.providers.records import ProviderDraft
from core.services import Services
from pages.ui.text import label
from tests.app.test_provider_details import OpenPage, keys, open_details, open_tab, texts, wait_until_settled
from tests.factories import Workshop
from tests.fake_model_server import FakeModelServer
from tests.integration.own_services import execute


def test_known_server_is_named_as_in_the_list(open_page: OpenPage, services: Services, unused_port: int) -> None:
    address = f"http://127.0.0.1:{unused_port}/v1"
    draft = ProviderDraft(name="Desk", type="compatible", preset="lmstudio", base_url=address)
    provider = wait_until_settled(services, services.providers.create_provider(LOCAL_USER, draft))

    app = open_details(open_page, provider)

    assert label(f"LM Studio · {address} · no key") in texts(app)


def test_model_that_is_being_loaded_is_not_warmed_up_twice(
    open_page: OpenPage, workshop: Workshop, services: Services, model_server: FakeModelServer
) -> None:
    provider = wait_until_settled(services, workshop.make_provider(model_server.root_url))
    execute(services.database, "UPDATE llm_providers SET type = 'ollama', waiting_model = 'llama3'")
    model_server.set_mode("hang")
    app = open_details(open_page, provider)

    app.button(key="details.warm_up").click().run()

    assert not app.exception
    assert app.button(key="details.warm_up").disabled
    assert "llama3 is being loaded" in texts(app)


def test_probe_started_here_says_what_is_asked_and_how_long_it_may_take(
    open_page: OpenPage, workshop: Workshop, services: Services, model_server: FakeModelServer
) -> None:
    provider = wait_until_settled(services, workshop.make_provider(model_server.base_url))
    model_server.set_mode("hang")
    app = open_tab(open_details(open_page, provider), "Dialect")

    app.button(key="details.probe").click().run()

    assert not app.exception
    assert "two minutes at most" in texts(app)
    assert "being asked what it can do" not in texts(app), "the clock says it"
    assert "details.probe" not in keys(app)
