"""The models of a provider: what its server tells of them, since when, and who uses them."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, tzinfo
from typing import Any

import streamlit as st

from core.providers.discovery.records import ProviderModelRecord
from core.providers.records import ProviderRecord
from pages.ui.agent_form import explain_no_models
from pages.ui.door import Door
from pages.ui.model_words import say_day, say_size, say_tokens
from pages.ui.text import NOTHING, counted, relative_time, viewer_zone

_SEARCHED_FROM = 20
_HEIGHT = 420
_MOST_IN_FULL = 12

Columns = dict[str, list[Any]]  # Any: words beside numbers


def render_models(door: Door, provider: ProviderRecord) -> None:
    """Draw the tab: the listed models by name, then those that are gone."""
    known = door.services.models.list_models(door.actor, provider.id)
    if not known:
        st.caption(explain_no_models(provider))
        return
    words = ""
    if len(known) > _SEARCHED_FROM:
        words = st.text_input(
            "Search",
            key="details.models.search",
            type="search",
            live="300ms",
            placeholder=f"Search {len(known):,} models",
            label_visibility="collapsed",
        )
    shown = find_models(known, words or "")
    if not shown:
        st.caption("No model fits. Search for another part of its name.")
        return
    st.caption(_say_counts(known))
    columns = build_columns(shown, zone=viewer_zone(), today=datetime.now(UTC).date())
    st.dataframe(
        columns,
        hide_index=True,
        width="stretch",
        height="content" if len(shown) <= _MOST_IN_FULL else _HEIGHT,
        column_config={
            "Model": st.column_config.TextColumn(width=220),
            "State": st.column_config.TextColumn(width=140),
        },
        key="details.models",
        alt="The models of the provider",
    )


def find_models(models: Sequence[ProviderModelRecord], words: str) -> list[ProviderModelRecord]:
    """Return the models whose name has all of the words in it, whatever their case."""
    asked = words.casefold().split()
    return [model for model in models if all(word in model.name.casefold() for word in asked)]


def build_columns(models: Sequence[ProviderModelRecord], *, zone: tzinfo, today: date) -> Columns:
    """Return what is known of the models, column by column; a column that nothing is known for is left out."""
    columns: Columns = {
        "Model": [model.name for model in models],
        "State": [_say_state(model, today=today) for model in models],
        "Agents": [model.agent_count for model in models],
        "In memory": [{True: "yes", False: "no", None: NOTHING}[model.is_loaded] for model in models],
        "Context": [say_tokens(model.context_tokens) for model in models],
        "Size": [say_size(model.size_bytes) for model in models],
        "Parameters": [model.parameter_size or NOTHING for model in models],
        "Quantization": [model.quantization or NOTHING for model in models],
        "Modalities": [", ".join(model.modalities) or NOTHING for model in models],
        "First seen": [relative_time(model.first_seen_at, zone=zone) for model in models],
        "Last seen": [relative_time(model.last_seen_at, zone=zone) for model in models],
    }
    return {name: cells for name, cells in columns.items() if any(cell not in (NOTHING, "") for cell in cells)}


def _say_state(model: ProviderModelRecord, *, today: date) -> str:
    if not model.is_listed:
        return "gone"
    if model.retires_on is None:
        return ""
    return f"{'retires' if model.retires_on > today else 'retired'} {say_day(model.retires_on)}"


def _say_counts(models: Sequence[ProviderModelRecord]) -> str:
    gone = sum(not model.is_listed for model in models)
    listed = counted(len(models) - gone, "model") + " listed"
    return f"{listed}, {gone:,} gone." if gone else f"{listed}."
