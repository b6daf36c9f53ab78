"""Reads and writes of the models that providers list, and of the agents on them. Nothing here commits."""

import json
import uuid
from collections.abc import Sequence
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, case, delete, func, literal, text
from sqlalchemy import select as sql_select
from sqlalchemy.sql.selectable import LateralFromClause
from sqlmodel import Session, col

from db.queries.listing import PlainLine, read_lines
from db.tables import AgentRow, AgentVersionRow, ProviderModelRow, ProviderRow

RETIRING_DAYS = 90
"""So long before its last day a model counts as retiring."""

_DETAILS = ("context_tokens", "size_bytes", "parameter_size", "quantization", "is_loaded", "modalities", "retires_on")
# What a server tells at one time and not at another stays, except what may really have ended.
_STORE = text("""
    INSERT INTO provider_models (provider_id, name, first_seen_at, last_seen_at, is_listed, context_tokens, size_bytes,
        parameter_size, quantization, is_loaded, modalities, retires_on)
    SELECT :provider_id, each.name, :seen_at, :seen_at, true, each.context_tokens, each.size_bytes,
        each.parameter_size, each.quantization, each.is_loaded, each.modalities, each.retires_on
    FROM json_to_recordset(CAST(:models AS json)) AS each(name text, context_tokens bigint, size_bytes bigint,
        parameter_size text, quantization text, is_loaded boolean, modalities json, retires_on date)
    ORDER BY each.name
    ON CONFLICT (provider_id, name) DO UPDATE SET last_seen_at = EXCLUDED.last_seen_at, is_listed = true,
        context_tokens = COALESCE(EXCLUDED.context_tokens, provider_models.context_tokens),
        size_bytes = COALESCE(EXCLUDED.size_bytes, provider_models.size_bytes),
        parameter_size = COALESCE(NULLIF(EXCLUDED.parameter_size, ''), provider_models.parameter_size),
        quantization = COALESCE(NULLIF(EXCLUDED.quantization, ''), provider_models.quantization),
        is_loaded = EXCLUDED.is_loaded,
        modalities = CASE WHEN EXCLUDED.modalities::text = '[]' THEN provider_models.modalities
            ELSE EXCLUDED.modalities END,
        retires_on = EXCLUDED.retires_on
""")
_UNLIST = text("""
    UPDATE provider_models SET is_listed = false, is_loaded = NULL
    WHERE provider_id = :provider_id AND is_listed AND last_seen_at < :seen_at
""")


def store_listed(session: Session, provider_id: uuid.UUID, models: Sequence[object], *, seen_at: datetime) -> bool:
    """Store what a server lists now, and that it does not list the others; say whether anything but the time changed.

    `models` are JSON objects with a value for each column's name. `seen_at` has to be later than at the last time.
    """
    before = _read_state(session, provider_id)
    values = {"provider_id": provider_id, "seen_at": seen_at}
    if models:
        session.connection().execute(_STORE, {**values, "models": json.dumps(models)})
    session.connection().execute(_UNLIST, values)
    return before != _read_state(session, provider_id)


def _read_state(session: Session, provider_id: uuid.UUID) -> list[PlainLine]:
    columns = ("name", "is_listed", *_DETAILS)
    query = sql_select(*[col(getattr(ProviderModelRow, name)) for name in columns])
    query = query.where(col(ProviderModelRow.provider_id) == provider_id).order_by(col(ProviderModelRow.name))
    return read_lines(session, query, {})


def forget_models(session: Session, provider_id: uuid.UUID) -> None:
    """Forget what was listed, for example because the provider is another server now."""
    session.connection().execute(delete(ProviderModelRow).where(col(ProviderModelRow.provider_id) == provider_id))


def list_models(session: Session, provider_id: uuid.UUID) -> list[PlainLine]:
    """Return every model the provider ever listed, those it lists now first, by name."""
    columns = ("name", "first_seen_at", "last_seen_at", "is_listed", *_DETAILS)
    query = (
        sql_select(*[col(getattr(ProviderModelRow, name)) for name in columns])
        .where(col(ProviderModelRow.provider_id) == provider_id)
        .order_by(col(ProviderModelRow.is_listed).desc(), func.lower(ProviderModelRow.name))
    )
    return read_lines(session, query, {})


def list_used(session: Session, provider_id: uuid.UUID) -> list[tuple[str, str]]:
    """Return the model and the name of every agent whose current version uses the provider, by both."""
    query = (
        sql_select(col(AgentVersionRow.model_name), col(AgentRow.name))
        .join(AgentRow, _is_current())
        .where(col(AgentVersionRow.provider_id) == provider_id, col(AgentRow.deleted_at).is_(None))
        .order_by(col(AgentVersionRow.model_name), func.lower(AgentRow.name))
    )
    return [(model_name, agent_name) for model_name, agent_name in session.connection().execute(query)]


def find_context_tokens(session: Session, provider_id: uuid.UUID, model_name: str) -> int | None:
    """Return the longest window of a model as its server told, listed now or formerly; None: it never did."""
    query = (
        sql_select(col(ProviderModelRow.context_tokens))
        .where(col(ProviderModelRow.provider_id) == provider_id, _is_name_of(literal(model_name)))
        .order_by(col(ProviderModelRow.is_listed).desc(), (col(ProviderModelRow.name) == model_name).desc())
        .limit(1)
    )
    found: int | None = session.connection().execute(query).scalar()
    return found


def list_troubled(session: Session, *, provider_id: uuid.UUID | None = None) -> list[PlainLine]:
    """Return the agents whose model is gone or retires soon, by provider and name."""
    used = {} if provider_id is None else {"provider_id": provider_id}
    return read_lines(session, _build_troubled(is_of_one=bool(used)), used)


@cache
def _build_troubled(*, is_of_one: bool) -> Any:  # Any: a select of many columns
    model = find_model(AgentVersionRow.provider_id, AgentVersionRow.model_name)
    trouble = judge_model(model)
    query = (
        sql_select(
            col(AgentRow.id).label("agent_id"),
            col(AgentRow.name).label("agent_name"),
            col(ProviderRow.id).label("provider_id"),
            col(ProviderRow.name).label("provider_name"),
            col(AgentVersionRow.model_name),
            trouble.label("trouble"),
            model.c.retires_on,
            model.c.last_seen_at,
        )
        .select_from(AgentRow)
        .join(AgentVersionRow, _is_current())
        .join(ProviderRow, col(ProviderRow.id) == AgentVersionRow.provider_id)
        .outerjoin(model, literal(True))
        .where(col(AgentRow.deleted_at).is_(None), trouble.is_not(None))
        .order_by(func.lower(ProviderRow.name), func.lower(AgentRow.name))
    )
    return query.where(col(ProviderRow.id) == text(":provider_id")) if is_of_one else query


def find_model(provider_id: Any, model_name: Any) -> LateralFromClause:  # Any: columns of the lines it is joined to
    """Return the model that a provider lists or listed under a name, to be joined by an outer join ON true."""
    return (
        sql_select(
            col(ProviderModelRow.is_listed), col(ProviderModelRow.retires_on), col(ProviderModelRow.last_seen_at)
        )
        .where(col(ProviderModelRow.provider_id) == provider_id, _is_name_of(model_name))
        .order_by(col(ProviderModelRow.is_listed).desc(), (col(ProviderModelRow.name) == model_name).desc())
        .limit(1)
        .lateral()
    )


def judge_model(model: LateralFromClause, *, model_list: Any = ProviderRow.model_list) -> Any:  # Any: SQL expressions
    """Return "gone", "retiring" or NULL for what `find_model` finds, where the last check of its provider was good."""
    is_retiring = model.c.retires_on <= func.current_date() + RETIRING_DAYS
    is_gone = model.c.is_listed.is_(False) | ((model_list == "all") & model.c.is_listed.is_(None))
    return case((model_list == "", None), (is_gone, "gone"), (is_retiring, "retiring"), else_=None)


def _is_name_of(model_name: Any) -> ColumnElement[bool]:  # Any: a column of text
    """Return whether a listed model is meant by a name: as `ProviderType.list_spellings` has it, of all types."""
    without_wish = func.regexp_replace(model_name, ":(nitro|floor|online|exacto)$", "")
    return col(ProviderModelRow.name).in_([model_name, func.concat(model_name, ":latest"), without_wish])


def _is_current() -> ColumnElement[bool]:
    return (col(AgentVersionRow.agent_id) == AgentRow.id) & (col(AgentVersionRow.number) == AgentRow.version)
