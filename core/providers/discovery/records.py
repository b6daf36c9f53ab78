"""What goes out of the model service."""

import uuid
from datetime import date, datetime
from enum import StrEnum

from pydantic import BaseModel, ConfigDict

from core.providers.listings import ListedModel


class ModelTrouble(StrEnum):
    """What is wrong with the model of an agent."""

    GONE = "gone"
    """Its server does not list it, or does not any more."""
    RETIRING = "retiring"
    """Its server stops to answer for it within 90 days, or should have stopped."""


class ProviderModelRecord(ListedModel):
    """A model that a provider lists or has listed, with what its server told last."""

    first_seen_at: datetime
    last_seen_at: datetime
    is_listed: bool
    """Whether the last good check found it."""
    agent_count: int = 0
    """How many agents use it now."""


class TroubledAgent(BaseModel):
    """An agent whose model is gone or will be."""

    model_config = ConfigDict(frozen=True, protected_namespaces=())

    agent_id: uuid.UUID
    agent_name: str
    provider_id: uuid.UUID
    provider_name: str
    model_name: str
    trouble: ModelTrouble
    retires_on: date | None
    last_seen_at: datetime | None
    """When the server listed it last; None: it never did."""
