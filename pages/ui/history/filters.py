"""The filters of the history: each stands in the address, so that an address is a saved view."""

import uuid
from collections.abc import Mapping
from itertools import islice

import streamlit as st

from core.names import storable
from core.runs.records import RunStatus
from pages.ui.badges import status_word
from pages.ui.door import Door
from pages.ui.history.query import (
    EARLIEST,
    LATEST,
    MAX_COST_USD,
    MAX_SECONDS,
    MAX_WORDS,
    MORE,
    SPAN_WORDS,
    TITLES,
    HistoryQuery,
    TimeSpan,
    read_address,
)
from pages.ui.history.state import HistoryState
from pages.ui.layout import filters_row
from pages.ui.state import set_widget_value, widget_value
from pages.ui.text import label, viewer_zone

MOST_NAMES = 300
"""How many agents, tasks or providers a list offers; the address takes any."""
SHOWN = "show"
_RUNS, _COMPARISONS = "Runs", "Comparisons"
_GONE = "Deleted or unknown"
_WIDTH = 155


def follow_address(state: HistoryState) -> None:
    """Fill the filters from the address when it is another one than this page wrote, or nothing is filled in yet.

    Streamlit can bind a widget to the address, but writes the words on screen there: names, which are not unique.
    """
    params = st.query_params.to_dict()
    if _is_left_over(params) and state.seen is not None:
        params = state.seen
    if params != state.seen or widget_value(SHOWN) is None:
        state.seen = params
        state.wanted, state.unreadable = read_address(params, zone=str(viewer_zone()))
        state.unreadable_at = state.wanted
        _fill(state.wanted)
        set_widget_value(SHOWN, _COMPARISONS if params.get(SHOWN) == _COMPARISONS.lower() else _RUNS)
    elif widget_value("q") is None:  # they were not on the page: comparisons were
        _fill(state.wanted)


def _is_left_over(params: dict[str, str]) -> bool:
    """Say whether an address is of the page that was opened from here: Streamlit puts its query here first, where
    “back” leads.
    """
    return bool(params) and not any(name in params for name in (*TITLES, SHOWN))


def write_address(state: HistoryState, wanted: HistoryQuery, *, has_runs: bool) -> None:
    """Have the address say what is shown. The filters stay in it while comparisons are, for the way back."""
    params = wanted.params() | ({} if has_runs else {SHOWN: _COMPARISONS.lower()})
    state.wanted = wanted
    if params != st.query_params.to_dict():
        st.query_params.from_dict(params)
    state.seen = params


def choose_shown() -> bool:
    """Draw the choice between runs and comparisons; say whether it is the runs."""
    chosen = st.segmented_control("Show", [_RUNS, _COMPARISONS], required=True, key=SHOWN, label_visibility="collapsed")
    return chosen != _COMPARISONS


def render_filters(door: Door, state: HistoryState) -> HistoryQuery:
    """Draw the filters and return what is looked for."""
    with filters_row("history.filters"):
        st.text_input(
            TITLES["q"],
            key="q",
            type="search",
            live=True,
            max_chars=MAX_WORDS,
            placeholder="Words in input or answer",
            icon=":material/search:",
            width=185,
        )
        _choose("agent", _list_agents(door))
        _choose("task", _list_tasks(door))
        _choose("status", {each.value: status_word(each) for each in RunStatus}, width=130)
        _choose("time", {each.value: words for each, words in SPAN_WORDS.items()}, width=140)
        if widget_value("time") == TimeSpan.DATES:
            _choose_day("from")
            _choose_day("to")
        _render_more(door)
        if _read_widgets().params():
            st.button("Reset", key="history.reset", type="tertiary", icon=":material/filter_alt_off:", on_click=_reset)
    wanted = _read_widgets()
    _say_unreadable(state, wanted)
    return wanted


def _read_widgets() -> HistoryQuery:
    given = {name: widget_value(name) for name in TITLES}
    given["q"] = storable(str(given["q"] or ""))
    # A float is meant as it is written: 0.1, not the binary fraction next to it.
    costs = {name: str(given[name]) for name in ("min_cost", "max_cost") if given[name] is not None}
    return HistoryQuery.model_validate({**given, **costs, "zone": str(viewer_zone())})


def _render_more(door: Door) -> None:
    count = sum(widget_value(name) is not None for name in MORE)
    words = f"More filters · {count}" if count else "More filters"
    with st.popover(words, icon=":material/tune:", key="history.more", width="content"):
        columns = st.columns(2)
        with columns[0]:
            _choose("provider", _list_providers(door), width=None)
            _choose("rating", {"good": "Good", "bad": "Bad"}, width=None)
            _choose_number("min_cost", "Cost from, in $", most=MAX_COST_USD)
            _choose_number("min_seconds", "Duration from, in s", most=MAX_SECONDS)
        with columns[1]:
            _choose("who", {name: name for name in door.services.history.list_starters(door.actor)}, width=None)
            st.space("stretch")
            _choose_number("max_cost", "Cost up to, in $", most=MAX_COST_USD)
            _choose_number("max_seconds", "Duration up to, in s", most=MAX_SECONDS)


def _choose(name: str, names: Mapping[str, str], *, width: int | None = _WIDTH) -> None:
    """Draw a list of what there is. What the address names stays, also when it is not there any more."""
    asked = widget_value(name)
    if isinstance(asked, str) and asked not in names:
        names = {**names, asked: _GONE if _is_id(asked) else asked}
    title = TITLES[name]
    st.selectbox(
        title,
        list(names),
        index=None,
        format_func=lambda each: names.get(each, each),
        key=name,
        placeholder="Anybody" if name == "who" else f"Any {title.lower()}",
        width="stretch" if width is None else width,
    )


def _choose_day(name: str) -> None:
    st.date_input(
        TITLES[name],
        value=None,
        min_value=EARLIEST,
        max_value=LATEST,
        key=name,
        format="YYYY-MM-DD",
        width=165,
    )


def _choose_number(name: str, title: str, *, most: float) -> None:
    st.number_input(
        title,
        value=None,
        min_value=0.0,
        max_value=float(most),
        format="%g",
        key=name,
        placeholder="Any",
    )


def _list_agents(door: Door) -> dict[str, str]:
    page = door.services.agents.page_agents(door.actor, limit=MOST_NAMES)
    return {str(agent.id): agent.name for agent in page.items}


def _list_tasks(door: Door) -> dict[str, str]:
    page = door.services.tasks.page_tasks(door.actor, limit=MOST_NAMES)
    return {str(task.id): task.name for task in page.items}


def _list_providers(door: Door) -> dict[str, str]:
    names = door.services.providers.list_names(door.actor)
    return {str(provider_id): name for provider_id, name in islice(names.items(), MOST_NAMES)}


def _is_id(text: str) -> bool:
    try:
        return str(uuid.UUID(text)) == text
    except ValueError:
        return False


def _say_unreadable(state: HistoryState, wanted: HistoryQuery) -> None:
    """Say what of the address was left out, until something else is looked for."""
    if state.unreadable and state.unreadable_at == wanted:
        names = ", ".join(f"“{name}”" for name in state.unreadable)
        st.caption(label(f"The address asks for something that cannot be read in {names}, so it is left out."))
    else:
        state.unreadable = ()


def _reset() -> None:
    _fill(HistoryQuery())


def _fill(wanted: HistoryQuery) -> None:
    for name, value in wanted.widget_values().items():
        set_widget_value(name, value)
