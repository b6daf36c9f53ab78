"""Reads what the dialect of a model depends on. Nothing here commits."""

import uuid
from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import select as sql_select
from sqlmodel import Session, col

from db.tables import ProviderModelRow


class ToldWindow(NamedTuple):
    """How many tokens a model can read at once, as its server told."""

    tokens: int
    is_loaded: bool | None
    """None: the server does not say. Of a loaded model, `tokens` is the window it was loaded with."""


def find_told_window(session: Session, provider_id: uuid.UUID, names: Sequence[str]) -> ToldWindow | None:
    """Return the window of the model listed under the first of the names that is; None: it was not told."""
    query = sql_select(
        col(ProviderModelRow.name), col(ProviderModelRow.context_tokens), col(ProviderModelRow.is_loaded)
    ).where(
        col(ProviderModelRow.provider_id) == provider_id,
        col(ProviderModelRow.name).in_(names),
        col(ProviderModelRow.is_listed).is_(True),
        col(ProviderModelRow.context_tokens).is_not(None),
    )
    lines = session.connection().execute(query)
    found = {name: ToldWindow(tokens, is_loaded) for name, tokens, is_loaded in lines if tokens is not None}
    return next((found[name] for name in names if name in found), None)
