"""A form for what is tried differently from a saved state of an agent, without saving it."""

import uuid
from collections.abc import Mapping
from functools import partial
from typing import Any

import streamlit as st

from core.agents.records import AgentRecord, AgentVariation
from core.agents.templates import check_template
from core.errors import DashboardError, Detail, InvalidInputError
from core.providers.records import ProviderRecord
from core.requests import parse_request
from pages.ui.agent_form import TEMPLATE_HELP, provider_option, say_no_models
from pages.ui.agent_settings import SETTINGS_HELP
from pages.ui.door import Door
from pages.ui.errors import show_field_error
from pages.ui.layout import field_group
from pages.ui.state import set_widget_value, widget_value
from pages.ui.text import label
from pages.ui.variation_words import say_value

_FIELDS = tuple(AgentVariation.model_fields)
_UNDRAWN = object()


def render_variation_form(door: Door, base: AgentRecord, *, start: AgentVariation, key: str) -> AgentVariation:
    """Draw the fields, filled from `base` with what `start` sets where `key` is new, and return what differs.

    A field whose entry cannot be used is marked, keeps its text, and is left out of what is returned:
    `read_variation` refuses it.
    """
    _fill(base, start, key=key)
    providers = {provider.id: provider for provider in door.services.providers.list_providers(door.actor)}
    names = {base.provider_id: base.provider_name} | {each.id: each.name for each in providers.values()}
    form = _Form(base, names, key)
    _render_place(form, providers)
    _render_settings(form)
    _render_prompts(form)
    return form.variation


def read_variation(base: AgentRecord, *, key: str) -> AgentVariation:
    """Return what the form drawn under this key makes different from `base`.

    Raises: InvalidInputError: an entry cannot be used; `details` name each field.
    """
    values = {name: widget_value(_key(key, name), getattr(base, name)) for name in _FIELDS}
    differing = {name: value for name, value in values.items() if value != getattr(base, name)}
    problems = _find_problems(differing)
    if problems:
        raise InvalidInputError(problems[0].message, details=problems)
    return parse_request(AgentVariation, differing)


def _find_problems(differing: Mapping[str, object]) -> list[Detail]:
    """Return what is wrong, field by field, in what differs from the saved state."""
    problems = list[Detail]()
    for name, value in differing.items():
        try:
            if name == "model_name" and not value:
                raise InvalidInputError("Choose a model or type its name.")
            parse_request(AgentVariation, {name: value})
            if name == "user_prompt_template":
                check_template(str(value))
        except DashboardError as error:
            problems.append(Detail(place=name, message=error.message))
    return problems


class _Form:
    """The form as it stands: its base, what its widgets hold, and what is wrong with that."""

    def __init__(self, base: AgentRecord, names: Mapping[uuid.UUID, str], key: str) -> None:
        self.base, self.names, self.key = base, names, key
        values = {name: widget_value(_key(key, name)) for name in _FIELDS}
        self.differing = {name: value for name, value in values.items() if value != getattr(base, name)}
        problems = _find_problems(self.differing)
        self.error = InvalidInputError("", details=problems) if problems else None
        refused = {problem.place for problem in problems}
        usable = {name: value for name, value in self.differing.items() if name not in refused}
        self.variation = AgentVariation.model_validate(usable)

    def mark(self, name: str) -> None:
        """Say below a field what is wrong with it, or that it is changed, with the way back."""
        show_field_error(self.error, name)
        if name not in self.differing:
            return
        saved = getattr(self.base, name)
        with st.container(horizontal=True, vertical_alignment="center", gap="xsmall"):
            was = label(say_value(name, saved, providers=self.names))
            whole = label(saved) if isinstance(saved, str) and saved else None
            st.caption(f":blue[:material/edit: changed], was {was}", help=whole, width="content")
            st.button(
                "Back",
                key=f"{self.key}.{name}.back",
                type="tertiary",
                icon=":material/undo:",
                help="Take the saved value again.",
                on_click=partial(_take_back, self.base, name, key=self.key),
            )


def _key(key: str, name: str) -> str:
    return f"{key}.{name}"


def _fill(base: AgentRecord, start: AgentVariation, *, key: str) -> None:
    given = start.list_set()
    for name in _FIELDS:
        if widget_value(_key(key, name), _UNDRAWN) is _UNDRAWN:
            set_widget_value(_key(key, name), given.get(name, getattr(base, name)))


def _take_back(base: AgentRecord, name: str, *, key: str) -> None:
    set_widget_value(_key(key, name), getattr(base, name))
    if name == "provider_id":  # a model of the other provider means nothing to the agent's own
        set_widget_value(_key(key, "model_name"), base.model_name)


def _render_place(form: _Form, providers: Mapping[uuid.UUID, ProviderRecord]) -> None:
    with field_group():
        st.selectbox(
            "Provider",
            list(form.names),
            format_func=lambda each: provider_option(providers.get(each)) or form.names.get(each, ""),
            key=_key(form.key, "provider_id"),
            on_change=partial(_choose_model, form.base, providers, key=form.key),
        )
        form.mark("provider_id")
    chosen = widget_value(_key(form.key, "provider_id"))
    provider = providers.get(chosen) if isinstance(chosen, uuid.UUID) else None
    with field_group():
        st.selectbox(
            "Model",
            _list_models(form, provider),
            index=None,
            key=_key(form.key, "model_name"),
            accept_new_options=True,
            placeholder="Choose a model or type its name",
        )
        if provider is not None and not provider.model_names:
            st.caption(say_no_models(provider))
        form.mark("model_name")


def _list_models(form: _Form, provider: ProviderRecord | None) -> list[str]:
    """Return the provider's models, with the one that is chosen and, where it is its own, the agent's."""
    own = form.base.model_name if provider is None or provider.id == form.base.provider_id else None
    chosen = widget_value(_key(form.key, "model_name"))
    names: list[Any] = [chosen, own, *(provider.model_names if provider else ())]  # Any: what a widget holds
    return list(dict.fromkeys(name for name in names if isinstance(name, str) and name))


def _choose_model(base: AgentRecord, providers: Mapping[uuid.UUID, ProviderRecord], *, key: str) -> None:
    """A model of the former provider means nothing to the new one; its only model is chosen at once."""
    chosen = widget_value(_key(key, "provider_id"))
    provider = providers.get(chosen) if isinstance(chosen, uuid.UUID) else None
    names = provider.model_names if provider else ()
    own = base.model_name if chosen == base.provider_id else None
    set_widget_value(_key(key, "model_name"), own or (names[0] if len(names) == 1 else None))


def _render_settings(form: _Form) -> None:
    temperature, max_tokens, retries = st.columns(3, vertical_alignment="top")
    with temperature, field_group():
        st.number_input(
            "Temperature",
            min_value=0.0,
            max_value=2.0,
            value=None,
            step=0.1,
            key=_key(form.key, "temperature"),
            placeholder="Server’s own",
        )
        form.mark("temperature")
    with max_tokens, field_group():
        st.number_input(
            "Max tokens",
            min_value=1,
            max_value=1_000_000,
            value=None,
            step=1,
            key=_key(form.key, "max_tokens"),
            placeholder="Server’s own",
        )
        form.mark("max_tokens")
    with retries, field_group():
        st.number_input("Retries", min_value=0, max_value=10, value="min", step=1, key=_key(form.key, "retries"))
        form.mark("retries")
    st.caption(SETTINGS_HELP)


def _render_prompts(form: _Form) -> None:
    with field_group():
        st.text_area("System prompt", height=180, key=_key(form.key, "system_prompt"))
        form.mark("system_prompt")
    with field_group():
        st.text_area(
            "User prompt template",
            height=90,
            key=_key(form.key, "user_prompt_template"),
            placeholder="Blank: the input as it is",
            help=TEMPLATE_HELP,
        )
        form.mark("user_prompt_template")
