"""OpenAI's API, and Ollama's native one beside it: what most tests need, from one server."""

from tests.fake_server.answers import Answer, Fault, make_json_answer
from tests.fake_server.chat import read_chat, write_chat
from tests.fake_server.kinds.base import Call, Kind, ServerState
from tests.fake_server.ollama import answer_ollama, load_first
from tests.fake_server.schema_values import Json
from tests.fake_server.wire import RecordedRequest

CHAT_PATH = "/v1/chat/completions"


class OpenAIKind(Kind):
    """Chat completions and the list of models."""

    def find_model(self, request: RecordedRequest) -> str | None:
        return request.model_name if request.path.partition("?")[0] == CHAT_PATH else None

    def answer_chat(self, call: Call) -> Answer | Fault:
        if call.request.method != "POST" or not call.body:
            return Fault(404, f"Invalid URL ({call.request.method} {call.path})")
        said = call.decide(read_chat(call.body, model_name=call.request.model_name))
        if isinstance(said, Fault):
            return said
        traits = call.state.traits
        return write_chat(call.body, said, streams=traits.streams, tells_usage=traits.tells_usage)

    def answer_other(self, call: Call) -> Answer | Fault | None:
        if (call.request.method, call.path) == ("GET", "/v1/models"):
            data = [self.describe(name, call.state) for name in call.state.models]
            return make_json_answer({"object": "list", "data": data})
        return None

    def describe(self, name: str, state: ServerState) -> dict[str, Json]:
        """Return the entry of a model in the list."""
        details = state.describe(name)
        retiring = {"shutdown_date": details.shutdown_date} if details.shutdown_date else {}
        entry = {"id": name, "object": "model", "created": 1_767_225_600, "owned_by": "fake"}
        return {**entry, **retiring, **details.extra}


class _BothKind(OpenAIKind):
    def answer_chat(self, call: Call) -> Answer | Fault:
        return load_first(call, super().answer_chat(call))

    def answer_other(self, call: Call) -> Answer | Fault | None:
        return super().answer_other(call) or answer_ollama(call)


KIND = _BothKind()
