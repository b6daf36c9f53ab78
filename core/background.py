"""The one background event loop of the process. Model clients live on it and on no other: shared between loops or
threads they fail."""

import asyncio
import threading
from collections.abc import Callable, Coroutine
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, TypeVar

Result = TypeVar("Result")

_DATABASE_THREADS = 8
_STOP_TIMEOUT_SECONDS = 10
_CANCEL_ROUNDS = 10


class BackgroundLoop:
    """A daemon thread that runs one event loop, and a few threads beside it for blocking database work."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, name="benchtop-background", daemon=True)
        self._blocking = ThreadPoolExecutor(_DATABASE_THREADS, thread_name_prefix="benchtop-blocking")
        self._tasks: set[asyncio.Task[Any]] = set()  # Any: of whatever result
        self._is_closed = False
        self._submitting = threading.Lock()
        self._thread.start()

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_forever()

    def submit(self, work: Coroutine[Any, Any, Result]) -> Future[Result]:  # Any: typing's own coroutine parameters
        """Run a coroutine on the loop, from any thread; once the loop stops no more begins: the future is cancelled."""
        with self._submitting:
            if not self._is_closed:
                return asyncio.run_coroutine_threadsafe(work, self._loop)
        work.close()
        never: Future[Result] = Future()
        never.cancel()
        return never

    def call_soon(self, function: Callable[[], object]) -> None:
        """Call a function on the loop, from any thread."""
        self._loop.call_soon_threadsafe(function)

    def keep(self, work: Coroutine[Any, Any, Result]) -> asyncio.Task[Result]:  # Any: typing's own
        """Start a task on the loop, from the loop, and hold on to it until it ends."""
        task = self._loop.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def blocking(self, function: Callable[[], Result]) -> Result:
        """Run blocking work beside the loop and wait for it."""
        return await self._loop.run_in_executor(self._blocking, function)

    def stop(self) -> None:
        """Cancel what runs, then end the loop and its threads."""
        if not self._thread.is_alive():
            return
        with self._submitting:
            self._is_closed = True
        # What was submitted before is a task by the time this one runs, so it is cancelled like the others.
        asyncio.run_coroutine_threadsafe(self._cancel_all(), self._loop).result(_STOP_TIMEOUT_SECONDS)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(_STOP_TIMEOUT_SECONDS)
        self._blocking.shutdown(wait=True)
        self._loop.close()

    async def _cancel_all(self) -> None:
        mine = asyncio.current_task()
        # Again and again: what is cancelled may start something to store how it ended.
        for _ in range(_CANCEL_ROUNDS):
            others = [task for task in asyncio.all_tasks() if task is not mine]
            if not others:
                return
            for task in others:
                task.cancel()
            await asyncio.wait(others, timeout=_STOP_TIMEOUT_SECONDS / _CANCEL_ROUNDS / 2)
