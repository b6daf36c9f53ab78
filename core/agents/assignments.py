"""The verbs of assignments: which agent may do which task."""

import uuid

from core.actors import Actor
from core.agents.records import AssignmentPage, AssignmentRecord
from core.agents.stored import read_agent
from core.errors import AlreadyAssignedError, NotFoundError
from core.paging import cap_limit, next_cursor, parse_name, read_cursor, write_cursor
from core.store import Store
from db.events import announce
from db.queries import agents as agent_queries
from db.queries import assignments as assignment_queries
from db.queries import tasks as task_queries
from db.session import Session
from db.tables import AssignmentRow

_LIST = "assignments"


class AssignmentService:
    """Assign agents to tasks, and switch assignments on and off."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def list_for_agent(self, actor: Actor, agent_id: uuid.UUID) -> list[AssignmentRecord]:
        """Return the tasks an agent may do, active or not, by name."""
        with self._store.reading() as session:
            return [_build_record(line) for line in assignment_queries.list_assignments(session, agent_id=agent_id)]

    def page_for_agent(
        self, actor: Actor, agent_id: uuid.UUID, *, limit: int = 50, cursor: str | None = None
    ) -> AssignmentPage:
        """Return some tasks an agent may do, active or not, by name, from after `cursor` on. `limit` is 1 to 1,000.

        Raises: NotFoundError; InvalidInputError: the cursor is not one this method gave.
        """
        count, after = cap_limit(limit), read_cursor(_LIST, cursor, parse_name)
        with self._store.reading() as session:
            agent = read_agent(session, agent_id)
            lines = assignment_queries.list_assignments(session, agent_id=agent_id, after_task=after, limit=count + 1)
        return AssignmentPage(
            items=tuple(_build_record(line) for line in lines[:count]),
            next_cursor=next_cursor(lines, lambda line: write_cursor(_LIST, line[2]), limit=count),
            total=agent.task_count,
        )

    def get_assignment(self, actor: Actor, assignment_id: uuid.UUID) -> AssignmentRecord:
        """Return an assignment as it is now. Raises: NotFoundError."""
        with self._store.reading() as session:
            return _read(session, assignment_id)

    def list_for_task(self, actor: Actor, task_id: uuid.UUID) -> list[AssignmentRecord]:
        """Return the agents that may do a task, active or not, by name."""
        with self._store.reading() as session:
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
            _announce(session, row, "assigned")
            session.flush()
            return _read(session, row.id)

    def set_assignment_active(self, actor: Actor, assignment_id: uuid.UUID, *, is_active: bool) -> AssignmentRecord:
        """Switch an assignment on or off. Raises: NotFoundError."""
        with self._store.transaction() as session:
            row = _lock(session, assignment_id)
            if row.is_active != is_active:
                row.is_active = is_active
                _announce(session, row, "assignment_changed")
                session.flush()
            return _read(session, assignment_id)

    def unassign(self, actor: Actor, assignment_id: uuid.UUID) -> None:
        """Remove an assignment; past runs stay. Raises: NotFoundError."""
        with self._store.transaction() as session:
            _remove(session, assignment_id)

    def unassign_pair(self, actor: Actor, *, agent_id: uuid.UUID, task_id: uuid.UUID) -> None:
        """Keep an agent from doing a task; past runs stay. Raises: NotFoundError: it may not do it anyway."""
        with self._store.transaction() as session:
            lines = assignment_queries.list_assignments(session, agent_id=agent_id, task_id=task_id)
            if not lines:
                raise NotFoundError("The agent is not assigned to this task.", hint="There is nothing to do.")
            _remove(session, lines[0][0].id)


def _remove(session: Session, assignment_id: uuid.UUID) -> None:
    row = _lock(session, assignment_id)
    session.delete(row)
    _announce(session, row, "unassigned")


def _announce(session: Session, row: AssignmentRow, event: str) -> None:
    announce(session, "agents", event, id=row.agent_id, task_id=row.task_id, assignment_id=row.id)
    announce(session, "tasks", event, id=row.task_id, agent_id=row.agent_id, assignment_id=row.id)


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
