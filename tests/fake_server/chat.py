"""OpenAI's chat completions: reads a request, and writes what the fake model says."""

import json
import time
from collections.abc import Iterator, Mapping

from tests.fake_server.answers import Answer, cut_text, make_event, make_json_answer
from tests.fake_server.asking import ANY_TOOL, Ask, Said
from tests.fake_server.schema_values import Json
from tests.fake_server.traits import MAX_TOKENS_FIELDS


def read_chat(body: Mapping[str, Json], *, model_name: str) -> Ask:
    """Return what a chat completion request asks for."""
    messages = [message for message in body.get("messages") or [] if isinstance(message, dict)]
    system = [message for message in messages if message.get("role") in ("system", "developer")]
    places = system or [message for message in messages if message.get("role") == "user"][:1]
    wish = body.get("response_format") or {}
    choice = body.get("tool_choice", "auto")
    tools = {tool["function"]["name"]: tool["function"].get("parameters", {}) for tool in body.get("tools") or []}
    return Ask(
        model_name=model_name,
        prompt_length=len(json.dumps(body.get("messages", []))),
        streams=bool(body.get("stream")),
        turns=_count_turns(messages),
        tools=tools if choice != "none" else {},
        forced_tool=_read_choice(choice),
        schema=wish["json_schema"]["schema"] if wish.get("type") == "json_schema" else None,
        wants_json_object=wish.get("type") == "json_object",
        has_system=bool(system),
        prompt_texts=[text for message in places if isinstance(text := message.get("content"), str)],
        limits={name: body[name] for name in MAX_TOKENS_FIELDS if isinstance(body.get(name), int)},
        seed=body.get("seed"),
        temperature=body.get("temperature"),
    )


def write_chat(body: Mapping[str, Json], said: Said, *, streams: bool, tells_usage: bool) -> Answer:
    """Return the answer to the request as OpenAI writes it, as a stream if one was asked for and is wanted."""
    counts = {"prompt_tokens": said.input_tokens, "completion_tokens": said.output_tokens}
    usage = {**counts, "total_tokens": said.input_tokens + said.output_tokens}
    if not (streams and body.get("stream")):
        told = {"usage": usage} if tells_usage else {}
        return make_json_answer({**_envelope(body, "chat.completion"), "choices": [_make_choice(said)], **told})
    wants_usage = (body.get("stream_options") or {}).get("include_usage", False)
    events = _make_events(body, said, usage if wants_usage and tells_usage else None)
    return Answer("text/event-stream", tuple(events))


def _read_choice(choice: Json) -> str | None:
    if isinstance(choice, dict):
        return str(choice["function"]["name"])
    return ANY_TOOL if choice == "required" else None


def _count_turns(messages: list[dict[str, Json]]) -> int:
    """Return how many answers of the model the conversation holds after its first user message."""
    roles = [message.get("role") for message in messages]
    after = roles[roles.index("user") + 1 :] if "user" in roles else []
    return after.count("assistant")


def _find_reason(said: Said) -> str:
    if said.is_cut:
        return "length"
    return "tool_calls" if said.tool_name else "stop"


def _envelope(body: Mapping[str, Json], kind: str) -> dict[str, Json]:
    return {"id": "chatcmpl-fake", "object": kind, "created": int(time.time()), "model": body.get("model", "")}


def _make_choice(said: Said) -> dict[str, Json]:
    message: dict[str, Json] = {"role": "assistant", "content": said.text, "refusal": None}
    if said.tool_name:
        call = {"name": said.tool_name, "arguments": said.text}
        message |= {"content": None, "tool_calls": [{"id": "call_fake", "type": "function", "function": call}]}
    return {"index": 0, "message": message, "finish_reason": _find_reason(said), "logprobs": None}


def _make_events(body: Mapping[str, Json], said: Said, usage: dict[str, int] | None) -> Iterator[bytes]:
    envelope = _envelope(body, "chat.completion.chunk")

    def event(delta: dict[str, Json], finish_reason: str | None = None) -> bytes:
        choice = {"index": 0, "delta": delta, "finish_reason": finish_reason}
        return make_event({**envelope, "choices": [choice]})

    def call(**function: str) -> dict[str, Json]:
        return {"tool_calls": [{"index": 0, "function": function}]}

    yield event({"role": "assistant", "content": None if said.tool_name else ""})
    if said.tool_name:
        opening = call(name=said.tool_name, arguments="")
        opening["tool_calls"][0] |= {"id": "call_fake", "type": "function"}
        yield event(opening)
    for piece in cut_text(said.text):
        yield event(call(arguments=piece) if said.tool_name else {"content": piece})
    yield event({}, _find_reason(said))
    if usage is not None:
        yield make_event({**envelope, "choices": [], "usage": usage})
    yield b"data: [DONE]\n\n"
