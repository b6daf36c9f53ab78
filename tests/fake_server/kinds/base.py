"""What a kind of fake server is.

A kind is told of each request by a `Call`, after the modes that spoil every request (401, 429, hang, …) had their turn.
It says which requests ask for an answer and of which model (`find_model`), reads and writes those (`answer_chat`),
answers the others (`answer_other`), and words refusals (`write_fault`). A new one is one module with a subclass and
`KIND = ThatSubclass()`; it may keep nothing in itself, since it serves several servers: what changes is in
`call.state`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qs

from tests.fake_server.answers import Answer, Fault, make_json_answer
from tests.fake_server.asking import Ask, Said, decide
from tests.fake_server.schema_values import Json
from tests.fake_server.traits import NO_DETAILS, ModelDetails, Traits
from tests.fake_server.wire import RecordedRequest


@dataclass
class ServerState:
    """What a server has and can do; tests change it while the server runs."""

    traits: Traits
    models: list[str]
    details: dict[str, ModelDetails] = field(default_factory=dict)
    """By the name of the model."""
    loaded: set[str] = field(default_factory=set)
    """Models in memory, where the kind tells them apart."""
    load_seconds: float = 0.0
    is_loading: bool = False
    """Whether the server has only just begun (llama.cpp: 503 "Loading model")."""
    page_size: int = 50
    """How many models a page of a list holds, where the kind has pages."""
    answer_count: int = 0

    def describe(self, name: str) -> ModelDetails:
        """Return what a list says of a model."""
        return self.details.get(name, NO_DETAILS)


@dataclass(frozen=True)
class Call:
    """One request to a server, and how it is to be answered."""

    request: RecordedRequest
    state: ServerState
    mode: str
    argument: str

    @property
    def path(self) -> str:
        """The path without its query."""
        return self.request.path.partition("?")[0]

    @property
    def query(self) -> dict[str, str]:
        """The first value of each name of the query."""
        return {name: values[0] for name, values in parse_qs(self.request.path.partition("?")[2]).items()}

    @property
    def body(self) -> Mapping[str, Json]:
        """The JSON object that was sent; empty without one."""
        return self.request.body if isinstance(self.request.body, dict) else {}

    def decide(self, ask: Ask) -> Said | Fault:
        """Have the fake model answer."""
        self.state.answer_count += 1
        return decide(
            ask, mode=self.mode, argument=self.argument, traits=self.state.traits, number=self.state.answer_count
        )


class Kind:
    """A dialect a server is spoken to in. The defaults are those of a server with OpenAI's API."""

    base_path = "/v1"
    """What follows the root in the address that clients want."""
    guarded: tuple[str, ...] = ("/v1",)
    """Beginnings of the paths that want the key when the server has one."""
    default_traits = Traits()

    def find_model(self, request: RecordedRequest) -> str | None:
        """Return the model a request for an answer asks; None: it is another request."""
        raise NotImplementedError

    def check(self, request: RecordedRequest) -> Fault | None:
        """Return what is wrong with a request's head, for example a missing header; None: nothing."""
        return None

    def answer_chat(self, call: Call) -> Answer | Fault:
        """Answer a request for which `find_model` found a model."""
        raise NotImplementedError

    def answer_other(self, call: Call) -> Answer | Fault | None:
        """Answer any other request; None: there is no such path."""
        return None

    def write_fault(self, fault: Fault) -> Answer:
        """Return a refusal as this kind words it."""
        error = {"message": fault.message, "type": fault.kind, "param": None, "code": fault.code}
        return make_json_answer({"error": error}, status=fault.status, headers=fault.headers)
