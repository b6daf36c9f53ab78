"""Places for a bounded number of runs at a time. A run that waits for a limit of its provider gives its place away.

So those who wait for one provider do not keep the runs of all others from beginning. Who was let pass comes back
before anybody new begins. And of one provider no more runs begin than some that wait: each takes memory.
"""

import asyncio
import uuid
from collections import Counter, deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from contextvars import ContextVar
from typing import Final

MOST_AWAY: Final = 64
"""Of one provider; those beyond do not begin."""

_place: ContextVar["Place | None"] = ContextVar("place", default=None)


class Place:
    """The place of one run. Lives on the background loop."""

    def __init__(self, places: "Places", provider_id: uuid.UUID) -> None:
        self._places = places
        self._provider_id = provider_id
        self._is_taken = True
        self._is_away = False

    def leave(self) -> None:
        """Give the place away, for as long as the run waits; does nothing when it is given away already."""
        if self._is_taken:
            self._is_taken, self._is_away = False, True
            self._places.leave(self._provider_id)

    async def come_back(self) -> None:
        """Take a place again, as soon as there is one; returns at once when none was given away."""
        if self._is_away:
            self._is_away = False
            await self._places.take_again(self._provider_id)
            self._is_taken = True

    def give_up(self) -> None:
        """Give the place back for good."""
        if self._is_taken:
            self._places.give()
        elif self._is_away:
            self._places.forget(self._provider_id)
        self._is_taken = self._is_away = False


class Places:
    """So many places. Lives on the background loop."""

    def __init__(self, count: int, *, most_away: int = MOST_AWAY) -> None:
        self._free = count
        self._most_away = most_away
        self._away: Counter[uuid.UUID] = Counter()
        self._returning: deque[asyncio.Future[None]] = deque()
        self._arriving: dict[uuid.UUID, deque[tuple[int, asyncio.Future[None]]]] = {}
        self._arrived = 0

    @asynccontextmanager
    async def take(self, provider_id: uuid.UUID) -> AsyncIterator[None]:
        """Hold a place for a run that calls this provider, in the order of asking."""
        passed = asyncio.get_running_loop().create_future()
        self._arrived += 1
        self._arriving.setdefault(provider_id, deque()).append((self._arrived, passed))
        await self._wait(passed)
        place = Place(self, provider_id)
        token = _place.set(place)
        try:
            yield
        finally:
            _place.reset(token)
            place.give_up()

    async def take_again(self, provider_id: uuid.UUID) -> None:
        passed = asyncio.get_running_loop().create_future()
        self._returning.append(passed)  # before others may begin for it
        self._note_return(provider_id)
        await self._wait(passed)

    def give(self) -> None:
        self._free += 1
        self._let_pass()

    def leave(self, provider_id: uuid.UUID) -> None:
        self._away[provider_id] += 1
        self.give()

    def forget(self, provider_id: uuid.UUID) -> None:
        self._note_return(provider_id)
        self._let_pass()

    def _note_return(self, provider_id: uuid.UUID) -> None:
        self._away[provider_id] -= 1
        if not self._away[provider_id]:
            del self._away[provider_id]

    async def _wait(self, passed: "asyncio.Future[None]") -> None:
        self._let_pass()
        try:
            await passed
        except asyncio.CancelledError:
            if not passed.cancelled():  # it was given a place at the same moment
                self.give()
            raise

    def _let_pass(self) -> None:
        while self._free and (passed := self._pick()) is not None:
            self._free -= 1
            passed.set_result(None)

    def _pick(self) -> "asyncio.Future[None] | None":
        """Return whose turn it is, none who was cancelled; None: nobody may begin."""
        while self._returning:
            passed = self._returning.popleft()
            if not passed.done():
                return passed
        for provider_id, queue in list(self._arriving.items()):
            while queue and queue[0][1].done():
                queue.popleft()
            if not queue:
                del self._arriving[provider_id]
        first = [queue for provider, queue in self._arriving.items() if self._away[provider] < self._most_away]
        return min(first, key=lambda queue: queue[0][0]).popleft()[1] if first else None


def find_place() -> Place | None:
    """Return the place of this task's run; None when it has none, as a draft or a probe."""
    return _place.get()
