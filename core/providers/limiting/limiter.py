"""The limits of every provider that has some, for all requests of this process."""

import logging
import time
import uuid

from core.background import BackgroundLoop
from core.errors import DatabaseUnavailableError
from core.providers.exchanges import HearWait
from core.providers.limiting.places import Place
from core.providers.limiting.queues import WINDOW_SECONDS, ProviderQueue, Slot
from core.providers.records import ProviderLimits
from core.store import Store
from db.queries.provider_slots import note_key_use

_log = logging.getLogger(__name__)
_KEY_USE_SECONDS = 60.0
_NO_LIMITS = ProviderLimits()


class ProviderLimiter:
    """Lets requests pass as the limits of their providers allow. Lives on the background loop.

    A provider counts as unlimited until `note_limits` tells otherwise; from then on the database's word holds, which
    comes with each of its answers, so a changed limit holds for those who wait already too.
    """

    def __init__(self, store: Store, *, background: BackgroundLoop, window_seconds: float = WINDOW_SECONDS) -> None:
        """`window_seconds` is how long a request counts; tests make a minute shorter, before the first request."""
        self._store = store
        self._background = background
        self.window_seconds = window_seconds
        self._limits: dict[uuid.UUID, ProviderLimits] = {}
        self._queues: dict[uuid.UUID, ProviderQueue] = {}
        self._keys_noted_at: dict[uuid.UUID, float] = {}

    def note_limits(self, provider_id: uuid.UUID, limits: ProviderLimits) -> None:
        """Have a provider's requests limited so from the next one on, in whatever client they go out."""
        if limits.is_unlimited:
            self._limits.pop(provider_id, None)
        else:
            self._limits[provider_id] = limits

    def find_limits(self, provider_id: uuid.UUID) -> ProviderLimits:
        """Return a provider's limits as last heard of."""
        return self._limits.get(provider_id, _NO_LIMITS)

    async def acquire(
        self,
        provider_id: uuid.UUID,
        *,
        tokens: int,
        seconds: float,
        hear: HearWait | None = None,
        place: Place | None = None,
    ) -> Slot:
        """Return once a request to the provider may be sent; whoever gets a slot has to end it.

        `tokens` is what it may use, `seconds` how long it goes on at most. `hear` is told of a wait of over a second.
        The `place` of its run is given away while it waits.
        Raises: LimitsUnknown: the database was away for over a minute.
        """
        queue = self._queues.get(provider_id)
        if queue is None:
            queue = self._queues[provider_id] = ProviderQueue(
                provider_id,
                store=self._store,
                background=self._background,
                hear_limits=lambda limits: self.note_limits(provider_id, limits),
                window_seconds=self.window_seconds,
            )
        return await queue.acquire(tokens=tokens, seconds=seconds, hear=hear, place=place)

    def note_key_use(self, provider_id: uuid.UUID) -> None:
        """Note, once a minute at most and beside the request, that a secret left for its provider's server."""
        now = time.monotonic()
        noted_at = self._keys_noted_at.get(provider_id)
        if noted_at is None or now - noted_at >= _KEY_USE_SECONDS:
            self._keys_noted_at[provider_id] = now
            self._background.keep(self._write_key_use(provider_id))

    async def stop(self) -> None:
        """Write what is known of the slots, so that other processes need not wait for their end."""
        for queue in self._queues.values():
            await queue.close()

    async def _write_key_use(self, provider_id: uuid.UUID) -> None:
        def write() -> None:
            with self._store.single() as connection:
                note_key_use(connection, provider_id)

        try:
            await self._background.blocking(write)
        except DatabaseUnavailableError:
            _log.warning("The use of a provider's key could not be noted.")
