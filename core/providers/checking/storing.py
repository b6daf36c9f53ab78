"""Keeps what a check found: on the provider, among its checks, and in the list of its models."""

import uuid
from typing import Any

from core.names import storable
from core.providers.checking.listed import UsedModels
from core.providers.diagnoses import CheckOutcome, Diagnosis
from core.providers.records import ValidationStatus
from core.providers.types import find_type
from core.redaction import redact, redact_json
from db.events import announce
from db.queries import provider_checks as check_queries
from db.queries import provider_models as model_queries
from db.session import Session
from db.tables import ProviderRow, utc_now

_LISTING = frozenset(
    {Diagnosis.CONNECTED, Diagnosis.NO_MODELS, Diagnosis.MODEL_MISSING, Diagnosis.MODEL_LOADING, Diagnosis.SLOW}
)


def list_used_models(session: Session, provider_id: uuid.UUID) -> UsedModels:
    """Return the names of models that agents use at a provider, each with the names of those agents."""
    used: dict[str, list[str]] = {}
    for model_name, agent_name in model_queries.list_used(session, provider_id):
        used.setdefault(model_name, []).append(agent_name)
    return used


def store_outcome(session: Session, row: ProviderRow, outcome: CheckOutcome) -> None:
    """Store what a check found of a provider, whose row is locked; tell only what can be seen to change."""
    provider_id = row.id
    found_at = utc_now()
    found = _read_shown(outcome, row)
    is_changed = any(getattr(row, column) != value for column, value in found.items())
    check_queries.add_check(
        session,
        provider_id,
        checked_at=found_at,
        is_connected=outcome.is_connected,
        diagnosis=outcome.diagnosis.value,
        latency_ms=outcome.latency_ms,
    )
    if outcome.is_connected and outcome.diagnosis in _LISTING:
        models = [redact_json(model.model_dump(mode="json")) for model in outcome.models]
        is_changed |= model_queries.store_listed(session, provider_id, models, seen_at=found_at)
    for column, value in (found | {"validation_latency_ms": outcome.latency_ms, "validated_at": found_at}).items():
        setattr(row, column, value)
    if is_changed:
        announce(session, "providers", "validated", id=provider_id, validation_status=row.validation_status)


def _read_shown(outcome: CheckOutcome, row: ProviderRow) -> dict[str, Any]:  # Any: a value for each column's name
    """Return what of a finding people see, and by which the next reader judges agents."""
    status = ValidationStatus.CONNECTED if outcome.is_connected else ValidationStatus.ERROR
    lists_all = find_type(row.type).lists_all
    return {
        "validation_status": status.value,
        "diagnosis": outcome.diagnosis.value,
        "validation_message": storable(redact(outcome.message)),
        "validation_hint": storable(redact(outcome.hint)),
        "suggested_base_url": outcome.suggested_base_url,
        "waiting_model": outcome.waiting_model,
        "model_list": "" if not outcome.models else ("all" if lists_all else "some"),
        "model_names": list(outcome.model_names) if outcome.is_connected else row.model_names,
    }
