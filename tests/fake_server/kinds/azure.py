"""Azure OpenAI: chat completions under the names of deployments, by the v1 API and by the dated ones."""

import re
from urllib.parse import unquote

from tests.fake_server.answers import Answer, Fault, make_json_answer
from tests.fake_server.chat import read_chat, write_chat
from tests.fake_server.kinds.base import Call, Kind, ServerState
from tests.fake_server.schema_values import Json
from tests.fake_server.wire import RecordedRequest

_V1_CHAT = "/openai/v1/chat/completions"
_DATED_CHAT = re.compile(r"/openai/deployments/([^/]+)/chat/completions")


class AzureKind(Kind):
    """Wants the key in the header `api-key`, for v1 as a bearer too; a dated path wants a version, v1 refuses one."""

    base_path = ""
    guarded = ("/openai",)

    def find_model(self, request: RecordedRequest) -> str | None:
        path = request.path.partition("?")[0]
        if path == _V1_CHAT:
            return request.model_name
        dated = _DATED_CHAT.fullmatch(path)
        return None if dated is None else unquote(dated[1])

    def check(self, request: RecordedRequest) -> Fault | None:
        if not request.path.startswith(self.guarded):
            return None
        is_v1, names_version = request.path.startswith("/openai/v1/"), "api-version=" in request.path
        if "api-key" not in request.headers and not (is_v1 and "authorization" in request.headers):
            return Fault(401, "Access denied due to missing subscription key.", code="401")
        if is_v1 == names_version:
            return Fault(400 if names_version else 404, "API version not supported", code="BadRequest")
        return None

    def answer_chat(self, call: Call) -> Answer | Fault:
        if call.request.method != "POST" or not call.body:
            return Fault(404, "Resource not found", code="404")
        said = call.decide(read_chat(call.body, model_name=call.request.model_name))
        if isinstance(said, Fault):
            return said
        traits = call.state.traits
        return write_chat(call.body, said, streams=traits.streams, tells_usage=traits.tells_usage)

    def answer_other(self, call: Call) -> Answer | Fault | None:
        if call.request.method == "GET" and call.path in ("/openai/v1/models", "/openai/models"):
            return make_json_answer(
                {"object": "list", "data": [_describe(name, call.state) for name in call.state.models]}
            )
        return None


def _describe(name: str, state: ServerState) -> dict[str, Json]:
    """Return an entry of the list, which is of base models."""
    details = state.describe(name)
    can = {"chat_completion": "embedding" not in details.capabilities, "inference": True, "fine_tune": False}
    told = {"status": "succeeded", "lifecycle_status": "generally-available", "capabilities": can}
    return {"id": name, "object": "model", "created_at": 1_767_225_600, **told, **details.extra}


KIND = AzureKind()
