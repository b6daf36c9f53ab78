"""vLLM: OpenAI's API, with each model's window in the list."""

from tests.fake_server.answers import Answer, Fault, make_json_answer
from tests.fake_server.kinds.base import Call, ServerState
from tests.fake_server.kinds.openai import OpenAIKind
from tests.fake_server.schema_values import Json


class VllmKind(OpenAIKind):
    """Tells `max_model_len`, answers /version and /health, and words refusals with a numeric code."""

    def describe(self, name: str, state: ServerState) -> dict[str, Json]:
        """Return the entry of a model in the list."""
        window = state.describe(name).context_tokens or 8_192
        own: dict[str, Json] = {
            "owned_by": "vllm",
            "root": name,
            "parent": None,
            "max_model_len": window,
            "permission": [],
        }
        return {**super().describe(name, state), **own}

    def answer_other(self, call: Call) -> Answer | Fault | None:
        if (call.request.method, call.path) == ("GET", "/version"):
            return make_json_answer({"version": "0.99.0"})
        if (call.request.method, call.path) == ("GET", "/health"):
            return Answer("text/plain", (b"",))
        return super().answer_other(call)

    def write_fault(self, fault: Fault) -> Answer:
        if fault.message.startswith("Invalid URL"):
            return make_json_answer({"detail": "Not Found"}, status=404)
        if fault.status == 401:
            return make_json_answer({"error": "Unauthorized"}, status=401)
        kind = {400: "BadRequestError", 404: "NotFoundError"}.get(fault.status, "InternalServerError")
        error = {"message": fault.message, "type": kind, "param": None, "code": fault.status}
        return make_json_answer({"error": error}, status=fault.status, headers=fault.headers)


KIND = VllmKind()
