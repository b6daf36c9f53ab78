"""What Home offers next: the example that is ready to run, or the next step towards a first run."""

import uuid
from dataclasses import dataclass

from core.agents.records import AgentRecord
from core.providers.records import ProviderRecord, ValidationStatus
from core.providers.types import find_type
from core.tasks.records import FixtureRecord, TaskRecord
from pages.ui.door import Door
from pages.ui.routes import AGENTS_PAGE, PROVIDERS_PAGE, RUN_PAGE, TASKS_PAGE, start_run_params

_LOOKED_AT = 5  # agents: each costs two reads, and the examples come first


@dataclass(frozen=True)
class ReadyRun:
    """An agent, a task it may do and an input to try."""

    agent_name: str
    task_name: str
    task_description: str
    sample_name: str
    is_builtin: bool
    """Whether the built-in model answers."""
    params: dict[str, str]
    """The query that opens the Run page filled in."""


@dataclass(frozen=True)
class Step:
    """One step towards a first run."""

    text: str
    link: str
    page: str
    is_done: bool


def find_ready_run(
    door: Door, *, agents: list[AgentRecord], providers: list[ProviderRecord], tasks: list[TaskRecord]
) -> ReadyRun | None:
    """Return the oldest agent that can run now with a kept input; None when there is none."""
    broken = {each.id for each in providers if each.validation_status is ValidationStatus.ERROR}
    builtin = {each.id for each in providers if find_type(each.type).is_small}
    by_id = {each.id: each for each in tasks}
    usable = [each for each in agents if each.is_active and each.task_count and each.provider_id not in broken]
    for agent in sorted(usable, key=lambda each: each.created_at)[:_LOOKED_AT]:
        found = _find_task(door, agent, by_id)
        if found is not None:
            task, sample = found
            return ReadyRun(
                agent_name=agent.name,
                task_name=task.name,
                task_description=task.description,
                sample_name=sample.name,
                is_builtin=agent.provider_id in builtin,
                params=start_run_params(agent_id=agent.id, task_id=task.id, sample_id=sample.id),
            )
    return None


def list_steps(
    *, providers: list[ProviderRecord], agents: list[AgentRecord], task_count: int, run_count: int
) -> list[Step]:
    """Return the way to a first run, with what is done already."""
    return [
        Step("Connect a provider", "Add provider", PROVIDERS_PAGE, bool(providers)),
        Step("Write an agent: a model with its prompts", "Add agent", AGENTS_PAGE, bool(agents)),
        Step("Define a task: the shape of the answer", "Add task", TASKS_PAGE, task_count > 0),
        Step("Assign the task to the agent", "Open agents", AGENTS_PAGE, any(agent.task_count for agent in agents)),
        Step("Run the agent on the task", "Open Run", RUN_PAGE, run_count > 0),
    ]


def _find_task(
    door: Door, agent: AgentRecord, tasks: dict[uuid.UUID, TaskRecord]
) -> tuple[TaskRecord, FixtureRecord] | None:
    assignments = door.services.assignments.list_for_agent(door.actor, agent.id)
    for assignment in sorted(assignments, key=lambda each: each.created_at):
        task = tasks.get(assignment.task_id) if assignment.is_active else None
        samples = door.services.fixtures.list_fixtures(door.actor, task.id) if task is not None else []
        fitting = next((sample for sample in samples if sample.fits), None)
        if task is not None and fitting is not None:
            return task, fitting
    return None
