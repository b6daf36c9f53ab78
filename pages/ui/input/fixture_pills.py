"""The fixtures of a task, filled in with one click."""

import uuid
from collections.abc import Callable, Sequence

import streamlit as st

from core.tasks.records import FixtureRecord, TaskRecord
from pages.ui.door import Door
from pages.ui.errors import shown_errors
from pages.ui.input.choice_names import tell_apart
from pages.ui.state import set_widget_value, widget_value
from pages.ui.text import cut, label

_MOST_PILLS = 12
_NAME_LIMIT = 40
_REASON_LIMIT = 120
_HELP = "A click fills the input in."


def find_fixtures(door: Door, task: TaskRecord) -> list[FixtureRecord]:
    """Return the fixtures of the task; where they cannot be read, the reason is shown in place."""
    found: list[FixtureRecord] = []
    with shown_errors():
        found += door.services.fixtures.list_fixtures(door.actor, task.id)
    return found


def render_fixtures(fixtures: Sequence[FixtureRecord], *, fill: Callable[[object], None], key: str) -> None:
    """Draw the fixtures as pills, many as one choice; those that no longer fit are marked, the reason on hover."""
    if not fixtures:
        return
    by_id = {fixture.id: fixture for fixture in fixtures}
    is_long = len(fixtures) > _MOST_PILLS
    told = tell_apart([_name(fixture) if is_long else cut(fixture.name, _NAME_LIMIT) for fixture in fixtures])
    names = dict(zip(by_id, told, strict=True))
    mark = f"{key}.sample"

    def fill_in() -> None:
        picked = widget_value(mark)
        if isinstance(picked, uuid.UUID) and picked in by_id:
            fill(by_id[picked].input)
        set_widget_value(mark, None)

    if is_long:
        st.selectbox(
            "Fixtures",
            list(by_id),
            index=None,
            format_func=names.__getitem__,
            key=mark,
            on_change=fill_in,
            help=_explain(fixtures),
            placeholder="Fill in a fixture",
            label_visibility="collapsed",
        )
        return
    st.pills(
        "Fixtures",
        list(by_id),
        format_func=lambda fixture_id: _pill(names[fixture_id], fits=by_id[fixture_id].fits),
        key=mark,
        on_change=fill_in,
        help=_explain(fixtures),
    )


def explain_misfit(fixture: FixtureRecord) -> str:
    """Return why a fixture does not fit any more, as one sentence."""
    detail = fixture.errors[0]
    place = detail.place.lstrip("/").replace("/", " › ") or "it"
    more = f" (and {len(fixture.errors) - 1} more)" if len(fixture.errors) > 1 else ""
    return cut(f"“{fixture.name}” does not fit the task any more: {place}: {detail.message}{more}.", _REASON_LIMIT)


def _pill(name: str, *, fits: bool) -> str:
    return label(name) if fits else f":material/warning: {label(name)}"


def _name(fixture: FixtureRecord) -> str:
    name = cut(fixture.name, _NAME_LIMIT)
    return name if fixture.fits else f"{name} (does not fit)"


def _explain(fixtures: Sequence[FixtureRecord]) -> str:
    misfits = [label(explain_misfit(fixture)) for fixture in fixtures if not fixture.fits]
    return "\n\n".join([_HELP, *misfits[:_MOST_PILLS]])
