"""Shows what a run will send before it is sent: messages, settings and schema, behind a click."""

import json

import streamlit as st

from core.agents.records import AgentRecord
from core.providers.dialects import OutputMode, Support
from core.runs.preview import Mark, MarkKind, PreviewMessage, RequestPreview
from core.tasks.records import TaskRecord
from core.tasks.schemas.json_values import JsonObject
from pages.ui.door import Door
from pages.ui.errors import shown_errors
from pages.ui.long_text import render_long
from pages.ui.text import counted, cut, label, render_quiet

_TITLES = {"system": "System prompt", "user": "User prompt"}
_MODES = {
    OutputMode.NATIVE: "Native: the schema goes out as the format of the answer.",
    OutputMode.TOOL: "Tool: the schema goes out as the arguments of a tool to call.",
    OutputMode.PROMPTED: "Prompted: the schema is written into the prompt.",
}
_SHOWN_APART = ("messages", "response_format", "tools", "stream", "stream_options")
_REWRITTEN = (
    "For this model the request is rewritten on its way: parts of the schema and some settings may go out differently."
)
_FOREIGN = "This vendor has an API of its own: the same goes out under other names, and its library may fit the schema."
_MAX_BADGES = 12


@st.fragment
def render_preview(door: Door, *, agent: AgentRecord, task: TaskRecord, value: object) -> None:
    """Draw the expander; while it is closed nothing is read or computed for it."""
    box = st.expander("What will be sent", icon=":material/visibility:", key="run.preview", on_change="rerun")
    if not box.open:
        return
    with box, shown_errors():
        preview = door.services.preparation.preview_run(door.actor, agent, task, value)
        if not preview.is_exact and _asks_for_exact(preview):
            _render_body(door.services.preparation.rehearse_run(door.actor, agent, task, value))
        else:
            _render_preview(preview)


def _asks_for_exact(preview: RequestPreview) -> bool:
    st.caption(f":material/info: {_REWRITTEN if preview.has_body else _FOREIGN}")
    return st.toggle("Show exactly what goes out", key="run.exact", help="Nothing is sent for it.")


def _render_preview(preview: RequestPreview) -> None:
    for message in preview.messages:
        _render_message(message)
    st.caption("**Output mode**")
    st.text(_MODES[preview.output_mode])
    if preview.dialect.system_messages is Support.NO:
        st.caption("The server takes no system message: both prompts go out as one message of the user.")
    if preview.dialect.streaming is Support.NO:
        st.caption("The server does not stream: the answer comes whole.")
    _render_settings({"model": preview.model_name, **preview.settings})
    st.caption("**Schema**")
    how = "as it is written" if preview.is_verbatim else "with its references written out"
    st.caption(label(f"Sent under the name {preview.schema_name}, {how}."))
    if preview.schema_description:
        render_quiet(preview.schema_description, limit=300)
    _render_json(preview.schema, name="schema")


def _render_message(message: PreviewMessage) -> None:
    st.caption(f"**{_title(message.role)}**")
    unfilled = [mark for mark in message.marks if mark.kind is MarkKind.UNFILLED]
    if unfilled:
        _render_unfilled(message, unfilled)
    render_long(
        message.text,
        key=f"run.preview.{message.role}",
        file_name=f"{message.role}.txt",
        has_line_numbers=bool(unfilled),
    )
    if message.is_cut:
        st.caption(f"The message has {message.total_characters:,} characters; a run sends them all.")


def _render_unfilled(message: PreviewMessage, marks: list[Mark]) -> None:
    fate = "sent as it stands" if message.role == "system" else "not filled"
    with st.container(horizontal=True, gap="xsmall", key=f"run.unfilled.{message.role}"):
        for mark in marks[:_MAX_BADGES]:
            line = message.text.count("\n", 0, mark.start) + 1
            st.badge(label(f"{{{{{cut(mark.name, 40)}}}}}, line {line}: {fate}"), color="orange")
        if len(marks) > _MAX_BADGES:
            st.caption(f"and {counted(len(marks) - _MAX_BADGES, 'placeholder')} more")


def _render_body(body: JsonObject) -> None:
    """Draw the request as it would go out; one that is not in the words of OpenAI's chat completions as it is."""
    if not isinstance(body.get("messages"), list) or "model" not in body or "system" in body:
        _render_json(body, name="body")
        return
    for number, message in enumerate(body["messages"]):
        st.caption(f"**{_title(str(message['role']))}**")
        said = message["content"] if isinstance(message["content"], str) else _as_json(message["content"])
        render_long(said, key=f"run.exact.message.{number}", file_name=f"message-{number + 1}.txt")
    _render_settings({name: held for name, held in body.items() if name not in _SHOWN_APART})
    asked_with = {name: body[name] for name in ("response_format", "tools") if name in body}
    if asked_with:
        st.caption("**Schema**")
        _render_json(body.get("response_format", asked_with), name="schema")


def _title(role: str) -> str:
    return _TITLES.get(role, label(role))


def _render_settings(settings: JsonObject) -> None:
    st.caption("**Settings**, all others are the server's own")
    _render_json(settings, name="settings")


def _render_json(value: object, *, name: str) -> None:
    render_long(_as_json(value), key=f"run.preview.{name}", file_name=f"{name}.json", language="json")


def _as_json(value: object) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False)
