"""Writes a draft into a provider's row: what of it is sealed, and what a changed address takes away."""

from collections.abc import Callable
from typing import Any

from pydantic import SecretStr

from core.encryption import Keyring
from core.errors import Detail, InvalidInputError
from core.providers.base_urls import clean_base_url, origin_of
from core.providers.connections import build_connection, owner_of, write_secrets
from core.providers.prices import write_prices
from core.providers.records import ProviderDraft, ValidationStatus
from core.providers.types import find_type
from core.providers.types.base import KeyUse
from db.tables import ProviderRow

FindKeyring = Callable[[], Keyring]


def build_row(draft: ProviderDraft, *, find_keyring: FindKeyring) -> ProviderRow:
    """Return the row of a new provider. Raises: InvalidInputError; SecretError: its secrets cannot be sealed."""
    row = ProviderRow(name=draft.name, type=draft.type)
    apply_draft(row, draft, find_keyring=find_keyring)
    return row


def apply_draft(row: ProviderRow, draft: ProviderDraft, *, find_keyring: FindKeyring) -> None:
    """Write the draft into the row; what was found at another server is forgotten.

    Raises: InvalidInputError: also when a stored secret would go where it was not entered for; SecretError.
    """
    base_url = clean_base_url(draft.base_url, provider_type=draft.type)
    is_moved = origin_of(row.base_url) != origin_of(base_url)
    if is_moved:
        _require_secrets_again(row, draft)
    elif _would_send_key(row, draft):
        raise _ask_again("the key", place="api_key", why="The stored key was only used to sign and never sent")
    if is_moved or row.type != draft.type:
        row.model_names, row.validated_at, row.validation_latency_ms, row.dialects = [], None, None, {}
    kept = {} if is_moved or row.sealed_secrets is None else _open_values(row, find_keyring)
    row.name, row.type, row.base_url = draft.name, draft.type, base_url
    row.preset, row.options = draft.preset, dict(draft.options)
    row.request_timeout_seconds, row.connect_timeout_seconds = (
        draft.request_timeout_seconds,
        draft.connect_timeout_seconds,
    )
    row.limits = draft.limits.model_dump(exclude_none=True)
    row.prices = write_prices(draft.prices)
    _seal_key(row, draft, find_keyring)
    _seal_others(row, draft, kept, find_keyring)


def list_saved(row: ProviderRow) -> tuple[Any, ...]:  # Any: columns
    """Return everything of the row that a draft can change, to compare before and after."""
    return (*list_checked(row), row.name, row.prices, row.limits)


def list_checked(row: ProviderRow) -> tuple[Any, ...]:  # Any: columns
    """Return what a check depends on: when it changes, the provider is checked anew."""
    times = (row.request_timeout_seconds, row.connect_timeout_seconds)
    return (row.type, row.base_url, row.preset, row.options, row.sealed_key, row.sealed_secrets, times)


def await_check(row: ProviderRow) -> None:
    """Note that the provider is to be checked."""
    row.validation_status = ValidationStatus.PENDING.value
    row.validation_message = row.validation_hint = row.diagnosis = row.suggested_base_url = row.waiting_model = ""


def _require_secrets_again(row: ProviderRow, draft: ProviderDraft) -> None:
    kind = find_type(draft.type)
    if kind.key is not KeyUse.NONE and row.sealed_key is not None and draft.api_key is None:
        raise _ask_again("the key", place="api_key")
    if kind.key is not KeyUse.NONE and row.header_names and draft.headers is None:
        raise _ask_again("the extra headers", place="headers")
    for one in kind.fields:
        if one.is_secret and one.name in row.secret_names and draft.secrets.get(one.name) is None:
            raise _ask_again(f"“{one.label}”", place=f"secrets.{one.name}")


def _would_send_key(row: ProviderRow, draft: ProviderDraft) -> bool:
    """Say whether a stored key that has only signed requests would now be sent itself."""
    if row.sealed_key is None or draft.api_key is not None or find_type(row.type).sends_key(row.options):
        return False
    kind = find_type(draft.type)
    return kind.key is not KeyUse.NONE and kind.sends_key(draft.options)


def _ask_again(what: str, *, place: str, why: str = "The address changed") -> InvalidInputError:
    rule = "a stored secret is never sent where it was not meant to go."
    problem = f"{why}, so {what} must be entered again: {rule}"
    return InvalidInputError(problem, details=[Detail(place=place, message=problem)])


def _open_values(row: ProviderRow, find_keyring: FindKeyring) -> dict[str, SecretStr]:
    opened = build_connection(row).open_secrets(find_keyring())
    return write_secrets(headers=opened.headers, fields=opened.fields)


def _seal_key(row: ProviderRow, draft: ProviderDraft, find_keyring: FindKeyring) -> None:
    if find_type(draft.type).key is KeyUse.NONE:
        row.sealed_key = row.key_fingerprint = None
    elif draft.api_key is not None:
        sealed = find_keyring().seal(draft.api_key, owner=owner_of(row.id), origin=origin_of(row.base_url))
        row.sealed_key, row.key_fingerprint = sealed.token, sealed.key_fingerprint


def _seal_others(row: ProviderRow, draft: ProviderDraft, kept: dict[str, SecretStr], find_keyring: FindKeyring) -> None:
    """Seal headers and secret fields in one piece, unless nothing of them changed."""
    kind = find_type(draft.type)
    fields = {one.name for one in kind.fields if one.is_secret}
    wanted = {path: value for path, value in kept.items() if _still_fits(path, fields)}
    if kind.key is KeyUse.NONE or draft.headers is not None:
        wanted = {path: value for path, value in wanted.items() if not path.startswith("header:")}
    given = {name: value for name, value in draft.secrets.items() if value is not None}
    wanted |= write_secrets(headers={} if kind.key is KeyUse.NONE else (draft.headers or {}), fields=given)
    row.header_names = [path.partition(":")[2] for path in wanted if path.startswith("header:")]
    row.secret_names = [path.partition(":")[2] for path in wanted if path.startswith("field:")]
    if not wanted:
        row.sealed_secrets = row.secrets_fingerprint = None
    elif wanted != kept or row.sealed_secrets is None:
        sealed = find_keyring().seal_values(wanted, owner=owner_of(row.id), origin=origin_of(row.base_url))
        row.sealed_secrets, row.secrets_fingerprint = sealed.token, sealed.key_fingerprint


def _still_fits(path: str, fields: set[str]) -> bool:
    group, _, name = path.partition(":")
    return group == "header" or name in fields
