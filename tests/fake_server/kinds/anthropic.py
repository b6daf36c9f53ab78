"""Anthropic: the Messages API and the list of models."""

import json
from collections.abc import Iterator, Mapping

from tests.fake_server.answers import Answer, Fault, cut_text, make_event, make_json_answer
from tests.fake_server.asking import ANY_TOOL, Ask, Said
from tests.fake_server.kinds.base import Call, Kind, ServerState
from tests.fake_server.schema_values import Json
from tests.fake_server.wire import RecordedRequest

_KINDS = {
    400: "invalid_request_error",
    401: "authentication_error",
    403: "permission_error",
    404: "not_found_error",
    429: "rate_limit_error",
    529: "overloaded_error",
}


class AnthropicKind(Kind):
    """Wants a key (as x-api-key or as a bearer's token) and a version in the headers; the list has pages."""

    base_path = ""

    def find_model(self, request: RecordedRequest) -> str | None:
        return request.model_name if request.path.partition("?")[0] == "/v1/messages" else None

    def check(self, request: RecordedRequest) -> Fault | None:
        if not request.path.startswith("/v1"):
            return None
        if not request.key:
            return Fault(401, "x-api-key header is required")
        if "anthropic-version" not in request.headers:
            return Fault(400, "anthropic-version: header is required")
        return None

    def answer_chat(self, call: Call) -> Answer | Fault:
        if call.request.method != "POST" or not call.body:
            return Fault(404, "Not found")
        if not isinstance(call.body.get("max_tokens"), int):
            return Fault(400, "max_tokens: Field required")
        said = call.decide(_read_ask(call.body, model_name=call.request.model_name))
        if isinstance(said, Fault):
            return said
        message = _make_message(call.body, said)
        if not (call.body.get("stream") and call.state.traits.streams):
            return make_json_answer(message)
        return Answer("text/event-stream; charset=utf-8", tuple(_make_events(message, said)))

    def answer_other(self, call: Call) -> Answer | Fault | None:
        if (call.request.method, call.path) != ("GET", "/v1/models"):
            return None
        names, size = call.state.models, min(int(call.query.get("limit", "20")), call.state.page_size)
        after = call.query.get("after_id", "")
        start = names.index(after) + 1 if after in names else 0
        page = names[start : start + size]
        data = [_describe(name, call.state) for name in page]
        ends = {"first_id": page[0] if page else None, "last_id": page[-1] if page else None}
        return make_json_answer({"data": data, "has_more": start + size < len(names), **ends})

    def write_fault(self, fault: Fault) -> Answer:
        error = {"type": _KINDS.get(fault.status, "api_error"), "message": fault.message}
        body = {"type": "error", "error": error, "request_id": "req_fake"}
        return make_json_answer(body, status=fault.status, headers=fault.headers)


def _read_ask(body: Mapping[str, Json], *, model_name: str) -> Ask:
    wish = (body.get("output_config") or {}).get("format") or body.get("output_format") or {}
    choice = body.get("tool_choice") or {"type": "auto"}
    tools = {tool["name"]: tool.get("input_schema", {}) for tool in body.get("tools") or [] if "input_schema" in tool}
    forced = {"any": ANY_TOOL, "tool": choice.get("name")}.get(choice["type"])
    roles = [message.get("role") for message in body.get("messages") or []]
    system = body.get("system") or []
    system_texts = [system] if isinstance(system, str) else [str(block.get("text", "")) for block in system]
    return Ask(
        model_name=model_name,
        prompt_length=len(json.dumps([system, body.get("messages", [])])),
        streams=bool(body.get("stream")),
        turns=roles.count("assistant"),
        tools=tools if choice["type"] != "none" else {},
        forced_tool=forced,
        schema=wish.get("schema") if wish.get("type") == "json_schema" else None,
        has_system=bool(system_texts),
        prompt_texts=system_texts,
        limits={"max_tokens": body["max_tokens"]},
        temperature=body.get("temperature"),
    )


def _make_message(body: Mapping[str, Json], said: Said) -> dict[str, Json]:
    block: dict[str, Json] = {"type": "text", "text": said.text}
    if said.tool_name:
        block = {"type": "tool_use", "id": "toolu_fake", "name": said.tool_name, "input": said.arguments}
    ended = "max_tokens" if said.is_cut else "tool_use" if said.tool_name else "end_turn"
    named = {"id": "msg_fake", "type": "message", "role": "assistant", "model": body.get("model", "")}
    usage = {"input_tokens": said.input_tokens, "output_tokens": said.output_tokens}
    content = [block] if said.text or said.tool_name else []
    return {**named, "content": content, "stop_reason": ended, "stop_sequence": None, "usage": usage}


def _make_events(message: Mapping[str, Json], said: Said) -> Iterator[bytes]:
    def event(name: str, **members: Json) -> bytes:
        return make_event({"type": name, **members}, name=name)

    usage = {**message["usage"], "output_tokens": 1}
    yield event("message_start", message={**message, "content": [], "stop_reason": None, "usage": usage})
    for block in message["content"]:
        opening = {**block, **({"input": {}} if said.tool_name else {"text": ""})}
        yield event("content_block_start", index=0, content_block=opening)
        yield event("ping")
        for piece in cut_text(said.text):
            delta = {"type": "input_json_delta", "partial_json": piece}
            yield event(
                "content_block_delta", index=0, delta=delta if said.tool_name else {"type": "text_delta", "text": piece}
            )
        yield event("content_block_stop", index=0)
    ended = {"stop_reason": message["stop_reason"], "stop_sequence": None}
    yield event("message_delta", delta=ended, usage={"output_tokens": said.output_tokens})
    yield event("message_stop")


def _describe(name: str, state: ServerState) -> dict[str, Json]:
    details = state.describe(name)
    dated = {"created_at": "2026-01-01T00:00:00Z", "deprecated_at": None, "lifecycle": "active", "retires_at": None}
    if details.shutdown_date:
        dated |= {"lifecycle": "deprecated", "retires_at": f"{details.shutdown_date}T00:00:00Z"}
    supported = {"supported": True}
    can = {"structured_outputs": supported, "image_input": {"supported": "vision" in details.capabilities}}
    limits = {"max_input_tokens": details.context_tokens or 200_000, "max_tokens": 64_000}
    shown = {"type": "model", "id": name, "display_name": details.display_name or name.title(), "line": None}
    return {**shown, **dated, **limits, "capabilities": can, **details.extra}


KIND = AnthropicKind()
