"""What a provider's server can do: how it is known, how it is found out, and how it is set by hand."""

from collections.abc import Sequence
from datetime import UTC, datetime
from functools import partial

import streamlit as st

from core.providers.dialects import WHOLE_PROVIDER, DialectFindings
from core.providers.probing.records import DialectRecord
from core.providers.records import ProviderRecord
from pages.ui.door import Door
from pages.ui.errors import show_error
from pages.ui.layout import field_group
from pages.ui.provider_details.details_state import DetailsState
from pages.ui.provider_details.dialect_words import (
    AUTOMATIC,
    CAPABILITIES,
    UNKNOWN,
    Capability,
    Origin,
    find_origin,
    read_findings,
    say_value,
)
from pages.ui.state import form_values
from pages.ui.stopwatch import stopwatch
from pages.ui.text import cut, label, relative_time

PLACE = "dialect"
_SHARES = (2.2, 2.4, 2.0)
_NAME_LIMIT = 60
_PROGRESS = "About 10 tiny requests, two minutes at most; a fast server takes seconds. You may close this meanwhile."
_COST = "A probe sends about 10 tiny requests to the model, a few hundred tokens in all."


def render_dialect(door: Door, details: DetailsState, provider: ProviderRecord) -> None:
    """Draw the tab for the whole provider or one of its models."""
    dialects = door.services.dialects
    stored = dialects.list_dialects(door.actor, provider.id)
    names = list_models(provider, stored, used=_list_used(door, provider))
    model_name = st.selectbox(
        "Holds for",
        [WHOLE_PROVIDER, *names],
        format_func=lambda name: name or "The whole provider",
        key="details.dialect.model",
        help="Models of one server can differ. What is not known of a model is taken from the provider.",
    )
    record = dialects.get_dialect(door.actor, provider.id, model_name or WHOLE_PROVIDER)
    whole = next((each for each in stored if each.model_name == WHOLE_PROVIDER), None)
    _render_probe(door, details, provider, record, names)
    _render_last_probe(record, stored)
    if details.place == PLACE and details.error is not None:
        show_error(details.error)
    _render_table(door, details, record, whole if record.model_name else None)


def _list_used(door: Door, provider: ProviderRecord) -> list[str]:
    if not provider.agent_count:
        return []
    return [model.name for model in door.services.models.list_models(door.actor, provider.id) if model.agent_count]


def list_models(provider: ProviderRecord, stored: Sequence[DialectRecord], *, used: Sequence[str]) -> list[str]:
    """Return the models to choose from, each once: those of agents, those with something kept, then the listed ones."""
    kept = [each.model_name for each in stored if each.model_name]
    return list(dict.fromkeys([*used, *kept, *provider.model_names]))


def _render_probe(
    door: Door, details: DetailsState, provider: ProviderRecord, record: DialectRecord, names: Sequence[str]
) -> None:
    if record.is_probing:
        _render_progress(details)
        return
    if not names:
        st.caption("A probe needs a model to ask, and none is known yet. Test the provider first.")
        return
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        asked = record.model_name
        if not asked:
            asked = _choose_asked(record, names)
        start = partial(_start_probe, door, details, provider, asked)
        st.button(
            "Probe",
            key="details.probe",
            icon=":material/network_check:",
            help=_COST,
            on_click=partial(details.attempt, PLACE, start),
        )


def _start_probe(door: Door, details: DetailsState, provider: ProviderRecord, asked: str) -> None:
    door.services.dialects.start_probe(door.actor, provider.id, asked)
    details.probed_model, details.probed_at = asked, datetime.now(UTC)


def _render_progress(details: DetailsState) -> None:
    """Say that a probe goes on; of one that was started elsewhere, it is not known since when."""
    if details.probed_at is None:
        st.caption(f":material/hourglass_top: The server is being asked what it can do. {_PROGRESS}")
        return
    title = f"Asking {cut(details.probed_model, _NAME_LIMIT)} what it can do"
    with field_group():
        since = (datetime.now(UTC) - details.probed_at).total_seconds()
        stopwatch(title, seconds=since, key="details.probe.stopwatch")
        st.caption(_PROGRESS)


def _choose_asked(record: DialectRecord, names: Sequence[str]) -> str:
    last = record.kept.probed_with
    chosen = st.selectbox(
        "Model to ask",
        names,
        index=names.index(last) if last in names else 0,
        key="details.probe.model",
        filter_mode="contains",
        width=320,
    )
    return chosen or names[0]


def _render_last_probe(record: DialectRecord, stored: Sequence[DialectRecord]) -> None:
    kept = record.kept
    if record.is_probing:
        return
    with field_group():
        if kept.probed_at is None:
            st.caption(f"Not probed yet: what stands below is usual for this kind of server. {_COST}")
        else:
            model = label(cut(kept.probed_with, _NAME_LIMIT))
            st.caption(f"Probed {relative_time(kept.probed_at)} with {model}.")
        for note in list_notes(record, stored):
            st.caption(f":material/info: {label(note)}")


def list_notes(record: DialectRecord, stored: Sequence[DialectRecord]) -> list[str]:
    """Return what probes could not find out: of one model its own, of the provider those of its models."""
    if record.model_name:
        return [record.probe_note] if record.probe_note else []
    noted = [each for each in stored if each.probe_note]
    return [f"{each.model_name}: {each.probe_note}" if each.model_name else each.probe_note for each in noted[:3]]


def _render_table(door: Door, details: DetailsState, record: DialectRecord, whole: DialectRecord | None) -> None:
    prefix = _prefix(record)
    with st.form("details.dialect.form", border=False, enter_to_submit=False):
        with st.container(gap="xsmall"):
            for cell, title in zip(_cells(), ("What the server does", "In use", "Set by hand"), strict=True):
                cell.caption(f"**{title}**")
            for capability in CAPABILITIES:
                _render_row(capability, record, whole, prefix=prefix)
        with st.container(horizontal=True, horizontal_alignment="right"):
            st.form_submit_button(
                "Set all to Automatic",
                key="details.dialect.take_back",
                disabled=record.kept.edited == DialectFindings(),
                help="Forgets what was set by hand: what a probe found counts again, else what is usual.",
                on_click=partial(_store, door, details, record, DialectFindings()),
            )
            st.form_submit_button(
                "Save",
                key="details.dialect.save",
                type="primary",
                on_click=partial(_save, door, details, record, prefix),
            )


def _render_row(capability: Capability, record: DialectRecord, whole: DialectRecord | None, *, prefix: str) -> None:
    what, used, by_hand = _cells()
    what.text(capability.title, help=capability.help)
    origin = find_origin(capability.field, record.kept, whole=whole.kept if whole else None)
    value = getattr(record.effective, capability.field)
    with used, st.container(gap=None):
        st.text(say_value(capability, record.effective))
        if origin is not Origin.DEFAULT or value not in UNKNOWN:
            st.caption(origin.value)
    # Not None: Streamlit takes it for no choice at all, and offers to clear it.
    options = [AUTOMATIC, *capability.words]
    edited = getattr(record.kept.edited, capability.field)
    with by_hand:
        st.selectbox(
            capability.title,
            options,
            index=0 if edited is None else options.index(edited),
            format_func=lambda value: capability.words.get(value, AUTOMATIC),
            key=f"{prefix}.{capability.field}",
            label_visibility="collapsed",
        )


def _cells() -> Sequence[st.delta_generator.DeltaGenerator]:
    return st.columns(_SHARES, vertical_alignment="center", gap="small")


def _prefix(record: DialectRecord) -> str:
    """Return a prefix of keys that is another one after each save, so that the choices begin anew."""
    edited_at = record.kept.edited_at
    return f"details.dialect.{record.model_name}.{edited_at.timestamp() if edited_at else 0}"


def _save(door: Door, details: DetailsState, record: DialectRecord, prefix: str) -> None:
    _store(door, details, record, read_findings(form_values(prefix)))


def _store(door: Door, details: DetailsState, record: DialectRecord, edited: DialectFindings) -> None:
    edit = partial(
        door.services.dialects.edit_dialect, door.actor, record.provider_id, record.model_name, edited=edited
    )
    details.attempt(PLACE, edit)
