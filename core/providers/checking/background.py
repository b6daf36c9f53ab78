"""Runs the checks of providers beside everything else; a finding waits for a database that is away."""

import logging
import uuid
from collections import Counter
from collections.abc import Iterable
from concurrent.futures import Future
from dataclasses import dataclass
from typing import NamedTuple

from core.background import BackgroundLoop
from core.errors import DashboardError
from core.outages import outlast_outage
from core.providers.checking.checker import ProviderChecker
from core.providers.checking.listed import UsedModels
from core.providers.checking.storing import list_used_models, store_outcome
from core.providers.connections import ProviderConnection, build_connection
from core.providers.diagnoses import CheckOutcome, Diagnosis
from core.providers.records import ValidationStatus
from core.store import Store
from db.events import announce
from db.queries import providers as provider_queries

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class _Check:
    """One check: of what, and what may stand in its way. It is superseded when its `turn` is not the latest."""

    provider_id: uuid.UUID
    revision: int
    turn: int
    only_unsettled: bool
    is_quiet: bool


class _Claimed(NamedTuple):
    """What a check needs of the provider as it is at its beginning."""

    connection: ProviderConnection
    used_models: UsedModels


class BackgroundChecks:
    """Checks providers, one revision each. What was found of an older revision, or is superseded, is dropped."""

    def __init__(self, store: Store, *, background: BackgroundLoop, checker: ProviderChecker) -> None:
        self._store = store
        self._background = background
        self._checker = checker
        self._going_on: dict[Future[None], tuple[uuid.UUID, int]] = {}
        self._superseded: Counter[uuid.UUID] = Counter()

    def supersede(self, provider_id: uuid.UUID) -> int:
        """Drop what the checks going on here will find of a provider, and return the turn to `start` the next in.

        Call it while the provider is locked: else one of them could settle it before the next begins, and whoever
        waits for the next would take that for its end. If the lock's transaction fails, the provider is picked up by
        `resume` or `repeat`.
        """
        self._superseded[provider_id] += 1
        return self._superseded[provider_id]

    def start(self, provider_id: uuid.UUID, *, revision: int, turn: int | None = None) -> None:
        """Check one revision of a provider and return at once. `turn` is what `supersede` gave; None: the latest."""
        self._start(provider_id, revision, turn=turn, only_unsettled=False)

    def resume(self, unsettled: Iterable[tuple[uuid.UUID, int]]) -> None:
        """Check those of the unsettled providers and revisions that are not being checked by this process."""
        # Asked after the caller read them: what is not at work by now has ended, and is settled if that was stored.
        at_work = set(self._going_on.copy().values())
        for provider_id, revision in unsettled:
            if (provider_id, revision) not in at_work:
                self._start(provider_id, revision, only_unsettled=True)

    def repeat(self, due: Iterable[tuple[uuid.UUID, int]]) -> None:
        """Check providers and revisions once more, nobody having asked: what is shown of them stays until the end."""
        for provider_id, revision in due:
            self._start(provider_id, revision, only_unsettled=False, is_quiet=True)

    def _start(
        self,
        provider_id: uuid.UUID,
        revision: int,
        *,
        only_unsettled: bool,
        turn: int | None = None,
        is_quiet: bool = False,
    ) -> None:
        check = _Check(
            provider_id,
            revision,
            turn=self._superseded[provider_id] if turn is None else turn,
            only_unsettled=only_unsettled,
            is_quiet=is_quiet,
        )
        checking = self._background.submit(self._check(check))
        self._going_on[checking] = (provider_id, revision)
        checking.add_done_callback(lambda ended: self._going_on.pop(ended, None))

    async def _check(self, check: _Check) -> None:
        try:
            claimed = await self._background.blocking(lambda: self._claim(check))
            if claimed is None:
                return
            outcome = await self._find_outcome(claimed)
            await outlast_outage(self._background, lambda: self._store_outcome(check, outcome))
        except DashboardError as error:
            # The provider is still unsettled, or will be due again, so it is picked up.
            _log.warning("A provider's check could not be stored: %s", error.message)
        except Exception:  # noqa: BLE001  # nobody awaits this task, so a bug would pass in silence
            _log.exception("A provider's check could not be stored.")

    async def _find_outcome(self, claimed: _Claimed) -> CheckOutcome:
        try:
            return await self._checker.check(claimed.connection, used_models=claimed.used_models)
        except Exception as error:  # noqa: BLE001  # a bug must not leave the badge at "validating" for ever
            _log.exception("The check of a provider met an error it does not know.")
            message = f"The check met an error it does not know ({type(error).__name__})."
            hint = "The server's log says more."
            return CheckOutcome(is_connected=False, diagnosis=Diagnosis.INTERNAL, message=message, hint=hint)

    def _claim(self, check: _Check) -> _Claimed | None:
        with self._store.transaction() as session:
            row = provider_queries.find_provider(session, check.provider_id, lock=not check.is_quiet)
            if row is None or row.revision != check.revision or self._is_superseded(check):
                return None
            status = ValidationStatus(row.validation_status)
            if check.only_unsettled and status.is_settled:
                return None
            if status is not ValidationStatus.VALIDATING and not check.is_quiet:
                row.validation_status = ValidationStatus.VALIDATING.value
                announce(session, "providers", "validating", id=check.provider_id)
            return _Claimed(build_connection(row), list_used_models(session, check.provider_id))

    def _store_outcome(self, check: _Check, outcome: CheckOutcome) -> None:
        with self._store.transaction() as session:
            # Locked first: until the lock is had, somebody may be superseding this check.
            row = provider_queries.find_provider(session, check.provider_id, lock=True)
            if row is not None and row.revision == check.revision and not self._is_superseded(check):
                store_outcome(session, row, outcome)

    def _is_superseded(self, check: _Check) -> bool:
        return check.turn != self._superseded[check.provider_id]
