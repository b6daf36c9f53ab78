"""Agents as they are stored: their rows locked, read and written, within a transaction of the service."""

import uuid

from core.actors import Actor
from core.agents.records import AgentDraft, AgentRecord, AgentVariation
from core.agents.templates import check_template
from core.errors import DashboardError, Detail, InvalidInputError, NotFoundError
from core.providers.types import ProviderTypeName
from core.store import name_taken
from db.events import announce
from db.queries import agents as agent_queries
from db.queries import providers as provider_queries
from db.queries.inserting import insert_row
from db.session import Session
from db.tables import AgentRow, AgentVersionRow, utc_now


def taken(name: str) -> dict[str, DashboardError]:
    """Return what to raise when another agent has the name."""
    return name_taken("agent", name, table="agent_configs")


def lock_agent(session: Session, agent_id: uuid.UUID, *, is_deleted: bool = False) -> AgentRow:
    """Return the agent's row, locked until the transaction ends. Raises: NotFoundError."""
    row = agent_queries.lock_agent(session, agent_id, is_deleted=is_deleted)
    if row is None:
        raise _gone()
    return row


def read_agent(session: Session, agent_id: uuid.UUID) -> AgentRecord:
    """Return the agent as it is now; what was changed before has to be flushed. Raises: NotFoundError."""
    line = agent_queries.read_agent(session, agent_id)
    if line is None:
        raise _gone()
    return AgentRecord.model_validate(line)


def add_agent(session: Session, draft: AgentDraft, actor: Actor) -> AgentRecord:
    """Store a new agent as version 1. Raises: InvalidInputError: its provider is not there."""
    provider_name, provider_type = require_provider(session, draft.provider_id)
    row = AgentRow(name=draft.name, is_active=draft.is_active)
    version = _build_version(row, draft, actor)
    insert_row(session, row)
    insert_row(session, version)
    announce(session, "agents", "created", id=row.id)
    return AgentRecord(
        id=row.id,
        version=version.number,
        version_id=version.id,
        provider_name=provider_name,
        provider_type=provider_type,
        is_active=row.is_active,
        created_at=row.created_at,
        updated_at=row.updated_at,
        **{field: getattr(version, field) for field in agent_queries.VERSIONED_COLUMNS},
    )


def save_agent(session: Session, row: AgentRow, draft: AgentDraft, actor: Actor) -> AgentRecord:
    """Write the draft where it differs; a new version is made when anything but `is_active` does.

    Raises: InvalidInputError: its new provider is not there.
    """
    current = agent_queries.get_version(session, row.id, row.version)
    is_new_version = any(getattr(current, field) != getattr(draft, field) for field in agent_queries.VERSIONED_COLUMNS)
    if is_new_version:
        if draft.provider_id != current.provider_id:
            require_provider(session, draft.provider_id)
        row.version += 1
        session.add(_build_version(row, draft, actor))
    if is_new_version or draft.is_active != row.is_active:
        row.name, row.is_active, row.updated_at = draft.name, draft.is_active, utc_now()
        announce(session, "agents", "updated", id=row.id)
        session.flush()
    return read_agent(session, row.id)


def pin_version(
    session: Session, row: AgentRow, actor: Actor, *, number: int | None, variation: AgentVariation | None
) -> AgentVersionRow:
    """Return the state of an agent that a run is to use: a saved one, or a variation of it.

    `number` None is the current one. A variation is kept as a version without a number, and found again when the same
    is tried once more. Raises: NotFoundError: there is no version of that number; InvalidInputError: the template or
    the provider of the variation cannot be used.
    """
    base = agent_queries.find_version(session, row.id, row.version if number is None else number)
    if base is None:
        raise NotFoundError(f"“{row.name}” has no version {number}.", hint="Choose one of its versions.")
    if variation is None:
        return base
    values = {field: getattr(base, field) for field in agent_queries.VERSIONED_COLUMNS} | variation.list_set()
    if all(getattr(base, field) == value for field, value in values.items()):
        return base
    check_template(values["user_prompt_template"])
    if values["provider_id"] != base.provider_id:
        require_provider(session, values["provider_id"])
    found = agent_queries.find_variation(session, row.id, variation_of=base.number, values=values)
    if found is not None:
        return found
    made = AgentVersionRow(agent_id=row.id, variation_of=base.number, created_by=actor.name, **values)
    insert_row(session, made)
    return made


def require_provider(session: Session, provider_id: uuid.UUID) -> tuple[str, ProviderTypeName]:
    """Keep the provider from being deleted until the transaction ends; return its name and type.

    Raises: InvalidInputError: it is not there.
    """
    # The provider's deletion locks the same row for itself: an agent never points to a deleted provider.
    found = provider_queries.keep_provider(session, provider_id)
    if found is None:
        problem = "This provider is not there any more. Choose another one."
        raise InvalidInputError(problem, details=[Detail(place="provider_id", message=problem)])
    return found[0], found[1]


def _gone() -> NotFoundError:
    return NotFoundError("This agent is not there any more.", hint="Go back to the list of agents.")


def _build_version(row: AgentRow, draft: AgentDraft, actor: Actor) -> AgentVersionRow:
    values = {field: getattr(draft, field) for field in agent_queries.VERSIONED_COLUMNS}
    return AgentVersionRow(agent_id=row.id, number=row.version, created_by=actor.name, **values)
