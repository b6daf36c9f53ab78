"""What is asked of the fake model and what it says, whatever the dialect they are written in.

Each kind of server reads a request into an `Ask`, lets `decide` answer it, and writes what is `Said` in its own way.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import unquote_plus

from tests.fake_server.answers import Fault
from tests.fake_server.clumsiness import CLUMSY
from tests.fake_server.schema_values import Json, Schema, make_valid_value, make_wrong_value
from tests.fake_server.traits import Traits

PROSE = "I am sorry, I would rather tell you a story about the sea than fill in a form."
_TEXT = "This is the answer of the fake model."
_CHARACTERS_PER_TOKEN = 4
ANY_TOOL = "*"
"""Stands for "call one, whichever" in `Ask.forced_tool`."""


@dataclass(frozen=True)
class Ask:
    """A request for an answer, read from any dialect."""

    model_name: str
    prompt_length: int
    """Characters of everything that is to be read."""
    streams: bool = False
    turns: int = 0
    """How many answers of the model the conversation holds already."""
    tools: Mapping[str, Schema] = field(default_factory=dict)
    """Those that may be called, by name."""
    forced_tool: str | None = None
    """The tool that must be called, or ANY_TOOL; None: that is left to the model."""
    schema: Schema | None = None
    """The schema demanded as the format of the answer."""
    wants_json_object: bool = False
    has_system: bool = False
    prompt_texts: Sequence[str] = ()
    """Where a schema in words is looked for."""
    limits: Mapping[str, int] = field(default_factory=dict)
    """The most tokens wanted, by the name of the field."""
    seed: int | None = None
    temperature: float | None = None


@dataclass(frozen=True)
class Said:
    """What the model answers."""

    text: str
    tool_name: str | None
    """The tool to call with `text` as its arguments; None: `text` is plain content."""
    is_cut: bool
    """Whether a limit of tokens ended it."""
    input_tokens: int
    output_tokens: int

    @property
    def arguments(self) -> Json:
        """The tool's arguments as an object, for dialects that cannot send them as text; {} when they are none."""
        try:
            value = json.loads(self.text)
        except (ValueError, RecursionError):
            return {}
        return value if isinstance(value, dict) else {}


def decide(ask: Ask, *, mode: str, argument: str, traits: Traits, number: int) -> Said | Fault:
    """Answer in the manner of the mode, as far as the traits let it. `number` counts the answers of the server."""
    refusal = _find_refusal(ask, traits)
    if refusal is not None:
        return refusal
    tool_name, schema = _find_target(ask, traits)
    if mode in ("empty", "prose") or (tool_name is None and schema is None and _wants_shape(ask)):
        return _say("" if mode == "empty" else PROSE, None, ask, traits)
    text = _make_text(schema, ask, mode, argument, variation=_find_variation(ask, traits, number))
    if mode == "truncated":
        return _say(text[: max(1, len(text) // 2)], tool_name, ask, traits, is_cut=True)
    return _say(text, tool_name, ask, traits if mode != "answer" else None)


def count_tokens(length: int) -> int:
    """Count about four characters as a token: enough to be steady and never zero."""
    return length // _CHARACTERS_PER_TOKEN + 1


def _say(text: str, tool_name: str | None, ask: Ask, traits: Traits | None, *, is_cut: bool = False) -> Said:
    limits = [value for name, value in ask.limits.items() if traits is not None and name in traits.max_tokens_fields]
    if limits and count_tokens(len(text)) > min(limits):
        text, is_cut = text[: min(limits) * _CHARACTERS_PER_TOKEN - 1], True
    return Said(text, tool_name, is_cut, count_tokens(ask.prompt_length), count_tokens(len(text)))


def _find_refusal(ask: Ask, traits: Traits) -> Fault | None:
    if ask.has_system and not traits.system:
        return Fault(400, "System role not supported")
    if ask.tools and not traits.tools:
        return Fault(400, f"registry.ollama.ai/library/{ask.model_name} does not support tools", kind="api_error")
    if ask.schema is not None and traits.schema == "refused":
        return Fault(400, "This response_format type is unavailable now")
    if ask.wants_json_object and not traits.json_object:
        return Fault(400, "'response_format.type' must be 'json_schema' or 'text'")
    return None


def _find_target(ask: Ask, traits: Traits) -> tuple[str | None, Schema | None]:
    """Return the tool to call, if any, and the schema the answer has to satisfy, if one is known."""
    if ask.tools and (ask.forced_tool is None or traits.tool_choice):
        demanded = ask.forced_tool or ANY_TOOL
        wanted = demanded if demanded in ask.tools else _first_tool(ask.tools)
        return wanted, ask.tools[wanted]
    if ask.schema is not None and traits.schema == "enforced":
        return None, ask.schema
    found = _find_schema_in_prompt(ask.prompt_texts)
    if found is None and ask.wants_json_object:
        return None, {"type": "object", "properties": {"answer": {"type": "string"}}}
    return None, found


def _wants_shape(ask: Ask) -> bool:
    return ask.schema is not None or (bool(ask.tools) and ask.forced_tool is not None)


def _first_tool(tools: Mapping[str, Schema]) -> str:
    """Prefer the tool that carries the final answer over those that fetch something."""
    return next((name for name in tools if name.startswith("final_result")), next(iter(tools)))


def _find_schema_in_prompt(texts: Sequence[str]) -> Schema | None:
    """Return the first JSON Schema written into the texts, as prompted output does."""
    decoder = json.JSONDecoder()
    for text in texts:
        for position in [i for i, char in enumerate(text) if char == "{"]:
            try:
                found, _end = decoder.raw_decode(text, position)
            except ValueError:
                continue
            if isinstance(found, dict) and ("properties" in found or "$ref" in found):
                return found
    return None


def _find_variation(ask: Ask, traits: Traits, number: int) -> int | None:
    if ask.seed is not None and traits.seed:
        return ask.seed
    return number if ask.seed is not None or ask.temperature else None


def _make_text(schema: Schema | None, ask: Ask, mode: str, argument: str, *, variation: int | None) -> str:
    if mode == "answer":
        return unquote_plus(argument)
    if mode == "invalid-json":
        return '{"name": "Ada",, "age": '
    if mode == "deep-answer":
        return '{"deep": ' + "[" * 100_000 + "]" * 100_000 + "}"
    is_wrong = mode == "always-wrong" or (mode == "wrong-then-right" and ask.turns < int(argument or 1))
    if schema is None:
        varied = _TEXT if variation is None else f"{_TEXT[:-1]}, version {variation}."
        return "42" if is_wrong else varied
    if mode in CLUMSY and (not argument or ask.turns < int(argument)):
        return CLUMSY[mode](make_valid_value(schema))
    return json.dumps(make_wrong_value(schema) if is_wrong else make_valid_value(schema))
