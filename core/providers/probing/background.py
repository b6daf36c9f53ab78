"""Runs probes beside everything else, one for a provider at a time, and stores what they found."""

import asyncio
import logging
import uuid
from collections.abc import Sequence

from core.background import BackgroundLoop
from core.errors import DashboardError
from core.events import ChangeEvent, Topic
from core.names import storable
from core.outages import outlast_outage
from core.providers.connections import ProviderConnection, build_connection
from core.providers.dialects import WHOLE_PROVIDER, DialectFindings, KeptDialect, write_dialects
from core.providers.limiting.clocks import timeout_without_waits
from core.providers.probing.deriving import place_findings
from core.providers.probing.opening import Opener
from core.providers.probing.prober import Found, Prober
from core.redaction import redact
from core.store import Store
from db.events import announce
from db.queries import providers as provider_queries
from db.tables import ProviderRow, utc_now

_log = logging.getLogger(__name__)

_CHANGED = "The provider was changed meanwhile, so the probe was given up. Probe again."
_ENDING_EVENTS = frozenset({"updated", "deleted", "restored"})
_NOTE_CHARACTERS = 500
WAIT_SECONDS = 600.0
"""So long the questions of a probe may wait for the limits of its provider, beyond its deadline."""


class BackgroundProbes:
    """Probes providers as they are stored. What was found of an older state is dropped."""

    def __init__(self, store: Store, *, background: BackgroundLoop, opener: Opener, deadline_seconds: float) -> None:
        self._store = store
        self._background = background
        self._opener = opener
        self._deadline_seconds = deadline_seconds
        # Only the asking is ever cancelled, never the storing that follows it.
        self._asking: dict[uuid.UUID, asyncio.Task[Found]] = {}

    def start(self, provider_id: uuid.UUID, model_name: str, *, revision: int) -> None:
        """Probe one model of one revision of a provider, and return at once."""
        self._background.submit(self._probe(provider_id, model_name, revision))

    def hear(self, events: Sequence[ChangeEvent]) -> None:
        """Give up the probes of providers that were saved or deleted. Called on the background loop."""
        for event in events:
            if event.topic == Topic.PROVIDERS and event.event in _ENDING_EVENTS:
                asking = self._asking.get(uuid.UUID(event.data["id"]))
                if asking is not None and not asking.cancelling():
                    asking.cancel()

    async def _probe(self, provider_id: uuid.UUID, model_name: str, revision: int) -> None:
        try:
            row = await self._background.blocking(lambda: self._read(provider_id))
            is_same = row is not None and row.revision == revision
            found = await self._find(build_connection(row), model_name) if row and is_same else Found(note=_CHANGED)
            await outlast_outage(self._background, lambda: self._store_found(provider_id, model_name, revision, found))
        except DashboardError as error:
            # It ends by itself: the time until which it may go on is stored with it.
            _log.warning("What a probe found could not be stored: %s", error.message)
        except Exception:  # noqa: BLE001  # nobody awaits this task, so a bug would pass in silence
            _log.exception("What a probe found could not be stored.")

    async def _find(self, connection: ProviderConnection, model_name: str) -> Found:
        asking = self._background.keep(self._ask(connection, model_name))
        self._asking[connection.provider_id] = asking
        try:
            return await asking
        except asyncio.CancelledError:
            current = asyncio.current_task()
            if current is not None and current.cancelling():  # the process ends
                raise
            return Found(note=_CHANGED)
        finally:
            self._asking.pop(connection.provider_id, None)

    async def _ask(self, connection: ProviderConnection, model_name: str) -> Found:
        found = Found()
        try:
            async with (
                asyncio.timeout(self._deadline_seconds + WAIT_SECONDS) as longest,
                timeout_without_waits(self._deadline_seconds),
                self._opener.open(connection, model_name) as asker,
            ):
                await Prober(asker, dialect=connection.find_dialect(model_name), found=found).probe()
        except TimeoutError:
            seconds, why = self._deadline_seconds, ""
            if longest.expired():
                seconds, why = seconds + WAIT_SECONDS, ", most of which it waited for the provider's limits"
            found.note = f"The probe was not through after {seconds:g} s{why}. What it found so far is kept."
        except DashboardError as error:
            found.note = f"{error.message} {error.hint}".strip()
        except Exception as error:  # noqa: BLE001  # whatever a probe meets is its outcome
            _log.exception("A probe met an error it does not know.")
            found.note = (
                f"The probe met an error it does not know ({type(error).__name__}). The server's log says more."
            )
        return found

    def _read(self, provider_id: uuid.UUID) -> ProviderRow | None:
        with self._store.reading() as session:
            return provider_queries.find_provider(session, provider_id)

    def _store_found(self, provider_id: uuid.UUID, model_name: str, revision: int, found: Found) -> None:
        with self._store.transaction() as session:
            row = provider_queries.find_provider(session, provider_id, lock=True)
            if row is None:
                return
            if row.revision != revision:
                found = Found(note=_CHANGED)
            row.dialects = write_dialects(merge_found(build_connection(row), model_name, found))
            announce(session, "providers", "probed", id=provider_id)


def merge_found(connection: ProviderConnection, model_name: str, found: Found) -> dict[str, KeptDialect]:
    """Return the dialects of a provider with what a probe found.

    A probe that came to its end replaces what was found before; of one that did not, what it found is added.
    """
    kept = dict(connection.dialects)
    whole, model = kept.get(WHOLE_PROVIDER, KeptDialect()), kept.get(model_name, KeptDialect())
    note = storable(redact(found.note))[:_NOTE_CHARACTERS]
    model = model.model_copy(update={"probing_until": None, "probe_note": note})
    if found.values or not note:
        now = utc_now()
        believed = connection.find_dialect(WHOLE_PROVIDER)
        placed = place_findings(found.findings, model_name=model_name, whole=whole, believed=believed)
        mark = {"probed_with": model_name, "probed_at": now}
        if placed.whole is not None:
            probed = _add(whole, placed.whole, is_whole=not note)
            kept[WHOLE_PROVIDER] = whole.model_copy(update={"probed": probed, "probe_note": note, **mark})
        model = model.model_copy(update={"probed": _add(model, placed.model, is_whole=not note), **mark})
    kept[model_name] = model
    return kept


def _add(kept: KeptDialect, found: DialectFindings, *, is_whole: bool) -> DialectFindings:
    if is_whole:
        return found
    return kept.probed.model_copy(update=found.model_dump(exclude_none=True))
