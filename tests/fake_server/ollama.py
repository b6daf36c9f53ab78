"""Ollama's native API."""

import dataclasses

from tests.fake_server.answers import Answer, Fault, make_json_answer
from tests.fake_server.kinds.base import Call, ServerState
from tests.fake_server.schema_values import Json

VERSION = "0.99.0"


def answer_ollama(call: Call) -> Answer | Fault | None:
    """Answer a native request other than one for a chat; None: there is no such path."""
    state = call.state
    match (call.request.method, call.path):
        case ("GET", "/api/tags"):
            return make_json_answer({"models": [_describe(name, state) for name in state.models]})
        case ("GET", "/api/version"):
            return make_json_answer({"version": VERSION})
        case ("GET", "/api/ps"):
            return make_json_answer({"models": [_describe_loaded(name, state) for name in sorted(state.loaded)]})
        case ("POST", "/api/show"):
            return _show(call)
        case ("POST", "/api/generate"):
            return _generate(call)
    return None


def load_first(call: Call, answer: Answer | Fault) -> Answer | Fault:
    """Return the answer as it comes from a model that has to be loaded before, unless it is loaded."""
    name, state = call.request.model_name, call.state
    if isinstance(answer, Fault) or answer.status != 200 or name in state.loaded:
        return answer
    return dataclasses.replace(answer, after_seconds=state.load_seconds, then=lambda: state.loaded.add(name))


def _generate(call: Call) -> Answer | Fault:
    name, state = call.request.model_name, call.state
    if name not in state.models:
        return _unknown(name)
    done = {"model": name, "created_at": "2026-01-01T00:00:00Z", "response": "", "done": True}
    if call.body.get("keep_alive") in (0, "0") and not call.body.get("prompt"):
        state.loaded.discard(name)
        return make_json_answer({**done, "done_reason": "unload"})
    if call.body.get("prompt"):
        done |= {"response": "This is the answer of the fake model.", "done_reason": "stop"}
        return load_first(call, make_json_answer(done))
    return load_first(call, make_json_answer({**done, "done_reason": "load"}))


def _show(call: Call) -> Answer | Fault:
    name = call.request.model_name
    if name not in call.state.models:
        return _unknown(name)
    details = call.state.describe(name)
    info: dict[str, Json] = {"general.architecture": "fake", "general.parameter_count": 1_000_000_000}
    if details.context_tokens is not None:
        info["fake.context_length"] = details.context_tokens
    capabilities = list(details.capabilities) or ["completion", "tools"]
    told = {"parameters": "", "template": "", "modified_at": "2026-01-01T00:00:00Z", **details.extra}
    return make_json_answer(
        {**told, "details": _details(name, call.state), "model_info": info, "capabilities": capabilities}
    )


def _unknown(name: str) -> Fault:
    return Fault(404, f"model '{name}' not found", kind="not_found_error")


def _details(name: str, state: ServerState) -> dict[str, Json]:
    told = state.describe(name)
    kind = {"format": "gguf", "family": "fake", "families": ["fake"]}
    return {**kind, "parameter_size": told.parameter_size, "quantization_level": told.quantization}


def _describe(name: str, state: ServerState) -> dict[str, Json]:
    dated = {"modified_at": "2026-01-01T00:00:00Z", "size": state.describe(name).size_bytes, "digest": "0" * 64}
    return {"name": name, "model": name, **dated, "details": _details(name, state)}


def _describe_loaded(name: str, state: ServerState) -> dict[str, Json]:
    told = state.describe(name)
    now = {"expires_at": "2099-01-01T00:00:00Z", "size_vram": 0, "context_length": told.context_tokens or 4_096}
    return {**_describe(name, state), **now}
