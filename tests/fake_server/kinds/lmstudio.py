"""LM Studio: OpenAI's API without `json_object`, and its own list that tells what is loaded."""

from tests.fake_server.answers import Answer, Fault, make_json_answer
from tests.fake_server.kinds.base import Call, ServerState
from tests.fake_server.kinds.openai import OpenAIKind
from tests.fake_server.schema_values import Json
from tests.fake_server.traits import Traits


class LmStudioKind(OpenAIKind):
    """Answers unknown paths with 200 and an error, as LM Studio does, and writes refusals as a bare text."""

    default_traits = Traits(json_object=False)

    def answer_chat(self, call: Call) -> Answer | Fault:
        answer = super().answer_chat(call)
        if isinstance(answer, Answer):
            call.state.loaded.add(call.request.model_name)
        return answer

    def answer_other(self, call: Call) -> Answer | Fault | None:
        if (call.request.method, call.path) == ("GET", "/api/v0/models"):
            data = [_describe(name, call.state) for name in call.state.models]
            return make_json_answer({"object": "list", "data": data})
        found = super().answer_other(call)
        if found is None:
            message = f"Unexpected endpoint or method. ({call.request.method} {call.path})"
            return make_json_answer({"error": message})
        return found

    def write_fault(self, fault: Fault) -> Answer:
        return make_json_answer({"error": fault.message}, status=fault.status, headers=fault.headers)


def _describe(name: str, state: ServerState) -> dict[str, Json]:
    details, is_loaded = state.describe(name), name in state.loaded
    kind = "vlm" if "vision" in details.capabilities else "llm"
    kind = "embeddings" if "embedding" in details.capabilities else kind
    window = details.context_tokens or 4_096
    entry = {
        "id": name,
        "object": "model",
        "type": kind,
        "publisher": "fake",
        "arch": "fake",
        "compatibility_type": "gguf",
        "quantization": details.quantization,
        "state": "loaded" if is_loaded else "not-loaded",
        "max_context_length": window,
    }
    return {**entry, **({"loaded_context_length": window} if is_loaded else {}), **details.extra}


KIND = LmStudioKind()
