"""AWS Bedrock: the Converse API with its binary stream of events, and both lists of models."""

import json
import re
from collections.abc import Iterator, Mapping
from urllib.parse import unquote

from tests.fake_server.answers import Answer, Fault, cut_text, make_json_answer
from tests.fake_server.asking import ANY_TOOL, Ask, Said
from tests.fake_server.event_stream import make_message
from tests.fake_server.kinds.base import Call, Kind, ServerState
from tests.fake_server.schema_values import Json
from tests.fake_server.wire import RecordedRequest

_CONVERSE = re.compile(r"/model/([^/]+)/(converse|converse-stream)")
_EXCEPTIONS = {
    400: "ValidationException",
    403: "AccessDeniedException",
    404: "ResourceNotFoundException",
    408: "ModelTimeoutException",
    429: "ThrottlingException",
    500: "InternalServerException",
    503: "ServiceUnavailableException",
}


class BedrockKind(Kind):
    """Wants to be signed to or a bearer token, names the model in the path, and refuses a wrong key with 403."""

    base_path = ""
    guarded = ("/model", "/foundation-models", "/inference-profiles")

    def find_model(self, request: RecordedRequest) -> str | None:
        found = _CONVERSE.fullmatch(request.path.partition("?")[0])
        return None if found is None else unquote(found[1])

    def check(self, request: RecordedRequest) -> Fault | None:
        if request.path.startswith(self.guarded) and "authorization" not in request.headers:
            return Fault(403, "Missing Authentication Token")
        return None

    def answer_chat(self, call: Call) -> Answer | Fault:
        if call.request.method != "POST" or not call.body:
            return Fault(404, "Not found")
        if any(not message.get("content") for message in call.body.get("messages", [])):
            return Fault(400, "The content field in the Message object is empty.")
        streams = call.path.endswith("-stream")
        said = call.decide(_read_ask(call.body, call.request, streams=streams))
        if isinstance(said, Fault):
            return said
        if streams:
            return Answer("application/vnd.amazon.eventstream", tuple(_make_messages(said)))
        message = {"role": "assistant", "content": [_make_block(said)] if said.text or said.tool_name else []}
        told = {"stopReason": _find_reason(said), "usage": _count(said), "metrics": {"latencyMs": 1}}
        return make_json_answer({"output": {"message": message}, **told})

    def answer_other(self, call: Call) -> Answer | Fault | None:
        if call.request.method != "GET":
            return None
        if call.path == "/foundation-models":
            return make_json_answer({"modelSummaries": [_describe(name, call.state) for name in call.state.models]})
        if call.path == "/inference-profiles":
            names, size = _list_profiled(call.state), call.state.page_size
            start = int(call.query.get("nextToken") or "0")
            page = [_describe_profile(name) for name in names[start : start + size]]
            more = {"nextToken": str(start + size)} if start + size < len(names) else {}
            return make_json_answer({"inferenceProfileSummaries": page, **more})
        return None

    def write_fault(self, fault: Fault) -> Answer:
        status = 403 if fault.status == 401 else fault.status
        headers = {**fault.headers, "x-amzn-ErrorType": _EXCEPTIONS.get(status, "InternalServerException")}
        return make_json_answer({"message": fault.message}, status=status, headers=headers)


def _read_ask(body: Mapping[str, Json], request: RecordedRequest, *, streams: bool) -> Ask:
    config = body.get("toolConfig") or {}
    specs = [tool["toolSpec"] for tool in config.get("tools", []) if "toolSpec" in tool]
    choice = config.get("toolChoice") or {"auto": {}}
    shape = ((body.get("outputConfig") or {}).get("textFormat") or {}).get("structure") or {}
    limit = (body.get("inferenceConfig") or {}).get("maxTokens")
    system = [str(block.get("text", "")) for block in body.get("system") or []]
    roles = [message.get("role") for message in body.get("messages") or []]
    return Ask(
        model_name=request.model_name,
        prompt_length=len(json.dumps([system, body.get("messages", [])])),
        streams=streams,
        turns=roles.count("assistant"),
        tools={spec["name"]: spec["inputSchema"]["json"] for spec in specs},
        forced_tool=ANY_TOOL if "any" in choice else (choice.get("tool") or {}).get("name"),
        schema=json.loads(shape["jsonSchema"]["schema"]) if "jsonSchema" in shape else None,
        has_system=bool(system),
        prompt_texts=system,
        limits={} if limit is None else {"max_tokens": limit},
        temperature=(body.get("inferenceConfig") or {}).get("temperature"),
    )


def _make_block(said: Said) -> dict[str, Json]:
    if said.tool_name:
        return {"toolUse": {"toolUseId": "tooluse_fake", "name": said.tool_name, "input": said.arguments}}
    return {"text": said.text}


def _make_messages(said: Said) -> Iterator[bytes]:
    yield make_message("messageStart", {"role": "assistant"})
    if said.tool_name:
        opening = {"toolUse": {"toolUseId": "tooluse_fake", "name": said.tool_name}}
        yield make_message("contentBlockStart", {"contentBlockIndex": 0, "start": opening})
    for piece in cut_text(said.text):
        delta = {"toolUse": {"input": piece}} if said.tool_name else {"text": piece}
        yield make_message("contentBlockDelta", {"contentBlockIndex": 0, "delta": delta})
    yield make_message("contentBlockStop", {"contentBlockIndex": 0})
    yield make_message("messageStop", {"stopReason": _find_reason(said)})
    yield make_message("metadata", {"usage": _count(said), "metrics": {"latencyMs": 1}})


def _find_reason(said: Said) -> str:
    return "max_tokens" if said.is_cut else "tool_use" if said.tool_name else "end_turn"


def _count(said: Said) -> dict[str, int]:
    total = said.input_tokens + said.output_tokens
    return {"inputTokens": said.input_tokens, "outputTokens": said.output_tokens, "totalTokens": total}


def _describe(name: str, state: ServerState) -> dict[str, Json]:
    details = state.describe(name)
    lifecycle: dict[str, Json] = {"status": "ACTIVE"}
    if details.shutdown_date:
        lifecycle = {"status": "LEGACY", "endOfLifeTime": f"{details.shutdown_date}T00:00:00Z"}
    reads = ["TEXT", *(["IMAGE"] if "vision" in details.capabilities else [])]
    writes = ["EMBEDDING"] if "embedding" in details.capabilities else ["TEXT"]
    named = {"modelArn": _make_arn(name), "modelId": name, "modelName": details.display_name or name}
    can = {"inputModalities": reads, "outputModalities": writes, "inferenceTypesSupported": ["ON_DEMAND"]}
    return {**named, **can, "responseStreamingSupported": True, "modelLifecycle": lifecycle, **details.extra}


def _list_profiled(state: ServerState) -> list[str]:
    """Return the models that are called by a profile only."""
    return [
        name
        for name in state.models
        if state.describe(name).extra.get("inferenceTypesSupported") == ["INFERENCE_PROFILE"]
    ]


def _describe_profile(name: str) -> dict[str, Json]:
    named = {"inferenceProfileId": f"eu.{name}", "inferenceProfileName": f"EU {name}", "type": "SYSTEM_DEFINED"}
    return {**named, "status": "ACTIVE", "models": [{"modelArn": _make_arn(name)}]}


def _make_arn(name: str) -> str:
    return f"arn:aws:bedrock:eu-central-1::foundation-model/{name}"


KIND = BedrockKind()
