"""Reads and writes of assignments. Nothing here commits."""

import uuid

from sqlalchemy import func
from sqlmodel import Session, col, select

from db.tables import AgentRow, AssignmentRow, TaskRow

AssignmentLine = tuple[AssignmentRow, str, str]
"""An assignment, its agent's name, its task's name."""


def list_assignments(
    session: Session,
    *,
    agent_id: uuid.UUID | None = None,
    task_id: uuid.UUID | None = None,
    assignment_id: uuid.UUID | None = None,
    after_task: str | None = None,
    limit: int | None = None,
) -> list[AssignmentLine]:
    """Return the assignments of an agent, of a task, or a single one, by names; none of deleted agents or tasks.

    `after_task` begins after the task of that name; `limit` ends after so many.
    """
    query = (
        select(AssignmentRow, AgentRow.name, TaskRow.name)
        .join(AgentRow, col(AgentRow.id) == AssignmentRow.agent_id)
        .join(TaskRow, col(TaskRow.id) == AssignmentRow.task_id)
        .where(col(AgentRow.deleted_at).is_(None), col(TaskRow.deleted_at).is_(None))
        .order_by(func.lower(AgentRow.name), func.lower(TaskRow.name))
        .limit(limit)
    )
    if agent_id is not None:
        query = query.where(AssignmentRow.agent_id == agent_id)
    if task_id is not None:
        query = query.where(AssignmentRow.task_id == task_id)
    if assignment_id is not None:
        query = query.where(AssignmentRow.id == assignment_id)
    if after_task is not None:
        query = query.where(func.lower(TaskRow.name) > func.lower(after_task))
    return [(row, agent, task) for row, agent, task in session.exec(query)]


def find_pair(session: Session, *, agent_id: uuid.UUID, task_id: uuid.UUID) -> AssignmentRow | None:
    """Return the assignment of this agent to this task."""
    query = select(AssignmentRow).where(AssignmentRow.agent_id == agent_id, AssignmentRow.task_id == task_id)
    return session.exec(query).first()


def lock_assignment(session: Session, assignment_id: uuid.UUID) -> AssignmentRow | None:
    """Return the assignment, locked until the transaction ends."""
    query = select(AssignmentRow).where(AssignmentRow.id == assignment_id)
    return session.exec(query.with_for_update(key_share=True)).first()
