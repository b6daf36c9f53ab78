"""The verbs of tasks. Every save that changes something makes a new immutable version."""

import uuid
from typing import Any

from core.actors import Actor
from core.changes import require_etag
from core.errors import Detail, InvalidSchemaError, StateConflictError
from core.names import copy_until_free, next_copy_name
from core.paging import cap_limit, cap_offset, next_cursor, parse_name, parse_number, read_cursor, write_cursor
from core.store import Store
from core.tasks.records import (
    TaskChange,
    TaskDraft,
    TaskFilter,
    TaskPage,
    TaskRecord,
    TaskVersionPage,
)
from core.tasks.schema_rules import check_response_schema
from core.tasks.schemas.json_values import JsonObject
from core.tasks.stored import (
    add_task,
    build_record,
    build_version_record,
    lock_task,
    read_task,
    save_task,
    taken,
)
from db.events import announce
from db.queries import fixtures as fixture_queries
from db.queries import tasks as task_queries
from db.tables import FixtureRow, utc_now

_LIST = "tasks"
_VERSIONS = "task_versions"


class TaskService:
    """Create, read, change, copy and delete tasks."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def list_tasks(self, actor: Actor) -> list[TaskRecord]:
        """Return the tasks by name."""
        with self._store.reading() as session:
            lines = task_queries.page_tasks(session, limit=None)
        return [build_record(line) for line in lines]

    def page_tasks(
        self,
        actor: Actor,
        task_filter: TaskFilter | None = None,
        *,
        limit: int = 50,
        cursor: str | None = None,
        offset: int = 0,
    ) -> TaskPage:
        """Return some tasks by name, from after `cursor` on or without the first `offset`. `limit` is 1 to 1,000.

        Raises: InvalidInputError: the cursor is not one this method gave, or there is an offset too.
        """
        count, skipped = cap_limit(limit), cap_offset(offset, cursor=cursor)
        after = read_cursor(_LIST, cursor, parse_name)
        chosen = task_filter or TaskFilter()
        filters: dict[str, Any] = {"words": chosen.search.split(), "agent_id": chosen.agent_id}  # Any: words and an id
        with self._store.reading() as session:
            lines = task_queries.page_tasks(session, limit=count + 1, after=after, offset=skipped, **filters)
            total = task_queries.count_tasks(session, **filters)
        return TaskPage(
            items=tuple(build_record(line) for line in lines[:count]),
            next_cursor=next_cursor(lines, lambda line: write_cursor(_LIST, line["name"]), limit=count),
            total=total,
        )

    def list_task_versions(
        self, actor: Actor, task_id: uuid.UUID, *, limit: int = 50, cursor: str | None = None
    ) -> TaskVersionPage:
        """Return saved states of the task, newest first, from after `cursor` on. `limit` is 1 to 1,000.

        Raises: NotFoundError; InvalidInputError: the cursor is not one this method gave.
        """
        count, before = cap_limit(limit), read_cursor(_VERSIONS, cursor, parse_number)
        with self._store.reading() as session:
            task = read_task(session, task_id)
            rows = task_queries.list_versions(session, task_id, limit=count + 1, before=before)
        return TaskVersionPage(
            items=tuple(build_version_record(row) for row in rows[:count]),
            next_cursor=next_cursor(rows, lambda row: write_cursor(_VERSIONS, str(row.number)), limit=count),
            total=task.version,
        )

    def get_task(self, actor: Actor, task_id: uuid.UUID) -> TaskRecord:
        """Return the task as it is now. Raises: NotFoundError."""
        with self._store.reading() as session:
            return read_task(session, task_id)

    def create_task(self, actor: Actor, draft: TaskDraft) -> TaskRecord:
        """Store a new task as version 1. Raises: NameTakenError; InvalidSchemaError: `details` say where and why."""
        _check_schemas(draft)
        with self._store.transaction(refusals=taken(draft.name)) as session:
            return add_task(session, draft, actor)

    def update_task(
        self, actor: Actor, task_id: uuid.UUID, draft: TaskDraft, *, expected_version: int | None = None
    ) -> TaskRecord:
        """Save the task as a new version, unless nothing differs.

        Raises: NotFoundError, NameTakenError, InvalidSchemaError; StateConflictError: somebody saved since
        `expected_version`.
        """
        _check_schemas(draft)
        with self._store.transaction(refusals=taken(draft.name)) as session:
            row = lock_task(session, task_id)
            if expected_version is not None and expected_version != row.version:
                raise StateConflictError(
                    f"“{row.name}” was saved by somebody else in the meantime (version {row.version}).",
                    hint="Copy what you typed, then open it again to see what changed.",
                )
            return save_task(session, row, draft, actor)

    def change_task(
        self, actor: Actor, task_id: uuid.UUID, change: TaskChange, *, expected_etag: str | None = None
    ) -> TaskRecord:
        """Save what the change sets and keep the rest as it is by then.

        Raises: NotFoundError, NameTakenError, InvalidSchemaError; OutdatedError: somebody changed it since
        `expected_etag`.
        """
        _check_schemas(change)
        with self._store.transaction(refusals=taken(change.name)) as session:
            row = lock_task(session, task_id)
            current = read_task(session, task_id)
            require_etag(current, expected_etag)
            return save_task(session, row, current.draft().model_copy(update=change.list_set()), actor)

    def duplicate_task(self, actor: Actor, task_id: uuid.UUID) -> TaskRecord:
        """Copy the task under a free name, with its inputs to try. Raises: NotFoundError."""
        return copy_until_free(lambda: self._copy_once(actor, task_id))

    def delete_task(self, actor: Actor, task_id: uuid.UUID, *, expected_etag: str | None = None) -> None:
        """Take the task out of use; its runs stay readable.

        Raises: NotFoundError; OutdatedError: somebody changed it since `expected_etag`.
        """
        with self._store.transaction() as session:
            row = lock_task(session, task_id)
            require_etag(read_task(session, task_id), expected_etag)
            row.deleted_at = utc_now()
            announce(session, "tasks", "deleted", id=task_id)

    def restore_task(self, actor: Actor, task_id: uuid.UUID) -> TaskRecord:
        """Bring a deleted task back. Raises: NotFoundError; NameTakenError: its name was given away."""
        with self._store.transaction() as session:
            name = lock_task(session, task_id, is_deleted=True).name
        with self._store.transaction(refusals=taken(name)) as session:
            lock_task(session, task_id, is_deleted=True).deleted_at = None
            announce(session, "tasks", "restored", id=task_id)
            session.flush()
            return read_task(session, task_id)

    def _copy_once(self, actor: Actor, task_id: uuid.UUID) -> TaskRecord:
        with self._store.transaction(refusals=taken("… copy")) as session:
            lock_task(session, task_id)  # one copy of it at a time, so that each sees the names of those before
            original = read_task(session, task_id)
            name = next_copy_name(original.name, taken=task_queries.list_names(session))
            copy = add_task(session, original.draft().model_copy(update={"name": name}), actor)
            session.add_all(
                # The inputs are listed by age, so the copies keep the ages.
                FixtureRow(task_id=copy.id, name=kept.name, input=kept.input, created_at=kept.created_at)
                for kept in fixture_queries.list_fixtures(session, task_id)
            )
        return copy


def _check_schemas(given: TaskDraft | TaskChange) -> None:
    for field in ("response_schema", "request_schema"):
        schema = getattr(given, field)
        if schema is not None:
            _check_schema(schema, place=field)


def _check_schema(schema: JsonObject, *, place: str) -> None:
    try:
        check_response_schema(schema)
    except InvalidSchemaError as error:
        details = [Detail(place=f"{place}{detail.place}", message=detail.message) for detail in error.details]
        message = f"The {place.replace('_', ' ')}: {error.message}"
        raise InvalidSchemaError(message, hint=error.hint, details=details) from error
