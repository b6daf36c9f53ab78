"""Draws the attempts of a run to scale: when each began, how long it waited for the model, and how long that wrote."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

import streamlit as st

from core.runs.records import AttemptRecord
from pages.ui.badges import status_colour
from pages.ui.text import duration

CUT_OFF = "length"
"""The finish reason of an answer that reached its limit."""

_here = Path(__file__)
_timeline = st.components.v2.component(
    "benchtop_attempt_timeline",
    html='<ol></ol><p class="scale"></p>',
    js=_here.with_suffix(".js").read_text(encoding="utf-8"),
    css=_here.with_suffix(".css").read_text(encoding="utf-8"),
)


@dataclass(frozen=True)
class TimelineBar:
    """An attempt on the timeline. `start`, `wait` and `write` are parts of the whole, from 0 to 1."""

    title: str
    status: str
    colour: str
    start: float
    wait: float
    """Until the first piece of the answer; all of it where the answer came at once."""
    write: float
    said: str
    hover: str


def render_timeline(attempts: Sequence[AttemptRecord], *, key: str) -> None:
    """Draw a line for each attempt: its number, its status, a bar, and how long it took."""
    bars = build_bars(attempts, now=datetime.now(UTC))
    whole = _end(attempts[-1], datetime.now(UTC)) - attempts[0].started_at
    scale = duration(whole.total_seconds())
    _timeline(data={"bars": [asdict(bar) for bar in bars], "scale": scale}, key=key, width="stretch")


def attempt_word(attempt: AttemptRecord) -> str:
    """Return what came of an attempt: its status, or that its answer was cut off at the length limit."""
    return "cut off" if attempt.finish_reason == CUT_OFF else attempt.status.value


def build_bars(attempts: Sequence[AttemptRecord], *, now: datetime) -> list[TimelineBar]:
    """Return the bars of attempts in their order, from the first one's beginning to the last one's end."""
    began = attempts[0].started_at
    whole = max((_end(attempts[-1], now) - began).total_seconds(), 0.001)
    return [_build_bar(attempt, began=began, whole=whole, now=now) for attempt in attempts]


def _build_bar(attempt: AttemptRecord, *, began: datetime, whole: float, now: datetime) -> TimelineBar:
    seconds = (_end(attempt, now) - attempt.started_at).total_seconds()
    first = attempt.first_token_ms
    waited = seconds if first is None else min(first / 1000, seconds)
    hover = f"Attempt {attempt.number} took {duration(seconds)}"
    if first is not None:
        hover += f", {duration(waited)} of it until the first token"
    return TimelineBar(
        title=f"Attempt {attempt.number}",
        status=attempt_word(attempt),
        colour=status_colour(attempt.status.value),
        start=_share((attempt.started_at - began).total_seconds(), whole),
        wait=_share(waited, whole),
        write=_share(seconds - waited, whole),
        said=duration(seconds),
        hover=hover,
    )


def _share(seconds: float, whole: float) -> float:
    return round(min(1.0, max(0.0, seconds / whole)), 4)


def _end(attempt: AttemptRecord, now: datetime) -> datetime:
    return attempt.ended_at or now
