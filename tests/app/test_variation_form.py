"""The form that tries an agent differently, without a browser."""

from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest

from core.agents.records import AgentRecord, AgentVariation
from core.services import Services
from tests.factories import Workshop

OpenForm = Callable[..., AppTest]


def form_page() -> None:
    import streamlit as st

    from core.errors import DashboardError
    from pages.ui.door import open_door
    from pages.ui.errors import show_error
    from pages.ui.variation_form import read_variation, render_variation_form

    base, start = st.session_state["base"], st.session_state["start"]
    st.session_state["returned"] = render_variation_form(open_door(), base, start=start, key="try")
    try:
        st.session_state["read"] = read_variation(base, key="try")
    except DashboardError as error:
        show_error(error)
        st.session_state["read"] = None


@pytest.fixture
def open_form(services: Services) -> OpenForm:
    def open_form(base: AgentRecord, **start: object) -> AppTest:
        app = AppTest.from_function(form_page, default_timeout=20)
        app.session_state["base"], app.session_state["start"] = base, AgentVariation.model_validate(start)
        return app.run()

    return open_form


def captions(app: AppTest) -> str:
    return "\n".join(element.value for element in [*app.caption, *app.markdown]).replace("\\", "")


def test_untouched_form_differs_in_nothing(open_form: OpenForm, workshop: Workshop) -> None:
    app = open_form(workshop.make_agent(temperature=0.2))

    assert not app.exception
    assert app.session_state["returned"].list_set() == {}
    assert "changed" not in captions(app)


def test_only_what_differs_is_returned_and_marked(open_form: OpenForm, workshop: Workshop) -> None:
    app = open_form(workshop.make_agent(temperature=0.2), retries=2, model_name="other")

    app.number_input(key="try.temperature").set_value(0.8).run()

    assert app.session_state["returned"].list_set() == {"temperature": 0.8, "model_name": "other"}
    assert app.session_state["read"] == app.session_state["returned"]
    assert "was 0.2" in captions(app)
    assert "was ok" in captions(app)


def test_form_starts_from_a_variation_and_a_field_goes_back_to_the_saved_value(
    open_form: OpenForm, workshop: Workshop
) -> None:
    app = open_form(workshop.make_agent(max_tokens=50), max_tokens=None, system_prompt="Other words.")
    assert app.text_area(key="try.system_prompt").value == "Other words."
    assert app.session_state["returned"].list_set() == {"max_tokens": None, "system_prompt": "Other words."}

    app.button(key="try.max_tokens.back").click().run()

    assert app.number_input(key="try.max_tokens").value == 50
    assert app.session_state["returned"].list_set() == {"system_prompt": "Other words."}


def test_entry_that_cannot_be_used_is_marked_and_stays(open_form: OpenForm, workshop: Workshop) -> None:
    app = open_form(workshop.make_agent(), temperature=1.0)

    app.text_area(key="try.user_prompt_template").set_value("Look: {{").run()
    app.text_area(key="try.system_prompt").set_value("  ").run()

    assert not app.exception
    assert app.text_area(key="try.user_prompt_template").value == "Look: {{"
    assert "empty or not closed" in captions(app)
    assert "This cannot be empty" in captions(app)
    assert app.session_state["returned"].list_set() == {"temperature": 1.0}
    assert app.session_state["read"] is None


def test_other_provider_asks_for_one_of_its_models(open_form: OpenForm, workshop: Workshop) -> None:
    agent, other = workshop.make_agent(), workshop.make_provider()
    app = open_form(agent)

    app.selectbox(key="try.provider_id").set_value(other.id).run()

    assert app.selectbox(key="try.model_name").value is None
    assert "Choose a model" in captions(app)

    app.button(key="try.provider_id.back").click().run()

    assert app.session_state["returned"].list_set() == {}
