"""What is needed to call a provider: where, in which dialect, with which secrets."""

import hashlib
import json
import uuid
from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict, SecretStr

from core.encryption import Keyring, Sealed
from core.providers.base_urls import origin_of
from core.providers.dialects import KeptDialect, ServerDialect, layer_dialect, read_dialects
from core.providers.records import ProviderLimits
from core.providers.types import find_type
from core.providers.types.base import ProviderType
from db.tables import ProviderRow


class OpenedSecrets(BaseModel):
    """The secrets of a provider in the clear, for as long as a client needs them."""

    model_config = ConfigDict(frozen=True)

    api_key: SecretStr | None = None
    headers: dict[str, SecretStr] = {}
    fields: dict[str, SecretStr] = {}
    """The secret fields of its type, by name."""

    @property
    def plain_headers(self) -> dict[str, str]:
        return {name: value.get_secret_value() for name, value in self.headers.items()}


class ProviderConnection(BaseModel):
    """A provider as stored, its secrets still sealed.

    `fingerprint` changes whenever anything of it does that a client is built from; limits and dialects are not.
    """

    model_config = ConfigDict(frozen=True)

    provider_id: uuid.UUID
    name: str
    type: str
    base_url: str
    preset: str = ""
    options: dict[str, str] = {}
    sealed_key: Sealed | None = None
    sealed_secrets: Sealed | None = None
    request_timeout_seconds: float | None = None
    connect_timeout_seconds: float | None = None
    limits: ProviderLimits = ProviderLimits()
    dialects: dict[str, KeptDialect] = {}
    fingerprint: str

    @property
    def kind(self) -> ProviderType:
        return find_type(self.type)

    @property
    def has_secrets(self) -> bool:
        return self.sealed_key is not None or self.sealed_secrets is not None

    def find_dialect(self, model_name: str) -> ServerDialect:
        """Return the dialect to speak to one of its models."""
        default = self.kind.find_dialect(base_url=self.base_url, preset=self.preset)
        return layer_dialect(default, self.dialects, model_name=model_name)

    def open_secrets(self, keyring: Keyring) -> OpenedSecrets:
        """Unseal what is sealed for this provider at this address. Raises: SecretError."""
        owner, origin = owner_of(self.provider_id), origin_of(self.base_url)
        key = None if self.sealed_key is None else keyring.unseal(self.sealed_key, owner=owner, origin=origin)
        if self.sealed_secrets is None:
            return OpenedSecrets(api_key=key)
        return read_secrets(keyring.unseal_values(self.sealed_secrets, owner=owner, origin=origin), api_key=key)


def owner_of(provider_id: uuid.UUID) -> str:
    """Return what a provider's sealed secrets name as their owner."""
    return f"provider:{provider_id}"


def read_secrets(values: Mapping[str, SecretStr], *, api_key: SecretStr | None = None) -> OpenedSecrets:
    """Return the secrets that are kept under "header:NAME" and "field:NAME"."""
    kept: dict[str, dict[str, SecretStr]] = {"header": {}, "field": {}}
    for path, value in values.items():
        group, _, name = path.partition(":")
        kept[group][name] = value
    return OpenedSecrets(api_key=api_key, headers=kept["header"], fields=kept["field"])


def write_secrets(*, headers: Mapping[str, SecretStr], fields: Mapping[str, SecretStr]) -> dict[str, SecretStr]:
    """Return secrets as `read_secrets` reads them."""
    named = {f"header:{name}": value for name, value in headers.items()}
    return named | {f"field:{name}": value for name, value in fields.items()}


def build_connection(row: ProviderRow) -> ProviderConnection:
    """Return what is needed to call this provider."""
    return ProviderConnection(
        provider_id=row.id,
        name=row.name,
        type=row.type,
        base_url=row.base_url,
        preset=row.preset,
        options=row.options,
        sealed_key=_sealed(row.sealed_key, row.key_fingerprint),
        sealed_secrets=_sealed(row.sealed_secrets, row.secrets_fingerprint),
        request_timeout_seconds=row.request_timeout_seconds,
        connect_timeout_seconds=row.connect_timeout_seconds,
        limits=ProviderLimits.model_validate(row.limits),
        dialects=read_dialects(row.dialects),
        fingerprint=_find_fingerprint(row),
    )


def _find_fingerprint(row: ProviderRow) -> str:
    secrets = (row.sealed_key, row.key_fingerprint, row.sealed_secrets, row.secrets_fingerprint)
    times = (row.request_timeout_seconds, row.connect_timeout_seconds)
    parts: list[Any] = [str(row.id), row.type, row.base_url, row.preset, row.options, secrets, times]  # Any: JSON
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def _sealed(token: str | None, fingerprint: str | None) -> Sealed | None:
    return None if token is None or fingerprint is None else Sealed(token=token, key_fingerprint=fingerprint)
