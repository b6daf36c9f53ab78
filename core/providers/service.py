"""The verbs of providers. Saving stores at once; the check over the network happens in the background."""

import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from core.actors import SYSTEM, Actor
from core.background import BackgroundLoop
from core.changes import require_etag
from core.encryption import Keyring
from core.errors import InUseError, StateConflictError
from core.paging import cap_limit, cap_offset, next_cursor, parse_name, read_cursor, write_cursor
from core.providers.base_urls import clean_base_url, origin_of
from core.providers.checking.background import BackgroundChecks
from core.providers.checking.checker import ProviderChecker
from core.providers.records import (
    ProviderChange,
    ProviderDraft,
    ProviderFilter,
    ProviderPage,
    ProviderRecord,
    ValidationStatus,
)
from core.providers.saving import apply_draft, await_check, build_row, list_checked, list_saved
from core.providers.stored import build_record, lock_provider, read_provider, taken
from core.providers.types import list_types
from core.store import Store
from db.events import announce
from db.queries import provider_checks as check_queries
from db.queries import provider_models as model_queries
from db.queries import providers as provider_queries
from db.session import Session
from db.tables import ProviderRow, utc_now

_LIST = "providers"
_CHECKED_EVERY = timedelta(minutes=15)
_CHECKED_AT_ONCE = 20


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
        with self._store.reading() as session:
            lines = provider_queries.page_providers(session, limit=None)
        return [ProviderRecord.model_validate(line) for line in lines]

    def list_names(self, actor: Actor) -> dict[uuid.UUID, str]:
        """Return the names of the providers by id, in their order: what a choice needs, and a tenth of the time."""
        with self._store.reading() as session:
            return provider_queries.list_names(session)

    def page_providers(
        self,
        actor: Actor,
        provider_filter: ProviderFilter | None = None,
        *,
        limit: int = 50,
        cursor: str | None = None,
        offset: int = 0,
    ) -> ProviderPage:
        """Return some providers by name, from after `cursor` on or without the first `offset`. `limit` is 1 to 1,000.

        Raises: InvalidInputError: the cursor is not one this method gave, or there is an offset too.
        """
        count, skipped = cap_limit(limit), cap_offset(offset, cursor=cursor)
        after = read_cursor(_LIST, cursor, parse_name)
        filters = _build_filters(provider_filter)
        with self._store.reading() as session:
            lines = provider_queries.page_providers(session, limit=count + 1, after=after, offset=skipped, **filters)
            total = provider_queries.count_providers(session, **filters)
        return ProviderPage(
            items=tuple(ProviderRecord.model_validate(line) for line in lines[:count]),
            next_cursor=next_cursor(lines, lambda line: write_cursor(_LIST, line["name"]), limit=count),
            total=total,
        )

    def get_provider(self, actor: Actor, provider_id: uuid.UUID) -> ProviderRecord:
        """Return the provider as it is now. Raises: NotFoundError."""
        with self._store.reading() as session:
            return read_provider(session, provider_id)

    def create_provider(self, actor: Actor, draft: ProviderDraft) -> ProviderRecord:
        """Store a new provider as pending and start checking it.

        Raises: NameTakenError, InvalidInputError; SecretError: the key cannot be sealed.
        """
        row = build_row(draft, find_keyring=self._find_keyring)
        with self._store.transaction(refusals=taken(draft.name)) as session:
            session.add(row)
            announce(session, "providers", "created", id=row.id)
            session.flush()
            record = read_provider(session, row.id)
        self._checks.start(record.id, revision=record.revision)
        return record

    def update_provider(
        self, actor: Actor, provider_id: uuid.UUID, draft: ProviderDraft, *, expected_revision: int | None = None
    ) -> ProviderRecord:
        """Save the provider and check it again if its type, address or key changed, or no check has ended yet.

        Raises: NotFoundError, NameTakenError, SecretError; InvalidInputError: also when the address changed and no
        key was given though one is stored; StateConflictError: somebody saved since `expected_revision`.
        """
        with self._store.transaction(refusals=taken(draft.name)) as session:
            row = lock_provider(session, provider_id)
            if expected_revision is not None and expected_revision != row.revision:
                raise StateConflictError(
                    f"“{row.name}” was changed by somebody else in the meantime.",
                    hint="Close and open it again to see what changed.",
                )
            is_checked_anew = self._save(session, row, draft)
            record = read_provider(session, provider_id)
        if is_checked_anew:
            self._checks.start(provider_id, revision=record.revision)
        return record

    def change_provider(
        self, actor: Actor, provider_id: uuid.UUID, change: ProviderChange, *, expected_etag: str | None = None
    ) -> ProviderRecord:
        """Save what the change sets, keep the rest as it is by then, and check again where `update_provider` would.

        Raises: NotFoundError, NameTakenError, SecretError; InvalidInputError: as `update_provider`; OutdatedError:
        somebody changed it since `expected_etag`.
        """
        with self._store.transaction(refusals=taken(change.name)) as session:
            row = lock_provider(session, provider_id)
            require_etag(build_record(row, agent_count=0), expected_etag)
            draft = change.merge_into(build_record(row, agent_count=0))
            is_checked_anew = self._save(session, row, draft)
            record = read_provider(session, provider_id)
        if is_checked_anew:
            self._checks.start(provider_id, revision=record.revision)
        return record

    def delete_provider(self, actor: Actor, provider_id: uuid.UUID, *, expected_etag: str | None = None) -> None:
        """Take the provider out of use.

        Raises: NotFoundError; InUseError: the message names the agents that use it; OutdatedError: somebody changed
        it since `expected_etag`.
        """
        with self._store.transaction() as session:
            row = lock_provider(session, provider_id)
            require_etag(build_record(row, agent_count=0), expected_etag)
            names = provider_queries.list_agent_names_using(session, provider_id)
            if names:
                listed = ", ".join(f"“{name}”" for name in names[:5]) + (" and more" if len(names) > 5 else "")
                raise InUseError(
                    f"“{row.name}” cannot be deleted: {_count(len(names))} it: {listed}.",
                    hint="Give these agents another provider, or delete them first.",
                )
            row.deleted_at = utc_now()
            announce(session, "providers", "deleted", id=provider_id)

    def restore_provider(self, actor: Actor, provider_id: uuid.UUID) -> ProviderRecord:
        """Bring a deleted provider back, key included, and check it again.

        Raises: NotFoundError; NameTakenError: its name was given away.
        """
        with self._store.transaction() as session:
            name = lock_provider(session, provider_id, is_deleted=True).name
        with self._store.transaction(refusals=taken(name)) as session:
            row = lock_provider(session, provider_id, is_deleted=True)
            row.deleted_at = None
            await_check(row)
            announce(session, "providers", "restored", id=provider_id)
            session.flush()
            record = read_provider(session, provider_id)
        self._checks.start(provider_id, revision=record.revision)
        return record

    def check_provider(self, actor: Actor, provider_id: uuid.UUID) -> ProviderRecord:
        """Start a check over the network and return at once, validating. Raises: NotFoundError.

        It begins after the call: what a check that goes on in this process already will find is dropped.
        """
        with self._store.transaction() as session:
            row = lock_provider(session, provider_id)
            turn = self._checks.supersede(provider_id)
            row.validation_status = ValidationStatus.VALIDATING.value
            announce(session, "providers", "validating", id=provider_id)
            session.flush()
            record = read_provider(session, provider_id)
        self._checks.start(provider_id, revision=record.revision, turn=turn)
        return record

    def use_suggested_address(self, actor: Actor, provider_id: uuid.UUID) -> ProviderRecord:
        """Give the provider the address at which the last check found its server answering, and check it again.

        It is at the same origin, so the key stays valid. Raises: NotFoundError; StateConflictError: there is none.
        """
        with self._store.transaction() as session:
            row = lock_provider(session, provider_id)
            address = row.suggested_base_url and clean_base_url(row.suggested_base_url, provider_type=row.type)
            if not address or origin_of(address) != origin_of(row.base_url):
                raise StateConflictError(
                    f"For “{row.name}” no other address is known.", hint="Test it again, or edit the address."
                )
            row.base_url = address
            self._note_change(session, row, is_checked_anew=True)
            record = read_provider(session, provider_id)
        self._checks.start(provider_id, revision=record.revision)
        return record

    def repeat_due_checks(self, actor: Actor = SYSTEM) -> None:
        """Start the checks that are due because the last one is some 15 minutes old, and return at once.

        One statement when there are none, so it may be called often; of several processes, one checks a provider.
        The built-in model is left alone: it would have to be started. Raises: DatabaseUnavailableError.
        """
        skipped = [kind.name for kind in list_types() if not kind.has_address]
        with self._store.transaction() as session:
            due = check_queries.claim_due(session, every=_CHECKED_EVERY, skipped_types=skipped, limit=_CHECKED_AT_ONCE)
        self._checks.repeat(due)

    def resume_checks(self, actor: Actor = SYSTEM) -> None:
        """Start the checks that neither ended nor are going on in this process.

        One query when there are none, so it may be called often. A check that another process is at work on may be
        done twice, which changes nothing. Raises: DatabaseUnavailableError.
        """
        with self._store.reading() as session:
            unsettled = [(row.id, row.revision) for row in provider_queries.list_unsettled(session)]
        self._checks.resume(unsettled)

    def _save(self, session: Session, row: ProviderRow, draft: ProviderDraft) -> bool:
        """Write the draft where it differs; say whether the provider has to be checked anew."""
        checked, saved = list_checked(row), list_saved(row)
        server = (origin_of(row.base_url), row.type)
        apply_draft(row, draft, find_keyring=self._find_keyring)
        if server != (origin_of(row.base_url), row.type):
            model_queries.forget_models(session, row.id)
            row.model_list = ""
        is_checked_anew = checked != list_checked(row)
        if saved == list_saved(row):
            return False
        # What an unfinished check finds out would be dropped, being of the older revision.
        is_checked_anew = is_checked_anew or not ValidationStatus(row.validation_status).is_settled
        self._note_change(session, row, is_checked_anew=is_checked_anew)
        return is_checked_anew

    def _note_change(self, session: Session, row: ProviderRow, *, is_checked_anew: bool) -> None:
        row.revision += 1
        provider_queries.touch(row)
        if is_checked_anew:
            await_check(row)
        announce(session, "providers", "updated", id=row.id)
        session.flush()


def _count(agents: int) -> str:
    return "1 agent uses" if agents == 1 else f"{agents} agents use"


def _build_filters(provider_filter: ProviderFilter | None) -> dict[str, Any]:  # Any: words
    chosen = provider_filter or ProviderFilter()
    return {
        "words": chosen.search.split(),
        "type": chosen.type,
        "validation_status": None if chosen.validation_status is None else chosen.validation_status.value,
    }
