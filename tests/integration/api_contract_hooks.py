"""What schemathesis has to know about the API that no OpenAPI document can say. Its config names this file."""

import json
import re
from typing import Any

import jsonschema_rs
import schemathesis
from schemathesis import Case, HookContext, Response
from schemathesis.core.failures import AcceptedNegativeData, Failure
from schemathesis.openapi.checks import EnsureResourceAvailability, RejectedPositiveData

from api.examples import AGENT, FIXTURE, PROVIDER, TASK
from api.run_examples import COMPARISON, RUN
from core.providers.types import find_type

AnyCase = Case[Any]  # Any: an operation, as schemathesis keeps it

_KEY = "Idempotency-Key"
_KEY_PATTERN = re.compile(r"[!-~]([ -~]{0,198}[!-~])?")
_KEPT_CHARACTERS = 100
_FIXTURES = "/tasks/{task_id}/fixtures"
_EXAMPLES = {
    "/providers": PROVIDER["id"],
    "/agents": AGENT["id"],
    "/tasks": TASK["id"],
    _FIXTURES: FIXTURE["id"],
    "/runs": RUN["id"],
    "/comparisons": COMPARISON["id"],
}
_PAIRED = ("/runs", "/runs/preview", "/runs/check")
_MAX_REPEATS = 2
_LEAST_LIMIT = 5000
_SCHEMA_FIELDS = ("response_schema", "request_schema")
_TASK_BODIES = {"POST": "NewTask", "PUT": "TaskPatch"}


class _Memory:
    """What the API has given and been given so far."""

    def __init__(self) -> None:
        self._used: set[str] = set()
        self.next_cursors: dict[str, str] = {}
        self.newest: dict[str, str] = {}
        self.pairs: list[tuple[str, str]] = []
        """Agents and tasks that are there and assigned, as far as was seen."""
        self._runs = 0

    def make_new(self, text: str) -> str:
        """Return the text, or one like it if it was used before."""
        new = f"{text[:_KEPT_CHARACTERS]}-{len(self._used)}" if text in self._used else text
        self._used.add(new)
        return new

    def choose_pair(self) -> tuple[str, str] | None:
        """Return an agent and a task that can be run; None now and then, and when there are none."""
        self._runs += 1
        return self.pairs[self._runs % len(self.pairs)] if self.pairs and self._runs % 4 else None


_memory = _Memory()


@schemathesis.hook
def before_call(context: HookContext, case: AnyCase, kwargs: dict[str, object]) -> None:
    """Have a request get beyond what nearly all of its kind would be refused for.

    A key is not used twice. In a valid request, neither is a name, nor that of a model with a price; a cursor is one
    that the list has given; the ids of the examples stand for the newest things there are; and most runs are of an
    agent that may do the task.
    """
    key = case.headers.get(_KEY) if case.headers else None
    if key is not None and _KEY_PATTERN.fullmatch(key):
        case.headers[_KEY] = _memory.make_new(key)
    if case.meta is None or not case.meta.generation.mode.is_positive:
        return
    _use_known_cursor(case)
    for fields in (case.path_parameters, case.query, case.body):
        if isinstance(fields, dict):
            fields.update({name: _memory.newest.get(str(value), value) for name, value in fields.items()})
    if isinstance(case.body, dict):
        _tell_prices_apart(case.body)
        _lift_limits(case.body)
        if case.method == "POST":
            _improve_body(case.path, case.body)
        elif case.path == "/providers/{provider_id}":
            # What fits is a matter of the type that is stored, or of the one that it is changed to.
            for name in ("type", "preset", "options", "secrets"):
                case.body.pop(name, None)


def _use_known_cursor(case: AnyCase) -> None:
    if case.query and "cursor" in case.query:
        del case.query["cursor"]
        if _name_list(case) in _memory.next_cursors:
            case.query["cursor"] = _memory.next_cursors[_name_list(case)]


def _name_list(case: AnyCase) -> str:
    """Return what tells apart the lists whose cursors are not the same."""
    query = case.query or {}
    return f"{case.path} {query.get('sort', 'queued_at')} {query.get('order', 'desc')}"


def _improve_body(path: str, body: dict[str, Any]) -> None:  # Any: JSON
    if isinstance(body.get("name"), str):
        body["name"] = _memory.make_new(body["name"])
    if path in _PAIRED and (pair := _memory.choose_pair()):
        body["agent_id"], body["task_id"] = pair
        _improve_state(body)
    if path == "/comparisons":
        _improve_comparison(body)
    if path == "/providers":
        _improve_provider(body)


def _improve_provider(body: dict[str, Any]) -> None:  # Any: JSON
    """Have a provider have the fields of its type, and no others: each type has its own."""
    try:
        kind = find_type(body.get("type", ""))
    except KeyError:
        return
    body["preset"] = ""
    required = {one.name: "eu-north-1" for one in kind.fields if one.is_required and not one.is_secret}
    body["options"] = required
    body["secrets"] = {}
    if kind.has_address and not body.get("base_url") and not kind.find_base_url(required):
        body["base_url"] = "http://localhost:9"


def _improve_comparison(body: dict[str, Any]) -> None:  # Any: JSON
    """Have most comparisons be of agents that may do the task, and none of many runs: they are really run."""
    body["repeat_count"] = min(body.get("repeat_count", 1), _MAX_REPEATS)
    if pair := _memory.choose_pair():
        varied = _improve_state(dict(body["columns"][0]))
        changed = varied.get("variation") or {"temperature": 1.5}
        body["task_id"] = pair[1]
        body["columns"] = [{"agent_id": pair[0]}, varied | {"agent_id": pair[0], "variation": changed}]


def _improve_state(body: dict[str, Any]) -> dict[str, Any]:  # Any: JSON
    """Have an agent be asked for in a state that it can be in."""
    body.pop("agent_version", None)
    if isinstance(variation := body.get("variation"), dict):
        body["variation"] = {name: value for name, value in variation.items() if name != "provider_id"}
    return body


def _tell_prices_apart(body: dict[str, Any]) -> None:  # Any: JSON
    if isinstance(prices := body.get("prices"), dict):
        # No document can say that no name may come twice. The same entry may be in the list many times.
        named = enumerate(prices.get("entries", ()))
        entries = [
            entry | {"model_name": f"{entry['model_name'][:_KEPT_CHARACTERS]}-{place}"} for place, entry in named
        ]
        body["prices"] = prices | {"entries": entries}


def _lift_limits(body: dict[str, Any]) -> None:  # Any: JSON
    """Have nothing wait for its turn: a low limit is kept by waiting up to a minute."""
    if isinstance(limits := body.get("limits"), dict):
        lifted = {name: limit if limit is None else max(limit, _LEAST_LIMIT) for name, limit in limits.items()}
        body["limits"] = limits | lifted


@schemathesis.hook
def after_call(context: HookContext, case: AnyCase, response: Response) -> None:
    """Remember what was made, what is gone, and where a list goes on."""
    match case.method, case.path, response.status_code:
        case "GET", _, 200 if b'"next_cursor":"' in response.content:
            _memory.next_cursors[_name_list(case)] = response.json()["next_cursor"]
        case "GET", "/agents/{agent_id}/tasks", 200:
            _memory.pairs += [(item["agent_id"], item["task_id"]) for item in response.json()["items"]]
        case "POST", "/agents/{agent_id}/tasks", 201:
            _memory.pairs.append((response.json()["agent_id"], response.json()["task_id"]))
        case "POST", path, 201 if path in _EXAMPLES:
            _memory.newest[_EXAMPLES[path]] = response.json()["id"]
        case "DELETE", _, 204:
            gone = set(case.path_parameters.values())
            _memory.pairs = [pair for pair in _memory.pairs if not gone <= set(pair)]


@schemathesis.hook
def filter_failure(context: HookContext, failure: Failure, case: AnyCase, response: Response) -> bool:
    """Say whether a failure of a check counts. All do but some kinds, for which no document has words."""
    try:
        if isinstance(failure, RejectedPositiveData) and response.status_code == 422:
            is_known = (
                _is_input_of_run,
                _is_run_of_other_task,
                _is_nul_in_json,
                _is_of_nothing,
                _is_no_zone,
                _is_about_columns,
            )
            return not any(check(case, response.text) for check in is_known)
        if isinstance(failure, EnsureResourceAvailability):
            return not _is_about_body(case, response.text)
        return not (isinstance(failure, AcceptedNegativeData) and _is_in_schema_only(case))
    except Exception:  # noqa: BLE001  # schemathesis would drop the failure together with the error in here
        return True


def _is_input_of_run(case: AnyCase, answer: str) -> bool:
    """Only the stored task knows which input a run takes."""
    return case.method == "POST" and case.path in (*_PAIRED, "/comparisons") and _is_about(answer, ("input",))


def _is_run_of_other_task(case: AnyCase, answer: str) -> bool:
    """Only the stored run knows which task it was on."""
    return (case.method, case.path) == ("POST", _FIXTURES) and _is_about(answer, ("run_id",))


def _is_of_nothing(case: AnyCase, answer: str) -> bool:
    """A step that goes on from an answer's null, such as the comparison of a run that is in none."""
    return None in case.path_parameters.values() and _is_about(answer, ("path.",))


def _is_no_zone(case: AnyCase, answer: str) -> bool:
    """The time zones there are change."""
    return case.path == "/runs/figures" and _is_about(answer, ("query.zone",))


def _is_about_columns(case: AnyCase, answer: str) -> bool:
    """Two columns of different words may be of the same state, and only the stored comparison knows how many it has."""
    return case.path.startswith("/comparisons") and _is_about(answer, ("columns/", "position"))


def _is_nul_in_json(case: AnyCase, answer: str) -> bool:
    """Nothing in free JSON may hold a NUL, however deep inside, since PostgreSQL cannot store one."""
    holds_nul = isinstance(case.body, dict) and "\\u0000" in json.dumps(case.body)
    return holds_nul and _is_about(answer, ("input", "value", *_SCHEMA_FIELDS))


def _is_about_body(case: AnyCase, answer: str) -> bool:
    """What the address names was just made and is there, but not the other thing that the body names."""
    return not case.path_parameters or _is_about(answer, ("task_id", "provider_id", "run_id", "variation.provider_id"))


def _is_about(answer: str, fields: tuple[str, ...]) -> bool:
    """Say whether a refusal names places in these fields, and no others."""
    places = re.findall(r'"place": ?"((?:[^"\\]|\\.)*)"', answer)
    return bool(places) and all(place.startswith(fields) for place in places)


def _is_in_schema_only(case: AnyCase) -> bool:
    """The document describes a part of what JSON Schema can say, and the API takes all of it."""
    body, kind = case.body, _TASK_BODIES.get(case.method)
    if not case.path.startswith("/tasks") or kind is None or not isinstance(body, dict) or case.meta is None:
        return False
    if any(part.mode.is_negative for place, part in case.meta.components.items() if place.value != "body"):
        return False
    described = case.operation.schema.raw_schema["components"]["schemas"][kind]
    required = [name for name in described.get("required", []) if name not in _SCHEMA_FIELDS]
    rest = {name: value for name, value in body.items() if name not in _SCHEMA_FIELDS}
    return jsonschema_rs.is_valid(described | {"required": required}, rest)
