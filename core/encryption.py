"""Seals provider keys with Fernet. What is sealed names its owner and its origin, so a stolen or moved ciphertext
opens nowhere else: Fernet has no associated data, therefore both are inside and compared after opening.
"""

import hashlib
import json
import os
import stat
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken
from pydantic import BaseModel, ConfigDict, SecretStr

from core.errors import SecretError
from core.redaction import register_header, register_secret

_FORMAT = 1
_FINGERPRINT_DOMAIN = b"benchtop key fingerprint v1:"


class Sealed(BaseModel):
    """A ciphertext and the fingerprint of the key that made it."""

    model_config = ConfigDict(frozen=True)

    token: str
    key_fingerprint: str


def fingerprint_of(key: bytes) -> str:
    """Return 12 hex digits that name a key without telling it."""
    return hashlib.sha256(_FINGERPRINT_DOMAIN + key).hexdigest()[:12]


class Keyring:
    """The keys this process may use: the first seals, all open."""

    def __init__(self, keys: Sequence[str]) -> None:
        """Raises: SecretError: there is no key, or one is not a Fernet key (32 bytes, url-safe base64)."""
        if not keys:
            raise SecretError("There is no encryption key.", hint="Set ENCRYPTION_KEY.")
        self._ciphers: dict[str, Fernet] = {}
        for key in keys:
            try:
                self._ciphers[fingerprint_of(key.encode())] = Fernet(key)
            except ValueError as error:
                raise SecretError(
                    "ENCRYPTION_KEY does not hold a usable key.",
                    hint="A key is 32 random bytes in url-safe base64. Make one with: make key",
                ) from error
            register_secret(key)
        self.primary = next(iter(self._ciphers))

    @property
    def fingerprints(self) -> tuple[str, ...]:
        return tuple(self._ciphers)

    def seal(self, secret: SecretStr, *, owner: str, origin: str) -> Sealed:
        """Seal a secret for one owner ("provider:ID") and one origin ("https://host:443")."""
        payload = {"v": _FORMAT, "c": owner, "o": origin, "s": secret.get_secret_value()}
        token = self._ciphers[self.primary].encrypt(json.dumps(payload).encode())
        register_secret(secret.get_secret_value())
        return Sealed(token=token.decode(), key_fingerprint=self.primary)

    def unseal(self, sealed: Sealed, *, owner: str, origin: str) -> SecretStr:
        """Open what was sealed for this owner and origin.

        Raises: SecretError: the key is not loaded, the ciphertext is broken, or it belongs elsewhere.
        """
        cipher = self._ciphers.get(sealed.key_fingerprint)
        if cipher is None:
            raise SecretError(
                f"The stored key was sealed with encryption key {sealed.key_fingerprint}, which is not loaded.",
                hint="Add that key to ENCRYPTION_KEY, or enter the provider's key again.",
            )
        try:
            payload = json.loads(cipher.decrypt(sealed.token.encode()))
        except (InvalidToken, ValueError) as error:
            raise SecretError("The stored key cannot be opened.", hint="Enter the provider's key again.") from error
        if (payload.get("v"), payload.get("c"), payload.get("o")) != (_FORMAT, owner, origin):
            raise SecretError(
                "The stored key belongs to another provider or address, so it is not used.",
                hint="Enter the provider's key again.",
            )
        register_secret(payload["s"])
        return SecretStr(payload["s"])

    def seal_values(self, values: Mapping[str, SecretStr], *, owner: str, origin: str) -> Sealed:
        """Seal several secrets by name in one piece, as `seal` does one."""
        for path, value in values.items():
            _register(path, value.get_secret_value())
        plain = {name: value.get_secret_value() for name, value in values.items()}
        return self.seal(SecretStr(json.dumps(plain)), owner=owner, origin=origin)

    def unseal_values(self, sealed: Sealed, *, owner: str, origin: str) -> dict[str, SecretStr]:
        """Open what `seal_values` sealed for this owner and origin. Raises: SecretError, as `unseal`."""
        try:
            plain = json.loads(self.unseal(sealed, owner=owner, origin=origin).get_secret_value())
        except ValueError as error:
            raise SecretError("The stored secrets cannot be read.", hint="Enter them again.") from error
        for path, value in plain.items():
            _register(path, value)
        return {name: SecretStr(value) for name, value in plain.items()}


def _register(path: str, value: str) -> None:
    group, _, name = path.partition(":")
    if group == "header":
        register_header(name, value)
    else:
        register_secret(value)


def make_key() -> str:
    """Return a new random key, as ENCRYPTION_KEY takes it."""
    return Fernet.generate_key().decode()


def split_keys(setting: SecretStr) -> list[str]:
    """Return the keys of a comma list."""
    return [key.strip() for key in setting.get_secret_value().split(",") if key.strip()]


def read_key_file(path: Path) -> list[str]:
    """Return the keys of a key file. Raises: SecretError: others may read it, or it cannot be read."""
    try:
        mode = path.stat().st_mode
        if mode & (stat.S_IRWXG | stat.S_IRWXO):
            raise SecretError(f"The key file {path} can be read by others.", hint=f"Close it with: chmod 600 '{path}'")
        return split_keys(SecretStr(path.read_text()))
    except (OSError, UnicodeDecodeError) as error:
        raise SecretError(f"The key file {path} cannot be read.", hint="Check its owner and mode.") from error


def create_key_file(path: Path) -> list[str]:
    """Create the key file once, mode 0600, however many processes and threads try; return its keys.

    Raises: SecretError: it cannot be written there.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        _write_key_file(path)
    except OSError as error:
        hint = "Check who may write there and the free space, or set ENCRYPTION_KEY."
        raise SecretError(f"The key file {path} cannot be created.", hint=hint) from error
    return read_key_file(path)


def _write_key_file(path: Path) -> None:
    descriptor, draft = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)  # a name of its own, mode 0600
    try:
        with os.fdopen(descriptor, "w") as file:
            file.write(make_key() + "\n")
            file.flush()
            os.fsync(file.fileno())
        with suppress(FileExistsError):
            os.link(draft, path)  # atomic, and refuses to replace a key another process has just made
    finally:
        os.unlink(draft)
