"""A run begins: who runs what is looked up, the input judged, and a row stored that pins all of it."""

import json
import uuid
from dataclasses import dataclass

from core.actors import Actor
from core.agents.stored import pin_version
from core.agents.templates import fill_template
from core.errors import Detail, InvalidInputError, NotFoundError, StateConflictError
from core.names import storable
from core.runs.records import StartRun
from core.runs.search_words import list_words
from core.runs.unstored import UnstoredContents
from core.store import Store
from core.tasks.judge import check
from core.tasks.schemas.json_values import JsonObject, to_pointer
from db.queries import runs as run_queries
from db.queries.run_steps import RunStep
from db.session import Session
from db.tables import AgentRow, AgentVersionRow, ProviderRow, RunRow, TaskRow, TaskVersionRow

MAX_INPUT_CHARACTERS = 200_000


@dataclass(frozen=True)
class Pair:
    """An agent and a task, each in the state that a run pins."""

    agent: AgentRow
    agent_version: AgentVersionRow
    task: TaskRow
    task_version: TaskVersionRow
    provider: ProviderRow
    """Of the agent's state that is pinned."""


@dataclass(frozen=True)
class ComparisonPlace:
    """Where in a comparison a run stands; position and repeat count from 1."""

    comparison_id: uuid.UUID
    position: int
    repeat: int


def find_pair(session: Session, request: StartRun, actor: Actor) -> Pair:
    """Return whom and what to run; a variation that is new is stored.

    Raises: NotFoundError; InvalidInputError: the variation cannot be used; StateConflictError: the agent or the
    assignment is switched off, or there is no assignment.
    """
    found = run_queries.find_runnable(session, agent_id=request.agent_id, task_id=request.task_id)
    if found is None:
        raise NotFoundError("The agent or the task is not there any more.", hint="Choose again.")
    agent, task, version, provider = found.agent, found.task, found.agent_version, found.provider
    if not agent.is_active:
        raise StateConflictError(f"“{agent.name}” is switched off.", hint="Switch it on, on the Agents page.")
    names = f"“{agent.name}” to “{task.name}”"
    if found.assignment is None:
        raise StateConflictError(f"Nobody assigned {names}.", hint="Assign it on the Agents page.")
    if not found.assignment.is_active:
        raise StateConflictError(f"The assignment of {names} is switched off.", hint="Switch it on first.")
    if request.agent_version is not None or request.variation is not None:
        version = pin_version(session, agent, actor, number=request.agent_version, variation=request.variation)
    if version.provider_id != provider.id:
        provider = run_queries.get_provider(session, version.provider_id)
    if provider.deleted_at is not None:
        # An earlier version may point to one; what agents use now cannot be deleted.
        hint = "Take another version, or choose another provider for it."
        raise StateConflictError(f"The provider “{provider.name}”, which this version used, was deleted.", hint=hint)
    return Pair(agent=agent, agent_version=version, task=task, task_version=found.task_version, provider=provider)


def check_input(pair: Pair, value: object) -> None:
    """Judge an input before a run of the pair is stored; a large one takes its time, so no transaction should be open.

    Raises: InvalidInputError: the input does not fit, `details` say where, or it does not fill the template.
    """
    request_text = pair.task_version.request_schema_text
    _check_value(value, None if request_text is None else json.loads(request_text))
    fill_template(pair.agent_version.user_prompt_template, value)


def add_run(
    session: Session,
    pair: Pair,
    value: object,
    actor: Actor,
    *,
    unstored: UnstoredContents,
    place: ComparisonPlace | None = None,
) -> RunRow:
    """Store a queued run. Whoever commits hands it to the executor.

    The input of a task that stores no content goes to `unstored`; whoever fails to commit drops it there.
    Raises: StateConflictError: that is full.
    """
    row = _build_row(pair, value, actor, unstored=unstored, place=place)
    _insert(session, row)
    if row.content_erased_at is not None:
        unstored.keep_input(row.id, value)
    return row


def _insert(session: Session, row: RunRow) -> None:
    run_queries.insert_run(session, row, words=list_words(row.input))
    run_queries.add_event(session, row.id, "queued")


def add_single_run(store: Store, pair: Pair, value: object, actor: Actor, *, unstored: UnstoredContents) -> RunRow:
    """Store one queued run in a transaction of its own, of one statement if nobody else has to write in it.

    Raises: StateConflictError: `unstored` is full; DatabaseUnavailableError.
    """
    row = _build_row(pair, value, actor, unstored=unstored, place=None)
    if row.content_erased_at is not None:
        unstored.keep_input(row.id, value)
    try:
        if store.is_watched:
            with store.transaction() as session:
                _insert(session, row)
        else:
            step = RunStep(row.id)
            step.queue(row.model_dump(exclude_none=True), words=list_words(row.input))
            with store.single() as connection:
                step.take(connection)
    except Exception:
        unstored.drop(row.id)
        raise
    return row


def _build_row(
    pair: Pair, value: object, actor: Actor, *, unstored: UnstoredContents, place: ComparisonPlace | None
) -> RunRow:
    is_stored = pair.task_version.stores_content
    row = RunRow(
        agent_id=pair.agent.id,
        task_id=pair.task.id,
        agent_version_id=pair.agent_version.id,
        task_version_id=pair.task_version.id,
        provider_id=pair.agent_version.provider_id,
        input=value if is_stored else None,
        started_by=actor.name,
    )
    if not is_stored:
        row.claimed_by, row.content_erased_at = unstored.owner_id, row.queued_at
    if place is not None:
        row.comparison_id, row.comparison_position = place.comparison_id, place.position
        row.comparison_repeat = place.repeat
    return row


def _check_value(value: object, request_schema: JsonObject | None) -> None:
    try:
        size = len(value) if isinstance(value, str) else len(json.dumps(value, allow_nan=False))
    except (TypeError, ValueError, RecursionError) as error:
        raise InvalidInputError("The input cannot be written as JSON.", hint="Check its values.") from error
    if size > MAX_INPUT_CHARACTERS:
        raise InvalidInputError(f"The input has {size:,} characters; at most {MAX_INPUT_CHARACTERS:,} are taken.")
    if request_schema is None:
        if not isinstance(value, str):
            raise InvalidInputError("This task takes plain text as its input.")
        if not value.strip():
            raise InvalidInputError("The input is empty.", hint="Write something for the model to work on.")
        if value != storable(value):
            raise InvalidInputError("The input holds characters that cannot be stored, such as NUL. Remove them.")
        return
    errors = check(request_schema, value)
    if errors:
        details = [Detail(place=to_pointer(error.loc), message=error.message) for error in errors]
        where = " › ".join(str(part) for part in errors[0].loc) or "the input"
        raise InvalidInputError(f"The input does not fit: {where} {errors[0].message}.", details=details)
