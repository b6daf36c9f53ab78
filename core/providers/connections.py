"""What is needed to call a provider: where, in which dialect, with which key."""

import hashlib
import uuid

from pydantic import BaseModel, ConfigDict, SecretStr

from core.encryption import Keyring, Sealed
from core.providers.base_urls import origin_of
from core.providers.records import ProviderType
from db.tables import ProviderRow


class ProviderConnection(BaseModel):
    """A provider as stored, its key still sealed. `fingerprint` changes whenever anything of it does."""

    model_config = ConfigDict(frozen=True)

    provider_id: uuid.UUID
    name: str
    type: ProviderType
    base_url: str
    sealed_key: Sealed | None
    fingerprint: str

    def open_key(self, keyring: Keyring) -> SecretStr | None:
        """Unseal the key for this provider at this address; None when there is none. Raises: SecretError."""
        if self.sealed_key is None:
            return None
        return keyring.unseal(self.sealed_key, owner=owner_of(self.provider_id), origin=origin_of(self.base_url))


def owner_of(provider_id: uuid.UUID) -> str:
    """Return what a provider's sealed key names as its owner."""
    return f"provider:{provider_id}"


def build_connection(row: ProviderRow) -> ProviderConnection:
    """Return what is needed to call this provider."""
    parts = (str(row.id), row.type, row.base_url, row.sealed_key or "", row.key_fingerprint or "")
    sealed = None
    if row.sealed_key is not None and row.key_fingerprint is not None:
        sealed = Sealed(token=row.sealed_key, key_fingerprint=row.key_fingerprint)
    return ProviderConnection(
        provider_id=row.id,
        name=row.name,
        type=ProviderType(row.type),
        base_url=row.base_url,
        sealed_key=sealed,
        fingerprint=hashlib.sha256("\0".join(parts).encode()).hexdigest(),
    )
