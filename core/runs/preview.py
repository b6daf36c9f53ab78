"""What a run will send, before it is sent: the messages as they will be filled, the schema, the settings.

Nothing here asks anybody and pydantic-ai is not loaded, so a page may show it at every keystroke. It follows what
`core.runs.registry` and `core.providers.openai_models` build, and a test holds the two together. What only pydantic-ai
knows, how it rewrites a request for OpenAI's own servers or writes one for another vendor's, is told by
`core.runs.rehearsal`.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final, Protocol

from pydantic import TypeAdapter

from core.agents.records import PLACEHOLDER
from core.agents.templates import WHOLE_INPUT, show_input
from core.errors import InvalidInputError
from core.providers.dialects import OutputMode, ServerDialect, Support
from core.providers.types.base import ProviderType
from core.runs.dialects import find_max_tokens, find_temperature, schema_name
from core.tasks.judge import output_type
from core.tasks.schemas.json_values import JsonObject, copy_json

MAX_SHOWN_CHARACTERS: Final = 400_000
# What pydantic-ai writes after the instructions in prompted mode, and describes an output tool with.
_PROMPTED: Final = """
Always respond with a JSON object that's compatible with this schema:

{schema}

Don't include any text or Markdown fencing before or after.
"""
_TOOL_DESCRIPTION: Final = "The final response which ends this conversation"
# As `core.tasks.linting.providers.Dialect` names OpenAI's strict manner, which pydantic-ai rewrites schemas for.
_STRICT: Final = "openai"
# Of models with these names pydantic-ai knows, wherever they are served, that they take no temperature.
_REASONING_NAME: Final = re.compile(r"(?:^|/)(?:o\d|gpt-[5-9])")


class NotGiven:
    """Stands for an input that is not there yet; None would be a value."""


NOT_GIVEN: Final = NotGiven()


class AgentLike(Protocol):
    """What is looked at of an agent: a record, a draft, a version, or a variation nobody saved."""

    @property
    def model_name(self) -> str: ...
    @property
    def system_prompt(self) -> str: ...
    @property
    def user_prompt_template(self) -> str: ...
    @property
    def temperature(self) -> float | None: ...
    @property
    def max_tokens(self) -> int | None: ...


class TaskLike(Protocol):
    """What is looked at of a task."""

    @property
    def name(self) -> str: ...
    @property
    def response_schema(self) -> JsonObject: ...
    @property
    def request_schema(self) -> JsonObject | None: ...


class MarkKind(StrEnum):
    """What a stretch of a message is."""

    FILLED = "filled"
    """Taken from the input."""
    UNFILLED = "unfilled"
    """A placeholder that nothing fills: in the template the run is refused for it, in the system prompt it is sent."""


@dataclass(frozen=True, slots=True)
class Mark:
    """A stretch of a message's text, `text[start:end]`, and the placeholder it stands for."""

    kind: MarkKind
    name: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class PreviewMessage:
    """One message. `text` holds at most 400,000 of its `total_characters`."""

    role: str
    text: str
    marks: tuple[Mark, ...]
    total_characters: int

    @property
    def is_cut(self) -> bool:
        return len(self.text) < self.total_characters

    @property
    def unfilled(self) -> tuple[str, ...]:
        """The placeholders that nothing fills, each once, in order."""
        return tuple(dict.fromkeys(mark.name for mark in self.marks if mark.kind is MarkKind.UNFILLED))


@dataclass(frozen=True, slots=True)
class RequestPreview:
    """The first request of a run. A retry sends the same with the refused answer and the reasons at the end."""

    model_name: str
    messages: tuple[PreviewMessage, ...]
    """The agent's prompts, apart, whatever the server makes of system messages and whatever is added to them."""
    dialect: ServerDialect
    schema_name: str
    schema_description: str
    """The description of the root, which goes beside the schema; blank: none."""
    schema: JsonObject
    is_verbatim: bool
    """Whether the schema goes out as it is written, references and all, because it cannot be written out in full."""
    settings: Mapping[str, float | int]
    """Under the names they are sent with. What is not here is left to the server."""
    is_exact: bool
    """False at OpenAI itself, where pydantic-ai rewrites the schema, for models it knows to refuse settings, and where
    `has_body` is."""
    has_body: bool = True
    """False for a vendor with an API of its own, whose requests only its library can write."""

    @property
    def output_mode(self) -> OutputMode:
        return self.dialect.output_mode

    def body(self) -> JsonObject:
        """Return the request as JSON, in the words of OpenAI's chat completions.

        Raises: InvalidInputError: a message is too long to be held whole, or the server has an API of its own.
        """
        if not self.has_body:
            raise InvalidInputError("Only the vendor's library can write this request.")
        if any(message.is_cut for message in self.messages):
            raise InvalidInputError(f"A message has more than {MAX_SHOWN_CHARACTERS:,} characters.")
        is_streamed = self.dialect.streaming is not Support.NO
        has_options = is_streamed and self.dialect.usage is not Support.NO
        return {
            "model": self.model_name,
            "messages": self._write_messages(),
            **self._write_shape(),
            **self.settings,
            "stream": is_streamed,
            **({"stream_options": {"include_usage": True}} if has_options else {}),
        }

    def _write_messages(self) -> list[JsonObject]:
        system, user = (message.text for message in self.messages)
        told = [system] if system else []
        if self.output_mode is OutputMode.PROMPTED:
            told.append(_PROMPTED.format(schema=json.dumps(self._write_named_schema())))
        if self.dialect.system_messages is Support.NO:
            joined = "\n\n".join(piece for piece in (*told, user) if piece)
            return [{"role": "user", "content": joined}]
        instructions = [{"role": "system", "content": "\n\n".join(told)}] if told else []
        return [*instructions, {"role": "user", "content": user}]

    def _write_shape(self) -> JsonObject:
        if self.output_mode is OutputMode.PROMPTED:
            is_taken = self.dialect.json_object is Support.YES
            return {"response_format": {"type": "json_object"}} if is_taken else {}
        if self.output_mode is OutputMode.TOOL:
            function = {
                "name": self.schema_name,
                "description": self.schema_description or _TOOL_DESCRIPTION,
                "parameters": copy_json(self.schema),
            }
            choice = "auto" if self.dialect.tool_choice is Support.NO else "required"
            return {"tools": [{"type": "function", "function": function}], "tool_choice": choice}
        shape: JsonObject = {"name": self.schema_name, "schema": copy_json(self.schema)}
        if self.schema_description:
            shape["description"] = self.schema_description
        return {"response_format": {"type": "json_schema", "json_schema": shape}}

    def _write_named_schema(self) -> JsonObject:
        named: JsonObject = {**copy_json(self.schema), "title": self.schema_name}
        return named | ({"description": self.schema_description} if self.schema_description else {})


def preview_request(
    agent: AgentLike,
    task: TaskLike,
    value: object = NOT_GIVEN,
    *,
    dialect: ServerDialect | None = None,
    kind: ProviderType | None = None,
    base_url: str = "",
) -> RequestPreview:
    """Return what a run of the agent on the task would send first.

    `dialect` is how the model is spoken to, None: as one of which nothing is known. `kind` and `base_url` are those of
    its provider; None and blank: a plain server with OpenAI's chat completions.
    Raises: InvalidInputError: the input cannot be written as JSON. InvalidSchemaError: the response schema is unusable.
    """
    spoken = dialect or ServerDialect()
    name = schema_name(task.name)
    schema, is_verbatim = schema_as_sent(task.response_schema, name=name)
    # Beside a verbatim schema the stub's description goes out, and the written one keeps its own.
    description = schema.get("description", "") if is_verbatim else schema.pop("description", "")
    is_plain = kind is None or (kind.speaks_openai and kind.find_lint_dialect(base_url) != _STRICT)
    chosen = {
        "temperature": find_temperature(agent.temperature, spoken),
        spoken.max_tokens_field.value: find_max_tokens(agent.max_tokens, spoken),
    }
    return RequestPreview(
        model_name=agent.model_name,
        messages=(preview_system(agent.system_prompt), preview_user(agent.user_prompt_template, value)),
        dialect=spoken,
        schema_name=name,
        schema_description=description if isinstance(description, str) else "",
        schema=schema,
        is_verbatim=is_verbatim,
        settings={key: number for key, number in chosen.items() if number is not None},
        is_exact=is_plain and not _REASONING_NAME.search(agent.model_name),
        has_body=kind is None or kind.speaks_openai,
    )


def preview_system(system_prompt: str) -> PreviewMessage:
    """Return the system message. Nothing in it is filled; what looks like a placeholder is marked."""
    text = system_prompt.strip()
    marks = tuple(Mark(MarkKind.UNFILLED, found[1], *found.span()) for found in PLACEHOLDER.finditer(text))
    return PreviewMessage("system", text[:MAX_SHOWN_CHARACTERS], marks, len(text))


def preview_user(template: str, value: object = NOT_GIVEN) -> PreviewMessage:
    """Return the user's message as far as the input fills it. Raises: InvalidInputError."""
    text, marks, position, total = [], [], 0, 0
    for piece, kind, name in _fill(template, value):
        kept = piece[: max(0, MAX_SHOWN_CHARACTERS - position)]
        total += len(piece)
        if kept:
            text.append(kept)
        if kind is not None and (kept or not piece):
            marks.append(Mark(kind, name, position, position + len(kept)))
        position += len(kept)
    return PreviewMessage("user", "".join(text), tuple(marks), total)


def schema_as_sent(schema: JsonObject, *, name: str) -> tuple[JsonObject, bool]:
    """Return a response schema as pydantic-ai is given it, and whether that is verbatim: references stay in it.

    Raises: InvalidSchemaError.
    """
    answer_type: Any = output_type(schema, name=name)  # Any: a class made at run time
    handed: JsonObject = TypeAdapter(answer_type).json_schema()
    if not answer_type.is_stub:
        return handed, False
    written: JsonObject = copy_json(schema)
    return written, True


def _fill(template: str, value: object) -> Iterator[tuple[str, MarkKind | None, str]]:
    """Yield the pieces of the filled template, with what each is and the placeholder it stands for."""
    fields: dict[str, str] = {}
    known = value if isinstance(value, Mapping) else {}

    def show(name: str) -> str | None:
        is_whole = name == WHOLE_INPUT and name not in known and value is not NOT_GIVEN
        if not is_whole and name not in known:
            return None
        if name not in fields:
            fields[name] = _show(value if is_whole else known[name])
        return fields[name]

    if not template.strip():
        whole = None if value is NOT_GIVEN else _show(value)
        placeholder = f"{{{{{WHOLE_INPUT}}}}}"
        yield (placeholder, MarkKind.UNFILLED, WHOLE_INPUT) if whole is None else (whole, MarkKind.FILLED, WHOLE_INPUT)
        return
    position = 0
    for found in PLACEHOLDER.finditer(template):
        yield template[position : found.start()], None, ""
        shown = show(found[1])
        yield (found[0], MarkKind.UNFILLED, found[1]) if shown is None else (shown, MarkKind.FILLED, found[1])
        position = found.end()
    yield template[position:], None, ""


def _show(value: object) -> str:
    try:
        return show_input(value)
    except (TypeError, ValueError, RecursionError) as error:
        raise InvalidInputError("The input cannot be written as JSON.", hint="Check its values.") from error
