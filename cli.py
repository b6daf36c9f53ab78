"""Benchtop from a shell. Works beside a running Benchtop and without one, on the same settings and database."""

import difflib
import io
import json
import logging
import re
import signal
import sys
import time
import uuid
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn, TypeVar

import typer

from core.actors import Actor
from core.errors import DashboardError, InvalidInputError, NotFoundError, StateConflictError
from db.errors import DatabaseError

if TYPE_CHECKING:  # loaded by name where needed: with them --help and wrong usage take a second, without them 0.2 s
    from core.agents.records import AgentRecord
    from core.doctor import Finding
    from core.providers.records import ProviderRecord
    from core.runs.records import AttemptRecord, RunRecord
    from core.services import Services
    from core.tasks.records import TaskRecord

NOT_WELL, NOT_POSSIBLE, INTERRUPTED = 1, 3, 130
ACTOR = Actor(kind="local", name="command line")

_POLL_SECONDS = 0.1
_CANCEL_SECONDS = 10.0
_CHECK_SECONDS = 90.0
# What could move the cursor, recolour the screen or turn the reading direction, were it shown as it is.
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")

_EXIT_CODES = """\b
Exit codes:
  0    all went well; the run passed
  1    done, but not well: the run did not pass, a provider is in error, doctor found a problem
  2    wrong usage
  3    not possible: no database, no such agent, an input that does not fit
  130  interrupted, after cancelling what was going on
"""

app = typer.Typer(
    help=__doc__,
    epilog=_EXIT_CODES,
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,  # they show the values of variables, keys among them
)
providers_app = typer.Typer(help="Look at the providers.", no_args_is_help=True, rich_markup_mode=None)
app.add_typer(providers_app, name="providers")

AsJson = Annotated[bool, typer.Option("--json", help="Print everything as JSON on stdout.")]
Seconds = Annotated[float, typer.Option(min=0.1, help="Cancel the run after so many seconds.")]

NamedThing = TypeVar("NamedThing", "AgentRecord", "TaskRecord", "ProviderRecord")


@app.callback()
def _prepare(verbose: Annotated[bool, typer.Option("--verbose", help="Show the log on stderr.")] = False) -> None:
    logging.basicConfig(level=logging.INFO if verbose else logging.CRITICAL + 1)
    signal.signal(signal.SIGTERM, _interrupt)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # a terminal of another encoding gets escapes, not an error
            stream.reconfigure(errors="backslashreplace")


@app.command()
def run(
    agent: Annotated[str, typer.Option(help="The agent's name or id.")],
    task: Annotated[str, typer.Option(help="The task's name or id.")],
    text: Annotated[str, typer.Option("--input", help="The input, or @FILE to read it from, or - for stdin.")],
    timeout: Seconds = 300.0,
    as_json: AsJson = False,
) -> None:
    """Run an agent on a task and wait: the result goes to stdout, how it came about to stderr.

    The input is text, or JSON when the task asks for fields. With --json, stdout carries the whole run with its
    attempts, passed or not. Ctrl-C cancels the run.
    """
    with _explained():
        given = _read_input(text)
        with _open_services() as services:
            chosen = _choose("agent", agent, services.agents.list_agents(ACTOR))
            wanted = _choose("task", task, services.tasks.list_tasks(ACTOR))
            record = _run(services, chosen, wanted, value=_parse_input(given, wanted), seconds=timeout)
            attempts = services.runs.list_attempts(ACTOR, record.id)
        if as_json:
            listed = [attempt.model_dump(mode="json") for attempt in attempts]
            more = {"duration_seconds": record.duration_seconds, "attempts": listed}
            _print_json(record.model_dump(mode="json") | more)
        elif record.result is not None:
            _print_json(record.result)
    raise typer.Exit(0 if record.status == "passed" else NOT_WELL)


@app.command("export")
def export_runs(
    file: Annotated[Path, typer.Argument(help="Its ending says the format: .csv, .jsonl or .parquet.")],
    agent: Annotated[str, typer.Option(help="Only of this agent: its name or id.")] = "",
    task: Annotated[str, typer.Option(help="Only on this task: its name or id.")] = "",
    status: Annotated[str, typer.Option(help="Only with this status, such as passed.")] = "",
    words: Annotated[str, typer.Option(help="Only with these words in input or result.")] = "",
    since: Annotated[datetime | None, typer.Option(help="Only those queued then or later, in local time.")] = None,
    until: Annotated[datetime | None, typer.Option(help="Only those queued before, in local time.")] = None,
) -> None:
    """Write the runs of the history to a file, newest first, with their inputs and results."""
    with _explained(), _open_services() as services:
        wanted = {
            "agent_id": _choose("agent", agent, services.agents.list_agents(ACTOR)).id if agent else None,
            "task_id": _choose("task", task, services.tasks.list_tasks(ACTOR)).id if task else None,
            "status": _read_word("core.runs.records", "RunStatus", status, "--status") if status else None,
            "since": since and since.astimezone(),
            "until": until and until.astimezone(),
        }
        chosen = import_module("core.runs.records").RunFilter(**wanted, words=words)
        kind = _read_word("core.runs.history.records", "ExportFormat", file.suffix.lower().lstrip("."), "FILE")
        _write_file(file, services.history.export_runs(ACTOR, chosen, kind))
    _say(f"Written to {file}.")


@providers_app.command("check")
def check_providers(
    names: Annotated[list[str] | None, typer.Argument(metavar="[NAME_OR_ID]...", help="Which; all if none.")] = None,
    as_json: AsJson = False,
) -> None:
    """Check providers over the network, all at once, and wait for what is found."""
    with _explained(), _open_services() as services:
        known = services.providers.list_providers(ACTOR)
        chosen = [_choose("provider", name, known) for name in names or ()] or known
        checked = _check(services, [provider.id for provider in chosen])
    if as_json:
        columns = {"id", "name", "type", "validation_status", "validation_message", "validation_hint", "model_names"}
        columns |= {"diagnosis", "suggested_base_url", "waiting_model"}
        _print_json([provider.model_dump(mode="json", include=columns) for provider in checked])
    elif checked:
        _print_providers(checked)
    else:
        _say("There are no providers.")
    raise typer.Exit(NOT_WELL if any(provider.validation_status != "connected" for provider in checked) else 0)


@providers_app.command("probe")
def probe_model(
    provider: Annotated[str, typer.Argument(metavar="NAME_OR_ID", help="Which provider.")],
    model: Annotated[str, typer.Argument(metavar="MODEL", help="Which of its models, by name.")],
    as_json: AsJson = False,
) -> None:
    """Ask a model at most ten tiny questions to find out what its server does, and keep what is found for its runs."""
    with _explained(), _open_services() as services:
        chosen = _choose("provider", provider, services.providers.list_providers(ACTOR))
        record = services.dialects.start_probe(ACTOR, chosen.id, model)
        while record.is_probing:  # for two and a half minutes at most: then it counts as over, whatever became of it
            time.sleep(_POLL_SECONDS)
            record = services.dialects.get_dialect(ACTOR, chosen.id, record.model_name)
    if as_json:
        _print_json(record.model_dump(mode="json"))
    else:
        for name, found in record.effective.model_dump(mode="json").items():
            _echo(f"{name.replace('_', ' '):<18}  {str(found).lower()}")
    _say(record.probe_note)
    raise typer.Exit(NOT_WELL if record.probe_note else 0)


@app.command()
def doctor(as_json: AsJson = False) -> None:
    """Examine the installation without changing it: disk, database, migrations, encryption keys, providers."""
    findings = list["Finding"]()
    with _explained():
        for finding in _examine():
            findings.append(finding)
            if not as_json:
                _echo(f"{finding.verdict:<9}{finding.subject}: {finding.message}")
                _echo(f"{'':9}→ {finding.hint}" if finding.hint else "")
    if as_json:
        _print_json([finding.model_dump(mode="json") for finding in findings])
    raise typer.Exit(NOT_WELL if any(finding.verdict == "problem" for finding in findings) else 0)


def _interrupt(number: int, frame: object) -> NoReturn:
    raise KeyboardInterrupt


@contextmanager
def _explained() -> Iterator[None]:
    """End with a sentence and the exit code that fits, never with a traceback."""
    try:
        yield
    except (DashboardError, DatabaseError) as error:
        details = error.details if isinstance(error, DashboardError) else ()
        _say(error.message, *(f"{detail.place}: {detail.message}" for detail in details), error.hint)
        raise typer.Exit(NOT_POSSIBLE) from error
    except KeyboardInterrupt as interruption:
        _say("Interrupted.")
        raise typer.Exit(INTERRUPTED) from interruption
    except (typer.BadParameter, BrokenPipeError):  # the second: whoever read along, such as head, has enough
        raise
    except Exception as error:  # a bug: its text may hold anything, so only its kind is shown
        logging.getLogger(__name__).exception("The command met an error it does not know.")
        _say(f"Benchtop met an error it does not know ({type(error).__name__}).", "--verbose shows the log.")
        raise typer.Exit(NOT_POSSIBLE) from error


@contextmanager
def _open_services() -> Iterator["Services"]:
    with import_module("core.one_shot").one_shot_services() as services:
        yield services


def _examine() -> Iterator["Finding"]:
    services = import_module("core.services").Services(import_module("core.settings").read_settings())
    try:
        examine = import_module("core.doctor").examine
        yield from examine(services.settings, embedded=services.embedded, database=services.database)
    finally:
        services.stop()


def _choose(noun: str, wanted: str, known: Sequence[NamedThing]) -> NamedThing:
    """Return the thing with this id or, whatever its capitals, this name. Raises: NotFoundError."""
    for matches in (lambda thing: str(thing.id) == wanted.lower(), lambda thing: thing.name.lower() == wanted.lower()):
        for thing in known:
            if matches(thing):
                return thing
    names = [thing.name for thing in known]
    close = difflib.get_close_matches(wanted, names, n=3, cutoff=0.5) or names[:10]
    hint = f"Is it one of these: {', '.join(f'“{name}”' for name in close)}?" if close else f"There is no {noun} yet."
    raise NotFoundError(f"There is no {noun} called “{wanted}”.", hint=hint)


def _read_input(text: str) -> str:
    if text != "-" and not text.startswith("@"):
        return text
    try:
        return sys.stdin.buffer.read().decode() if text == "-" else Path(text[1:]).read_text(encoding="utf-8")
    except OSError as error:
        raise typer.BadParameter(f"{text[1:]} cannot be read: {error.strerror}.", param_hint="--input") from error
    except UnicodeDecodeError as error:
        raise typer.BadParameter("The input is not text in UTF-8.", param_hint="--input") from error


def _read_word(module: str, name: str, word: str, hint: str) -> Any:  # Any: a member of the enum that is named
    kind = getattr(import_module(module), name)
    if word not in list(kind):
        raise typer.BadParameter(f"“{word}” is none of: {', '.join(kind)}.", param_hint=hint)
    return kind(word)


def _write_file(file: Path, pieces: Iterable[bytes]) -> None:
    """Write a file that stands there only once it is whole."""
    part = file.with_name(f"{file.name}.part")
    try:
        with part.open("wb") as opened:
            opened.writelines(pieces)
        part.replace(file)
    except DashboardError:
        part.unlink(missing_ok=True)
        raise
    except OSError as error:
        part.unlink(missing_ok=True)
        raise typer.BadParameter(f"{file} cannot be written: {error.strerror}.", param_hint="FILE") from error


def _parse_input(text: str, task: "TaskRecord") -> Any:  # Any: text, or whatever JSON was given
    if task.request_schema is None:
        return text
    try:
        return json.loads(text)
    except ValueError as error:
        message = f"“{task.name}” takes fields as its input, and this is not JSON: {error}."
        raise InvalidInputError(message, hint='Write it like: --input \'{"field": "value"}\'') from error


def _run(
    services: "Services", agent: "AgentRecord", task: "TaskRecord", *, value: object, seconds: float
) -> "RunRecord":
    request = import_module("core.runs.records").StartRun(agent_id=agent.id, task_id=task.id, input=value)
    record = services.runs.start_run(ACTOR, request)
    _say(f"“{agent.name}” on “{task.name}”, run {record.id}")
    try:
        record = _follow(services, record.id, seconds=seconds)
        if not record.status.is_over:
            _say(f"It is not over after {seconds:g} s (--timeout), so it is cancelled.")
            record = _cancel(services, record.id)
    except KeyboardInterrupt:
        _cancel(services, record.id)
        raise
    took = "" if record.duration_seconds is None else f" in {record.duration_seconds:.2f} s"
    tokens = f"{record.input_tokens} tokens in, {record.output_tokens} out"
    _say(f"{record.status}{took}, attempts: {record.attempt_count}, {tokens}", record.message, record.hint)
    return record


def _follow(services: "Services", run_id: uuid.UUID, *, seconds: float) -> "RunRecord":
    """Return the run once it is over or the time is, telling of each attempt as it ends."""
    deadline, told = time.monotonic() + seconds, 0
    while True:
        record = services.runs.get_run(ACTOR, run_id)
        for attempt in services.runs.list_attempts(ACTOR, run_id)[told:]:
            if attempt.duration_seconds is not None:
                _say(*_describe_attempt(attempt))
                told += 1
        if record.status.is_over or time.monotonic() > deadline:
            return record
        time.sleep(_POLL_SECONDS)


def _cancel(services: "Services", run_id: uuid.UUID) -> "RunRecord":
    try:
        record = services.runs.cancel_run(ACTOR, run_id)
        deadline = time.monotonic() + _CANCEL_SECONDS
        while not record.status.is_over and time.monotonic() < deadline:
            time.sleep(_POLL_SECONDS)
            record = services.runs.get_run(ACTOR, run_id)
    except StateConflictError:  # it ended in this very moment
        record = services.runs.get_run(ACTOR, run_id)
    return record


def _check(services: "Services", provider_ids: Iterable[uuid.UUID]) -> list["ProviderRecord"]:
    going_on = [services.providers.check_provider(ACTOR, provider_id).id for provider_id in provider_ids]
    deadline = time.monotonic() + _CHECK_SECONDS
    while True:
        checked = [services.providers.get_provider(ACTOR, provider_id) for provider_id in going_on]
        if all(provider.validation_status.is_settled for provider in checked):
            return checked
        if time.monotonic() > deadline:
            raise DashboardError(f"The checks were not over after {_CHECK_SECONDS:g} s.", hint="Try again.")
        time.sleep(_POLL_SECONDS)


def _describe_attempt(attempt: "AttemptRecord") -> list[str]:
    problems = [f"  {error.get('place') or 'the answer'}: {error.get('message')}" for error in attempt.errors]
    mends = [f"  {mend.place or 'the answer'}: {mend.message}" for mend in attempt.mends]
    return [f"attempt {attempt.number} {attempt.status} after {attempt.duration_seconds or 0:.2f} s", *mends, *problems]


def _print_providers(providers: Sequence["ProviderRecord"]) -> None:
    width = max(len(provider.name) for provider in providers)
    for provider in providers:
        said = f"{provider.validation_message} {provider.validation_hint}".strip()
        _echo(f"{provider.name:<{width}}  {provider.validation_status:<9}  {said}")


def _print_json(value: object) -> None:
    _echo(json.dumps(value, indent=2, ensure_ascii=not sys.stdout.encoding.lower().startswith("utf")))


def _say(*sentences: str) -> None:
    for sentence in sentences:
        _echo(sentence, err=True)


def _echo(text: str, *, err: bool = False) -> None:
    if text:
        typer.echo(_CONTROL.sub(lambda found: f"\\u{ord(found[0]):04x}", text), err=err)


if __name__ == "__main__":
    app()
