"""The verbs of providers. Saving stores at once; the check over the network happens in the background."""

import logging
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
from core.providers.base_urls import clean_base_url, origin_of
from core.providers.checks import ProviderChecker
from core.providers.connections import ProviderConnection, build_connection, owner_of
from core.providers.records import CheckOutcome, ProviderDraft, ProviderRecord, ProviderType, ValidationStatus
from core.redaction import redact
from core.store import Store, name_taken
from db.queries import providers as provider_queries
from db.session import Session
from db.tables import ProviderRow, utc_now

_log = logging.getLogger(__name__)


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
        self._background = background
        self._checker = checker

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
        self._start_check(record.id, revision=record.revision)
        return record

    def update_provider(
        self, actor: Actor, provider_id: uuid.UUID, draft: ProviderDraft, *, expected_revision: int | None = None
    ) -> ProviderRecord:
        """Save the provider and check it again if its type, address or key changed.

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
            before = (row.type, row.base_url, row.sealed_key)
            keeps_key = draft.api_key is None and draft.type is not ProviderType.BUILTIN
            if row.sealed_key is not None and keeps_key:
                _require_same_origin(row, base_url)
            row.name, row.type, row.base_url = draft.name, draft.type.value, base_url
            self._seal_key(row, draft)
            is_changed = before != (row.type, row.base_url, row.sealed_key)
            if is_changed:
                row.revision += 1
                row.validation_status, row.validation_message, row.validation_hint = "pending", "", ""
            provider_queries.touch(row)
            session.flush()
            record = _read(session, provider_id)
        if is_changed:
            self._start_check(provider_id, revision=record.revision)
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
        """Bring a deleted provider back, key included. Raises: NotFoundError; NameTakenError: its name is taken."""
        with self._store.transaction() as session:
            name = _lock(session, provider_id, is_deleted=True).name
        with self._store.transaction(refusals=_taken(name)) as session:
            _lock(session, provider_id, is_deleted=True).deleted_at = None
            session.flush()
            return _read(session, provider_id)

    def check_provider(self, actor: Actor, provider_id: uuid.UUID) -> ProviderRecord:
        """Start a check over the network and return at once, validating. Raises: NotFoundError."""
        with self._store.transaction() as session:
            row = _lock(session, provider_id)
            row.validation_status = ValidationStatus.VALIDATING.value
            session.flush()
            record = _read(session, provider_id)
        self._start_check(provider_id, revision=record.revision)
        return record

    def resume_checks(self, actor: Actor = SYSTEM) -> None:
        """Start the checks that an ended process left open."""
        with self._store.transaction() as session:
            open_checks = [(row.id, row.revision) for row in provider_queries.list_unsettled(session)]
        for provider_id, revision in open_checks:
            self._start_check(provider_id, revision=revision)

    def _seal_key(self, row: ProviderRow, draft: ProviderDraft) -> None:
        if draft.type is ProviderType.BUILTIN:
            row.sealed_key = row.key_fingerprint = None
        elif draft.api_key is not None:
            sealed = self._find_keyring().seal(draft.api_key, owner=owner_of(row.id), origin=origin_of(row.base_url))
            row.sealed_key, row.key_fingerprint = sealed.token, sealed.key_fingerprint

    def _start_check(self, provider_id: uuid.UUID, *, revision: int) -> None:
        self._background.submit(self._check(provider_id, revision=revision))

    async def _check(self, provider_id: uuid.UUID, *, revision: int) -> None:
        """Check one revision of a provider and store what was found; a newer revision has a check of its own."""
        try:
            row = await self._background.blocking(lambda: self._claim_check(provider_id, revision))
            if row is None:
                return
            outcome = await self._find_outcome(build_connection(row))
            await self._background.blocking(lambda: self._store_outcome(provider_id, revision, outcome))
        except DashboardError as error:
            # The next start, or the next press of "Check again", picks the provider up: it is still unsettled.
            _log.warning("A provider's check could not be stored: %s", error.message)

    async def _find_outcome(self, connection: ProviderConnection) -> CheckOutcome:
        try:
            return await self._checker.check(connection)
        except Exception as error:  # noqa: BLE001  # a bug must not leave the badge at "validating" for ever
            _log.exception("The check of a provider met an error it does not know.")
            message = f"The check met an error it does not know ({type(error).__name__})."
            return CheckOutcome(is_connected=False, message=message, hint="The server's log says more.")

    def _claim_check(self, provider_id: uuid.UUID, revision: int) -> ProviderRow | None:
        with self._store.transaction() as session:
            if not provider_queries.mark_validating(session, provider_id, revision=revision):
                return None
            return provider_queries.find_provider(session, provider_id)

    def _store_outcome(self, provider_id: uuid.UUID, revision: int, outcome: CheckOutcome) -> None:
        status = ValidationStatus.CONNECTED if outcome.is_connected else ValidationStatus.ERROR
        with self._store.transaction() as session:
            provider_queries.store_check(
                session,
                provider_id,
                revision=revision,
                status=status.value,
                message=redact(outcome.message),
                hint=redact(outcome.hint),
                latency_ms=outcome.latency_ms,
                validated_at=utc_now(),
                model_names=outcome.model_names if outcome.is_connected else None,
            )


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
