"""Shows each attempt of a run: the raw answer, what was wrong with it, and the request exactly as sent."""

import json
from typing import Any, Literal

import streamlit as st

from core.runs.records import AttemptRecord, AttemptStatus
from pages.ui.long_text import render_long
from pages.ui.text import NOTHING, counted, duration, label

_ICONS = {
    AttemptStatus.PASSED: ":material/check:",
    AttemptStatus.FAILED: ":material/close:",
    AttemptStatus.RUNNING: ":material/progress_activity:",
    AttemptStatus.CANCELLED: ":material/block:",
    AttemptStatus.INTERRUPTED: ":material/power_off:",
}
_SHOWN_APART = ("messages", "response_format", "tools")


@st.fragment
def render_attempts(attempts: list[AttemptRecord]) -> None:
    """Draw one expander for each attempt. The last one starts open if its answer was refused."""
    st.subheader("Attempts", anchor=False)
    if not attempts:
        st.caption("No request reached the model.")
        return
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
                _render_attempt(attempt)


def _title(attempt: AttemptRecord) -> str:
    parts = [
        f"Attempt {attempt.number}",
        attempt.status.value,
        duration(attempt.duration_seconds),
        f"{attempt.input_tokens:,} in, {attempt.output_tokens:,} out",
    ]
    if attempt.errors:
        parts.insert(2, counted(len(attempt.errors), "problem"))
    return " · ".join(parts)


def _render_attempt(attempt: AttemptRecord) -> None:
    if attempt.errors:
        st.caption("**What was wrong with it**")
        _render_errors(attempt.errors)
    st.caption("**Raw answer**")
    if attempt.raw_answer:
        # A raw answer stays as it came: only its outer line breaks go, so that nothing is made up.
        _render_text(attempt.raw_answer.strip("\n"), attempt, name="answer")
    else:
        st.caption("The model sent no text.")
    _render_measures(attempt)
    if attempt.request is not None:
        _render_request(attempt, attempt.request)
    if attempt.exchanges:
        st.caption("**HTTP tries**")
        _render_exchanges(attempt.exchanges)


def _render_json(value: object, attempt: AttemptRecord, *, name: str) -> None:
    _render_text(_as_json(value), attempt, name=name, language="json")


def _render_text(text: str, attempt: AttemptRecord, *, name: str, language: Literal["json"] | None = None) -> None:
    file_name = f"attempt-{attempt.number}-{name}.{language or 'txt'}"
    render_long(text, key=f"run.attempt.{attempt.number}.{name}", file_name=file_name, language=language)


def _render_errors(errors: tuple[dict[str, Any], ...]) -> None:  # Any: JSON as stored
    rows = [
        {
            "Field": _field(str(error.get("place", ""))),
            "Problem": str(error.get("message", "")),
            "Value": str(error.get("value", "")),
        }
        for error in errors
    ]
    st.dataframe(rows, hide_index=True, alt="What was wrong with the answer, field by field")


def _field(pointer: str) -> str:
    """Return a JSON pointer as the dotted path the result uses."""
    parts = [part.replace("~1", "/").replace("~0", "~") for part in pointer.split("/") if part]
    return ".".join(parts) or "(the whole answer)"


def _render_measures(attempt: AttemptRecord) -> None:
    first = None if attempt.first_token_at is None else (attempt.first_token_at - attempt.started_at).total_seconds()
    measures = [
        f"took {duration(attempt.duration_seconds)}",
        f"first token after {duration(first)}",
        f"{attempt.input_tokens:,} tokens in",
        f"{attempt.output_tokens:,} tokens out",
    ]
    if attempt.finish_reason:
        measures.append(f"finish reason {attempt.finish_reason}")
    st.caption(label(" · ".join(measures)))


def _render_request(attempt: AttemptRecord, request: dict[str, Any]) -> None:  # Any: the body as sent
    st.caption("**Prompts sent**")
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


def _render_exchanges(exchanges: tuple[dict[str, Any], ...]) -> None:  # Any: JSON as stored
    rows = [
        {
            "Try": number,
            "Status": str(exchange.get("status") or NOTHING),
            "Took": duration(exchange.get("seconds")),
            "Waited before": duration(exchange.get("waited_seconds") or None),
            "Error": str(exchange.get("error") or ""),
        }
        for number, exchange in enumerate(exchanges, start=1)
    ]
    st.dataframe(rows, hide_index=True, alt="The HTTP tries of this attempt")


def _as_json(value: object) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False)
