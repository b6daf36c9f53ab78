"""The command line's runs and checks: what they print, and every exit code."""

import json
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from typer.testing import Result

from core.actors import LOCAL_USER
from core.runs.records import RunFilter, RunStatus
from core.settings import Settings
from db.session import Database
from tests.factories import Workshop
from tests.fake_model_server import FakeModelServer
from tests.integration.own_services import execute
from tests.integration.shell import Shell, invoking, variables_of


@pytest.fixture
def shell(settings: Settings) -> Shell:
    return Shell(variables_of(settings))


@pytest.fixture
def invoke(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Result]]:
    with invoking(settings, monkeypatch) as invoke:
        yield invoke


def _run_arguments(agent: str, task: str, text: str = "The invoice is wrong.") -> list[str]:
    return ["run", "--agent", agent, "--task", task, "--input", text]


def test_a_run_that_passes_prints_its_result_and_ends_with_0(
    shell: Shell, workshop: Workshop, model_server: FakeModelServer
) -> None:
    agent, task = workshop.make_pair(model_server.base_url, model_name="wrong-then-right")

    code, out, err = shell.run(*_run_arguments(agent.name.upper(), str(task.id)))

    assert code == 0, err
    run = workshop.services.history.page_runs(LOCAL_USER).items[0]
    assert json.loads(out) == workshop.services.runs.get_run(LOCAL_USER, run.id).result
    assert "attempt 1 failed" in err
    assert "attempt 2 passed" in err


def test_a_run_that_does_not_pass_ends_with_1_and_says_why(
    invoke: Callable[..., Result], workshop: Workshop, model_server: FakeModelServer
) -> None:
    agent, task = workshop.make_pair(model_server.base_url, model_name="always-wrong", retries=1)

    done = invoke(*_run_arguments(agent.name, task.name))

    assert done.exit_code == 1
    assert done.stdout == ""
    assert "failed in" in done.stderr
    assert "attempt 2 failed" in done.stderr
    assert "/category" in done.stderr


def test_a_run_as_json_is_the_whole_run(
    invoke: Callable[..., Result], workshop: Workshop, model_server: FakeModelServer
) -> None:
    agent, task = workshop.make_pair(model_server.base_url, model_name="prose", retries=0)

    done = invoke(*_run_arguments(agent.name, task.name), "--json")

    told = json.loads(done.stdout)
    assert (done.exit_code, told["status"], told["result"]) == (1, "failed", None)
    assert told["started_by"] == "command line"
    assert [attempt["status"] for attempt in told["attempts"]] == ["failed"]


def test_the_input_comes_from_a_file_or_from_stdin(
    invoke: Callable[..., Result], workshop: Workshop, model_server: FakeModelServer, tmp_path: Path
) -> None:
    agent, task = workshop.make_pair(model_server.base_url)
    (tmp_path / "ticket.txt").write_text("From a file: größer", encoding="utf-8")

    codes = [
        invoke(*_run_arguments(agent.name, task.name, f"@{tmp_path / 'ticket.txt'}")).exit_code,
        invoke(*_run_arguments(agent.name, task.name, "-"), input="From stdin: größer").exit_code,
    ]

    runs = workshop.services.history.page_runs(LOCAL_USER).items
    texts = [workshop.services.runs.get_run(LOCAL_USER, run.id).input for run in runs]
    assert (codes, texts) == ([0, 0], ["From stdin: größer", "From a file: größer"])


def test_a_task_with_fields_takes_json(
    invoke: Callable[..., Result], workshop: Workshop, model_server: FakeModelServer
) -> None:
    agent = workshop.make_agent(workshop.make_provider(model_server.base_url))
    fields = {"type": "object", "properties": {"subject": {"type": "string"}}, "required": ["subject"]}
    task = workshop.make_task(request_schema=fields)
    workshop.assign(agent, task)

    fits, is_no_json, does_not_fit = (
        invoke(*_run_arguments(agent.name, task.name, text)) for text in ('{"subject": "Hello"}', "Hello", "{}")
    )

    assert [fits.exit_code, is_no_json.exit_code, does_not_fit.exit_code] == [0, 3, 3]
    assert "not JSON" in is_no_json.stderr
    assert "subject" in does_not_fit.stderr


def test_what_a_model_writes_cannot_drive_the_terminal(
    invoke: Callable[..., Result], workshop: Workshop, model_server: FakeModelServer
) -> None:
    text = "red \x1b[31m, CSI \x9b2J, turned \u202e, ü"
    mode = f"answer:{quote(json.dumps({'text': text}))}"
    agent = workshop.make_agent(workshop.make_provider(model_server.base_url), model_name=mode)
    task = workshop.make_task({"type": "object", "properties": {"text": {"type": "string"}}, "required": ["text"]})
    workshop.assign(agent, task)

    done = invoke(*_run_arguments(agent.name, task.name))

    assert json.loads(done.stdout) == {"text": text}
    assert not set("\x1b\x9b\u202e") & set(done.stdout)
    assert "ü" in done.stdout


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_run_is_cancelled_and_ends_with_130(
    shell: Shell, workshop: Workshop, model_server: FakeModelServer, number: signal.Signals
) -> None:
    agent, task = workshop.make_pair(model_server.base_url, model_name="hang")

    with shell.start(*_run_arguments(agent.name, task.name)) as process:
        model_server.wait_until(lambda requests: bool(requests and model_server.chat_requests), timeout_seconds=30)
        process.send_signal(number)
        _, err = process.communicate(timeout=30)

    assert process.returncode == 130, err
    assert workshop.services.history.page_runs(LOCAL_USER).items[0].status is RunStatus.CANCELLED


def test_a_run_past_its_timeout_is_cancelled_and_ends_with_1(
    invoke: Callable[..., Result], workshop: Workshop, model_server: FakeModelServer
) -> None:
    agent, task = workshop.make_pair(model_server.base_url, model_name="hang")

    done = invoke(*_run_arguments(agent.name, task.name), "--timeout", "1")

    assert done.exit_code == 1
    assert "--timeout" in done.stderr
    cancelled = RunFilter(status=RunStatus.CANCELLED)
    assert workshop.services.history.page_runs(LOCAL_USER, cancelled).total == 1


def test_an_unknown_name_ends_with_3_and_shows_near_ones(invoke: Callable[..., Result], workshop: Workshop) -> None:
    agent, task = workshop.make_agent(), workshop.make_task()

    no_agent = invoke(*_run_arguments("Agnet 2", task.name))
    not_assigned = invoke(*_run_arguments(agent.name, task.name))

    assert (no_agent.exit_code, not_assigned.exit_code) == (3, 3)
    assert f"“{agent.name}”" in no_agent.stderr
    assert "Nobody assigned" in not_assigned.stderr


@pytest.mark.parametrize(
    "arguments",
    [[], ["run"], ["unknown"], _run_arguments("a", "t", "@/not/there.txt"), ["run", "--timeout", "soon"]],
    ids=["nothing", "no agent", "no such verb", "no such file", "not a number"],
)
def test_wrong_usage_ends_with_2(invoke: Callable[..., Result], arguments: list[str]) -> None:
    done = invoke(*arguments)

    assert done.exit_code == 2
    assert "Usage" in done.output or "--input" in done.output


def test_a_database_that_is_away_ends_with_3_and_a_sentence(shell: Shell, unused_port: int) -> None:
    shell.environment["DATABASE_URL"] = f"postgresql://nobody:hidden-password@127.0.0.1:{unused_port}/none"

    code, out, err = shell.run(*_run_arguments("a", "t"))

    assert (code, out) == (3, "")
    assert "The database does not answer." in err
    assert "hidden-password" not in err


def test_a_setting_that_cannot_be_used_is_named(shell: Shell) -> None:
    shell.environment["BENCHTOP_MAX_RUNS"] = "many"

    code, _, err = shell.run("doctor")

    assert code == 3
    assert "BENCHTOP_MAX_RUNS" in err


def test_providers_are_checked_over_the_network(
    invoke: Callable[..., Result], workshop: Workshop, model_server: FakeModelServer, unused_port: int
) -> None:
    none = invoke("providers", "check")
    good = workshop.make_provider(model_server.base_url, name="Good")
    workshop.make_provider(f"http://127.0.0.1:{unused_port}/v1", name="Bad")

    every, one = invoke("providers", "check"), invoke("providers", "check", "good", "--json")

    assert (none.exit_code, every.exit_code, one.exit_code) == (0, 1, 0)
    lines = every.stdout.splitlines()
    assert [line.split()[:2] for line in lines] == [["Bad", "error"], ["Good", "connected"]]
    assert [(found["id"], found["diagnosis"]) for found in json.loads(one.stdout)] == [(str(good.id), "connected")]
    assert "Is the server running?" in lines[0]


def test_a_model_is_probed_and_what_is_found_printed(
    invoke: Callable[..., Result], workshop: Workshop, model_server: FakeModelServer
) -> None:
    workshop.make_provider(model_server.base_url, name="Good")

    done = invoke("providers", "probe", "good", "ok")
    cut = invoke("providers", "probe", "good", "server-error", "--json")
    nobody = invoke("providers", "probe", "bad", "ok")

    assert (done.exit_code, cut.exit_code, nobody.exit_code) == (0, 1, 3), done.output + cut.output
    assert "jsonschemaenforced" in ["".join(line.split()) for line in done.stdout.splitlines()]
    assert json.loads(cut.stdout)["probe_note"] == cut.stderr.strip()


def test_a_command_leaves_queued_runs_to_the_app(
    shell: Shell, workshop: Workshop, model_server: FakeModelServer, database: Database
) -> None:
    agent, task = workshop.make_pair(model_server.base_url)
    run = workshop.run(agent, task)
    execute(
        database,
        "UPDATE runs SET status = 'queued', result = NULL, claimed_by = NULL, started_at = NULL, ended_at = NULL",
    )

    code, _, err = shell.run("providers", "check")

    assert code == 0, err
    assert workshop.services.runs.get_run(LOCAL_USER, run.id).status is RunStatus.QUEUED


def test_runs_are_exported_as_the_filters_say(
    invoke: Callable[..., Result], workshop: Workshop, model_server: FakeModelServer, tmp_path: Path
) -> None:
    agent, task = workshop.make_pair(model_server.base_url)
    runs = [workshop.run(agent, task, text) for text in ("apple pie", "cherry pie")]
    files = [tmp_path / name for name in ("all.csv", "some.jsonl", "none.jsonl", "all.parquet")]

    done = [
        invoke("export", str(files[0])),
        invoke("export", str(files[1]), "--agent", agent.name.upper(), "--task", str(task.id), "--words", "cherry"),
        invoke("export", str(files[2]), "--until", "2026-01-01", "--status", "passed"),
        invoke("export", str(files[3]), "--since", "2026-01-01T12:00:00"),
    ]

    assert [each.exit_code for each in done] == [0, 0, 0, 0], [each.stderr for each in done]
    assert files[0].read_text(encoding="utf-8-sig").count("pie") == 2
    (line,) = files[1].read_text().splitlines()
    assert json.loads(line)["id"] == str(runs[1].id)
    assert files[2].read_text() == ""
    assert files[3].read_bytes()[:4] == b"PAR1"
    assert sorted(tmp_path.glob("*.part")) == []


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["runs.xlsx"], 2, "none of: csv, jsonl, parquet"),
        (["runs.csv", "--status", "done"], 2, "none of: queued"),
        (["runs.csv", "--since", "yesterday"], 2, "--since"),
        (["missing/runs.csv"], 2, "cannot be written"),
        (["runs.csv", "--agent", "Nobody"], 3, "no agent called"),
    ],
)
def test_an_export_that_cannot_be_leaves_no_file(
    invoke: Callable[..., Result], workshop: Workshop, tmp_path: Path, arguments: list[str], code: int, words: str
) -> None:
    file, *options = arguments

    done = invoke("export", str(tmp_path / file), *options)

    assert done.exit_code == code, done.stderr
    assert words in " ".join(done.stderr.replace("│", " ").split())
    assert list(tmp_path.glob("runs*")) == []
