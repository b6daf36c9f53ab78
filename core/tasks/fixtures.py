"""The verbs of fixtures: inputs kept with a task under names, to try it with.

A fixture is kept as it was written, also when the task's request schema changes and it ceases to fit; it says so then.
"""

import json
import uuid
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from core.actors import Actor
from core.changes import require_etag
from core.errors import ConflictError, DashboardError, Detail, InvalidInputError, NotFoundError
from core.paging import cap_limit, next_cursor, read_cursor, write_cursor
from core.store import Store, name_taken
from core.tasks.inputs import find_misfits, require_storable
from core.tasks.records import FixtureChange, FixtureDraft, FixtureOfRun, FixturePage, FixtureRecord
from core.tasks.schemas.json_values import JsonObject
from core.tasks.stored import lock_task, read_task
from db.events import announce
from db.queries import fixtures as fixture_queries
from db.queries import runs as run_queries
from db.session import Session
from db.tables import FixtureRow, utc_now

MAX_FIXTURES = 200
_LIST = "fixtures"


class FixtureService:
    """Create, read, change and delete the fixtures of a task."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def list_fixtures(self, actor: Actor, task_id: uuid.UUID) -> list[FixtureRecord]:
        """Return the fixtures of a task, oldest first. Raises: NotFoundError."""
        with self._store.reading() as session:
            schema = read_task(session, task_id).request_schema
            records = [_build_unjudged(row) for row in fixture_queries.list_fixtures(session, task_id)]
        return [_judge(record, schema) for record in records]

    def page_fixtures(
        self, actor: Actor, task_id: uuid.UUID, *, limit: int = 50, cursor: str | None = None
    ) -> FixturePage:
        """Return some fixtures of a task, oldest first, from after `cursor` on. `limit` is 1 to 1,000.

        Raises: NotFoundError; InvalidInputError: the cursor is not one this method gave.
        """
        count, after = cap_limit(limit), read_cursor(_LIST, cursor, _parse_place)
        with self._store.reading() as session:
            schema = read_task(session, task_id).request_schema
            rows = fixture_queries.list_fixtures(session, task_id, limit=count + 1, after=after)
            records = [_build_unjudged(row) for row in rows]
            total = fixture_queries.count_fixtures(session, task_id)
        return FixturePage(
            items=tuple(_judge(record, schema) for record in records[:count]),
            next_cursor=next_cursor(records, _write_place, limit=count),
            total=total,
        )

    def get_fixture(self, actor: Actor, task_id: uuid.UUID, fixture_id: uuid.UUID) -> FixtureRecord:
        """Return the fixture as it is now. Raises: NotFoundError."""
        with self._store.reading() as session:
            schema = read_task(session, task_id).request_schema
            row = fixture_queries.find_fixture(session, task_id, fixture_id)
            if row is None:
                raise _gone()
            record = _build_unjudged(row)
        return _judge(record, schema)

    def create_fixture(self, actor: Actor, task_id: uuid.UUID, draft: FixtureDraft) -> FixtureRecord:
        """Keep an input with a task, whether it fits or not.

        Raises: NotFoundError, NameTakenError; InvalidInputError: it is neither text nor an object, or too long;
        ConflictError: the task has as many as it can have.
        """
        require_storable(draft.input)
        with self._store.transaction(refusals=_taken(draft.name)) as session:
            _require_room(session, task_id)
            row = FixtureRow(task_id=task_id, name=draft.name, input=draft.input)
            session.add(row)
            record, schema = _finish(session, row, "fixture_created")
        return _judge(record, schema)

    def create_fixture_from_run(self, actor: Actor, task_id: uuid.UUID, draft: FixtureOfRun) -> FixtureRecord:
        """Keep the input of one of the task's runs with the task.

        Raises: what `create_fixture` does; NotFoundError: there is no such run, `details` name `run_id`;
        InvalidInputError: the run was on another task.
        """
        with self._store.reading() as session:
            read_task(session, task_id)
            line = run_queries.find_run(session, draft.run_id)
            found = None if line is None else (line[0].task_id, line[0].input)
        if found is None:
            message = "There is no such run."
            details = [Detail(place="run_id", message=message)]
            raise NotFoundError(message, hint="Open History to find it.", details=details)
        if found[0] != task_id:
            raise _unusable_run("The run was on another task.", hint="Choose a run of this task.")
        if found[1] is None:
            raise _unusable_run("The input of this run is not kept any more.", hint="Choose another run.")
        return self.create_fixture(actor, task_id, FixtureDraft(name=draft.name, input=found[1]))

    def change_fixture(
        self,
        actor: Actor,
        task_id: uuid.UUID,
        fixture_id: uuid.UUID,
        change: FixtureChange,
        *,
        expected_etag: str | None = None,
    ) -> FixtureRecord:
        """Save what the change sets, as the next version unless nothing differs.

        Raises: NotFoundError, NameTakenError; InvalidInputError: the input cannot be kept; OutdatedError: somebody
        changed it since `expected_etag`.
        """
        if change.has("input"):
            require_storable(change.input)
        with self._store.transaction(refusals=_taken(change.name)) as session:
            schema = read_task(session, task_id).request_schema
            row = _lock(session, task_id, fixture_id)
            require_etag(_build_unjudged(row), expected_etag)
            if _apply(row, change.list_set()):
                row.version, row.updated_at = row.version + 1, utc_now()
                _announce(session, row, "fixture_updated")
                session.flush()
            record = _build_unjudged(row)
        return _judge(record, schema)

    def delete_fixture(
        self, actor: Actor, task_id: uuid.UUID, fixture_id: uuid.UUID, *, expected_etag: str | None = None
    ) -> None:
        """Take the fixture out of use; runs that had its input keep theirs.

        Raises: NotFoundError; OutdatedError: somebody changed it since `expected_etag`.
        """
        with self._store.transaction() as session:
            read_task(session, task_id)
            row = _lock(session, task_id, fixture_id)
            require_etag(_build_unjudged(row), expected_etag)
            row.deleted_at = utc_now()
            _announce(session, row, "fixture_deleted")

    def restore_fixture(self, actor: Actor, task_id: uuid.UUID, fixture_id: uuid.UUID) -> FixtureRecord:
        """Bring a deleted fixture back.

        Raises: NotFoundError; NameTakenError: its name was given away; ConflictError: the task has as many as it can.
        """
        with self._store.transaction() as session:
            name = _lock(session, task_id, fixture_id, is_deleted=True).name
        with self._store.transaction(refusals=_taken(name)) as session:
            _require_room(session, task_id)
            row = _lock(session, task_id, fixture_id, is_deleted=True)
            row.deleted_at = None
            record, schema = _finish(session, row, "fixture_restored")
        return _judge(record, schema)


def _finish(session: Session, row: FixtureRow, event: str) -> tuple[FixtureRecord, JsonObject | None]:
    """Announce and write the row; return it with the schema to judge it by once the transaction is over."""
    _announce(session, row, event)
    session.flush()
    return _build_unjudged(row), read_task(session, row.task_id).request_schema


def _apply(row: FixtureRow, changes: Mapping[str, Any]) -> bool:  # Any: a value of each field's type
    """Set the row's fields; say whether any became another one: `1.0` is not `1`, nor is another order of keys."""
    different = {name: value for name, value in changes.items() if json.dumps(getattr(row, name)) != json.dumps(value)}
    fixture_queries.write_values(row, different)
    return bool(different)


def _require_room(session: Session, task_id: uuid.UUID) -> None:
    """Lock the task, so that nobody else adds a fixture meanwhile. Raises: NotFoundError; ConflictError: it is full."""
    task = lock_task(session, task_id)
    if fixture_queries.count_fixtures(session, task_id) >= MAX_FIXTURES:
        raise ConflictError(
            f"“{task.name}” has {MAX_FIXTURES} fixtures, and no task can have more.",
            hint="Delete one that is not needed any more.",
        )


def _lock(session: Session, task_id: uuid.UUID, fixture_id: uuid.UUID, *, is_deleted: bool = False) -> FixtureRow:
    row = fixture_queries.lock_fixture(session, task_id, fixture_id, is_deleted=is_deleted)
    if row is None:
        raise _gone()
    return row


def _announce(session: Session, row: FixtureRow, event: str) -> None:
    announce(session, "tasks", event, id=row.task_id, fixture_id=row.id)


def _build_unjudged(row: FixtureRow) -> FixtureRecord:
    return FixtureRecord.model_validate({**row.model_dump(), "fits": True, "errors": ()})


def _judge(record: FixtureRecord, request_schema: JsonObject | None) -> FixtureRecord:
    """Return the record with what the task says of it. Never within a transaction: a large input may take its time."""
    errors = find_misfits(record.input, request_schema)
    return record.model_copy(update={"fits": not errors, "errors": errors})


def _taken(name: str) -> dict[str, DashboardError]:
    return name_taken("fixture of this task", name, table="fixtures_task_id")


def _gone() -> NotFoundError:
    return NotFoundError("This fixture is not there any more.", hint="Open the list again.")


def _unusable_run(message: str, *, hint: str) -> InvalidInputError:
    return InvalidInputError(message, hint=hint, details=[Detail(place="run_id", message=message)])


def _write_place(last: FixtureRecord) -> str:
    return write_cursor(_LIST, last.created_at.isoformat(), str(last.id))


def _parse_place(moment: str, fixture_id: str) -> tuple[datetime, uuid.UUID]:
    return datetime.fromisoformat(moment), uuid.UUID(fixture_id)
