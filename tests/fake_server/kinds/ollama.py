"""Ollama: its native API, and OpenAI's beside it."""

from tests.fake_server.answers import Answer, Fault, make_json_answer
from tests.fake_server.kinds.base import Call
from tests.fake_server.kinds.openai import OpenAIKind
from tests.fake_server.ollama import answer_ollama, load_first


class OllamaKind(OpenAIKind):
    """Lists, shows and loads models natively; what is asked through /v1 loads its model first."""

    base_path = ""

    def answer_chat(self, call: Call) -> Answer | Fault:
        return load_first(call, super().answer_chat(call))

    def answer_other(self, call: Call) -> Answer | Fault | None:
        if (call.request.method, call.path) == ("GET", "/"):
            return Answer("text/plain; charset=utf-8", (b"Ollama is running",))
        return super().answer_other(call) or answer_ollama(call)

    def write_fault(self, fault: Fault) -> Answer:
        if fault.message.startswith("Invalid URL"):
            return Answer("text/plain", (b"404 page not found",), fault.status)
        if "registry.ollama.ai" in fault.message:
            return make_json_answer({"error": fault.message}, status=fault.status)
        return super().write_fault(fault)


KIND = OllamaKind()
