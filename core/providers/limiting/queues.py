"""The requests of this process to one provider: they are let pass in their order, and only the first one asks.

A vendor counts a request when it arrives, which is after the database let it pass. So a slot counts from when the
request was written to its connection, and until that is told it counts whatever time passes. From then on it counts
for `WINDOW_SECONDS`: the minute, and one second for the way. By that second a request may travel longer than another
one a minute later, and the vendor still sees no more than allowed in any minute. It costs 1/61 of the rate; the other
3 % of what may be lost until less than 95 % is used, 2 s a minute, are left to asking, waking up and sending.
"""

import asyncio
import logging
import time
import uuid
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from core.background import BackgroundLoop
from core.errors import DashboardError
from core.outages import outlast_outage
from core.providers.exchanges import HearWait, LimitPassed, LimitWait
from core.providers.limiting.places import Place
from core.providers.limiting.refusals import Refusal, explain_refusal, guess_wait
from core.providers.outbound_errors import LimitsUnknown
from core.providers.records import ProviderLimits
from core.store import Store
from db.queries.provider_slots import SlotAnswer, SlotMark, WantedSlot, exchange_slots

_log = logging.getLogger(__name__)

WINDOW_SECONDS: Final = 61.0

_MOST_AT_ONCE = 100
_SHORTEST_NAP_SECONDS = 0.05
_LONGEST_NAP_SECONDS = 5.0
"""So soon is noticed that a limit was changed, or that another process gave up a slot."""
_CONCURRENCY_NAP_SECONDS = 0.5
"""So soon is noticed that a request of another process has ended."""
_GATHER_SECONDS = 0.25
_TOLD_SECONDS = 1.0
_TOLD_AGAIN_SECONDS = 30.0


class Slot:
    """A request that was let pass. Lives on the background loop."""

    def __init__(self, queue: "ProviderQueue", slot_id: uuid.UUID) -> None:
        self._queue = queue
        self.id = slot_id
        self._has_begun = False
        self._sent_at: float | None = None
        self._tokens: int | None = None
        self.is_over = False

    def begin(self) -> None:
        """Note that from now on the server may have heard of the request."""
        self._has_begun = True

    def note_sent(self) -> None:
        """Note that the request has been written to its connection just now."""
        if self._sent_at is None:
            self._has_begun, self._sent_at = True, time.monotonic()
            self._queue.note(self)

    def correct_tokens(self, tokens: int) -> None:
        """Replace the estimate by what was really used, in and out."""
        self._tokens = tokens
        self._queue.note(self)

    def end(self) -> None:
        """Note that the request is over, well or badly. One that the server never heard of does not count."""
        if self.is_over:
            return
        self.is_over = True
        if not self._has_begun:
            self._queue.drop(self.id)
            return
        if self._sent_at is None:
            self._sent_at = time.monotonic()
        self._queue.note(self)

    def mark(self) -> SlotMark:
        """Return all that is known by now."""
        age = None if self._sent_at is None else time.monotonic() - self._sent_at
        return SlotMark(self.id, age, self._tokens, self.is_over)


@dataclass(eq=False)
class _Waiter:
    """A request in the queue."""

    tokens: int
    seconds: float
    hear: HearWait | None
    place: Place | None
    passed: "asyncio.Future[None]"
    slot_id: uuid.UUID = field(default_factory=uuid.uuid4)
    since: float = field(default_factory=time.monotonic)
    told_at: float | None = None


class ProviderQueue:
    """Lets requests pass in their order. Lives on the background loop; one task of it at a time asks the database."""

    def __init__(
        self,
        provider_id: uuid.UUID,
        *,
        store: Store,
        background: BackgroundLoop,
        hear_limits: Callable[[ProviderLimits], None],
        window_seconds: float = WINDOW_SECONDS,
    ) -> None:
        """`hear_limits` is told the limits as the database has them, with each answer of it."""
        self._provider_id = provider_id
        self._store = store
        self._background = background
        self._hear_limits = hear_limits
        self._window_seconds = window_seconds
        self._waiting: deque[_Waiter] = deque()
        self._noted: dict[uuid.UUID, Slot] = {}
        self._dropped: set[uuid.UUID] = set()
        self._woken = asyncio.Event()
        self._pump: asyncio.Task[None] | None = None
        self._refusal: Refusal | None = None

    async def acquire(
        self, *, tokens: int, seconds: float, hear: HearWait | None = None, place: Place | None = None
    ) -> Slot:
        """Return once the request may be sent; from then on it counts as going on for so many seconds at most.

        If it has to wait, its run gives its `place` away, and comes back to one before this returns.
        Raises: LimitsUnknown: the database was away for over a minute.
        """
        waiter = _Waiter(tokens, seconds, hear, place, asyncio.get_running_loop().create_future())
        self._waiting.append(waiter)
        self._ensure_pump()
        if self._refusal is None:
            self._woken.set()
        try:
            await waiter.passed
            if place is not None:
                await place.come_back()
        except asyncio.CancelledError:
            # Unless it is being asked for right now, where the answer finds nobody waiting for it any more.
            if waiter.passed.done() and not waiter.passed.cancelled():
                self.drop(waiter.slot_id)
            raise
        return Slot(self, waiter.slot_id)

    def note(self, slot: Slot) -> None:
        """Have the state of a slot written with the next question."""
        self._noted[slot.id] = slot
        if slot.is_over:
            self._wake_for_room()
        self._ensure_pump()

    def drop(self, slot_id: uuid.UUID) -> None:
        """Have a slot removed whose request was never sent."""
        self._noted.pop(slot_id, None)
        self._dropped.add(slot_id)
        self._woken.set()
        self._ensure_pump()

    async def close(self) -> None:
        """Write what is noted, now that nobody waits any more."""
        for waiter in self._waiting:
            waiter.passed.cancel()
        self._woken.set()
        if self._pump is not None:
            await asyncio.wait([self._pump], timeout=2.0)

    def _wake_for_room(self) -> None:
        # Only a limit on how many go on is eased by an end.
        if self._refusal is not None and self._refusal.seconds is None:
            self._woken.set()

    def _ensure_pump(self) -> None:
        if self._pump is None:
            self._pump = self._background.keep(self._pump_all())

    async def _pump_all(self) -> None:
        try:
            while self._waiting or self._noted or self._dropped:
                if not self._waiting:
                    await self._nap(_GATHER_SECONDS)
                await self._ask()
                if self._refusal is not None:
                    await self._nap(self._find_nap(self._refusal))
        except Exception as error:  # noqa: BLE001  # nobody awaits this task; those who wait are told
            self._fail(error)
        finally:
            self._pump = self._refusal = None

    async def _nap(self, seconds: float) -> None:
        self._woken.clear()
        try:
            async with asyncio.timeout(seconds):
                await self._woken.wait()
        except TimeoutError:
            pass

    def _find_nap(self, refusal: Refusal) -> float:
        has_ended = refusal.seconds is None and any(slot.is_over for slot in self._noted.values())
        if has_ended or self._dropped:
            return _SHORTEST_NAP_SECONDS  # there is more room than when the database was asked
        longest = min(_LONGEST_NAP_SECONDS, self._window_seconds / 12)
        wanted = _CONCURRENCY_NAP_SECONDS if refusal.seconds is None else refusal.seconds
        return max(_SHORTEST_NAP_SECONDS, min(wanted, longest))

    async def _ask(self) -> None:
        self._waiting = deque(waiter for waiter in self._waiting if not waiter.passed.done())
        wanted = list(self._waiting)[:_MOST_AT_ONCE]
        noted, self._noted = self._noted, {}
        dropped, self._dropped = self._dropped, set()

        def ask() -> SlotAnswer:
            with self._store.single() as connection:
                return exchange_slots(
                    connection,
                    self._provider_id,
                    window_seconds=self._window_seconds,
                    wanted=[WantedSlot(waiter.slot_id, waiter.tokens, waiter.seconds) for waiter in wanted],
                    marks=[slot.mark() for slot in noted.values()],
                    dropped=list(dropped),
                )

        try:
            answer = await outlast_outage(self._background, ask)
        except BaseException:
            # They may have been taken all the same, and those who wait are about to be told that they were not.
            lost = {waiter.slot_id for waiter in wanted}
            self._noted, self._dropped = noted | self._noted, dropped | self._dropped | lost
            raise
        limits = ProviderLimits.model_validate(answer.limits)
        self._hear_limits(limits)
        granted = len(wanted) if limits.is_unlimited else answer.granted
        self._let_pass(wanted[:granted])
        self._refuse(answer, limits)

    def _let_pass(self, granted: list[_Waiter]) -> None:
        now = time.monotonic()
        for waiter in granted:
            self._waiting.remove(waiter)
            if waiter.passed.done():  # cancelled meanwhile
                self.drop(waiter.slot_id)
                continue
            waiter.passed.set_result(None)
            if waiter.told_at is not None and waiter.hear is not None:
                waiter.hear(LimitPassed(now - waiter.since))

    def _refuse(self, answer: SlotAnswer, limits: ProviderLimits) -> None:
        waiting = [waiter for waiter in self._waiting if not waiter.passed.done()]
        self._refusal = explain_refusal(answer, limits, tokens=waiting[0].tokens) if waiting else None
        if self._refusal is None:
            return
        tokens_before = 0
        for position, waiter in enumerate(waiting):
            if waiter.place is not None:
                waiter.place.leave()
            seconds = guess_wait(
                self._refusal,
                answer,
                place=position,
                tokens_before=tokens_before,
                window_seconds=self._window_seconds,
            )
            self._tell(waiter, self._refusal, seconds, is_first=position == 0)
            tokens_before += waiter.tokens

    def _tell(self, waiter: _Waiter, refusal: Refusal, seconds: float | None, *, is_first: bool) -> None:
        now = time.monotonic()
        is_long = max(seconds or 0.0, now - waiter.since) >= _TOLD_SECONDS
        is_new = waiter.told_at is None or now - waiter.told_at >= _TOLD_AGAIN_SECONDS
        if waiter.hear is not None and is_long and is_new:
            waiter.told_at = now
            waiter.hear(LimitWait(refusal.limit, refusal.amount, seconds, is_first and refusal.is_too_large))

    def _fail(self, error: Exception) -> None:
        waiting, self._waiting = self._waiting, deque()
        if not isinstance(error, DashboardError):
            _log.error("The limits of a provider could not be asked for.", exc_info=error)
        for waiter in waiting:
            if not waiter.passed.done():
                failure = LimitsUnknown("The database does not answer, so the provider's limits are not known.")
                waiter.passed.set_exception(failure)
