"""A comparison begins: every column is looked up and judged before anything of it is stored."""

import dataclasses
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from core.actors import Actor
from core.agents.templates import fill_template
from core.errors import DashboardError, Detail, InvalidInputError
from core.runs.comparing.records import ComparisonDraft
from core.runs.records import StartRun
from core.runs.starting import ComparisonPlace, Pair, add_run, check_input, find_pair
from core.runs.unstored import UnstoredContents
from db.events import announce
from db.queries.inserting import insert_row
from db.session import Session
from db.tables import AgentVersionRow, ComparisonColumnRow, ComparisonRow, utc_now


def find_pairs(session: Session, draft: ComparisonDraft, actor: Actor) -> list[Pair]:
    """Return whom and what each column runs; variations that are new are stored.

    Raises: NotFoundError, StateConflictError, InvalidInputError: see `find_pair`; InvalidInputError: two are the same.
    """
    pairs: list[Pair] = []
    for position, column in enumerate(draft.columns, start=1):
        request = StartRun(
            agent_id=column.agent_id,
            task_id=draft.task_id,
            input=draft.input,
            agent_version=column.agent_version,
            variation=column.variation,
        )
        with _of_column(position):
            pairs.append(find_pair(session, request, actor))
    _refuse_equals(pairs)
    # Of a task that is saved meanwhile, all columns get the same version.
    return [dataclasses.replace(pair, task=pairs[0].task, task_version=pairs[0].task_version) for pair in pairs]


def check_input_of_all(pairs: Sequence[Pair], value: object) -> None:
    """Judge the input once, and whether it fills each column's template; no transaction should be open.

    Raises: InvalidInputError: the input does not fit, `details` say where in it, or a column's template is not filled.
    """
    # With a blank template only the input itself is judged, about which no column can do anything.
    state = pairs[0].agent_version.model_dump() | {"user_prompt_template": ""}
    check_input(dataclasses.replace(pairs[0], agent_version=AgentVersionRow(**state)), value)
    for position, pair in enumerate(pairs, start=1):
        with _of_column(position):
            fill_template(pair.agent_version.user_prompt_template, value)


def add_comparison(
    session: Session,
    draft: ComparisonDraft,
    pairs: Sequence[Pair],
    actor: Actor,
    *,
    unstored: UnstoredContents,
    run_ids: dict[uuid.UUID, uuid.UUID],
) -> uuid.UUID:
    """Store a comparison with its columns and queued runs; return its id.

    Each run's id is added to `run_ids` with its provider, in the order they should begin: whoever commits hands them to
    the executor, and drops from `unstored` what it holds of them when the commit fails.
    Raises: StateConflictError: `unstored` is full.
    """
    task = pairs[0].task_version
    row = ComparisonRow(
        task_id=draft.task_id,
        task_version_id=task.id,
        input=draft.input if task.stores_content else None,
        content_erased_at=None if task.stores_content else utc_now(),
        repeat_count=draft.repeat_count,
        started_by=actor.name,
    )
    insert_row(session, row)
    for position, pair in enumerate(pairs, start=1):
        insert_row(
            session,
            ComparisonColumnRow(
                comparison_id=row.id,
                position=position,
                agent_id=pair.agent.id,
                agent_version_id=pair.agent_version.id,
            ),
        )
    announce(session, "comparisons", "created", id=row.id)
    # One repeat of each column before the second of any: so every column soon shows something.
    for repeat in range(1, draft.repeat_count + 1):
        for position, pair in enumerate(pairs, start=1):
            place = ComparisonPlace(row.id, position=position, repeat=repeat)
            run = add_run(session, pair, draft.input, actor, unstored=unstored, place=place)
            run_ids[run.id] = run.provider_id
    return row.id


def _refuse_equals(pairs: Sequence[Pair]) -> None:
    first: dict[uuid.UUID, int] = {}
    for position, pair in enumerate(pairs, start=1):
        other = first.setdefault(pair.agent_version.id, position)
        if other != position:
            problem = f"Column {position} is the same as column {other}: “{pair.agent_version.name}”, nothing changed."
            raise InvalidInputError(
                problem,
                hint="Change something about one of them, or repeat each column to see how steady it is.",
                details=[Detail(place=f"columns/{position}", message=f"The same as column {other}.")],
            )


@contextmanager
def _of_column(position: int) -> Iterator[None]:
    """Say of what is wrong inside that it is about a column."""
    try:
        yield
    except DashboardError as error:
        place = f"columns/{position}"
        details = [Detail(place=f"{place}/{detail.place}", message=detail.message) for detail in error.details]
        about = details or [Detail(place=place, message=error.message)]
        raise type(error)(f"Column {position}: {error.message}", hint=error.hint, details=about) from error
