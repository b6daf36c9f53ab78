"""Runs put straight into the database, as they would have been stored: quicker than running them, and of any kind."""

import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlmodel import Session, select

from core.agents.records import AgentRecord
from core.runs.search_words import list_words
from core.tasks.records import TaskRecord
from db.queries import runs as run_queries
from db.tables import AgentVersionRow, RunRow, TaskVersionRow
from tests.factories import Workshop

FIRST_QUEUED_AT = datetime(2026, 3, 1, 12, tzinfo=UTC)


class StoredRuns:
    """Stores runs of one agent on one task, a minute apart, unless told otherwise."""

    def __init__(self, workshop: Workshop) -> None:
        self._workshop = workshop
        self._count = 0
        self.agent, self.task = workshop.make_agent(), workshop.make_task()

    def add(
        self,
        *,
        agent: AgentRecord | None = None,
        task: TaskRecord | None = None,
        status: str = "passed",
        seconds: float | None = 1.0,
        **values: Any,
    ) -> uuid.UUID:
        """Store a run and return its id. `seconds` is its duration; None: it never began."""
        queued_at = values.pop("queued_at", FIRST_QUEUED_AT + timedelta(minutes=self._count))
        self._count += 1
        is_over = status not in ("queued", "running")
        result = {"category": "billing", "confidence": 0.5} if status == "passed" else None
        started_at = None if seconds is None else queued_at
        ended_at = queued_at + timedelta(seconds=seconds or 0) if is_over else None
        stored: dict[str, Any] = {
            "status": status,
            "input": "The invoice is wrong.",
            "result": result,
            "queued_at": queued_at,
            "started_at": started_at,
            "ended_at": ended_at,
            "started_by": "local",
            **values,
        }
        with self._workshop.services.database.transaction() as session:
            row = RunRow(**_pin(session, agent or self.agent, task or self.task), **stored)
            run_queries.insert_run(session, row, words=list_words([row.input, row.result]))
        return row.id

    def add_rated(self, rating: int, note: str = "", **values: Any) -> uuid.UUID:
        return self.add(rating=rating, rating_note=note, rated_by="local", rated_at=FIRST_QUEUED_AT, **values)


def _pin(session: Session, agent: AgentRecord, task: TaskRecord) -> dict[str, Any]:
    agent_version = session.exec(select(AgentVersionRow).where(AgentVersionRow.agent_id == agent.id)).one()
    task_version = session.exec(select(TaskVersionRow).where(TaskVersionRow.task_id == task.id)).one()
    return {
        "agent_id": agent.id,
        "task_id": task.id,
        "agent_version_id": agent_version.id,
        "task_version_id": task_version.id,
        "provider_id": agent_version.provider_id,
    }
