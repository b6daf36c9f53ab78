"""What the README tells programs to do works as it is written there, from top to bottom."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.routing import Mount

from api.application import build_api
from core.actors import LOCAL_USER
from core.examples import FEEDBACK_SENTIMENT, TEXT_EXTRACTOR
from core.runs.records import RunStatus
from core.services import Services
from core.settings import Settings
from tests.factories import Workshop
from tests.fake_model_server import FakeModelServer
from tests.integration.live_server import LiveServer, serving
from tests.integration.shell import PROJECT, Shell, variables_of

README = PROJECT / "README.md"
MODEL = "qwen3:8b"


@pytest.fixture
def server(services: Services) -> Iterator[LiveServer]:
    """The API, served over the network."""
    with serving([Mount("/api", app=build_api())]) as server:
        yield server


@pytest.fixture
def ollama() -> Iterator[FakeModelServer]:
    """What answers like an Ollama with one model."""
    with FakeModelServer(models=[MODEL]) as server:
        yield server


def _read_blocks(language: str) -> list[str]:
    section = README.read_text(encoding="utf-8").partition("## From a program\n")[2].partition("\n## ")[0]
    return re.findall(rf"^```{language}\n(.*?)^```$", section, re.MULTILINE | re.DOTALL)


def _run(command: list[str], environment: dict[str, str]) -> str:
    done = subprocess.run(command, cwd=PROJECT, env=environment, capture_output=True, text=True, timeout=90)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def _split_json(text: str) -> list[dict[str, object]]:
    """Return the JSON objects of a text that holds other lines too."""
    found, decoder, at = [], json.JSONDecoder(), 0
    while (at := text.find("{", at)) >= 0:
        value, at = decoder.raw_decode(text, at)
        found.append(value)
    return found


@pytest.fixture
def examples(workshop: Workshop, ollama: FakeModelServer) -> None:
    """The examples the README uses, on a server that does not sleep."""
    provider = workshop.make_provider(ollama.base_url, name="Instead of the built-in model")
    agent = workshop.make_agent(provider, name=TEXT_EXTRACTOR.name, model_name="answers")
    task = workshop.make_task(dict(FEEDBACK_SENTIMENT.response_schema), name=FEEDBACK_SENTIMENT.name)
    workshop.assign(agent, task)


@pytest.fixture
def environment(server: LiveServer, settings: Settings, ollama: FakeModelServer) -> dict[str, str]:
    """The shell of somebody who reads the README."""
    assert shutil.which("curl"), "the README walks with curl"
    shell = Shell(variables_of(settings) | {"BENCHTOP": server.url, "OLLAMA": ollama.root_url, "MODEL": MODEL})
    return shell.environment | {"PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])}


@pytest.mark.usefixtures("examples")
def test_the_shell_commands_of_the_readme_work_as_written(environment: dict[str, str], services: Services) -> None:
    said = _run(["bash", "-euo", "pipefail", "-c", "\n".join(_read_blocks("bash"))], environment)

    runs = services.history.page_runs(LOCAL_USER).items
    assert [(run.agent_name, run.status) for run in runs] == [
        (TEXT_EXTRACTOR.name, RunStatus.PASSED),
        ("Sorter", RunStatus.PASSED),
    ]
    assert re.search(r"^Local Ollama +connected ", said, re.MULTILINE)
    shown_keys = set(re.findall(r'"(\w+)":', "".join(_read_blocks("json"))))
    told_keys = {key for answer in _split_json(said) for key in re.findall(r'"(\w+)":', json.dumps(answer))}
    assert shown_keys
    assert shown_keys <= told_keys


@pytest.mark.usefixtures("examples")
def test_the_python_program_of_the_readme_works_as_written(environment: dict[str, str]) -> None:
    [program] = _read_blocks("python")

    printed = _run(
        [sys.executable, "-c", program.replace("http://127.0.0.1:8501", environment["BENCHTOP"])], environment
    )

    assert [line.split()[:2] for line in printed.splitlines()] == [["passed", "{'sentiment':"]] * 2
