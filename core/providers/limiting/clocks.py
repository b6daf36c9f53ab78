"""A timeout that stands still while a request waits for a limit of its provider, which is nobody's slowness."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterator
from contextvars import ContextVar

_clock: ContextVar["_Clock | None"] = ContextVar("limit_clock", default=None)


class _Clock:
    """Counts who waits; time passes only while nobody does."""

    def __init__(self, timeout: asyncio.Timeout) -> None:
        self._timeout = timeout
        self._waiting = 0
        self._left = 0.0

    def stop(self) -> None:
        self._waiting += 1
        ends_at = self._timeout.when()
        if self._waiting == 1 and ends_at is not None and not self._timeout.expired():
            self._left = ends_at - asyncio.get_running_loop().time()
            self._timeout.reschedule(None)

    def go_on(self) -> None:
        self._waiting -= 1
        if self._waiting == 0 and self._timeout.when() is None and not self._timeout.expired():
            self._timeout.reschedule(asyncio.get_running_loop().time() + self._left)


@contextlib.asynccontextmanager
async def timeout_without_waits(seconds: float) -> AsyncIterator[None]:
    """End the block after so many seconds, without those that its requests waited for limits. Raises: TimeoutError."""
    async with asyncio.timeout(seconds) as timeout:
        token = _clock.set(_Clock(timeout))
        try:
            yield
        finally:
            _clock.reset(token)


@contextlib.contextmanager
def stopped_clock() -> Iterator[None]:
    """Have the time of this task's `timeout_without_waits` stand still during the block."""
    clock = _clock.get()
    if clock is None:
        yield
        return
    clock.stop()
    try:
        yield
    finally:
        clock.go_on()
