"""Comparisons as they are stored, and runs chosen by hand, read as records."""

import json
import uuid
from collections.abc import Callable, Iterable, Sequence

from core.errors import InvalidInputError, NotFoundError
from core.runs.comparing.changes import list_changes, name_columns
from core.runs.comparing.records import ComparedColumn, ComparisonRecord
from core.runs.records import RunRecord
from core.runs.stored import build_record
from core.tasks.schemas.json_equality import json_mark
from db.queries import comparisons as comparison_queries
from db.queries.runs import RunLine
from db.session import Session
from db.tables import AgentVersionRow, ComparisonRow, ProviderRow


def gone() -> NotFoundError:
    """Return what to raise when a comparison is not there."""
    return NotFoundError("There is no such comparison.", hint="It may have been deleted. History lists the others.")


def read_comparison(
    session: Session, comparison_id: uuid.UUID, *, complete: Callable[[RunRecord], RunRecord]
) -> ComparisonRecord:
    """Return the comparison as it is now, in three queries; what was changed before has to be flushed.

    `complete` gives each run its content, if that is not stored but at hand.

    Raises: NotFoundError.
    """
    found = comparison_queries.find_comparison(session, comparison_id)
    if found is None:
        raise gone()
    row, task = found
    lines = comparison_queries.list_columns(session, comparison_id)
    runs: dict[int, list[RunRecord]] = {column.position: [] for column, _, _ in lines}
    states = {column.position: (agent, provider) for column, agent, provider in lines}
    for run in comparison_queries.list_runs(session, row):
        position = run.comparison_position or 0
        agent, provider = states[position]
        runs[position].append(complete(build_record((run, agent, task, provider))))
    columns = [
        _build_column(column.position, agent, provider, runs=runs[column.position]) for column, agent, provider in lines
    ]
    return ComparisonRecord(
        id=row.id,
        task_id=row.task_id,
        task_name=task.name,
        task_version=task.number,
        response_schema=json.loads(task.response_schema_text),
        input=_find_input(row, runs.values()),
        repeat_count=row.repeat_count,
        columns=_tell_apart(columns),
        winner=row.winner,
        winner_note=row.winner_note,
        decided_by=row.decided_by,
        decided_at=row.decided_at,
        started_by=row.started_by,
        created_at=row.created_at,
        content_erased_at=row.content_erased_at,
    )


def refresh_comparison(
    session: Session, known: ComparisonRecord, *, complete: Callable[[RunRecord], RunRecord]
) -> ComparisonRecord:
    """Return a stored comparison as it is now, `known` itself when nothing changed; only changed runs are read whole.

    `complete` is that of `read_comparison`. Raises: NotFoundError.
    """
    if known.id is None:
        raise gone()
    found = comparison_queries.find_marks(session, known.id)
    if found is None:
        raise gone()
    own, lines = found
    runs = {run.id: run for run in known.runs}
    is_as_known = tuple(own) == (known.winner, known.winner_note, known.decided_at, known.content_erased_at)
    # What is not stored is at hand for a while only, of which no mark tells.
    is_kept = known.content_erased_at is None
    if not is_as_known or not is_kept or {line[0] for line in lines} != runs.keys():
        return read_comparison(session, known.id, complete=complete)
    changed = [line[0] for line in lines if tuple(line[1:]) != _mark(runs[line[0]])]
    if not changed:
        return known
    records = [complete(build_record(line)) for line in comparison_queries.list_run_lines(session, changed)]
    runs |= {record.id: record for record in records}
    columns = (
        column.model_copy(update={"runs": tuple(runs[run.id] for run in column.runs)}) for column in known.columns
    )
    return known.model_copy(update={"columns": tuple(columns)})


def _mark(run: RunRecord) -> tuple[object, ...]:
    """Return what `find_marks` finds of a run that is still as it was."""
    return (
        run.status.value,
        run.attempt_count,
        run.input_tokens,
        run.output_tokens,
        run.is_cancel_requested,
        run.rated_at,
        run.content_erased_at,
    )


def _find_input(row: ComparisonRow, runs: Iterable[Sequence[RunRecord]]) -> object:
    """Return the stored input, else the one that a run has in memory."""
    known = (run.input for column in runs for run in column if run.input is not None)
    return next(known, None) if row.content_erased_at is not None else row.input


def read_side_by_side(
    session: Session, run_ids: Sequence[uuid.UUID], *, complete: Callable[[RunRecord], RunRecord]
) -> ComparisonRecord:
    """Return runs as columns of a comparison that is not stored, in one query and in the order given.

    `complete` is that of `read_comparison`.

    Raises: NotFoundError; InvalidInputError: they are of several tasks.
    """
    found = {line[0].id: line for line in comparison_queries.list_run_lines(session, run_ids)}
    if len(found) < len(run_ids):
        raise NotFoundError("One of these runs is not there any more.", hint="Choose them again in History.")
    lines = [found[run_id] for run_id in run_ids]
    if len({run.task_id for run, _, _, _ in lines}) > 1:
        raise InvalidInputError(
            "These runs are of different tasks, whose answers cannot be compared.", hint="Choose runs of one task."
        )
    return _build_side_by_side(lines, [complete(build_record(line)) for line in lines])


def _build_side_by_side(lines: Sequence[RunLine], runs: Sequence[RunRecord]) -> ComparisonRecord:
    columns = [
        _build_column(position, line[1], line[3], runs=[run])
        for position, (line, run) in enumerate(zip(lines, runs, strict=True), start=1)
    ]
    newest = max(runs, key=lambda run: run.task_version)
    erased = [run.content_erased_at for run in runs if run.content_erased_at is not None]
    has_one_input = len({json_mark(run.input) for run in runs}) == 1
    return ComparisonRecord(
        id=None,
        task_id=newest.task_id,
        task_name=newest.task_name,
        task_version=newest.task_version,
        response_schema=newest.response_schema,
        input=runs[0].input if has_one_input else None,
        has_one_input=has_one_input,
        repeat_count=1,
        columns=_tell_apart(columns),
        started_by=", ".join(dict.fromkeys(run.started_by for run in runs)),
        created_at=min(run.queued_at for run in runs),
        content_erased_at=max(erased, default=None),
    )


def _build_column(
    position: int, agent: AgentVersionRow, provider: ProviderRow, *, runs: Sequence[RunRecord]
) -> ComparedColumn:
    return ComparedColumn(
        position=position,
        label="",
        agent_id=agent.agent_id,
        agent_name=agent.name,
        agent_version=agent.number,
        variation_of=agent.variation_of,
        provider_id=provider.id,
        provider_name=provider.name,
        model_name=agent.model_name,
        temperature=agent.temperature,
        max_tokens=agent.max_tokens,
        retries=agent.retries,
        system_prompt=agent.system_prompt,
        user_prompt_template=agent.user_prompt_template,
        runs=tuple(runs),
    )


def _tell_apart(columns: Sequence[ComparedColumn]) -> tuple[ComparedColumn, ...]:
    told = zip(columns, name_columns(columns), list_changes(columns), strict=True)
    return tuple(column.model_copy(update={"label": label, "changes": changes}) for column, label, changes in told)
