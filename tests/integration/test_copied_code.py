"""A run copied as code comes to Benchtop's own verdict: as a Python file, and as a curl command."""

import json
import re
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote_plus

import pytest
from starlette.routing import Mount

from api.application import build_api
from core.actors import LOCAL_USER
from core.runs.code.curl import curl_command
from core.runs.code.python_file import python_file
from core.runs.code.run_json import run_json
from core.runs.records import RunStatus
from core.services import Services
from tests.factories import Workshop
from tests.fake_model_server import FakeModelServer
from tests.integration.api_calls import calling
from tests.integration.copying import Copyist, Said, running_files
from tests.integration.live_server import LiveServer, serving

Json = Any  # Any: arbitrary JSON

CHAT = "/v1/chat/completions"
ORDER: Json = {
    "type": "object",
    "properties": {
        "qty": {"type": "integer", "minimum": 1, "maximum": 9},
        "is_urgent": {"type": "boolean"},
        "first-tag": {"type": ["string", "null"]},
        "tags": {"type": "array", "items": {"type": "string"}, "minItems": 1, "maxItems": 9},
    },
    "required": ["qty", "is_urgent", "tags"],
    "additionalProperties": False,
}
UNLIKE = {**ORDER["properties"], "tags": {**ORDER["properties"]["tags"], "uniqueItems": True}}
SCHEMAS: dict[str, Json] = {
    "class": ORDER,
    "schema": {**ORDER, "properties": UNLIKE},
    "recursive": {
        "type": "object",
        "properties": {"name": {"type": "string"}, "parts": {"type": "array", "items": {"$ref": "#"}, "maxItems": 3}},
        "required": ["name"],
        "not": {"required": ["broken"]},
    },
}
HARD_TEXT = 'Quotes \'"""\' `$(id)` $HOME \\N{BULLET} {x} {{x}} !! %s ü 名前 \u202e\x7f\n\tEND\nEND\n'
PLACES = re.compile(r"^((?:/[^/:]*)*): ", re.MULTILINE)


@pytest.fixture(scope="module")
def runner() -> Iterator[Callable[[Path], Said]]:
    """Another interpreter, which runs files."""
    with running_files() as run:
        yield run


def answering(value: Json) -> str:
    return f"answer:{quote_plus(value if isinstance(value, str) else json.dumps(value))}"


@pytest.fixture
def copyist(
    workshop: Workshop, model_server: FakeModelServer, tmp_path: Path, runner: Callable[[Path], Said]
) -> Copyist:
    """Runs an agent on a task in Benchtop, and the copied file of the same beside it."""
    return Copyist(workshop, model_server, tmp_path / "copied.py", runner)


@pytest.mark.parametrize(
    ("kind", "mode"),
    [
        ("class", "ok"),
        ("class", "wrong-then-right"),
        ("class", "as-text"),
        ("class", "lone-item"),
        ("class", "among-prose"),
        ("class", "rate-limited-first:1:0"),
        ("class", answering({"qty": 1.0, "is_urgent": True, "first-tag": None, "tags": ["a"]})),
        ("schema", "wrong-then-right"),
        ("schema", "fenced"),
        ("recursive", "ok"),
        ("recursive", answering({"name": "a", "parts": {"name": "b", "parts": [{"name": "c", "more": 1}]}})),
    ],
)
def test_the_file_prints_what_benchtop_found(copyist: Copyist, kind: str, mode: str) -> None:
    said = copyist.compare(SCHEMAS[kind], mode)

    assert copyist.run.status is RunStatus.PASSED
    assert (said.returncode, said.stderr) == (0, "")
    assert json.loads(said.stdout) == copyist.run.result
    assert copyist.counts[0] == copyist.counts[1]


@pytest.mark.parametrize(
    ("kind", "mode"),
    [
        ("class", "always-wrong"),
        ("class", "prose"),
        ("class", "invalid-json"),
        ("class", answering({"qty": "many", "first-tag": 3, "tags": [], "more": 1})),
        ("schema", answering({"qty": 10, "first-tag": "a", "tags": ["a", "a"], "more": 1})),
        ("recursive", answering({"name": "a", "parts": [{"name": 1}], "broken": True})),
    ],
)
def test_the_file_refuses_the_same_fields(copyist: Copyist, kind: str, mode: str) -> None:
    said = copyist.compare(SCHEMAS[kind], mode)

    assert copyist.run.status is RunStatus.FAILED
    assert (said.returncode, said.stdout) == (1, "")
    assert said.stderr.startswith("The answer did not fit in any attempt.")
    assert set(PLACES.findall(said.stderr)) == {error["place"] for error in copyist.errors()}
    assert copyist.counts == (2, 2)


@pytest.mark.parametrize("mode", ["truncated", "empty", "unauthorized", "refuse-response-format", "html", "hang-up"])
def test_the_file_fails_where_benchtop_does_and_says_why_in_a_sentence(copyist: Copyist, mode: str) -> None:
    said = copyist.compare(ORDER, mode)

    assert copyist.run.status is RunStatus.FAILED
    assert (said.returncode, said.stdout) == (1, "")
    assert said.stderr.strip()
    assert "Traceback" not in said.stderr
    assert copyist.counts[0] == copyist.counts[1]


@pytest.mark.parametrize("mode", ["as-text", "fenced"])
def test_where_nothing_is_mended_the_file_mends_nothing_either(copyist: Copyist, mode: str) -> None:
    said = copyist.compare(ORDER, mode, mends_answers=False)

    assert (copyist.run.status, said.returncode) == (RunStatus.FAILED, 1)
    assert set(PLACES.findall(said.stderr)) == {error["place"] for error in copyist.errors()}


def test_the_file_sends_the_same_prompts_settings_and_key(
    copyist: Copyist, workshop: Workshop, model_server: FakeModelServer
) -> None:
    model_server.api_key = "sk-of-the-environment"
    provider = workshop.make_provider(model_server.root_url, provider_type="ollama", api_key=model_server.api_key)
    agent = workshop.make_agent(
        provider,
        system_prompt=HARD_TEXT,
        user_prompt_template=HARD_TEXT.replace("{{x}}", "{{ subject }} of {{input}}"),
        temperature=0.5,
        max_tokens=99,
    )
    request_schema = {"type": "object", "properties": {"subject": {"type": "string"}}, "required": ["subject"]}
    task = workshop.make_task(SCHEMAS["recursive"], request_schema=request_schema)

    said = copyist.compare_on(agent, task, provider, {"subject": HARD_TEXT}, mode="ok")

    assert (said.returncode, said.stderr) == (0, "")
    [(asked, copied)] = copyist.requests
    assert [model_server.api_key] == [request.key for request in model_server.chat_requests]
    streaming = ("stream", "stream_options")
    assert copied == {**{name: held for name, held in asked.items() if name not in streaming}, "stream": False}


def test_without_its_key_the_file_asks_for_it(
    workshop: Workshop, copyist: Copyist, model_server: FakeModelServer
) -> None:
    provider = workshop.make_provider(model_server.base_url, name="Say “{x}”", api_key="sk-stored")
    source = python_file(workshop.make_agent(provider), workshop.make_task(), provider, "x")

    said = copyist.execute(source, MODEL_API_KEY="")

    assert "sk-stored" not in source
    assert (said.returncode, said.stderr) == (1, "Set MODEL_API_KEY to the key of “Say “{x}””.\n")
    assert model_server.chat_requests == []


def test_a_server_that_repeats_the_key_does_not_make_the_file_tell_it(
    workshop: Workshop, copyist: Copyist, model_server: FakeModelServer
) -> None:
    provider = workshop.make_provider(model_server.base_url, api_key="sk-stored")
    agent = workshop.make_agent(provider, model_name="unauthorized")

    said = copyist.execute(python_file(agent, workshop.make_task(), provider, "x"))

    assert said.returncode == 1
    assert "Incorrect API key provided: …" in said.stderr
    assert "sk-of-the-environment" not in said.stderr


@pytest.fixture
def api(services: Services) -> Iterator[LiveServer]:
    """The API, served over the network."""
    with serving([Mount("/api", app=build_api())]) as server:
        yield server


def _paste(command: str) -> Json:
    done = subprocess.run(["sh", "-eu"], input=command, capture_output=True, text=True, encoding="utf-8", timeout=60)
    assert (done.returncode, done.stderr) == (0, "")
    return json.loads(done.stdout)


@pytest.mark.parametrize("given", [HARD_TEXT, HARD_TEXT * 2_000], ids=["short", "longer than an argument may be"])
def test_the_command_starts_the_same_run(
    workshop: Workshop, services: Services, model_server: FakeModelServer, api: LiveServer, given: str
) -> None:
    agent, task = workshop.make_pair(model_server.base_url)

    answer = _paste(curl_command(agent_id=agent.id, task_id=task.id, value=given, benchtop_url=f"{api.url}/"))

    assert (answer["status"], answer["input"]) == ("passed", given)
    assert services.runs.get_run(LOCAL_USER, answer["id"]).agent_version == agent.version


def test_the_json_of_a_run_is_what_the_api_gives(workshop: Workshop, model_server: FakeModelServer) -> None:
    agent, task = workshop.make_pair(model_server.base_url)
    run = workshop.run(agent, task, HARD_TEXT)

    with calling() as client:
        answer = client.get(f"/runs/{run.id}")

    assert json.loads(run_json(run)) == answer.json()
    assert list(json.loads(run_json(run))) == list(answer.json())
