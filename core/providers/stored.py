"""Providers as they are stored: their rows locked and read, within a transaction of the service."""

import uuid

from core.errors import DashboardError, NotFoundError
from core.providers.diagnoses import Diagnosis
from core.providers.prices import read_prices
from core.providers.records import ProviderLimits, ProviderRecord, ValidationStatus
from core.store import name_taken
from db.queries import providers as provider_queries
from db.session import Session
from db.tables import ProviderRow


def taken(name: str) -> dict[str, DashboardError]:
    """Return what to raise when another provider has the name."""
    return name_taken("provider", name, table="llm_providers")


def lock_provider(session: Session, provider_id: uuid.UUID, *, is_deleted: bool = False) -> ProviderRow:
    """Return the provider's row, locked until the transaction ends. Raises: NotFoundError."""
    if is_deleted:
        row = provider_queries.find_deleted_provider(session, provider_id)
    else:
        row = provider_queries.find_provider(session, provider_id, lock=True)
    if row is None:
        raise _gone()
    return row


def read_provider(session: Session, provider_id: uuid.UUID) -> ProviderRecord:
    """Return the provider as it is now. Raises: NotFoundError."""
    row = provider_queries.find_provider(session, provider_id)
    if row is None:
        raise _gone()
    return build_record(row, agent_count=len(provider_queries.list_agent_names_using(session, provider_id)))


def build_record(row: ProviderRow, *, agent_count: int) -> ProviderRecord:
    """Return the provider of a row, without its key."""
    return ProviderRecord(
        id=row.id,
        name=row.name,
        type=row.type,
        base_url=row.base_url,
        preset=row.preset,
        options=row.options,
        has_key=row.sealed_key is not None,
        secret_names=tuple(row.secret_names),
        header_names=tuple(row.header_names),
        key_used_at=row.key_used_at,
        request_timeout_seconds=row.request_timeout_seconds,
        connect_timeout_seconds=row.connect_timeout_seconds,
        limits=ProviderLimits.model_validate(row.limits),
        revision=row.revision,
        validation_status=ValidationStatus(row.validation_status),
        validation_message=row.validation_message,
        validation_hint=row.validation_hint,
        diagnosis=Diagnosis(row.diagnosis) if row.diagnosis else None,
        suggested_base_url=row.suggested_base_url,
        waiting_model=row.waiting_model,
        validation_latency_ms=row.validation_latency_ms,
        validated_at=row.validated_at,
        model_names=tuple(row.model_names),
        prices=read_prices(row.prices),
        agent_count=agent_count,
        created_at=row.created_at,
        updated_at=row.updated_at,
    )


def _gone() -> NotFoundError:
    return NotFoundError("This provider is not there any more.", hint="Go back to the list of providers.")
