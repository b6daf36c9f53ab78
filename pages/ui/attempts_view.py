"""Shows each attempt of a run: the raw answer, what was wrong with it, and the request exactly as sent."""

import json
from collections.abc import Sequence
from typing import Any, Literal

import streamlit as st

from core.runs.costs import say_cost, say_part
from core.runs.records import AttemptRecord, AttemptStatus
from pages.ui.attempt_timeline import CUT_OFF, attempt_word, render_timeline
from pages.ui.layout import Column, list_row, list_table
from pages.ui.long_text import render_long
from pages.ui.result.mends import render_mends
from pages.ui.result.places import dotted
from pages.ui.text import NOTHING, counted, duration, label, render_text

_ICONS = {
    AttemptStatus.PASSED: ":material/check:",
    AttemptStatus.FAILED: ":material/close:",
    AttemptStatus.RUNNING: ":material/progress_activity:",
    AttemptStatus.CANCELLED: ":material/block:",
    AttemptStatus.INTERRUPTED: ":material/power_off:",
}
_SHOWN_APART = ("messages", "response_format", "tools")
_ERROR_COLUMNS = (Column("Field", 1.2), Column("Problem", 2), Column("Value", 1.6))
_EXCHANGE_COLUMNS = (Column("Status", 1), Column("Took", 1), Column("Waited after", 1.2), Column("Error", 2.4))
_MAX_ROWS = 25
_MAX_CELL = 300


@st.fragment
def render_attempts(attempts: list[AttemptRecord], *, is_content_kept: bool = True) -> None:
    """Draw the attempts to scale, then one expander for each. The last one starts open if its answer was refused."""
    st.subheader("Attempts", anchor=False)
    if not attempts:
        st.caption("No request reached the model.")
        return
    render_timeline(attempts, key="run.timeline")
    for attempt in attempts:
        is_open = attempt is attempts[-1] and bool(attempt.errors)
        box = st.expander(
            _title(attempt),
            icon=_ICONS[attempt.status],
            expanded=is_open,
            key=f"run.attempt.{attempt.number}",
            on_change="rerun",
        )
        if box.open:
            with box:
                _render_attempt(attempt, is_content_kept=is_content_kept)


def _title(attempt: AttemptRecord) -> str:
    parts = [
        f"Attempt {attempt.number}",
        attempt_word(attempt),
        duration(attempt.duration_seconds),
        f"{attempt.input_tokens:,} in, {attempt.output_tokens:,} out",
    ]
    if attempt.errors:
        parts.insert(2, counted(len(attempt.errors), "problem"))
    if attempt.mends:
        parts.insert(2, counted(len(attempt.mends), "mend"))
    return " · ".join(parts)


def _render_attempt(attempt: AttemptRecord, *, is_content_kept: bool) -> None:
    if attempt.finish_reason == CUT_OFF:
        st.caption(f":orange[:material/content_cut: {_say_cut_off(attempt)}]")
    if is_content_kept:
        _render_content(attempt)
    else:
        st.caption(":material/visibility_off: What was sent and answered is not kept any more.")
        _render_measures(attempt)
    if attempt.exchanges:
        st.caption("**HTTP tries**")
        _render_exchanges(attempt)


def _say_cut_off(attempt: AttemptRecord) -> str:
    asked = (attempt.request or {}).get("max_completion_tokens") or (attempt.request or {}).get("max_tokens")
    limit = f" of {asked:,} tokens" if isinstance(asked, int) else ""
    return f"The answer was cut off: it reached the length limit{limit}. Raise “Max tokens” of the agent."


def _render_content(attempt: AttemptRecord) -> None:
    if attempt.mends:
        st.caption("**What was mended before it was judged**")
        render_mends(attempt.mends, key=f"run.mends.{attempt.number}")
    if attempt.errors:
        st.caption("**What was wrong with it**")
        _render_errors(attempt)
    st.caption("**Raw answer**")
    if attempt.raw_answer:
        # A raw answer stays as it came: only its outer line breaks go, so that nothing is made up.
        _render_text(attempt.raw_answer.strip("\n"), attempt, name="answer")
    else:
        st.caption("The model sent no text.")
    _render_measures(attempt)
    if attempt.fed_back:
        st.caption("**Fed back to the model**")
        _render_text(attempt.fed_back, attempt, name="fed-back")
    if attempt.request is not None:
        _render_request(attempt, attempt.request)


def _render_json(value: object, attempt: AttemptRecord, *, name: str) -> None:
    _render_text(_as_json(value), attempt, name=name, language="json")


def _render_text(text: str, attempt: AttemptRecord, *, name: str, language: Literal["json"] | None = None) -> None:
    file_name = f"attempt-{attempt.number}-{name}.{language or 'txt'}"
    render_long(text, key=f"run.attempt.{attempt.number}.{name}", file_name=file_name, language=language)


def _render_errors(attempt: AttemptRecord) -> None:
    rows = [
        (dotted(str(error.get("place", ""))), str(error.get("message", "")), str(error.get("value", "")))
        for error in attempt.errors
    ]
    _render_rows(_ERROR_COLUMNS, rows, key=f"run.errors.{attempt.number}")


def _render_rows(columns: tuple[Column, ...], rows: Sequence[tuple[str, ...]], *, key: str) -> None:
    with list_table(columns, key=key):
        for number, row in enumerate(rows[:_MAX_ROWS]):
            for cell, words in zip(list_row(columns, key=f"{key}.{number}"), row, strict=True):
                with cell:
                    render_text(words, limit=_MAX_CELL)
    if len(rows) > _MAX_ROWS:
        st.caption(f"And {len(rows) - _MAX_ROWS:,} more.")


def _render_measures(attempt: AttemptRecord) -> None:
    first = attempt.first_token_ms
    kinds = (
        (attempt.cached_input_tokens, "of them read from the cache"),
        (attempt.cache_write_tokens, "of them kept in the cache"),
    )
    measures = [
        f"took {duration(attempt.duration_seconds)}",
        f"first token after {duration(None if first is None else first / 1000)}",
        f"{attempt.input_tokens:,} tokens in",
        *(f"{count:,} {words}" for count, words in kinds if count is not None),
        f"{attempt.output_tokens:,} tokens out",
    ]
    if attempt.ended_at is not None:
        measures.append(f"cost {say_cost(attempt.cost)}")
    if attempt.finish_reason:
        measures.append(f"finish reason {attempt.finish_reason}")
    st.caption(label(" · ".join(measures)))
    if attempt.cost is not None:
        bill = " + ".join(say_part(part) for part in attempt.cost.parts)
        st.caption(label(f"{bill}, by {attempt.cost.source} for {attempt.cost.priced_as}"))


def _render_request(attempt: AttemptRecord, request: dict[str, Any]) -> None:  # Any: the body as sent
    st.caption("**Request: prompts sent**")
    if attempt.is_request_cut:
        st.caption("The request was too long to be kept whole: its longest texts are cut.")
    messages = request.get("messages")
    for number, message in enumerate(messages if isinstance(messages, list) else [], start=1):
        if isinstance(message, dict):
            st.caption(label(str(message.get("role", ""))))
            _render_text(_content(message), attempt, name=f"message-{number}")
    for name, title in (("response_format", "Schema as sent"), ("tools", "Tools as sent")):
        if request.get(name):
            st.caption(f"**{title}**")
            _render_json(request[name], attempt, name=name)
    st.caption("**Settings**")
    settings = {name: value for name, value in request.items() if name not in _SHOWN_APART}
    _render_json(settings, attempt, name="settings")


def _content(message: dict[str, Any]) -> str:  # Any: a message as sent
    content = message.get("content")
    said = content if isinstance(content, str) else "" if content is None else _as_json(content)
    calls = message.get("tool_calls")
    return f"{said}\n{_as_json(calls)}".strip() if calls else said


def _render_exchanges(attempt: AttemptRecord) -> None:
    rows = [
        (
            str(exchange.get("status") or NOTHING),
            duration(exchange.get("seconds")),
            duration(exchange.get("waited_seconds") or None),
            str(exchange.get("error") or NOTHING),
        )
        for exchange in attempt.exchanges
    ]
    _render_rows(_EXCHANGE_COLUMNS, rows, key=f"run.exchanges.{attempt.number}")


def _as_json(value: object) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False)
