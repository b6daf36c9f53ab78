"""The verbs of agents. Every save that changes something makes a new immutable version."""

import uuid
from typing import Any

from core.actors import Actor
from core.agents.records import (
    AgentChange,
    AgentDraft,
    AgentFilter,
    AgentPage,
    AgentRecord,
    AgentVariation,
    AgentVersionPage,
    AgentVersionRecord,
)
from core.agents.stored import add_agent, lock_agent, read_agent, require_provider, save_agent, taken
from core.agents.templates import check_template
from core.changes import require_etag
from core.errors import NotFoundError, StateConflictError
from core.names import copy_until_free, next_copy_name
from core.paging import cap_limit, cap_offset, next_cursor, parse_name, parse_number, read_cursor, write_cursor
from core.store import Store
from db.events import announce
from db.queries import agents as agent_queries
from db.tables import utc_now

_LIST = "agents"
_VERSIONS = "agent_versions"


class AgentService:
    """Create, read, change, copy and delete agents."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def list_agents(
        self,
        actor: Actor,
        *,
        only_active: bool = False,
        provider_id: uuid.UUID | None = None,
        oldest: int | None = None,
    ) -> list[AgentRecord]:
        """Return the agents by name; with `oldest`, only so many of all the oldest, oldest first."""
        with self._store.reading() as session:
            if oldest is not None:
                lines = agent_queries.list_oldest(session, limit=oldest)
            else:
                lines = agent_queries.page_agents(session, limit=None, only_active=only_active, provider_id=provider_id)
        return [AgentRecord.model_validate(line) for line in lines]

    def page_agents(
        self,
        actor: Actor,
        agent_filter: AgentFilter | None = None,
        *,
        limit: int = 50,
        cursor: str | None = None,
        offset: int = 0,
    ) -> AgentPage:
        """Return some agents by name, from after `cursor` on or without the first `offset`. `limit` is 1 to 1,000.

        Raises: InvalidInputError: the cursor is not one this method gave, or there is an offset too.
        """
        count, skipped = cap_limit(limit), cap_offset(offset, cursor=cursor)
        after = read_cursor(_LIST, cursor, parse_name)
        filters = _build_filters(agent_filter)
        with self._store.reading() as session:
            lines = agent_queries.page_agents(session, limit=count + 1, after=after, offset=skipped, **filters)
            total = agent_queries.count_agents(session, **filters)
        return AgentPage(
            items=tuple(AgentRecord.model_validate(line) for line in lines[:count]),
            next_cursor=next_cursor(lines, lambda line: write_cursor(_LIST, line["name"]), limit=count),
            total=total,
        )

    def list_agent_versions(
        self, actor: Actor, agent_id: uuid.UUID, *, limit: int = 50, cursor: str | None = None
    ) -> AgentVersionPage:
        """Return saved states of the agent, newest first, from after `cursor` on. `limit` is 1 to 1,000.

        Raises: NotFoundError; InvalidInputError: the cursor is not one this method gave.
        """
        count, before = cap_limit(limit), read_cursor(_VERSIONS, cursor, parse_number)
        with self._store.reading() as session:
            agent = read_agent(session, agent_id)
            lines = agent_queries.list_versions(session, agent_id, limit=count + 1, before=before)
        return AgentVersionPage(
            items=tuple(AgentVersionRecord.model_validate(line) for line in lines[:count]),
            next_cursor=next_cursor(lines, lambda line: write_cursor(_VERSIONS, str(line["number"])), limit=count),
            total=agent.version,
        )

    def count_agents(self, actor: Actor) -> int:
        """Return how many agents there are."""
        with self._store.reading() as session:
            return agent_queries.count_agents(session)

    def get_agent(self, actor: Actor, agent_id: uuid.UUID) -> AgentRecord:
        """Return the agent as it is now. Raises: NotFoundError."""
        with self._store.reading() as session:
            return read_agent(session, agent_id)

    def get_agent_version(self, actor: Actor, agent_id: uuid.UUID, number: int) -> AgentVersionRecord:
        """Return one saved state of the agent. Raises: NotFoundError."""
        with self._store.reading() as session:
            agent = read_agent(session, agent_id)
            is_known = 0 < number <= agent.version
            lines = agent_queries.list_versions(session, agent_id, limit=1, before=number + 1) if is_known else []
        if not lines:
            raise NotFoundError(f"“{agent.name}” has no version {number}.", hint="Choose one of its versions.")
        return AgentVersionRecord.model_validate(lines[0])

    def vary_agent(self, actor: Actor, agent: AgentRecord, variation: AgentVariation | None) -> AgentRecord:
        """Return the agent as it would be with a variation: for a preview, a check or a form. Nothing is stored.

        Raises: InvalidInputError: the template or the provider cannot be used.
        """
        if variation is None:
            return agent
        changes = variation.list_set()
        if variation.has("user_prompt_template"):
            check_template(variation.user_prompt_template)
        if changes.get("provider_id", agent.provider_id) != agent.provider_id:
            with self._store.transaction() as session:
                name, provider_type = require_provider(session, variation.provider_id)
            changes |= {"provider_name": name, "provider_type": provider_type}
        return agent.model_copy(update=changes)

    def create_agent(self, actor: Actor, draft: AgentDraft) -> AgentRecord:
        """Store a new agent as version 1. Raises: NameTakenError, InvalidInputError."""
        check_template(draft.user_prompt_template)
        with self._store.transaction(refusals=taken(draft.name)) as session:
            return add_agent(session, draft, actor)

    def update_agent(
        self,
        actor: Actor,
        agent_id: uuid.UUID,
        draft: AgentDraft,
        *,
        expected_version: int | None = None,
        was_active: bool | None = None,
    ) -> AgentRecord:
        """Save the agent; a new version is made when anything but `is_active` differs.

        `was_active` is what a form was opened with: where the draft still says the same, the agent stays as it is now,
        since somebody may have switched it meanwhile. None: the draft decides.
        Raises: NotFoundError, NameTakenError, InvalidInputError; StateConflictError: somebody saved since
        `expected_version`.
        """
        check_template(draft.user_prompt_template)
        with self._store.transaction(refusals=taken(draft.name)) as session:
            row = lock_agent(session, agent_id)
            if expected_version is not None and expected_version != row.version:
                raise StateConflictError(
                    f"“{row.name}” was saved by somebody else in the meantime (version {row.version}).",
                    hint="Close and open it again to see what changed; copy what you typed first.",
                )
            if draft.is_active == was_active:
                draft = draft.model_copy(update={"is_active": row.is_active})
            return save_agent(session, row, draft, actor)

    def change_agent(
        self, actor: Actor, agent_id: uuid.UUID, change: AgentChange, *, expected_etag: str | None = None
    ) -> AgentRecord:
        """Save what the change sets and keep the rest as it is by then.

        Raises: NotFoundError, NameTakenError, InvalidInputError; OutdatedError: somebody changed it since
        `expected_etag`.
        """
        if change.has("user_prompt_template"):
            check_template(change.user_prompt_template)
        with self._store.transaction(refusals=taken(change.name)) as session:
            row = lock_agent(session, agent_id)
            current = read_agent(session, agent_id)
            require_etag(current, expected_etag)
            return save_agent(session, row, current.draft().model_copy(update=change.list_set()), actor)

    def set_agent_active(self, actor: Actor, agent_id: uuid.UUID, *, is_active: bool) -> AgentRecord:
        """Let the agent run, or keep it from running. Raises: NotFoundError."""
        return self.change_agent(actor, agent_id, AgentChange(is_active=is_active))

    def duplicate_agent(self, actor: Actor, agent_id: uuid.UUID) -> AgentRecord:
        """Copy the agent under a free name; its tasks are not copied. Raises: NotFoundError."""
        return copy_until_free(lambda: self._copy_once(actor, agent_id))

    def delete_agent(self, actor: Actor, agent_id: uuid.UUID, *, expected_etag: str | None = None) -> None:
        """Take the agent out of use; its runs stay readable.

        Raises: NotFoundError; OutdatedError: somebody changed it since `expected_etag`.
        """
        with self._store.transaction() as session:
            row = lock_agent(session, agent_id)
            require_etag(read_agent(session, agent_id), expected_etag)
            row.deleted_at = utc_now()
            announce(session, "agents", "deleted", id=agent_id)

    def restore_agent(self, actor: Actor, agent_id: uuid.UUID) -> AgentRecord:
        """Bring a deleted agent back. Raises: NotFoundError; NameTakenError: its name was given away."""
        with self._store.transaction() as session:
            name = lock_agent(session, agent_id, is_deleted=True).name
        with self._store.transaction(refusals=taken(name)) as session:
            row = lock_agent(session, agent_id, is_deleted=True)
            require_provider(session, agent_queries.get_version(session, agent_id, row.version).provider_id)
            row.deleted_at = None
            announce(session, "agents", "restored", id=agent_id)
            session.flush()
            return read_agent(session, agent_id)

    def _copy_once(self, actor: Actor, agent_id: uuid.UUID) -> AgentRecord:
        with self._store.transaction(refusals=taken("… copy")) as session:
            lock_agent(session, agent_id)  # one copy of it at a time, so that each sees the names of those before
            original = read_agent(session, agent_id)
            name = next_copy_name(original.name, taken=agent_queries.list_names(session))
            return add_agent(session, original.draft().model_copy(update={"name": name}), actor)


def _build_filters(agent_filter: AgentFilter | None) -> dict[str, Any]:  # Any: words, ids and a fact
    chosen = agent_filter or AgentFilter()
    return {
        "words": chosen.search.split(),
        "only_active": chosen.only_active,
        "provider_id": chosen.provider_id,
        "task_id": chosen.task_id,
    }
