"""The verbs of tasks. Every save that changes something makes a new immutable version."""

import json
import uuid
from collections.abc import Callable
from typing import Any

from core.actors import Actor
from core.errors import DashboardError, Detail, InvalidInputError, InvalidSchemaError, NotFoundError, StateConflictError
from core.names import copy_until_free, next_copy_name
from core.store import Store, name_taken
from core.tasks.json_values import find_unusable
from core.tasks.records import TaskDraft, TaskInputDraft, TaskInputRecord, TaskRecord
from core.tasks.schema_rules import check_response_schema
from db.queries import tasks as task_queries
from db.session import Session
from db.tables import TaskInputRow, TaskRow, TaskVersionRow, utc_now

_VERSIONED = ("name", "description", "response_schema_text", "request_schema_text")


class TaskService:
    """Create, read, change, copy and delete tasks."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def list_tasks(self, actor: Actor) -> list[TaskRecord]:
        """Return the tasks by name."""
        with self._store.transaction() as session:
            lines = task_queries.list_tasks(session)
        return [_build_record(line) for line in lines]

    def get_task(self, actor: Actor, task_id: uuid.UUID) -> TaskRecord:
        """Return the task as it is now. Raises: NotFoundError."""
        with self._store.transaction() as session:
            return _read(session, task_id)

    def create_task(self, actor: Actor, draft: TaskDraft) -> TaskRecord:
        """Store a new task as version 1. Raises: NameTakenError; InvalidSchemaError: `details` say where and why."""
        _check_schemas(draft)
        with self._store.transaction(refusals=_taken(draft.name)) as session:
            return _add(session, draft, actor)

    def update_task(
        self, actor: Actor, task_id: uuid.UUID, draft: TaskDraft, *, expected_version: int | None = None
    ) -> TaskRecord:
        """Save the task as a new version, unless nothing differs.

        Raises: NotFoundError, NameTakenError, InvalidSchemaError; StateConflictError: somebody saved since
        `expected_version`.
        """
        _check_schemas(draft)
        with self._store.transaction(refusals=_taken(draft.name)) as session:
            row = _lock(session, task_id)
            if expected_version is not None and expected_version != row.version:
                raise StateConflictError(
                    f"“{row.name}” was saved by somebody else in the meantime (version {row.version}).",
                    hint="Copy what you typed, then open it again to see what changed.",
                )
            current = task_queries.get_version(session, task_id, row.version)
            changed = _build_version(row, draft, actor)
            if any(getattr(current, field) != getattr(changed, field) for field in _VERSIONED):
                row.version += 1
                changed.number = row.version
                session.add(changed)
            row.name, row.updated_at = draft.name, utc_now()
            session.flush()
            return _read(session, task_id)

    def duplicate_task(self, actor: Actor, task_id: uuid.UUID) -> TaskRecord:
        """Copy the task under a free name, with its inputs to try. Raises: NotFoundError."""
        return copy_until_free(lambda: self._copy_once(actor, task_id))

    def delete_task(self, actor: Actor, task_id: uuid.UUID) -> None:
        """Take the task out of use; its runs stay readable. Raises: NotFoundError."""
        with self._store.transaction() as session:
            _lock(session, task_id).deleted_at = utc_now()

    def restore_task(self, actor: Actor, task_id: uuid.UUID) -> TaskRecord:
        """Bring a deleted task back. Raises: NotFoundError; NameTakenError: its name was given away."""
        with self._store.transaction() as session:
            name = _lock(session, task_id, is_deleted=True).name
        with self._store.transaction(refusals=_taken(name)) as session:
            _lock(session, task_id, is_deleted=True).deleted_at = None
            session.flush()
            return _read(session, task_id)

    def list_inputs(self, actor: Actor, task_id: uuid.UUID) -> list[TaskInputRecord]:
        """Return the inputs kept with a task, to try it with."""
        with self._store.transaction() as session:
            return [
                TaskInputRecord(id=row.id, task_id=row.task_id, name=row.name, value=row.value)
                for row in task_queries.list_inputs(session, task_id)
            ]

    def add_input(self, actor: Actor, task_id: uuid.UUID, draft: TaskInputDraft) -> None:
        """Keep an input with a task. Raises: NotFoundError, NameTakenError; InvalidInputError: it cannot be stored."""
        if find_unusable(draft.value, max_depth=64, max_nodes=100_000):
            raise InvalidInputError("The input cannot be written as JSON.", hint="Check its values.")
        refusals = name_taken("input of this task", draft.name, table="task_inputs_task_id")
        with self._store.transaction(refusals=refusals) as session:
            _lock(session, task_id)
            session.add(TaskInputRow(task_id=task_id, name=draft.name, value=draft.value))

    def _copy_once(self, actor: Actor, task_id: uuid.UUID) -> TaskRecord:
        with self._store.transaction(refusals=_taken("… copy")) as session:
            _lock(session, task_id)  # one copy of it at a time, so that each sees the names of those before
            original = _read(session, task_id)
            name = next_copy_name(original.name, taken=task_queries.list_names(session))
            copy = _add(session, _build_draft(original, name=name), actor)
            session.add_all(
                # The inputs are listed by age, so the copies keep the ages.
                TaskInputRow(task_id=copy.id, name=kept.name, value=kept.value, created_at=kept.created_at)
                for kept in task_queries.list_inputs(session, task_id)
            )
        return copy


def _check_schemas(draft: TaskDraft) -> None:
    _check_one(draft.response_schema, check_response_schema, place="response_schema", noun="response schema")
    if draft.request_schema is not None:
        _check_one(draft.request_schema, check_response_schema, place="request_schema", noun="request schema")


def _check_one(
    schema: dict[str, Any], check: Callable[[object], None], *, place: str, noun: str
) -> None:  # Any: schema
    try:
        check(schema)
    except InvalidSchemaError as error:
        details = [Detail(place=f"{place}{detail.place}", message=detail.message) for detail in error.details]
        raise InvalidSchemaError(f"The {noun}: {error.message}", hint=error.hint, details=details) from error


def _taken(name: str) -> dict[str, DashboardError]:
    return name_taken("task", name, table="task_configs")


def _lock(session: Session, task_id: uuid.UUID, *, is_deleted: bool = False) -> TaskRow:
    row = task_queries.lock_task(session, task_id, is_deleted=is_deleted)
    if row is None:
        raise NotFoundError("This task is not there any more.", hint="Go back to the list of tasks.")
    return row


def _read(session: Session, task_id: uuid.UUID) -> TaskRecord:
    line = task_queries.find_task(session, task_id)
    if line is None:
        raise NotFoundError("This task is not there any more.", hint="Go back to the list of tasks.")
    return _build_record(line)


def _add(session: Session, draft: TaskDraft, actor: Actor) -> TaskRecord:
    row = TaskRow(name=draft.name)
    session.add(row)
    session.flush()
    session.add(_build_version(row, draft, actor))
    session.flush()
    return _read(session, row.id)


def _build_draft(record: TaskRecord, *, name: str) -> TaskDraft:
    values = record.model_dump(include=set(TaskDraft.model_fields))
    return TaskDraft.model_validate(values | {"name": name})


def _build_version(row: TaskRow, draft: TaskDraft, actor: Actor) -> TaskVersionRow:
    return TaskVersionRow(
        task_id=row.id,
        number=row.version,
        name=draft.name,
        description=draft.description,
        response_schema_text=_write(draft.response_schema),
        request_schema_text=None if draft.request_schema is None else _write(draft.request_schema),
        created_by=actor.name,
    )


def _write(schema: dict[str, Any]) -> str:  # Any: a JSON Schema
    return json.dumps(schema, ensure_ascii=True, allow_nan=False)


def _build_record(line: task_queries.TaskLine) -> TaskRecord:
    task, version, agent_count = line
    return TaskRecord(
        id=task.id,
        version=version.number,
        version_id=version.id,
        name=version.name,
        description=version.description,
        response_schema=json.loads(version.response_schema_text),
        request_schema=None if version.request_schema_text is None else json.loads(version.request_schema_text),
        agent_count=agent_count,
        created_at=task.created_at,
        updated_at=task.updated_at,
    )
