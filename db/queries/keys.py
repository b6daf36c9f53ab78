"""Which encryption keys have sealed something. Nothing here commits."""

from collections.abc import Sequence

from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Session, col, select

from db.tables import CryptoKeyRow, ProviderRow, utc_now


def list_fingerprints_in_use(session: Session) -> Sequence[str]:
    """Return the fingerprints of the keys that stored secrets are sealed with, deleted providers included."""
    query = select(ProviderRow.key_fingerprint).where(col(ProviderRow.key_fingerprint).is_not(None)).distinct()
    return [fingerprint for fingerprint in session.exec(query) if fingerprint is not None]


def note_key(session: Session, *, fingerprint: str) -> None:
    """Note that a key is in use, unless it is known."""
    statement = insert(CryptoKeyRow).values(fingerprint=fingerprint, created_at=utc_now())
    session.connection().execute(statement.on_conflict_do_nothing())
