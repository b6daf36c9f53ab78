"""A client of Benchtop's API in one file that needs nothing but httpx: copy it wherever it is of use.

    with Benchtop("http://127.0.0.1:8501") as benchtop:
        agent, task = next(benchtop.agents.list()), next(benchtop.tasks.list(search="sentiment"))
        run = benchtop.run(agent["id"], task["id"], "The new search is wonderful.")
        print(run["status"], run["result"])

Answers are the API's JSON, of which the TypedDicts below describe the most used; times are ISO 8601. What is refused is
raised as BenchtopError. A connection that breaks and a server that is not ready are tried again a few times; every POST
carries a key by which the server does it only once, however often it arrives.
"""

import json
import time
import uuid
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, Generic, NotRequired, TypedDict, TypeVar, cast
from urllib.parse import urlencode, urlsplit

import httpx

Json = dict[str, Any]  # Any: JSON

_GOING_ON = ("queued", "running")
_FIRST_WAIT_SECONDS = 0.25
_POLL_SECONDS = 1.0
_TIMEOUT_SECONDS = 30.0


class Stored(TypedDict):
    """What providers, agents, tasks and fixtures have in common. `etag` (not in lists) says which state this is."""

    id: str
    name: str
    created_at: str
    updated_at: str
    etag: NotRequired[str]


class Provider(Stored):
    """`type` is one of GET /api/provider-types; `validation_status` pending, validating, connected or error."""

    type: str
    base_url: str
    has_key: bool
    validation_status: str
    validation_message: str
    validation_hint: str
    model_names: list[str]


class Agent(Stored):
    """An agent in its current version."""

    version: int
    description: str
    provider_id: str
    model_name: str
    system_prompt: str
    user_prompt_template: str
    temperature: float | None
    max_tokens: int | None
    retries: int
    is_active: bool
    provider_name: str


class Task(Stored):
    """A task in its current version. Without a `request_schema` its input is plain text.

    `mends_answers`: before they are judged. Without `stores_content` only the figures of its runs are kept.
    """

    version: int
    description: str
    response_schema: Json
    request_schema: Json | None
    mends_answers: bool
    stores_content: bool


class Fixture(Stored):
    """An input kept with a task. `errors` say why the task, as it is now, would not take it; then `fits` is false."""

    version: int
    task_id: str
    input: Any  # Any: text, or an object
    fits: bool
    errors: list[Json]


class Run(TypedDict):
    """`status` is queued, running, passed, failed, cancelled or interrupted; `reason` says why it did not pass.

    Lists leave out what is not required here. A variation has no `agent_version`. An unknown `cost_usd` is None.
    """

    id: str
    agent_id: str
    task_id: str
    agent_name: str
    agent_version: int | None
    task_name: str
    task_version: int
    provider_name: str
    model_name: str
    status: str
    reason: str
    message: str
    attempt_count: int
    input_tokens: int
    output_tokens: int
    cost_usd: str | None
    duration_seconds: float | None
    queued_at: str
    started_by: str
    rating: int | None
    hint: NotRequired[str]
    input: NotRequired[Any]  # Any: text, or what the task's request schema says; None once it is not kept any more
    result: NotRequired[Json | None]


class RunEvent(TypedDict):
    """One thing that happened in a run, such as attempt_started, piece or ended. `seq` grows."""

    seq: int
    kind: str
    data: Json


Thing = TypeVar("Thing")


class BenchtopError(Exception):
    """The API refused, or does not answer. `code` is for programs, the rest for people; `status` 0: no answer."""

    def __init__(self, code: str, message: str, *, hint: str = "", details: Iterable[Json] = (), status: int = 0):
        super().__init__(f"{message} {hint}".strip())
        self.code, self.message, self.hint, self.details, self.status = code, message, hint, list(details), status


class Connection:
    """Sends requests, again where that does no harm."""

    def __init__(self, root: str, http: httpx.Client, *, tries: int) -> None:
        self.root, self.http, self._tries = root, http, tries

    def ask(self, method: str, path: str, body: object = None, *, etag: str | None = None, wait: float = 0) -> Json:
        """Return the answer's JSON. Raises: BenchtopError."""
        headers = {"Idempotency-Key": uuid.uuid4().hex} if method == "POST" else {}
        if etag is not None:
            headers["If-Match"] = f'"{etag}"'
        url, timeout = self.root + path, _TIMEOUT_SECONDS + wait
        response = self._send(self.http.build_request(method, url, json=body, headers=headers, timeout=timeout))
        if response.is_error:
            raise _refusal(response)
        answer = _read(response) if response.content else {}
        return answer | ({"etag": response.headers["etag"].strip('"')} if "etag" in response.headers else {})

    def pages(self, path: str, filters: Mapping[str, Any]) -> Iterator[Json]:  # Any: words, flags, ids
        """Yield the items of all pages. Raises: BenchtopError."""
        cursor: str | None = ""
        while cursor is not None:
            page = self.ask("GET", f"{path}?{_query({**filters, 'cursor': cursor or None})}")
            yield from page["items"]
            cursor = page["next_cursor"]

    @contextmanager
    def stream(self, path: str, headers: Mapping[str, str] | None = None) -> Iterator[httpx.Response]:
        """Open an answer that comes piece by piece. Raises: BenchtopError; its status is 0 if the connection broke."""
        try:
            with self.http.stream("GET", self.root + path, headers=headers, timeout=_TIMEOUT_SECONDS) as response:
                if response.is_error:
                    response.read()
                    raise _refusal(response)
                yield response
        except httpx.TransportError as error:
            raise _unreachable(self.root) from error

    def _send(self, request: httpx.Request) -> httpx.Response:
        is_repeatable = request.method in ("GET", "POST")  # a change that was made unheard would be refused then
        for number in range(self._tries):
            is_last = number == self._tries - 1
            try:
                response = self.http.send(request)
                # A first try with the same key, whose connection broke, may still be at work: 409, come again.
                is_at_work = response.status_code == 409 and "retry-after" in response.headers
                if is_last or not (is_at_work or (response.status_code == 503 and is_repeatable)):
                    return response
            except httpx.TransportError as error:
                if is_last or not (is_repeatable or isinstance(error, httpx.ConnectError)):
                    raise _unreachable(self.root) from error
            time.sleep(_FIRST_WAIT_SECONDS * 2**number)
        raise AssertionError("The last try returned or raised.")


class Things(Generic[Thing]):
    """The verbs of all nouns. Runs and comparisons are not changed, and only agents and tasks have versions."""

    def __init__(self, connection: Connection, path: str) -> None:
        self._connection, self._path = connection, path

    def list(self, **filters: Any) -> Iterator[Thing]:  # Any: words, flags, ids
        """Yield all, or those that fit: agents and tasks by `search`, runs by `status`, `words`, `rating`, `since`…"""
        return cast("Iterator[Thing]", self._connection.pages(self._path, filters))

    def create(self, **fields: Any) -> Thing:  # Any: JSON
        """Store a new one, made of the fields of its TypedDict above; a provider takes an `api_key` as well.

        A comparison takes `task_id`, `input`, `repeat_count` and `columns`: `[{"agent_id": …, "variation": {…}}, …]`.
        """
        return cast("Thing", self._connection.ask("POST", self._path, fields, wait=fields.get("wait", 0)))

    def get(self, thing_id: str) -> Thing:
        """Return it as it is now."""
        return cast("Thing", self._connection.ask("GET", f"{self._path}/{thing_id}"))

    def change(self, thing_id: str, *, etag: str | None = None, **fields: Any) -> Thing:  # Any: JSON
        """Change the given fields; with `etag`, only if nobody changed it since (else the code is outdated)."""
        return cast("Thing", self._connection.ask("PUT", f"{self._path}/{thing_id}", fields, etag=etag))

    def delete(self, thing_id: str, *, etag: str | None = None) -> None:
        """Take it out of use; the runs of what they were made with stay."""
        self._connection.ask("DELETE", f"{self._path}/{thing_id}", etag=etag)

    def cancel(self, thing_id: str) -> Thing:
        """Cancel a run, or a comparison, that is not over."""
        return cast("Thing", self._connection.ask("POST", f"{self._path}/{thing_id}/cancel"))

    def versions(self, thing_id: str) -> Iterator[Json]:
        """Yield what an agent or a task was, newest first."""
        return self._connection.pages(f"{self._path}/{thing_id}/versions", {})


class Benchtop(AbstractContextManager["Benchtop"]):
    """One Benchtop. May be shared by threads; close it, or use it in a `with` block."""

    def __init__(self, base_url: str = "http://127.0.0.1:8501", *, http: httpx.Client | None = None, tries: int = 6):
        """`http` brings a proxy or headers of your own, and is closed with this. Six tries take eight seconds."""
        http = http or httpx.Client(trust_env=urlsplit(base_url).hostname not in ("localhost", "127.0.0.1", "::1"))
        self._connection = Connection(f"{base_url.rstrip('/')}/api", http, tries=tries)
        self.providers = Things[Provider](self._connection, "/providers")
        self.agents = Things[Agent](self._connection, "/agents")
        self.tasks = Things[Task](self._connection, "/tasks")
        self.runs = Things[Run](self._connection, "/runs")
        self.comparisons = Things[Json](self._connection, "/comparisons")

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections."""
        self._connection.http.close()

    def validate(self, provider_id: str, *, wait: float = 60) -> Provider:
        """Check a provider over the network; after `wait` seconds it is returned still validating."""
        path = f"/providers/{provider_id}/validate?wait={wait:g}"
        return cast("Provider", self._connection.ask("POST", path, wait=wait))

    def models(self, provider_id: str) -> list[str]:
        """Return the names of the models the provider listed when it was last checked."""
        return self.providers.get(provider_id)["model_names"]

    def probe(self, provider_id: str, model_name: str, *, wait: float = 120) -> Json:
        """Find out by tiny questions how a model wants to be asked: the answer's `effective` is what runs use."""
        path = f"/providers/{provider_id}/probe?wait={wait:g}"
        return self._connection.ask("POST", path, {"model_name": model_name}, wait=wait)

    def assign(self, agent_id: str, task_id: str) -> Json:
        """Let an agent do a task."""
        return self._connection.ask("POST", f"/agents/{agent_id}/tasks", {"task_id": task_id})

    def unassign(self, agent_id: str, task_id: str) -> None:
        """Take a task from an agent."""
        self._connection.ask("DELETE", f"/agents/{agent_id}/tasks/{task_id}")

    def assignments(self, agent_id: str) -> Iterator[Json]:
        """Yield the assignments of an agent: `task_id`, `task_name`, `is_active` and more."""
        return self._connection.pages(f"/agents/{agent_id}/tasks", {})

    def check(self, task_id: str, value: object) -> Json:
        """Judge a value by the task's response schema: `is_valid` and `errors`."""
        return self._connection.ask("POST", f"/tasks/{task_id}/check", {"value": value})

    def fixtures(self, task_id: str) -> Things[Fixture]:
        """Return the verbs of a task's fixtures, oldest first; `create` takes a `name` and an `input` or a `run_id`."""
        return Things[Fixture](self._connection, f"/tasks/{task_id}/fixtures")

    def start_run(self, agent_id: str, task_id: str, input: object, *, wait: float = 0, **state: Any) -> Run:
        """Start a run, perhaps of `agent_version=3` or with `variation={"temperature": 0}`; wait up to 600 seconds."""
        return self.runs.create(agent_id=agent_id, task_id=task_id, input=input, wait=wait, **state)

    def run(self, agent_id: str, task_id: str, input: object, *, wait: float = 60, **state: Any) -> Run:
        """Start a run, as above, and return it once it is over, passed or not: asked for every second after `wait`."""
        run = self.start_run(agent_id, task_id, input, wait=wait, **state)
        while run["status"] in _GOING_ON:
            time.sleep(_POLL_SECONDS)
            run = self.runs.get(run["id"])
        return run

    def run_many(self, agent_id: str, task_id: str, inputs: Iterable[object], *, concurrency: int = 4) -> Iterator[Run]:
        """Yield a run for each input, in their order, so many at a time. Raises: BenchtopError: an input is refused."""
        going_on = deque[Future[Run]]()
        with ThreadPoolExecutor(concurrency, thread_name_prefix="benchtop") as pool:
            try:
                for value in inputs:
                    going_on.append(pool.submit(self.run, agent_id, task_id, value))
                    if len(going_on) >= 2 * concurrency:
                        yield going_on.popleft().result()
                while going_on:
                    yield going_on.popleft().result()
            finally:
                pool.shutdown(wait=False, cancel_futures=True)

    def export_runs(self, path: Path | str, format: str = "csv", **filters: Any) -> None:  # Any: as in `list`
        """Write the runs that fit to a file: csv, jsonl or parquet. It stands there once it is whole."""
        part = Path(f"{path}.part")
        address = f"/runs/export?{_query({'format': format, **filters})}"
        with self._connection.stream(address) as response, part.open("wb") as file:
            file.writelines(response.iter_bytes())
        part.replace(path)

    def rate_run(self, run_id: str, rating: int | None, note: str = "") -> Run:
        """Say that a run is good (1) or bad (-1); None takes that back."""
        return cast("Run", self._connection.ask("PUT", f"/runs/{run_id}/rating", {"rating": rating, "note": note}))

    def list_attempts(self, run_id: str) -> Iterator[Json]:
        """Yield the attempts of a run: what was sent, the raw answer, what was mended and what was wrong with it."""
        return self._connection.pages(f"/runs/{run_id}/attempts", {})

    def wait_for_comparison(self, comparison_id: str) -> Json:
        """Return the answers of a comparison field by field (`rows`), with the figures of its `columns`, when over."""
        while not self.comparisons.get(comparison_id)["is_over"]:
            time.sleep(_POLL_SECONDS)
        return self._connection.ask("GET", f"/comparisons/{comparison_id}/answers")

    def events(self, run_id: str, *, after: int = 0) -> Iterator[RunEvent]:
        """Yield what happens in a run, after event `after`, until it is over; a broken connection is taken up again."""
        while True:
            told, is_whole = 0, True
            try:
                for event in self._read_events(run_id, after=after):
                    told, after = told + 1, event["seq"]
                    yield event
                    if event["kind"] == "ended":
                        return
            except BenchtopError as error:
                if error.status not in (0, 503):
                    raise
                is_whole = False
            time.sleep(_FIRST_WAIT_SECONDS)
            if is_whole and not told and self.runs.get(run_id)["status"] not in _GOING_ON:  # nothing was left to tell
                return

    def _read_events(self, run_id: str, *, after: int) -> Iterator[RunEvent]:
        headers = {"Accept": "text/event-stream", "Last-Event-ID": str(after)}
        with self._connection.stream(f"/runs/{run_id}/events", headers) as response:
            fields: dict[str, str] = {}
            for line in response.iter_lines():
                name, _, value = line.partition(":")
                fields[name] = value.removeprefix(" ")
                if not line and "data" in fields:
                    yield RunEvent(seq=int(fields["id"]), kind=fields["event"], data=json.loads(fields["data"]))
                    fields = {}


def _query(filters: Mapping[str, Any]) -> str:  # Any: words, flags, ids, moments
    return urlencode({name: _write(value) for name, value in filters.items() if value is not None})


def _write(value: object) -> str:
    text = value.isoformat() if isinstance(value, datetime) else str(value)
    return text.lower() if isinstance(value, bool) else text


def _unreachable(root: str) -> BenchtopError:
    return BenchtopError("unreachable", f"Benchtop does not answer at {root}.", hint="Is it running?")


def _read(response: httpx.Response) -> Json:
    try:
        return cast("Json", response.json())
    except ValueError as error:
        message = f"{response.url} answered with something else than JSON."
        raise BenchtopError("not_benchtop", message, hint="Is this Benchtop's address?") from error


def _refusal(response: httpx.Response) -> BenchtopError:
    status = response.status_code
    try:
        told = response.json()
        hint, details = told.get("hint", ""), told.get("details", ())
        return BenchtopError(told["error"], told["message"], hint=hint, details=details, status=status)
    except (ValueError, KeyError, AttributeError):  # a proxy, or another server
        return BenchtopError(f"http_{status}", f"The server said {status}: {response.text[:200]}", status=status)
