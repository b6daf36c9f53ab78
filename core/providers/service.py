"""The verbs of providers. Saving stores at once; the check over the network happens in the background."""

import uuid
from collections.abc import Callable

from core.actors import SYSTEM, Actor
from core.background import BackgroundLoop
from core.encryption import Keyring
from core.errors import (
    DashboardError,
    Detail,
    InUseError,
    InvalidInputError,
    NotFoundError,
    StateConflictError,
)
from core.providers.background_checks import BackgroundChecks
from core.providers.base_urls import clean_base_url, origin_of
from core.providers.checks import ProviderChecker
from core.providers.connections import owner_of
from core.providers.records import ProviderDraft, ProviderRecord, ProviderType, ValidationStatus
from core.store import Store, name_taken
from db.queries import providers as provider_queries
from db.session import Session
from db.tables import ProviderRow, utc_now


class ProviderService:
    """Create, read, change, check and delete providers."""

    def __init__(
        self,
        store: Store,
        *,
        find_keyring: Callable[[], Keyring],
        background: BackgroundLoop,
        checker: ProviderChecker,
    ) -> None:
        self._store = store
        self._find_keyring = find_keyring
        self._checks = BackgroundChecks(store, background=background, checker=checker)

    def list_providers(self, actor: Actor) -> list[ProviderRecord]:
        """Return the providers by name, each with the number of agents that use it."""
        with self._store.transaction() as session:
            lines = provider_queries.list_providers(session)
        return [_build_record(row, agent_count=count) for row, count in lines]

    def get_provider(self, actor: Actor, provider_id: uuid.UUID) -> ProviderRecord:
        """Return the provider as it is now. Raises: NotFoundError."""
        with self._store.transaction() as session:
            return _read(session, provider_id)

    def create_provider(self, actor: Actor, draft: ProviderDraft) -> ProviderRecord:
        """Store a new provider as pending and start checking it.

        Raises: NameTakenError, InvalidInputError; SecretError: the key cannot be sealed.
        """
        base_url = clean_base_url(draft.base_url, provider_type=draft.type)
        row = ProviderRow(name=draft.name, type=draft.type.value, base_url=base_url)
        with self._store.transaction(refusals=_taken(draft.name)) as session:
            self._seal_key(row, draft)
            session.add(row)
            session.flush()
            record = _read(session, row.id)
        self._checks.start(record.id, revision=record.revision)
        return record

    def update_provider(
        self, actor: Actor, provider_id: uuid.UUID, draft: ProviderDraft, *, expected_revision: int | None = None
    ) -> ProviderRecord:
        """Save the provider and check it again if its type, address or key changed, or no check has ended yet.

        Raises: NotFoundError, NameTakenError, SecretError; InvalidInputError: also when the address changed and no
        key was given though one is stored; StateConflictError: somebody saved since `expected_revision`.
        """
        base_url = clean_base_url(draft.base_url, provider_type=draft.type)
        with self._store.transaction(refusals=_taken(draft.name)) as session:
            row = _lock(session, provider_id)
            if expected_revision is not None and expected_revision != row.revision:
                raise StateConflictError(
                    f"“{row.name}” was changed by somebody else in the meantime.",
                    hint="Close and open it again to see what changed.",
                )
            before = _what_is_checked(row)
            is_renamed = draft.name != row.name
            self._apply(row, draft, base_url=base_url)
            is_checked_anew = before != _what_is_checked(row)
            if is_checked_anew or is_renamed:
                row.revision += 1
                provider_queries.touch(row)
                # What an unfinished check finds out would be dropped, being of the older revision.
                is_checked_anew = is_checked_anew or not ValidationStatus(row.validation_status).is_settled
            if is_checked_anew:
                _await_check(row)
            session.flush()
            record = _read(session, provider_id)
        if is_checked_anew:
            self._checks.start(provider_id, revision=record.revision)
        return record

    def delete_provider(self, actor: Actor, provider_id: uuid.UUID) -> None:
        """Take the provider out of use. Raises: NotFoundError; InUseError: the message names the agents that use it."""
        with self._store.transaction() as session:
            row = _lock(session, provider_id)
            names = provider_queries.list_agent_names_using(session, provider_id)
            if names:
                listed = ", ".join(f"“{name}”" for name in names[:5]) + (" and more" if len(names) > 5 else "")
                raise InUseError(
                    f"“{row.name}” cannot be deleted: {len(names)} agent{'s' * (len(names) != 1)} use it: {listed}.",
                    hint="Give these agents another provider, or delete them first.",
                )
            row.deleted_at = utc_now()

    def restore_provider(self, actor: Actor, provider_id: uuid.UUID) -> ProviderRecord:
        """Bring a deleted provider back, key included, and check it again.

        Raises: NotFoundError; NameTakenError: its name was given away.
        """
        with self._store.transaction() as session:
            name = _lock(session, provider_id, is_deleted=True).name
        with self._store.transaction(refusals=_taken(name)) as session:
            row = _lock(session, provider_id, is_deleted=True)
            row.deleted_at = None
            _await_check(row)
            session.flush()
            record = _read(session, provider_id)
        self._checks.start(provider_id, revision=record.revision)
        return record

    def check_provider(self, actor: Actor, provider_id: uuid.UUID) -> ProviderRecord:
        """Start a check over the network and return at once, validating. Raises: NotFoundError."""
        with self._store.transaction() as session:
            row = _lock(session, provider_id)
            row.validation_status = ValidationStatus.VALIDATING.value
            session.flush()
            record = _read(session, provider_id)
        self._checks.start(provider_id, revision=record.revision)
        return record

    def resume_checks(self, actor: Actor = SYSTEM) -> None:
        """Start the checks that neither ended nor are going on in this process.

        One query when there are none, so it may be called often. A check that another process is at work on may be
        done twice, which changes nothing. Raises: DatabaseUnavailableError.
        """
        with self._store.transaction() as session:
            unsettled = [(row.id, row.revision) for row in provider_queries.list_unsettled(session)]
        self._checks.resume(unsettled)

    def _apply(self, row: ProviderRow, draft: ProviderDraft, *, base_url: str) -> None:
        """Write the draft into the row; what was found at another server is forgotten."""
        keeps_key = draft.api_key is None and draft.type is not ProviderType.BUILTIN
        if row.sealed_key is not None and keeps_key:
            _require_same_origin(row, base_url)
        if (row.type, origin_of(row.base_url)) != (draft.type.value, origin_of(base_url)):
            row.model_names, row.validated_at, row.validation_latency_ms = [], None, None
        row.name, row.type, row.base_url = draft.name, draft.type.value, base_url
        self._seal_key(row, draft)

    def _seal_key(self, row: ProviderRow, draft: ProviderDraft) -> None:
        if draft.type is ProviderType.BUILTIN:
            row.sealed_key = row.key_fingerprint = None
        elif draft.api_key is not None:
            sealed = self._find_keyring().seal(draft.api_key, owner=owner_of(row.id), origin=origin_of(row.base_url))
            row.sealed_key, row.key_fingerprint = sealed.token, sealed.key_fingerprint


def _what_is_checked(row: ProviderRow) -> tuple[str, str, str | None]:
    return row.type, row.base_url, row.sealed_key


def _await_check(row: ProviderRow) -> None:
    row.validation_status, row.validation_message, row.validation_hint = ValidationStatus.PENDING.value, "", ""


def _require_same_origin(row: ProviderRow, base_url: str) -> None:
    if origin_of(row.base_url) == origin_of(base_url):
        return
    problem = "The address changed, so the key must be entered again: a stored key is never sent to a new address."
    raise InvalidInputError(problem, details=[Detail(place="api_key", message=problem)])


def _taken(name: str) -> dict[str, DashboardError]:
    return name_taken("provider", name, table="llm_providers")


def _lock(session: Session, provider_id: uuid.UUID, *, is_deleted: bool = False) -> ProviderRow:
    if is_deleted:
        row = provider_queries.find_deleted_provider(session, provider_id)
    else:
        row = provider_queries.find_provider(session, provider_id, lock=True)
    if row is None:
        raise NotFoundError("This provider is not there any more.", hint="Go back to the list of providers.")
    return row


def _read(session: Session, provider_id: uuid.UUID) -> ProviderRecord:
    row = provider_queries.find_provider(session, provider_id)
    if row is None:
        raise NotFoundError("This provider is not there any more.", hint="Go back to the list of providers.")
    return _build_record(row, agent_count=len(provider_queries.list_agent_names_using(session, provider_id)))


def _build_record(row: ProviderRow, *, agent_count: int) -> ProviderRecord:
    return ProviderRecord(
        id=row.id,
        name=row.name,
        type=ProviderType(row.type),
        base_url=row.base_url,
        has_key=row.sealed_key is not None,
        revision=row.revision,
        validation_status=ValidationStatus(row.validation_status),
        validation_message=row.validation_message,
        validation_hint=row.validation_hint,
        validation_latency_ms=row.validation_latency_ms,
        validated_at=row.validated_at,
        model_names=tuple(row.model_names),
        agent_count=agent_count,
        created_at=row.created_at,
        updated_at=row.updated_at,
    )
