"""Prices are written in the provider's drawer, and costs stand at a run and its attempts, without a browser."""

from collections.abc import Callable

from streamlit.testing.v1 import AppTest

from core.actors import LOCAL_USER
from core.providers.price_lines import read_price_lines, write_price_lines
from core.providers.records import ProviderChange, ProviderRecord
from core.runs.costs import say_cost
from core.services import Services
from pages.ui.text import label
from tests.app.rows import press
from tests.app.test_attempts_on_screen import captions, open_run
from tests.factories import Workshop
from tests.fake_model_server import FakeModelServer

OpenPage = Callable[..., AppTest]

LINES = "gpt-4o* = 2.5 in, 10 out, 1.25 cached\nqwen3:8b = 0.0002 per second"


def open_drawer(open_page: OpenPage, provider: ProviderRecord) -> AppTest:
    app = open_page("providers")
    press(app, "providers", "edit", provider.id)
    assert not app.exception
    return app


def read(services: Services, provider: ProviderRecord) -> ProviderRecord:
    return services.providers.get_provider(LOCAL_USER, provider.id)


def test_prices_are_saved_and_shown_again(open_page: OpenPage, workshop: Workshop, services: Services) -> None:
    provider = workshop.make_provider()
    app = open_drawer(open_page, provider)

    app.text_area(key="provider.prices").set_value(LINES)
    app.button(key="provider.save").click().run()

    assert not app.exception
    assert write_price_lines(read(services, provider).prices) == LINES
    again = open_drawer(open_page, provider)
    assert again.text_area(key="provider.prices").value == LINES


def test_emptied_prices_are_gone(open_page: OpenPage, workshop: Workshop, services: Services) -> None:
    provider = workshop.make_provider()
    services.providers.change_provider(LOCAL_USER, provider.id, ProviderChange(prices=read_price_lines(LINES)))
    app = open_drawer(open_page, provider)

    app.text_area(key="provider.prices").set_value("")
    app.button(key="provider.save").click().run()

    assert read(services, provider).prices is None


def test_a_line_that_cannot_be_read_is_named_and_what_was_typed_stays(
    open_page: OpenPage, workshop: Workshop, services: Services
) -> None:
    provider = workshop.make_provider()
    app = open_drawer(open_page, provider)

    app.text_area(key="provider.prices").set_value("gpt-4o = $2 in, 10 out")
    app.button(key="provider.save").click().run()

    assert not app.exception
    assert any(label("Line 1: Write a price as a number") in block.value for block in app.markdown)
    assert app.text_area(key="provider.prices").value == "gpt-4o = $2 in, 10 out"
    assert read(services, provider).prices is None


def test_the_cost_stands_at_the_run_and_at_the_attempt(
    open_page: OpenPage, workshop: Workshop, services: Services, model_server: FakeModelServer
) -> None:
    agent, task = workshop.make_pair(model_server.base_url)
    prices = read_price_lines("ok = 2500 in, 10000 out")
    services.providers.change_provider(LOCAL_USER, agent.provider_id, ProviderChange(prices=prices))
    run = workshop.run(agent, task)

    app = open_run(open_page, run)

    assert say_cost(run.cost) in [text.value for text in app.text]
    assert any(label(f"cost {say_cost(run.cost)}") in caption for caption in captions(app))
    assert any("input tokens at" in caption and "for ok" in caption for caption in captions(app))


def test_an_unknown_cost_says_so(open_page: OpenPage, workshop: Workshop, model_server: FakeModelServer) -> None:
    app = open_run(open_page, workshop.run(*workshop.make_pair(model_server.base_url)))

    assert "unknown" in [text.value for text in app.text]
    assert any("cost unknown" in caption for caption in captions(app))
