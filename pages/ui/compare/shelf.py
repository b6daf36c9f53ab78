"""The agents that can be compared on a task, and the saved states of each."""

import uuid
from functools import cached_property

from core.agents.records import AgentRecord, AgentVariation, AgentVersionRecord
from pages.ui.compare.setup_state import ColumnSetup
from pages.ui.door import Door
from pages.ui.variation_words import tell_changes

_MOST_VERSIONS = 100
_STATE = (*AgentVariation.model_fields, "provider_name")


class Shelf:
    """Looks agents and versions up for one drawing of the page, each once."""

    def __init__(self, door: Door, task_id: uuid.UUID) -> None:
        self._door = door
        self._versions: dict[uuid.UUID, dict[int, AgentVersionRecord]] = {}
        services, actor = door.services, door.actor
        assigned = {each.agent_id for each in services.assignments.list_for_task(actor, task_id) if each.is_active}
        agents = services.agents.list_agents(actor, only_active=True)
        self.agents = {agent.id: agent for agent in agents if agent.id in assigned}

    @cached_property
    def providers(self) -> dict[uuid.UUID, str]:
        """The names of all providers by id."""
        listed = self._door.services.providers.list_providers(self._door.actor)
        return {provider.id: provider.name for provider in listed}

    def versions(self, agent: AgentRecord) -> dict[int, AgentVersionRecord]:
        """Return the earlier saved states by number, newest first; the current one is not among them."""
        if agent.version == 1:
            return {}
        if agent.id not in self._versions:
            page = self._door.services.agents.list_agent_versions(self._door.actor, agent.id, limit=_MOST_VERSIONS)
            self._versions[agent.id] = {each.number: each for each in page.items if each.number != agent.version}
        return self._versions[agent.id]

    def find_base(self, column: ColumnSetup) -> AgentRecord | None:
        """Return the saved state that a column starts from, as if it were the agent; None when there is no agent."""
        agent = self.agents.get(column.agent_id) if column.agent_id is not None else None
        if agent is None or column.agent_version in (None, agent.version):
            return agent
        saved = self.versions(agent).get(column.agent_version or 0)
        if saved is None:
            return agent
        return agent.model_copy(update={"version": saved.number} | {name: getattr(saved, name) for name in _STATE})

    def tell_changes(self, column: ColumnSetup) -> tuple[str, ...]:
        """Return what the column tries differently from its saved state, a few words each."""
        base = self.find_base(column)
        if base is None or not column.variation.model_fields_set:
            return ()
        return tell_changes(base, column.variation, providers=self.providers)
