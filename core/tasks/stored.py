"""Tasks as they are stored: their rows locked, read and written, within a transaction of the service."""

import json
import uuid
from collections.abc import Mapping
from typing import Any

from core.actors import Actor
from core.errors import DashboardError, NotFoundError
from core.store import name_taken
from core.tasks.records import TaskDraft, TaskRecord, TaskVersionRecord
from core.tasks.schemas.json_values import JsonObject
from db.events import announce
from db.queries import tasks as task_queries
from db.queries.inserting import insert_row
from db.session import Session
from db.tables import TaskRow, TaskVersionRow, utc_now


def taken(name: str) -> dict[str, DashboardError]:
    """Return what to raise when another task has the name."""
    return name_taken("task", name, table="task_configs")


def lock_task(session: Session, task_id: uuid.UUID, *, is_deleted: bool = False) -> TaskRow:
    """Return the task's row, locked until the transaction ends. Raises: NotFoundError."""
    row = task_queries.lock_task(session, task_id, is_deleted=is_deleted)
    if row is None:
        raise _gone()
    return row


def read_task(session: Session, task_id: uuid.UUID) -> TaskRecord:
    """Return the task as it is now; what was changed before has to be flushed. Raises: NotFoundError."""
    line = task_queries.read_task(session, task_id)
    if line is None:
        raise _gone()
    return build_record(line)


def add_task(session: Session, draft: TaskDraft, actor: Actor) -> TaskRecord:
    """Store a new task as version 1."""
    row = TaskRow(name=draft.name)
    insert_row(session, row)
    insert_row(session, _build_version(row, draft, actor))
    announce(session, "tasks", "created", id=row.id)
    return read_task(session, row.id)


def save_task(session: Session, row: TaskRow, draft: TaskDraft, actor: Actor) -> TaskRecord:
    """Write the draft as a new version if it differs."""
    current = task_queries.get_version(session, row.id, row.version)
    changed = _build_version(row, draft, actor)
    if any(getattr(current, field) != getattr(changed, field) for field in task_queries.VERSIONED_COLUMNS):
        row.version += 1
        changed.number = row.version
        session.add(changed)
        row.name, row.updated_at = draft.name, utc_now()
        announce(session, "tasks", "updated", id=row.id)
        session.flush()
    return read_task(session, row.id)


def build_record(line: Mapping[str, Any]) -> TaskRecord:  # Any: columns by name
    """Return the task of a line of plain columns."""
    schemas = {
        "response_schema": json.loads(line["response_schema_text"]),
        "request_schema": _read_schema(line["request_schema_text"]),
    }
    return TaskRecord.model_validate({**line, **schemas})


def build_version_record(row: TaskVersionRow) -> TaskVersionRecord:
    """Return a saved state of a task."""
    return TaskVersionRecord(
        number=row.number,
        name=row.name,
        description=row.description,
        response_schema=json.loads(row.response_schema_text),
        request_schema=_read_schema(row.request_schema_text),
        mends_answers=row.mends_answers,
        stores_content=row.stores_content,
        created_at=row.created_at,
        created_by=row.created_by,
    )


def _gone() -> NotFoundError:
    return NotFoundError("This task is not there any more.", hint="Go back to the list of tasks.")


def _build_version(row: TaskRow, draft: TaskDraft, actor: Actor) -> TaskVersionRow:
    return TaskVersionRow(
        task_id=row.id,
        number=row.version,
        name=draft.name,
        description=draft.description,
        response_schema_text=_write_schema(draft.response_schema),
        request_schema_text=None if draft.request_schema is None else _write_schema(draft.request_schema),
        mends_answers=draft.mends_answers,
        stores_content=draft.stores_content,
        created_by=actor.name,
    )


def _write_schema(schema: JsonObject) -> str:
    return json.dumps(schema, ensure_ascii=True, allow_nan=False)


def _read_schema(text: str | None) -> Any:  # Any: a JSON Schema, or None for none
    return None if text is None else json.loads(text)
