"""Makes comparisons through the services, as a user would."""

import uuid
from typing import Any

from core.actors import LOCAL_USER
from core.agents.records import AgentRecord
from core.runs.comparing.records import ComparisonColumnDraft, ComparisonDraft, ComparisonRecord
from core.services import Services
from core.tasks.records import TaskRecord
from tests.factories import Workshop, wait_until
from tests.fake_model_server import FakeModelServer


def make_columns(
    workshop: Workshop, server: FakeModelServer, *model_names: str
) -> tuple[list[AgentRecord], TaskRecord]:
    """Make an agent for each model, all of one provider and assigned to one task."""
    provider, task = workshop.make_provider(server.base_url), workshop.make_task()
    agents = [workshop.make_agent(provider, model_name=name) for name in model_names]
    for agent in agents:
        workshop.assign(agent, task)
    return agents, task


def draft(task: TaskRecord, *columns: AgentRecord | ComparisonColumnDraft, **values: Any) -> ComparisonDraft:
    """Return a comparison of agents as they are, or of columns as they are given."""
    given = tuple(
        ComparisonColumnDraft(agent_id=column.id) if isinstance(column, AgentRecord) else column for column in columns
    )
    return ComparisonDraft(task_id=task.id, columns=given, **{"input": "The invoice is wrong.", **values})


def wait_for_end(services: Services, comparison: ComparisonRecord) -> ComparisonRecord:
    """Return the comparison once all of its runs are over."""
    assert comparison.id is not None
    found = [comparison]

    def is_over() -> bool:
        found[0] = services.comparisons.get_comparison(LOCAL_USER, comparison.id or uuid.UUID(int=0))
        return found[0].is_over

    wait_until(is_over, seconds=30, what="the comparison to end")
    return found[0]


def compare(services: Services, *given: Any, **values: Any) -> ComparisonRecord:
    """Start a comparison and wait for its end."""
    started = services.comparisons.start_comparison(LOCAL_USER, draft(*given, **values))
    return wait_for_end(services, started)
