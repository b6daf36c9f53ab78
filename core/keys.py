"""Finds the encryption keys of this process and makes sure they are the ones that sealed what is stored."""

import logging

from core.encryption import Keyring, create_key_file, read_key_file, split_keys
from core.errors import SecretError
from core.settings import Settings
from core.store import Store
from db.queries import keys as key_queries

_log = logging.getLogger(__name__)


def load_keyring(settings: Settings, store: Store) -> Keyring:
    """Return the keys this process may use, the first one noted in the database.

    With the bundled database a key file is made at the very first start, and never again once something is sealed.
    Raises: SecretError: there is no key, or what is stored was sealed with others.
    """
    with store.transaction() as session:
        in_use = set(key_queries.list_fingerprints_in_use(session))
    keyring = Keyring(_find_keys(settings, is_something_sealed=bool(in_use)))
    missing = sorted(in_use - set(keyring.fingerprints))
    if missing:
        _log.warning("Keys sealed with %s cannot be opened: that encryption key is not loaded.", ", ".join(missing))
    with store.transaction() as session:
        key_queries.note_key(session, fingerprint=keyring.primary)
    return keyring


def _find_keys(settings: Settings, *, is_something_sealed: bool) -> list[str]:
    if settings.encryption_key is not None:
        return split_keys(settings.encryption_key)
    if settings.key_file.exists():
        return read_key_file(settings.key_file)
    if not settings.uses_bundled_database:
        raise SecretError(
            "Keys cannot be stored: ENCRYPTION_KEY is not set.",
            hint="Make one with “make key”, set it as ENCRYPTION_KEY and start Benchtop again.",
        )
    if is_something_sealed:
        raise SecretError(
            f"The key file {settings.key_file} is gone, so stored provider keys cannot be opened.",
            hint="Put the file back from a backup, or set ENCRYPTION_KEY to a new key and enter the keys again.",
        )
    return create_key_file(settings.key_file)
