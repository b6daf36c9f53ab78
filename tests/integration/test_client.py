"""The Python client, against the real API over real HTTP, on good and on broken connections."""

import json
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest
from starlette.routing import Mount

import api.client
from api.application import build_api
from api.client import Benchtop, BenchtopError
from core.actors import LOCAL_USER
from core.services import Services
from tests.factories import TRIAGE_SCHEMA, Workshop
from tests.fake_model_server import FakeModelServer
from tests.integration.live_server import LiveServer, serving


@pytest.fixture
def server(services: Services) -> Iterator[LiveServer]:
    """The API, served over the network."""
    with serving([Mount("/api", app=build_api())]) as server:
        yield server


@pytest.fixture
def benchtop(server: LiveServer) -> Iterator[Benchtop]:
    with Benchtop(server.url) as benchtop:
        yield benchtop


class Broken(httpx.HTTPTransport):
    """A network on which something happens to some answers."""

    def __init__(self, spoil: Callable[[int, httpx.Response], httpx.Response]) -> None:
        super().__init__()
        self._spoil = spoil
        self.requests: list[httpx.Request] = []

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        return self._spoil(len(self.requests), super().handle_request(request))


def test_everything_can_be_made_changed_used_and_deleted(benchtop: Benchtop, model_server: FakeModelServer) -> None:
    provider = benchtop.providers.create(name="Ollama", type="ollama", base_url=model_server.root_url)
    assert benchtop.validate(provider["id"])["validation_status"] == "connected"
    assert "ok" in benchtop.models(provider["id"])
    agent = benchtop.agents.create(
        name="Triage", provider_id=provider["id"], model_name="ok", system_prompt="Sort the ticket."
    )
    task = benchtop.tasks.create(name="Ticket", response_schema=TRIAGE_SCHEMA)
    benchtop.assign(agent["id"], task["id"])
    assert [line["task_id"] for line in benchtop.assignments(agent["id"])] == [task["id"]]

    run = benchtop.run(agent["id"], task["id"], "The invoice is wrong.")

    assert run["status"] == "passed"
    assert benchtop.check(task["id"], run["result"])["is_valid"]
    assert not benchtop.check(task["id"], {"category": "none"})["is_valid"]
    assert [line["id"] for line in benchtop.runs.list(status="passed")] == [run["id"]]
    assert [attempt["status"] for attempt in benchtop.list_attempts(run["id"])] == ["passed"]
    assert [event["kind"] for event in benchtop.events(run["id"])][-1] == "ended"
    assert benchtop.agents.change(agent["id"], description="Sorts.")["version"] == 2
    assert [version["number"] for version in benchtop.agents.versions(agent["id"])] == [2, 1]
    benchtop.unassign(agent["id"], task["id"])
    benchtop.tasks.delete(task["id"])
    benchtop.agents.delete(agent["id"])
    benchtop.providers.delete(provider["id"])
    assert [*benchtop.providers.list(), *benchtop.agents.list(), *benchtop.tasks.list()] == []


def test_inputs_are_kept_with_a_task_and_run(
    benchtop: Benchtop, workshop: Workshop, model_server: FakeModelServer
) -> None:
    agent, task = workshop.make_pair(model_server.base_url)
    fixtures = benchtop.fixtures(str(task.id))
    written = fixtures.create(name="Written", input="The invoice is wrong.")

    run = benchtop.run(str(agent.id), str(task.id), written["input"])
    kept = fixtures.create(name="From a run", run_id=run["id"])

    assert [one["name"] for one in fixtures.list()] == ["Written", "From a run"]
    assert (kept["input"], kept["fits"]) == (written["input"], True)
    changed = fixtures.change(kept["id"], etag=kept["etag"], input={"text": "Help"})
    assert (changed["fits"], fixtures.get(kept["id"])) == (False, changed)
    with pytest.raises(BenchtopError) as caught:
        fixtures.delete(kept["id"], etag=kept["etag"])
    assert caught.value.code == "outdated"
    fixtures.delete(kept["id"])
    assert len(list(fixtures.list())) == 1


def test_runs_are_varied_rated_found_and_exported(
    benchtop: Benchtop, workshop: Workshop, model_server: FakeModelServer, tmp_path: Path
) -> None:
    agent, task = workshop.make_pair(model_server.base_url)
    ids = str(agent.id), str(task.id)
    began = datetime.now(UTC)

    saved = benchtop.run(*ids, "The invoice is wrong.", agent_version=1)
    varied = benchtop.run(*ids, "The refund is late.", variation={"temperature": 0})

    assert (saved["agent_version"], varied["agent_version"]) == (1, None)
    assert benchtop.rate_run(varied["id"], -1, "Too late.")["rating"] == -1
    assert [run["id"] for run in benchtop.runs.list(rating=-1, since=began)] == [varied["id"]]
    benchtop.export_runs(tmp_path / "runs.jsonl", "jsonl", words="invoice")
    (line,) = (tmp_path / "runs.jsonl").read_text().splitlines()
    assert json.loads(line)["id"] == saved["id"]
    with pytest.raises(BenchtopError, match="format"):
        benchtop.export_runs(tmp_path / "runs.xlsx", "xlsx")
    assert [file.name for file in tmp_path.iterdir() if file.name.startswith("runs")] == ["runs.jsonl"]
    benchtop.runs.delete(saved["id"])
    assert [run["id"] for run in benchtop.runs.list()] == [varied["id"]]


def test_states_of_an_agent_are_compared(benchtop: Benchtop, workshop: Workshop, model_server: FakeModelServer) -> None:
    agent, task = workshop.make_pair(model_server.base_url)
    columns = [{"agent_id": str(agent.id)}, {"agent_id": str(agent.id), "variation": {"temperature": 0}}]

    started = benchtop.comparisons.create(task_id=str(task.id), input="Help.", columns=columns, repeat_count=2)
    answers = benchtop.wait_for_comparison(started["id"])

    assert [column["passed_count"] for column in answers["columns"]] == [2, 2]
    assert [row["place"] for row in answers["rows"]] == ["category", "confidence"]
    assert [one["id"] for one in benchtop.comparisons.list()] == [started["id"]]
    assert len(list(benchtop.runs.list(comparison_id=started["id"]))) == 4
    with pytest.raises(BenchtopError, match="already over"):
        benchtop.comparisons.cancel(started["id"])


def test_a_list_goes_over_all_pages_and_takes_filters(benchtop: Benchtop, workshop: Workshop) -> None:
    for number in range(55):
        workshop.make_task(name=f"Odd {number:02}" if number % 2 else f"Even {number:02}")

    names = [task["name"] for task in benchtop.tasks.list()]

    assert len(names) == 55
    assert names == sorted(names)
    assert len(list(benchtop.tasks.list(search="odd"))) == 27
    assert list(benchtop.agents.list(active_only=True)) == []


def test_a_refusal_carries_its_code_and_its_places(benchtop: Benchtop, workshop: Workshop) -> None:
    name = workshop.make_task().name

    with pytest.raises(BenchtopError) as taken:
        benchtop.tasks.create(name=name.upper(), response_schema=TRIAGE_SCHEMA)
    with pytest.raises(BenchtopError) as invalid:
        benchtop.tasks.create(name="New", response_schema={"type": "nonsense"})

    assert (taken.value.status, taken.value.code) == (409, "name_taken")
    assert (invalid.value.status, invalid.value.code) == (422, "invalid_schema")
    assert invalid.value.details


def test_a_change_with_an_old_etag_is_refused(benchtop: Benchtop, workshop: Workshop) -> None:
    seen = benchtop.tasks.get(str(workshop.make_task().id))
    benchtop.tasks.change(seen["id"], etag=seen["etag"], description="First.")

    with pytest.raises(BenchtopError) as refused:
        benchtop.tasks.change(seen["id"], etag=seen["etag"], description="Second.")

    assert (refused.value.status, refused.value.code) == (412, "outdated")
    assert benchtop.tasks.get(seen["id"])["description"] == "First."


def test_a_run_whose_answer_was_lost_is_started_only_once(
    server: LiveServer, workshop: Workshop, model_server: FakeModelServer
) -> None:
    agent, task = workshop.make_pair(model_server.base_url, model_name="slow:0.2")

    def lose_first(number: int, response: httpx.Response) -> httpx.Response:
        if number == 1:
            response.close()
            raise httpx.ReadError("The connection broke.")
        return response

    network = Broken(lose_first)
    with Benchtop(server.url, http=httpx.Client(transport=network)) as benchtop:
        run = benchtop.run(str(agent.id), str(task.id), "The invoice is wrong.", wait=0)

    keys = {request.headers["idempotency-key"] for request in network.requests if request.method == "POST"}
    assert (run["status"], len(keys), len(network.requests) > 1) == ("passed", 1, True)
    assert workshop.services.history.page_runs(LOCAL_USER).total == 1


def test_a_change_whose_answer_was_lost_is_not_repeated(server: LiveServer, workshop: Workshop) -> None:
    task_id = str(workshop.make_task().id)

    def lose_all(_: int, response: httpx.Response) -> httpx.Response:
        response.close()
        raise httpx.ReadError("The connection broke.")

    network = Broken(lose_all)
    with (
        Benchtop(server.url, http=httpx.Client(transport=network)) as benchtop,
        pytest.raises(BenchtopError, match="does not answer"),
    ):
        benchtop.tasks.delete(task_id)

    assert len(network.requests) == 1


def test_a_server_that_is_not_ready_is_asked_again_but_not_for_ever(server: LiveServer) -> None:
    network = Broken(lambda _, response: response)
    network._spoil = lambda number, response: httpx.Response(503, text="busy") if number % 3 else response

    with Benchtop(server.url, http=httpx.Client(transport=network), tries=3) as benchtop:
        assert list(benchtop.tasks.list()) == []
        network._spoil = lambda _, response: httpx.Response(503, text="busy")
        with pytest.raises(BenchtopError) as refused:
            list(benchtop.tasks.list())

    assert (refused.value.code, len(network.requests)) == ("http_503", 6)


def test_a_server_that_is_not_there_is_said_so(unused_port: int) -> None:
    with Benchtop(f"http://127.0.0.1:{unused_port}", tries=2) as benchtop, pytest.raises(BenchtopError) as refused:
        next(benchtop.tasks.list())

    assert (refused.value.code, refused.value.status) == ("unreachable", 0)


class _CutStream(httpx.SyncByteStream):
    """The beginning of an answer; then the connection breaks."""

    def __init__(self, response: httpx.Response, *, events: int) -> None:
        self._response = response
        self._events = events

    def __iter__(self) -> Iterator[bytes]:
        for number, line in enumerate(self._response.iter_raw()):
            if number == self._events:
                raise httpx.ReadError("The connection broke.")
            yield line

    def close(self) -> None:
        self._response.close()


def test_events_are_taken_up_where_the_connection_broke(
    server: LiveServer, workshop: Workshop, model_server: FakeModelServer
) -> None:
    agent, task = workshop.make_pair(model_server.base_url, model_name="slow:0.3")

    def cut_streams(number: int, response: httpx.Response) -> httpx.Response:
        if number > 6 or "event-stream" not in response.headers.get("content-type", ""):
            return response
        return httpx.Response(200, headers=response.headers, stream=_CutStream(response, events=2))

    network = Broken(cut_streams)
    with Benchtop(server.url, http=httpx.Client(transport=network)) as benchtop:
        run = benchtop.start_run(str(agent.id), str(task.id), "The invoice is wrong.")
        told = [(event["seq"], event["kind"]) for event in benchtop.events(run["id"])]

    run_id = workshop.services.history.page_runs(LOCAL_USER).items[0].id
    assert told == [(event.seq, event.kind) for event in workshop.services.runs.list_events(LOCAL_USER, run_id)]
    assert len([request for request in network.requests if request.url.path.endswith("/events")]) > 1


def test_the_events_after_the_last_one_are_none(
    benchtop: Benchtop, workshop: Workshop, model_server: FakeModelServer
) -> None:
    run_id = str(workshop.run(*workshop.make_pair(model_server.base_url)).id)
    last = list(benchtop.events(run_id))[-1]

    assert list(benchtop.events(run_id, after=last["seq"])) == []


def test_many_inputs_run_at_once_and_come_back_in_order(
    benchtop: Benchtop, workshop: Workshop, model_server: FakeModelServer
) -> None:
    agent, task = workshop.make_pair(model_server.base_url)
    texts = [f"Ticket {number}" for number in range(12)]

    runs = list(benchtop.run_many(str(agent.id), str(task.id), texts, concurrency=3))

    assert [run["input"] for run in runs] == texts
    assert {run["status"] for run in runs} == {"passed"}


def test_an_input_that_is_refused_ends_the_many(benchtop: Benchtop, workshop: Workshop) -> None:
    agent, task = workshop.make_pair("http://127.0.0.1:9/v1")

    with pytest.raises(BenchtopError, match="plain text"):
        list(benchtop.run_many(str(agent.id), str(task.id), [{"not": "text"}] * 20, concurrency=2))


def test_the_file_works_alone(tmp_path: Path) -> None:
    shutil.copy(api.client.__file__, tmp_path / "benchtop_client.py")
    program = (
        f"import sys; sys.path.insert(0, {str(tmp_path)!r}); import benchtop_client;"
        "print({name.partition('.')[0] for name in sys.modules} & {'api', 'core', 'db', 'pages', 'pydantic'})"
    )

    done = subprocess.run(
        [sys.executable, "-I", "-c", program], cwd=tmp_path, capture_output=True, text=True, timeout=30
    )

    assert (done.stdout.strip(), done.stderr) == ("set()", "")
