"""Lets people say whether a run's answer is good, and why."""

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Final, Literal

import streamlit as st
from pydantic import ValidationError

from core.errors import DashboardError
from core.runs.rating import MAX_NOTE_CHARACTERS, RatingDraft
from core.runs.records import RunRecord
from pages.ui.door import Door, open_door
from pages.ui.errors import retried_errors
from pages.ui.live import live
from pages.ui.state import page_state, widget_value
from pages.ui.text import absolute_time, label, relative_time

_THUMBS: Final[tuple[Literal[1, -1], ...]] = (-1, 1)
"""By the number that the two thumbs give, down first."""


@dataclass
class RatingState:
    """What stands there, and what is to be said once on the next run: a quiet word, or what went wrong.

    `round` counts how often what is stored became something else.
    """

    said: str = ""
    went_wrong: str = ""
    shown: tuple[uuid.UUID, datetime | None] | None = None
    round: int = 0

    def show(self, run: RunRecord) -> None:
        """Note which rating is about to be drawn."""
        if self.shown != (run.id, run.rated_at):
            self.shown = (run.id, run.rated_at)
            self.round += 1


def render_rating(door: Door, run: RunRecord) -> None:
    """Draw two thumbs for a run that is over and, once it is rated, a field for a note and who rated it when.

    What somebody says in another tab appears by itself.
    """
    _render(run.id)


@st.fragment
def _render(run_id: uuid.UUID) -> None:
    door = open_door()
    _say_once(page_state(RatingState))
    with retried_errors("run.rating"):
        _render_stored(door, door.services.runs.get_run(door.actor, run_id))
    live(door, ("runs",), key="run.rating.live", item_id=run_id)


def _say_once(state: RatingState) -> None:
    if state.said:
        st.toast(state.said, icon=":material/check:")
    if state.went_wrong:
        st.toast(label(state.went_wrong), icon=":material/error:")
    state.said, state.went_wrong = "", ""


def _render_stored(door: Door, run: RunRecord) -> None:
    # Each round has widgets of its own, so that what is said elsewhere replaces what stands here.
    state = page_state(RatingState)
    state.show(run)
    prefix = f"run.rating.{run.id}.{state.round}"
    take = partial(_take, door, run, state.round, prefix=prefix)
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="run.rating"):
        if run.rating is None:
            st.caption("Is this answer good?", width="content")
        else:
            st.caption(_say_rated(run), width="content", help=label(absolute_time(run.rated_at)))
        st.feedback(
            "thumbs",
            key=f"{prefix}.thumbs",
            default=None if run.rating is None else _THUMBS.index(run.rating),
            on_change=take,
        )
        if run.rating is not None:
            _render_note(run, take, key=f"{prefix}.note")


def _render_note(run: RunRecord, take: Callable[[], None], *, key: str) -> None:
    st.text_input(
        "Note",
        value=run.rating_note,
        key=key,
        max_chars=MAX_NOTE_CHARACTERS,
        label_visibility="collapsed",
        placeholder="Why? (Enter keeps it)",
        on_change=take,
    )


def _say_rated(run: RunRecord) -> str:
    return f"Rated by {label(run.rated_by or '')} {relative_time(run.rated_at)}"


def _take(door: Door, run: RunRecord, drawn_round: int, *, prefix: str) -> None:
    """Store what the widgets of a round say, if it is the present one.

    A browser sends the values of a fragment's former widgets again with its next run, which calls their callbacks.
    """
    if page_state(RatingState).round != drawn_round:
        return
    thumb = widget_value(f"{prefix}.thumbs")
    rating = _THUMBS[thumb] if isinstance(thumb, int) and 0 <= thumb < len(_THUMBS) else None
    note = str(widget_value(f"{prefix}.note", run.rating_note) or "")
    said = "Rating taken back." if rating is None else "Rated." if rating != run.rating else "Note kept."
    _store(door, run.id, rating=rating, note=note, said=said)


def _store(door: Door, run_id: uuid.UUID, *, rating: Literal[1, -1] | None, note: str, said: str) -> None:
    state = page_state(RatingState)
    try:
        door.services.ratings.rate_run(door.actor, run_id, RatingDraft(rating=rating, note=note))
        state.said = said
    except ValidationError:  # only a program sends what the field does not take
        state.went_wrong = "This note cannot be stored."
    except DashboardError as error:
        state.went_wrong = error.message
