"""The drawer that adds or edits an agent."""

import uuid
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import partial

import streamlit as st

from core.agents.records import AgentDraft, AgentRecord
from core.errors import DashboardError, Detail, InvalidInputError, NotFoundError
from core.providers.discovery.records import ProviderModelRecord
from core.providers.records import ProviderRecord
from core.requests import parse_request
from core.tasks.records import TaskRecord
from pages.ui.agent_settings import render_settings
from pages.ui.assignments import Side, live_assignments
from pages.ui.badges import status_word
from pages.ui.changed_note import changed_note
from pages.ui.door import Door
from pages.ui.errors import show_error, show_field_error, show_form_error
from pages.ui.layout import drawer_buttons, drawer_keys, field_group
from pages.ui.model_trouble import model_option
from pages.ui.state import AgentsState, Drawer, form_values, set_widget_value, widget_value
from pages.ui.text import cut, label

_FORM = "agent"
_NEW_TASKS = "agent_tasks.new"
_FIELDS = frozenset(AgentDraft.model_fields)
TEMPLATE_HELP = (
    "What is sent for each input: `{{field}}` stands for a field of the input, `{{input}}` for all of it. "
    "Blank sends the input as it is."
)


def agent_drawer(door: Door, state: AgentsState) -> None:
    """Open the drawer if the page's state asks for it."""
    if state.drawer is None:
        return
    services, actor = door.services, door.actor
    try:
        record = None if state.drawer.item_id is None else services.agents.get_agent(actor, state.drawer.item_id)
    except NotFoundError as error:
        state.close_drawer()
        show_error(error)
        return
    providers = services.providers.list_providers(actor)
    tasks = services.tasks.list_tasks(actor) if record is None else []
    title = "Add agent" if record is None else f"Edit “{label(record.name)}”"

    @st.dialog(title, width=640, position="right", on_dismiss=state.close_drawer)
    def drawer() -> None:
        if state.drawer is None:
            st.rerun()
        provider = _render_provider(providers, record)
        models = services.models.list_models(actor, provider.id) if provider is not None else ()
        # Enter would press the first of the buttons, which is Cancel.
        with st.form("agent.form", border=False, enter_to_submit=False):
            _render_fields(state.drawer, provider, models, record)
            if record is None:
                _render_first_tasks(tasks)
            drawer_buttons(prefix=_FORM, save=_save, cancel=state.close_drawer, args=(door, state))
        if record is not None:
            changed_note(door, "agents", record.id, is_changed=lambda: _is_changed(door, state.drawer))
            build_side = partial(_build_side, door, record.id)
            live_assignments(door, state, build_side, topic="agents", item_id=record.id)
        drawer_keys(prefix=_FORM)

    drawer()


def _render_provider(providers: list[ProviderRecord], record: AgentRecord | None) -> ProviderRecord | None:
    ids = [provider.id for provider in providers]
    by_id = {provider.id: provider for provider in providers}
    chosen = st.selectbox(
        "Provider",
        ids,
        index=ids.index(record.provider_id) if record and record.provider_id in ids else 0 if ids else None,
        format_func=lambda each: provider_option(by_id.get(each)),
        key=f"{_FORM}.provider_id",
        placeholder="Add a provider first",
        on_change=_forget_model(by_id),
    )
    return by_id.get(chosen) if chosen is not None else None


def provider_option(provider: ProviderRecord | None) -> str:
    """Return a provider's name with its status; blank for None."""
    return f"{provider.name} ({status_word(provider.validation_status.value).lower()})" if provider else ""


def _forget_model(by_id: dict[uuid.UUID, ProviderRecord]) -> Callable[[], None]:
    """A model of the former provider means nothing to the new one; its only model is chosen at once."""

    def forget() -> None:
        chosen = widget_value(f"{_FORM}.provider_id")
        provider = by_id.get(chosen) if isinstance(chosen, uuid.UUID) else None
        names = provider.model_names if provider else ()
        set_widget_value(f"{_FORM}.model_name", names[0] if len(names) == 1 else None)

    return forget


def _render_fields(
    drawer: Drawer,
    provider: ProviderRecord | None,
    models: Sequence[ProviderModelRecord],
    record: AgentRecord | None,
) -> None:
    error = drawer.error
    show_form_error(error, fields=_FIELDS)
    show_field_error(error, "provider_id")
    with field_group():
        _render_model(provider, models, record)
        show_field_error(error, "model_name")
    with field_group():
        st.text_input(
            "Name",
            value=record.name if record else "",
            key=f"{_FORM}.name",
            placeholder="For example: Invoice reader",
            autocomplete="off",
        )
        show_field_error(error, "name")
    with field_group():
        st.text_input("Description", value=record.description if record else "", key=f"{_FORM}.description")
        show_field_error(error, "description")
    _render_prompts(drawer, record)
    render_settings(drawer.error, record, prefix=_FORM)


def _render_prompts(drawer: Drawer, record: AgentRecord | None) -> None:
    with field_group():
        st.text_area(
            "System prompt",
            value=record.system_prompt if record else "",
            height=220,
            key=f"{_FORM}.system_prompt",
            placeholder="Who the agent is and how it should answer. Worked examples help small models most.",
        )
        show_field_error(drawer.error, "system_prompt")
    with field_group():
        st.text_area(
            "User prompt template",
            value=record.user_prompt_template if record else "",
            height=90,
            key=f"{_FORM}.user_prompt_template",
            placeholder="Blank: the input as it is",
        )
        show_field_error(drawer.error, "user_prompt_template")
        st.caption(TEMPLATE_HELP)


def _render_model(
    provider: ProviderRecord | None, models: Sequence[ProviderModelRecord], record: AgentRecord | None
) -> None:
    names = list(provider.model_names) if provider else []
    current = record.model_name if record and provider and record.provider_id == provider.id else None
    if current is not None and current not in names:
        names.insert(0, current)
    known, today = {model.name: model for model in models}, datetime.now(UTC).date()
    st.selectbox(
        "Model",
        names,
        index=names.index(current) if current in names else 0 if len(names) == 1 else None,
        format_func=lambda name: model_option(name, known.get(name), today=today),
        key=f"{_FORM}.model_name",
        accept_new_options=True,
        placeholder="Choose a model or type its name",
    )
    if provider is not None and not provider.model_names:
        st.caption(say_no_models(provider))


def say_no_models(provider: ProviderRecord) -> str:
    """Say why a provider has no models to choose from, and what to do where one is chosen."""
    is_settled = provider.validation_status.is_settled
    return f"{explain_no_models(provider)} Type the model’s name{'.' if is_settled else ', or wait.'}"


def explain_no_models(provider: ProviderRecord) -> str:
    """Say why a provider has no models to choose from."""
    if provider.validation_message and provider.validation_status.value != "connected":
        return f"No list of models: {label(cut(provider.validation_message, 200))}"
    if not provider.validation_status.is_settled:
        return "The provider is being checked; its models are not known yet."
    return "The provider listed no models."


def _render_first_tasks(tasks: list[TaskRecord]) -> None:
    names = {task.id: task.name for task in tasks}
    st.multiselect(
        "Tasks",
        list(names),
        format_func=lambda task_id: names.get(task_id, ""),
        key=_NEW_TASKS,
        placeholder="Which tasks this agent may do" if names else "There are no tasks yet",
    )


def _is_changed(door: Door, drawer: Drawer | None) -> bool:
    if drawer is None or drawer.item_id is None:
        return False
    agent = door.services.agents.get_agent(door.actor, drawer.item_id)
    return (agent.version, agent.is_active) != (drawer.version, drawer.was_active)


def _build_side(door: Door, agent_id: uuid.UUID) -> Side:
    assignments = door.services.assignments
    return Side(
        prefix="agent_tasks",
        noun="task",
        purpose="Which tasks this agent may do.",
        assignments=assignments.list_for_agent(door.actor, agent_id),
        name_of=lambda assignment: assignment.task_name,
        choices={task.id: task.name for task in door.services.tasks.list_tasks(door.actor)},
        assign=lambda task_id: assignments.assign(door.actor, agent_id=agent_id, task_id=task_id),
    )


def _save(door: Door, state: AgentsState) -> None:
    drawer = state.drawer
    if drawer is None:
        return
    agents = door.services.agents
    try:
        draft = _read_draft()
        if drawer.item_id is None:
            agent_id = agents.create_agent(door.actor, draft).id
        else:
            agents.update_agent(
                door.actor,
                drawer.item_id,
                draft,
                expected_version=drawer.version,
                was_active=drawer.was_active,
            )
            agent_id = None
    except DashboardError as error:
        drawer.error = error
        return
    state.close_drawer()
    state.toast = f"Saved “{draft.name}”."
    if agent_id is not None:
        _assign_first_tasks(door, state, agent_id)


def _read_draft() -> AgentDraft:
    values = form_values(_FORM)
    if values.get("provider_id") is None:
        problem = "Choose a provider; add one first if there is none."
        raise InvalidInputError(problem, details=[Detail(place="provider_id", message=problem)])
    given = {name: value for name, value in values.items() if name != "retries" or value is not None}
    return parse_request(AgentDraft, given | {"model_name": given.get("model_name") or ""})


def _assign_first_tasks(door: Door, state: AgentsState, agent_id: uuid.UUID) -> None:
    chosen = widget_value(_NEW_TASKS, [])
    for task_id in chosen if isinstance(chosen, list) else []:
        try:
            door.services.assignments.assign(door.actor, agent_id=agent_id, task_id=task_id)
        except DashboardError as error:
            state.error = error
