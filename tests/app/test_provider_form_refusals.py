"""What the forms of providers and agents say of entries that cannot be used."""

import pytest
from streamlit.testing.v1 import AppTest

from core.actors import LOCAL_USER
from core.services import Services
from tests.app.provider_forms import OpenPage, is_marked, open_new, save
from tests.app.rows import press
from tests.factories import Workshop

CANARY = "CANARY-7f2c-not-to-be-seen"
_NUMBERS = {
    "provider.limits.requests_per_minute": (-5, "This must be at least 1."),
    "provider.limits.max_concurrency": (20_000, "This must be at most 10,000."),
    "provider.request_timeout_seconds": (0.0, "This must be more than 0."),
    "provider.connect_timeout_seconds": (99_999.0, "This must be at most 3,600."),
}


def open_agent(open_page: OpenPage, workshop: Workshop) -> AppTest:
    agent = workshop.make_agent(temperature=0.3, max_tokens=50, retries=4)
    app = open_page("agents")
    press(app, "agents", "edit", agent.id)
    assert not app.exception
    return app


def test_everything_wrong_is_marked_at_once_and_nothing_typed_is_lost(open_page: OpenPage, services: Services) -> None:
    app = open_new(open_page, "compatible")
    app.text_input(key="provider.api_key").set_value("two words")
    app.text_area(key="provider.headers").set_value(f"X-Team: data\n{CANARY}")
    app.text_area(key="provider.prices").set_value("gpt-4o")
    app.number_input(key="provider.limits.max_concurrency").set_value(20_000)
    app.number_input(key="provider.request_timeout_seconds").set_value(0.0)

    save(app)

    assert is_marked(app, "Give it a name.")
    assert is_marked(app, "A key holds no spaces or special characters. Copy it again.")
    assert is_marked(app, "Line 2 has no colon. Write “Name: value”.")
    assert is_marked(app, "Line 1 has no “=”.")
    assert is_marked(app, "This must be at most 10,000.")
    assert is_marked(app, "This must be more than 0.")
    assert [error.value for error in app.error] == ["This was not saved. Correct what is marked below."]
    assert {part.label for part in app.expander if part.proto.expanded} == {
        "Extra headers",
        "Limits",
        "Times",
        "Prices",
    }
    assert app.text_input(key="provider.api_key").value == "two words"
    assert app.text_area(key="provider.headers").value == f"X-Team: data\n{CANARY}"
    assert app.text_area(key="provider.prices").value == "gpt-4o"
    assert app.number_input(key="provider.limits.max_concurrency").value == 20_000


@pytest.mark.parametrize("key", _NUMBERS)
def test_number_out_of_range_is_told_at_its_field_in_words(open_page: OpenPage, key: str) -> None:
    number, words = _NUMBERS[key]
    app = open_new(open_page, "ollama")
    app.number_input(key=key).set_value(number)

    save(app)

    assert is_marked(app, words)


@pytest.mark.parametrize("key", _NUMBERS)
def test_number_has_no_bounds_that_keep_the_browser_from_saving(open_page: OpenPage, key: str) -> None:
    field = open_new(open_page, "ollama").number_input(key=key)

    # With an entry beyond a bound, Streamlit's Save does nothing at all.
    assert (field.proto.has_min, field.proto.has_max) == (False, False)


def test_address_is_told_together_with_all_else(open_page: OpenPage) -> None:
    app = open_new(open_page, "compatible")
    app.text_input(key="provider.base_url").set_value("my-server:8000/v1")
    app.text_input(key="provider.api_key").set_value("••••")

    save(app)

    assert is_marked(app, "Give it a name.")
    assert is_marked(app, "Write the address with http:// or https:// before it, like http://my-server:8000/v1.")
    assert is_marked(app, "That is a mask, not a key. Leave the field blank to keep the stored key.")


def test_stored_numbers_of_an_agent_can_be_emptied(open_page: OpenPage, workshop: Workshop, services: Services) -> None:
    app = open_agent(open_page, workshop)
    numbers = {name: app.number_input(key=f"agent.{name}") for name in ("temperature", "max_tokens", "retries")}
    shown = {name: field.value for name, field in numbers.items()}

    for field in numbers.values():
        field.set_value(None)
    app.button(key="agent.save").click().run()

    assert shown == {"temperature": 0.3, "max_tokens": 50, "retries": 4}
    assert not app.exception
    (agent,) = services.agents.list_agents(LOCAL_USER)
    assert (agent.temperature, agent.max_tokens, agent.retries) == (None, None, 2)


def test_number_of_an_agent_out_of_range_is_told_at_its_field(open_page: OpenPage, workshop: Workshop) -> None:
    app = open_agent(open_page, workshop)

    app.number_input(key="agent.temperature").set_value(3.0)
    app.number_input(key="agent.max_tokens").set_value(-3)
    app.button(key="agent.save").click().run()

    assert not app.exception
    assert is_marked(app, "This must be at most 2.")
    assert is_marked(app, "This must be at least 1.")


@pytest.mark.parametrize("page", ["agents", "providers"])
def test_enter_in_a_form_presses_none_of_its_buttons(open_page: OpenPage, page: str) -> None:
    app = open_page(page)
    app.button(key=f"{page}.add").click().run()

    forms = [block.proto.form for block in app.get("form")]
    assert forms
    assert not any(form.enter_to_submit for form in forms)
