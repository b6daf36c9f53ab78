"""Reads and writes of tasks, their versions and their inputs. Nothing here commits."""

import uuid
from collections.abc import Sequence
from typing import Any

from sqlalchemy import func
from sqlmodel import Session, col, select

from db.tables import AgentRow, AssignmentRow, TaskInputRow, TaskRow, TaskVersionRow

TaskLine = tuple[TaskRow, TaskVersionRow, int]
"""A task, its current version, how many agents may do it."""


def _select_tasks() -> Any:  # Any: SQLModel's select of three has no public name
    agent_count = (
        select(func.count())
        .select_from(AssignmentRow)
        .join(AgentRow, col(AgentRow.id) == AssignmentRow.agent_id)
        .where(AssignmentRow.task_id == TaskRow.id, col(AgentRow.deleted_at).is_(None))
        .correlate(TaskRow)
        .scalar_subquery()
    )
    return select(TaskRow, TaskVersionRow, agent_count).join(
        TaskVersionRow,
        (col(TaskVersionRow.task_id) == TaskRow.id) & (col(TaskVersionRow.number) == TaskRow.version),
    )


def list_tasks(session: Session) -> list[TaskLine]:
    """Return every task that is not deleted, by name."""
    query = _select_tasks().where(col(TaskRow.deleted_at).is_(None)).order_by(func.lower(TaskRow.name))
    return [(task, version, count) for task, version, count in session.exec(query)]


def find_task(session: Session, task_id: uuid.UUID) -> TaskLine | None:
    """Return the task unless it is deleted."""
    found = session.exec(_select_tasks().where(TaskRow.id == task_id, col(TaskRow.deleted_at).is_(None))).first()
    return None if found is None else tuple(found)


def lock_task(session: Session, task_id: uuid.UUID, *, is_deleted: bool = False) -> TaskRow | None:
    """Return the task's identity, locked until the transaction ends."""
    state = col(TaskRow.deleted_at).is_not(None) if is_deleted else col(TaskRow.deleted_at).is_(None)
    return session.exec(select(TaskRow).where(TaskRow.id == task_id, state).with_for_update()).first()


def get_version(session: Session, task_id: uuid.UUID, number: int) -> TaskVersionRow:
    """Return one saved state; it exists as long as the task's row does."""
    query = select(TaskVersionRow).where(TaskVersionRow.task_id == task_id, TaskVersionRow.number == number)
    return session.exec(query).one()


def list_names(session: Session) -> Sequence[str]:
    """Return the names in use."""
    return session.exec(select(TaskRow.name).where(col(TaskRow.deleted_at).is_(None))).all()


def list_inputs(session: Session, task_id: uuid.UUID) -> Sequence[TaskInputRow]:
    """Return the inputs kept with a task, oldest first."""
    query = select(TaskInputRow).where(TaskInputRow.task_id == task_id).order_by(col(TaskInputRow.created_at))
    return session.exec(query).all()
