"""The verbs of agents. Every save that changes something makes a new immutable version."""

import uuid

from core.actors import Actor
from core.agents.records import AgentDraft, AgentRecord
from core.agents.templates import check_template
from core.errors import DashboardError, Detail, InvalidInputError, NotFoundError, StateConflictError
from core.names import copy_until_free, next_copy_name
from core.providers.records import ProviderType
from core.store import Store, name_taken
from db.queries import agents as agent_queries
from db.queries import providers as provider_queries
from db.session import Session
from db.tables import AgentRow, AgentVersionRow, utc_now


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
        """Return the agents by name; with `oldest`, only so many of the oldest, oldest first."""
        with self._store.transaction() as session:
            lines = agent_queries.list_agents(session, only_active=only_active, provider_id=provider_id, oldest=oldest)
        return [AgentRecord.model_validate(line) for line in lines]

    def count_agents(self, actor: Actor) -> int:
        """Return how many agents there are."""
        with self._store.transaction() as session:
            return agent_queries.count_agents(session)

    def get_agent(self, actor: Actor, agent_id: uuid.UUID) -> AgentRecord:
        """Return the agent as it is now. Raises: NotFoundError."""
        with self._store.transaction() as session:
            return _read(session, agent_id)

    def create_agent(self, actor: Actor, draft: AgentDraft) -> AgentRecord:
        """Store a new agent as version 1. Raises: NameTakenError, InvalidInputError."""
        check_template(draft.user_prompt_template)
        with self._store.transaction(refusals=_taken(draft.name)) as session:
            return _add(session, draft, actor)

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
        with self._store.transaction(refusals=_taken(draft.name)) as session:
            row = _lock(session, agent_id)
            if expected_version is not None and expected_version != row.version:
                raise StateConflictError(
                    f"“{row.name}” was saved by somebody else in the meantime (version {row.version}).",
                    hint="Close and open it again to see what changed; copy what you typed first.",
                )
            current = agent_queries.get_version(session, agent_id, row.version)
            if any(getattr(current, field) != getattr(draft, field) for field in agent_queries.VERSIONED_COLUMNS):
                if draft.provider_id != current.provider_id:
                    _require_provider(session, draft.provider_id)
                row.version += 1
                session.add(_build_version(row, draft, actor))
            if draft.is_active != was_active:
                row.is_active = draft.is_active
            row.name, row.updated_at = draft.name, utc_now()
            session.flush()
            return _read(session, agent_id)

    def set_agent_active(self, actor: Actor, agent_id: uuid.UUID, *, is_active: bool) -> AgentRecord:
        """Let the agent run, or keep it from running. Raises: NotFoundError."""
        with self._store.transaction() as session:
            row = _lock(session, agent_id)
            row.is_active, row.updated_at = is_active, utc_now()
            session.flush()
            return _read(session, agent_id)

    def duplicate_agent(self, actor: Actor, agent_id: uuid.UUID) -> AgentRecord:
        """Copy the agent under a free name; its tasks are not copied. Raises: NotFoundError."""
        return copy_until_free(lambda: self._copy_once(actor, agent_id))

    def delete_agent(self, actor: Actor, agent_id: uuid.UUID) -> None:
        """Take the agent out of use; its runs stay readable. Raises: NotFoundError."""
        with self._store.transaction() as session:
            _lock(session, agent_id).deleted_at = utc_now()

    def restore_agent(self, actor: Actor, agent_id: uuid.UUID) -> AgentRecord:
        """Bring a deleted agent back. Raises: NotFoundError; NameTakenError: its name was given away."""
        with self._store.transaction() as session:
            name = _lock(session, agent_id, is_deleted=True).name
        with self._store.transaction(refusals=_taken(name)) as session:
            row = _lock(session, agent_id, is_deleted=True)
            _require_provider(session, agent_queries.get_version(session, agent_id, row.version).provider_id)
            row.deleted_at = None
            session.flush()
            return _read(session, agent_id)

    def _copy_once(self, actor: Actor, agent_id: uuid.UUID) -> AgentRecord:
        with self._store.transaction(refusals=_taken("… copy")) as session:
            _lock(session, agent_id)  # one copy of it at a time, so that each sees the names of those before
            original = _read(session, agent_id)
            name = next_copy_name(original.name, taken=agent_queries.list_names(session))
            return _add(session, original.draft().model_copy(update={"name": name}), actor)


def _taken(name: str) -> dict[str, DashboardError]:
    return name_taken("agent", name, table="agent_configs")


def _lock(session: Session, agent_id: uuid.UUID, *, is_deleted: bool = False) -> AgentRow:
    row = agent_queries.lock_agent(session, agent_id, is_deleted=is_deleted)
    if row is None:
        raise NotFoundError("This agent is not there any more.", hint="Go back to the list of agents.")
    return row


def _require_provider(session: Session, provider_id: uuid.UUID) -> None:
    # Shared with the provider's deletion, which locks the same row: an agent never points to a deleted provider.
    if provider_queries.find_provider(session, provider_id, lock=True) is None:
        problem = "This provider is not there any more. Choose another one."
        raise InvalidInputError(problem, details=[Detail(place="provider_id", message=problem)])


def _read(session: Session, agent_id: uuid.UUID) -> AgentRecord:
    line = agent_queries.find_agent(session, agent_id)
    if line is None:
        raise NotFoundError("This agent is not there any more.", hint="Go back to the list of agents.")
    return _build_record(line)


def _add(session: Session, draft: AgentDraft, actor: Actor) -> AgentRecord:
    _require_provider(session, draft.provider_id)
    row = AgentRow(name=draft.name, is_active=draft.is_active)
    session.add(row)
    session.flush()
    session.add(_build_version(row, draft, actor))
    session.flush()
    return _read(session, row.id)


def _build_version(row: AgentRow, draft: AgentDraft, actor: Actor) -> AgentVersionRow:
    values = {field: getattr(draft, field) for field in agent_queries.VERSIONED_COLUMNS}
    return AgentVersionRow(agent_id=row.id, number=row.version, created_by=actor.name, **values)


def _build_record(line: agent_queries.AgentLine) -> AgentRecord:
    agent, version, provider, task_count = line
    return AgentRecord(
        id=agent.id,
        version=version.number,
        version_id=version.id,
        provider_name=provider.name,
        provider_type=ProviderType(provider.type),
        is_active=agent.is_active,
        task_count=task_count,
        created_at=agent.created_at,
        updated_at=agent.updated_at,
        **{field: getattr(version, field) for field in agent_queries.VERSIONED_COLUMNS},
    )
