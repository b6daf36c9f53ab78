"""llama.cpp's server: one model, OpenAI's API, and 503 while the model is loaded."""

from tests.fake_server.answers import Answer, Fault, make_json_answer
from tests.fake_server.kinds.base import Call, ServerState
from tests.fake_server.kinds.openai import OpenAIKind
from tests.fake_server.schema_values import Json

_LOADING = Fault(503, "Loading model", kind="unavailable_error")


class LlamaCppKind(OpenAIKind):
    """With `state.is_loading`, everything is answered 503; else the list's `meta` tells window and size."""

    def describe(self, name: str, state: ServerState) -> dict[str, Json]:
        """Return the entry of a model in the list."""
        details = state.describe(name)
        window = details.context_tokens or 4_096
        meta = {"vocab_type": 2, "n_vocab": 32_000, "n_ctx": window, "n_ctx_train": window * 2, "n_embd": 2_048}
        sized = {"n_params": 1_000_000_000, "size": details.size_bytes}
        return {**super().describe(name, state), "owned_by": "llamacpp", "meta": {**meta, **sized}}

    def answer_chat(self, call: Call) -> Answer | Fault:
        return _LOADING if call.state.is_loading else super().answer_chat(call)

    def answer_other(self, call: Call) -> Answer | Fault | None:
        if call.state.is_loading:
            return _LOADING
        match (call.request.method, call.path):
            case ("GET", "/health"):
                return make_json_answer({"status": "ok"})
            case ("GET", "/props"):
                name = call.state.models[0] if call.state.models else ""
                window = call.state.describe(name).context_tokens or 4_096
                settings = {"n_ctx": window, "params": {}}
                return make_json_answer(
                    {"default_generation_settings": settings, "total_slots": 1, "model_path": f"/models/{name}.gguf"}
                )
        return super().answer_other(call)

    def write_fault(self, fault: Fault) -> Answer:
        error = {"code": fault.status, "message": fault.message, "type": fault.kind}
        return make_json_answer({"error": error}, status=fault.status, headers=fault.headers)


KIND = LlamaCppKind()
