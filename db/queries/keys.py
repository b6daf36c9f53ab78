"""Which encryption keys have sealed something. Nothing here commits."""

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import update
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Session, col, select

from db.tables import CryptoKeyRow, ProviderRow, utc_now


def list_fingerprints_in_use(session: Session) -> Sequence[str]:
    """Return the fingerprints of the keys that the secrets of the providers are sealed with."""
    query = (
        select(ProviderRow.key_fingerprint, ProviderRow.secrets_fingerprint)
        .where(col(ProviderRow.deleted_at).is_(None))
        .distinct()
    )
    found = {fingerprint for pair in session.exec(query) for fingerprint in pair if fingerprint is not None}
    return sorted(found)


def erase_deleted_keys(session: Session, *, older_than: timedelta) -> None:
    """Erase the sealed keys of providers that were deleted longer ago than that."""
    statement = (
        update(ProviderRow)
        .where(col(ProviderRow.deleted_at) < utc_now() - older_than)
        .where(col(ProviderRow.sealed_key).is_not(None) | col(ProviderRow.sealed_secrets).is_not(None))
        .values(sealed_key=None, key_fingerprint=None, sealed_secrets=None, secrets_fingerprint=None)
    )
    session.connection().execute(statement)


def note_key(session: Session, *, fingerprint: str) -> None:
    """Note that a key is in use, unless it is known."""
    statement = insert(CryptoKeyRow).values(fingerprint=fingerprint, created_at=utc_now())
    session.connection().execute(statement.on_conflict_do_nothing())
