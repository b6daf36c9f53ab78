"""The verbs of assignments: which agent may do which task."""

import uuid

from core.actors import Actor
from core.agents.records import AssignmentRecord
from core.errors import AlreadyAssignedError, NotFoundError
from core.store import Store
from db.queries import agents as agent_queries
from db.queries import assignments as assignment_queries
from db.queries import tasks as task_queries
from db.session import Session
from db.tables import AssignmentRow


class AssignmentService:
    """Assign agents to tasks, and switch assignments on and off."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def list_for_agent(self, actor: Actor, agent_id: uuid.UUID) -> list[AssignmentRecord]:
        """Return the tasks an agent may do, active or not, by name."""
        with self._store.transaction() as session:
            return [_build_record(line) for line in assignment_queries.list_assignments(session, agent_id=agent_id)]

    def list_for_task(self, actor: Actor, task_id: uuid.UUID) -> list[AssignmentRecord]:
        """Return the agents that may do a task, active or not, by name."""
        with self._store.transaction() as session:
            return [_build_record(line) for line in assignment_queries.list_assignments(session, task_id=task_id)]

    def assign(self, actor: Actor, *, agent_id: uuid.UUID, task_id: uuid.UUID) -> AssignmentRecord:
        """Let an agent do a task. Raises: NotFoundError; AlreadyAssignedError: it may already."""
        with self._store.transaction() as session:
            agent = agent_queries.lock_agent(session, agent_id)
            task = task_queries.lock_task(session, task_id)
            if agent is None or task is None:
                raise NotFoundError("The agent or the task is not there any more.", hint="Open the list again.")
            # The agent's row is locked, so nobody else assigns it between this look and the insert.
            existing = assignment_queries.find_pair(session, agent_id=agent_id, task_id=task_id)
            if existing is not None:
                raise _already_assigned(agent.name, task.name, is_active=existing.is_active)
            row = AssignmentRow(agent_id=agent_id, task_id=task_id)
            session.add(row)
            session.flush()
            return _read(session, row.id)

    def set_assignment_active(self, actor: Actor, assignment_id: uuid.UUID, *, is_active: bool) -> AssignmentRecord:
        """Switch an assignment on or off. Raises: NotFoundError."""
        with self._store.transaction() as session:
            _lock(session, assignment_id).is_active = is_active
            session.flush()
            return _read(session, assignment_id)

    def unassign(self, actor: Actor, assignment_id: uuid.UUID) -> None:
        """Remove an assignment; past runs stay. Raises: NotFoundError."""
        with self._store.transaction() as session:
            session.delete(_lock(session, assignment_id))


def _already_assigned(agent_name: str, task_name: str, *, is_active: bool) -> AlreadyAssignedError:
    state = "" if is_active else " The assignment is switched off."
    hint = "There is nothing to do." if is_active else "Switch it on instead."
    return AlreadyAssignedError(f"“{agent_name}” is already assigned to “{task_name}”.{state}", hint=hint)


def _lock(session: Session, assignment_id: uuid.UUID) -> AssignmentRow:
    row = assignment_queries.lock_assignment(session, assignment_id)
    if row is None:
        raise NotFoundError("This assignment is not there any more.", hint="Open the list again.")
    return row


def _read(session: Session, assignment_id: uuid.UUID) -> AssignmentRecord:
    lines = assignment_queries.list_assignments(session, assignment_id=assignment_id)
    if not lines:
        raise NotFoundError("This assignment is not there any more.", hint="Open the list again.")
    return _build_record(lines[0])


def _build_record(line: assignment_queries.AssignmentLine) -> AssignmentRecord:
    row, agent_name, task_name = line
    return AssignmentRecord(
        id=row.id,
        agent_id=row.agent_id,
        agent_name=agent_name,
        task_id=row.task_id,
        task_name=task_name,
        is_active=row.is_active,
        created_at=row.created_at,
    )
