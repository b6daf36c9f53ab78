"""What is known of how a model is spoken to, as it is shown."""

import uuid
from collections.abc import Mapping
from datetime import datetime

from pydantic import BaseModel, ConfigDict

from core.providers.connections import ProviderConnection
from core.providers.dialects import WHOLE_PROVIDER, KeptDialect, ServerDialect

_NOTHING = KeptDialect()


class DialectRecord(BaseModel):
    """The dialect of a provider, or of one of its models, with where it comes from."""

    model_config = ConfigDict(frozen=True, protected_namespaces=())

    provider_id: uuid.UUID
    model_name: str
    """Blank: what holds for every model of which nothing else is known."""
    effective: ServerDialect
    """What runs use."""
    default: ServerDialect
    """What would be used had nothing been probed and set here: the type's, or for a model the provider's."""
    kept: KeptDialect
    """What a probe found and somebody set, for just this one."""
    is_probing: bool
    probe_note: str
    """Why the last probe could not find everything, as a sentence; blank: it could, or there was none."""


def build_dialect_record(connection: ProviderConnection, model_name: str, *, now: datetime) -> DialectRecord:
    """Return what is known of a model of a provider, or with a blank name of the provider."""
    kept = connection.dialects.get(model_name, _NOTHING)
    return DialectRecord(
        provider_id=connection.provider_id,
        model_name=model_name,
        effective=connection.find_dialect(model_name),
        default=_find_default(connection, model_name),
        kept=kept,
        is_probing=is_probing(connection.dialects, model_name, now=now),
        probe_note=kept.probe_note,
    )


def is_probing(dialects: Mapping[str, KeptDialect], model_name: str, *, now: datetime) -> bool:
    """Say whether a probe goes on: of this model or, with a blank name, of any. One that outlived its process ends."""
    asked = dialects.values() if model_name == WHOLE_PROVIDER else [dialects.get(model_name, _NOTHING)]
    return any(kept.probing_until is not None and kept.probing_until > now for kept in asked)


def _find_default(connection: ProviderConnection, model_name: str) -> ServerDialect:
    if model_name == WHOLE_PROVIDER:
        return connection.kind.find_dialect(base_url=connection.base_url, preset=connection.preset)
    return connection.find_dialect(WHOLE_PROVIDER)
