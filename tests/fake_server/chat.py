"""What the fake model answers to a chat completion request."""

import json
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import unquote_plus

from tests.fake_server.clumsiness import CLUMSY
from tests.fake_server.schema_values import Json, Schema, make_valid_value, make_wrong_value

PROSE = "I am sorry, I would rather tell you a story about the sea than fill in a form."
_TEXT = "This is the answer of the fake model."
_PIECE_LENGTH = 12


@dataclass(frozen=True)
class Answer:
    """A body in the pieces it is sent in."""

    content_type: str
    pieces: tuple[bytes, ...]


@dataclass(frozen=True)
class _Message:
    text: str
    tool_name: str | None
    """The tool to call with `text` as its arguments; None answers with plain content."""
    finish_reason: str


def make_chat_answer(body: Mapping[str, Json], *, mode: str, argument: str) -> Answer:
    """Return the answer to a request, in the manner of the mode (see tests/fake_model_server.py)."""
    message = _make_message(body, mode, argument)
    usage = _count_tokens(body, message)
    if not body.get("stream"):
        completion = {**_envelope(body, "chat.completion"), "choices": [_make_choice(message)], "usage": usage}
        return Answer("application/json", _cut(json.dumps(completion).encode(), pieces=10))
    wants_usage = (body.get("stream_options") or {}).get("include_usage", False)
    return Answer("text/event-stream", tuple(_make_events(body, message, usage if wants_usage else None)))


def _make_message(body: Mapping[str, Json], mode: str, argument: str) -> _Message:
    tool_name, schema = _find_target(body)
    finish_reason = "tool_calls" if tool_name else "stop"
    if mode == "empty":
        return _Message("", None, "stop")
    if mode == "prose":
        return _Message(PROSE, None, "stop")
    text = _make_text(schema, body, mode, argument)
    if mode == "truncated":
        text, finish_reason = text[: max(1, len(text) // 2)], "length"
    return _Message(text, tool_name, finish_reason)


def _make_text(schema: Schema | None, body: Mapping[str, Json], mode: str, argument: str) -> str:
    if mode == "answer":
        return unquote_plus(argument)
    if mode == "invalid-json":
        return '{"name": "Ada",, "age": '
    if mode == "deep-answer":
        return '{"deep": ' + "[" * 100_000 + "]" * 100_000 + "}"
    is_wrong = mode == "always-wrong" or (mode == "wrong-then-right" and _count_turns(body) < int(argument or 1))
    if schema is None:
        return "42" if is_wrong else _TEXT
    if mode in CLUMSY and (not argument or _count_turns(body) < int(argument)):
        return CLUMSY[mode](make_valid_value(schema))
    return json.dumps(make_wrong_value(schema) if is_wrong else make_valid_value(schema))


def _count_turns(body: Mapping[str, Json]) -> int:
    """Return how many answers of the model the conversation holds after its first user message."""
    roles = [message.get("role") for message in body.get("messages", [])]
    after = roles[roles.index("user") + 1 :] if "user" in roles else []
    return after.count("assistant")


def _find_target(body: Mapping[str, Json]) -> tuple[str | None, Schema | None]:
    """Return the tool to call, if any, and the schema the answer has to satisfy, if one is known."""
    choice = body.get("tool_choice", "auto")
    tools = {tool["function"]["name"]: tool["function"].get("parameters", {}) for tool in body.get("tools") or []}
    if tools and choice != "none":
        wanted = choice["function"]["name"] if isinstance(choice, dict) else _first_tool(tools)
        return wanted, tools[wanted]
    wish = body.get("response_format") or {}
    if wish.get("type") == "json_schema":
        return None, wish["json_schema"]["schema"]
    found = _find_schema_in_prompt(body)
    if found is None and wish.get("type") == "json_object":
        return None, {"type": "object", "properties": {"answer": {"type": "string"}}}
    return None, found


def _first_tool(tools: Mapping[str, Json]) -> str:
    """Prefer the tool that carries the final answer over those that fetch something."""
    return next((name for name in tools if name.startswith("final_result")), next(iter(tools)))


def _find_schema_in_prompt(body: Mapping[str, Json]) -> Schema | None:
    """Return the first JSON Schema written into a system message, as prompted output does."""
    decoder = json.JSONDecoder()
    texts = [message.get("content") for message in body.get("messages", []) if message.get("role") == "system"]
    for text in [text for text in texts if isinstance(text, str)]:
        for position in [i for i, char in enumerate(text) if char == "{"]:
            try:
                found, _end = decoder.raw_decode(text, position)
            except ValueError:
                continue
            if isinstance(found, dict) and ("properties" in found or "$ref" in found):
                return found
    return None


def _envelope(body: Mapping[str, Json], kind: str) -> dict[str, Json]:
    return {"id": "chatcmpl-fake", "object": kind, "created": int(time.time()), "model": body.get("model", "")}


def _make_choice(message: _Message) -> dict[str, Json]:
    said: dict[str, Json] = {"role": "assistant", "content": message.text, "refusal": None}
    if message.tool_name:
        call = {"name": message.tool_name, "arguments": message.text}
        said |= {"content": None, "tool_calls": [{"id": "call_fake", "type": "function", "function": call}]}
    return {"index": 0, "message": said, "finish_reason": message.finish_reason, "logprobs": None}


def _make_events(body: Mapping[str, Json], message: _Message, usage: dict[str, int] | None) -> Iterator[bytes]:
    envelope = _envelope(body, "chat.completion.chunk")

    def event(delta: dict[str, Json], finish_reason: str | None = None) -> bytes:
        choice = {"index": 0, "delta": delta, "finish_reason": finish_reason}
        return _make_event({**envelope, "choices": [choice]})

    def call(**function: str) -> dict[str, Json]:
        return {"tool_calls": [{"index": 0, "function": function}]}

    yield event({"role": "assistant", "content": None if message.tool_name else ""})
    if message.tool_name:
        opening = call(name=message.tool_name, arguments="")
        opening["tool_calls"][0] |= {"id": "call_fake", "type": "function"}
        yield event(opening)
    for start in range(0, len(message.text), _PIECE_LENGTH):
        piece = message.text[start : start + _PIECE_LENGTH]
        yield event(call(arguments=piece) if message.tool_name else {"content": piece})
    yield event({}, message.finish_reason)
    if usage is not None:
        yield _make_event({**envelope, "choices": [], "usage": usage})
    yield b"data: [DONE]\n\n"


def _make_event(content: Json) -> bytes:
    return b"data: " + json.dumps(content).encode() + b"\n\n"


def _count_tokens(body: Mapping[str, Json], message: _Message) -> dict[str, int]:
    """Count about four characters as a token: enough to be steady and never zero."""
    prompt = len(json.dumps(body.get("messages", []))) // 4 + 1
    completion = len(message.text) // 4 + 1
    return {"prompt_tokens": prompt, "completion_tokens": completion, "total_tokens": prompt + completion}


def _cut(raw: bytes, *, pieces: int) -> tuple[bytes, ...]:
    size = max(1, -(-len(raw) // pieces))
    return tuple(raw[start : start + size] for start in range(0, len(raw), size))
