"""Google's Gemini API: the model is named by the path, and the list has pages."""

import json
import re
from collections.abc import Iterator, Mapping
from urllib.parse import unquote

from tests.fake_server.answers import Answer, Fault, cut_text, make_event, make_json_answer
from tests.fake_server.asking import ANY_TOOL, Ask, Said
from tests.fake_server.kinds.base import Call, Kind, ServerState
from tests.fake_server.schema_values import Json
from tests.fake_server.wire import RecordedRequest

_GENERATE = re.compile(r"/v1beta/models/([^:]+(?::.+)?):(generateContent|streamGenerateContent)")
_STATUSES = {
    400: "INVALID_ARGUMENT",
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    404: "NOT_FOUND",
    429: "RESOURCE_EXHAUSTED",
    500: "INTERNAL",
    503: "UNAVAILABLE",
}


class GeminiKind(Kind):
    """Wants the key in a header, never in the query, and refuses a wrong one with 400 as Google does."""

    base_path = ""
    guarded = ("/v1beta",)

    def find_model(self, request: RecordedRequest) -> str | None:
        found = _GENERATE.fullmatch(request.path.partition("?")[0])
        return None if found is None else unquote(found[1])

    def check(self, request: RecordedRequest) -> Fault | None:
        if not request.path.startswith(self.guarded):
            return None
        if "key=" in request.path:
            return Fault(400, "This server takes no key in the URL.")
        if not request.headers.get("x-goog-api-key"):
            message = "Method doesn't allow unregistered callers (callers without established identity)."
            return Fault(403, message)
        return None

    def answer_chat(self, call: Call) -> Answer | Fault:
        if call.request.method != "POST" or not call.body:
            return Fault(404, "Not found")
        said = call.decide(_read_ask(call.body, call.request))
        if isinstance(said, Fault):
            return said
        counts = {"promptTokenCount": said.input_tokens, "candidatesTokenCount": said.output_tokens}
        usage = {**counts, "totalTokenCount": said.input_tokens + said.output_tokens}
        told: dict[str, Json] = {"modelVersion": call.request.model_name, "responseId": "fake"}
        told |= {"usageMetadata": usage} if call.state.traits.tells_usage else {}
        if call.path.endswith(":generateContent"):
            return make_json_answer({"candidates": [_make_candidate(_make_part(said), said)], **told})
        return Answer("text/event-stream", tuple(_make_events(said, told)))

    def answer_other(self, call: Call) -> Answer | Fault | None:
        if (call.request.method, call.path) != ("GET", "/v1beta/models"):
            return None
        names, size = call.state.models, min(int(call.query.get("pageSize", "50")), call.state.page_size)
        start = int(call.query.get("pageToken") or "0")
        listed: dict[str, Json] = {"models": [_describe(name, call.state) for name in names[start : start + size]]}
        return make_json_answer(listed | ({"nextPageToken": str(start + size)} if start + size < len(names) else {}))

    def write_fault(self, fault: Fault) -> Answer:
        status, message = fault.status, fault.message
        details: list[Json] = []
        if status == 401:
            # Google answers 400 to a wrong key, and tells only in the details what is wrong.
            reason = {"reason": "API_KEY_INVALID", "domain": "googleapis.com", "metadata": {}}
            details = [{"@type": "type.googleapis.com/google.rpc.ErrorInfo", **reason}]
            status, message = 400, f"API key not valid. Please pass a valid API key. {message}"
        error = {"code": status, "message": message, "status": _STATUSES.get(status, "UNKNOWN"), "details": details}
        return make_json_answer({"error": error}, status=status, headers=fault.headers)


def _read_ask(body: Mapping[str, Json], request: RecordedRequest) -> Ask:
    config = body.get("generationConfig") or {}
    is_json = config.get("responseMimeType") == "application/json"
    schema = config.get("responseJsonSchema") or config.get("responseSchema")
    calling = (body.get("toolConfig") or {}).get("functionCallingConfig") or {}
    allowed, mode = calling.get("allowedFunctionNames") or [], calling.get("mode", "AUTO")
    declared = [one for tool in body.get("tools") or [] for one in tool.get("functionDeclarations") or []]
    tools = {one["name"]: _read_parameters(one) for one in declared}
    system = body.get("systemInstruction") or {}
    limit = config.get("maxOutputTokens")
    return Ask(
        model_name=request.model_name,
        prompt_length=len(json.dumps([system, body.get("contents", [])])),
        streams="streamGenerateContent" in request.path,
        turns=[content.get("role") for content in body.get("contents") or []].count("model"),
        tools=tools if mode != "NONE" else {},
        forced_tool=(allowed[0] if allowed else ANY_TOOL) if mode == "ANY" else None,
        schema=schema if is_json else None,
        wants_json_object=is_json and schema is None,
        has_system=bool(system),
        prompt_texts=[str(part.get("text", "")) for part in system.get("parts") or []],
        limits={"max_tokens": limit} if isinstance(limit, int) else {},
        seed=config.get("seed"),
        temperature=config.get("temperature"),
    )


def _read_parameters(declared: Mapping[str, Json]) -> Json:
    # Google reads members in camel case and in snake case alike, and its SDK writes both.
    found = (declared.get(name) for name in ("parametersJsonSchema", "parameters_json_schema", "parameters"))
    return next((schema for schema in found if schema), {})


def _make_part(said: Said) -> dict[str, Json]:
    if said.tool_name:
        return {"functionCall": {"name": said.tool_name, "args": said.arguments}}
    return {"text": said.text}


def _make_candidate(part: Mapping[str, Json] | None, said: Said | None) -> dict[str, Json]:
    """`part` None sends none; `said` None leaves open how it ends."""
    parts = [part] if part and part != {"text": ""} else []
    ended = {} if said is None else {"finishReason": "MAX_TOKENS" if said.is_cut else "STOP"}
    return {"content": {"role": "model", "parts": parts}, **ended, "index": 0}


def _make_events(said: Said, told: Mapping[str, Json]) -> Iterator[bytes]:
    parts = [_make_part(said)] if said.tool_name else [{"text": piece} for piece in cut_text(said.text)]
    for part in parts:
        yield make_event({"candidates": [_make_candidate(part, None)], **told})
    yield make_event({"candidates": [_make_candidate(None, said)], **told})


def _describe(name: str, state: ServerState) -> dict[str, Json]:
    details = state.describe(name)
    does = ["embedContent"] if "embedding" in details.capabilities else ["generateContent", "countTokens"]
    limits = {"inputTokenLimit": details.context_tokens or 1_048_576, "outputTokenLimit": 65_536}
    shown = {"displayName": details.display_name or name.title(), "version": "001", "description": ""}
    return {"name": f"models/{name}", **shown, **limits, "supportedGenerationMethods": does, **details.extra}


KIND = GeminiKind()
