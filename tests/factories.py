"""Makes the things a test needs, with names nobody has to think about."""

import time
import uuid
from collections.abc import Callable
from typing import Any

from core.actors import LOCAL_USER
from core.agents.records import AgentDraft, AgentRecord
from core.providers.records import ProviderDraft, ProviderRecord
from core.runs.records import RunRecord, StartRun
from core.services import Services
from core.tasks.records import TaskDraft, TaskRecord

TRIAGE_SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "category": {"type": "string", "enum": ["billing", "bug"]},
        "confidence": {"type": "number", "minimum": 0, "maximum": 1},
    },
    "required": ["category", "confidence"],
    "additionalProperties": False,
}


def wait_until(condition: Callable[[], bool], *, seconds: float = 20, what: str = "the condition") -> None:
    """Look until the condition holds. Raises: AssertionError: it never did."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError(f"Waited {seconds:g} s in vain for {what}.")
        time.sleep(0.02)


class Workshop:
    """Makes providers, agents, tasks and runs through the services, as a user would."""

    def __init__(self, services: Services) -> None:
        self.services = services
        self._number = 0

    def _name(self, noun: str) -> str:
        self._number += 1
        return f"{noun} {self._number}"

    def make_provider(
        self,
        base_url: str = "http://127.0.0.1:9/v1",
        *,
        name: str | None = None,
        provider_type: str = "openai",
        api_key: str | None = None,
    ) -> ProviderRecord:
        draft = ProviderDraft.model_validate(
            {
                "name": name or self._name("Provider"),
                "type": provider_type,
                "base_url": base_url,
                "api_key": api_key,
            }
        )
        return self.services.providers.create_provider(LOCAL_USER, draft)

    def make_agent(self, provider: ProviderRecord | None = None, **values: Any) -> AgentRecord:
        owner = provider or self.make_provider()
        draft = {
            "name": self._name("Agent"),
            "provider_id": owner.id,
            "model_name": "ok",
            "system_prompt": "Sort the ticket.",
            "retries": 2,
        }
        return self.services.agents.create_agent(LOCAL_USER, AgentDraft.model_validate(draft | values))

    def make_task(self, schema: dict[str, Any] | None = None, **values: Any) -> TaskRecord:
        draft = {"name": self._name("Task"), "response_schema": schema or TRIAGE_SCHEMA}
        return self.services.tasks.create_task(LOCAL_USER, TaskDraft.model_validate(draft | values))

    def assign(self, agent: AgentRecord, task: TaskRecord) -> None:
        self.services.assignments.assign(LOCAL_USER, agent_id=agent.id, task_id=task.id)

    def make_pair(self, base_url: str, *, model_name: str = "ok", **values: Any) -> tuple[AgentRecord, TaskRecord]:
        """Make a provider at an address, an agent on it, a task, and their assignment."""
        agent = self.make_agent(self.make_provider(base_url), model_name=model_name, **values)
        task = self.make_task()
        self.assign(agent, task)
        return agent, task

    def start_run(self, agent: AgentRecord, task: TaskRecord, value: Any = "The invoice is wrong.") -> RunRecord:
        request = StartRun(agent_id=agent.id, task_id=task.id, input=value)
        return self.services.runs.start_run(LOCAL_USER, request)

    def wait_for_end(self, run_id: uuid.UUID, *, seconds: float = 30) -> RunRecord:
        """Return the run once it is over."""
        wait_until(lambda: self._read(run_id).status.is_over, seconds=seconds, what="the run to end")
        return self._read(run_id)

    def _read(self, run_id: uuid.UUID) -> RunRecord:
        return self.services.runs.get_run(LOCAL_USER, run_id)

    def run(self, agent: AgentRecord, task: TaskRecord, value: Any = "The invoice is wrong.") -> RunRecord:
        """Run an agent on a task and wait for the end."""
        return self.wait_for_end(self.start_run(agent, task, value).id)
