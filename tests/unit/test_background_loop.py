"""The background loop ends without leaving anything behind, whatever is still handed to it."""

import asyncio
import gc
import threading
from concurrent.futures import CancelledError

import pytest

from core.background import BackgroundLoop


async def do_nothing() -> None:
    await asyncio.sleep(0)


def test_what_is_submitted_after_the_end_never_begins() -> None:
    background = BackgroundLoop()
    background.stop()

    late = background.submit(do_nothing())

    assert late.cancelled()
    gc.collect()  # a coroutine that nobody awaits would warn, which fails the test


def test_what_blocking_work_submits_while_the_loop_stops_never_begins() -> None:
    background = BackgroundLoop()
    began, may_go_on = threading.Event(), threading.Event()
    submitted = []

    def work() -> None:
        began.set()
        may_go_on.wait(10)
        submitted.append(background.submit(do_nothing()))

    waiting = background.submit(background.blocking(work))
    assert began.wait(10)
    stopping = threading.Thread(target=background.stop)
    stopping.start()
    with pytest.raises(CancelledError):
        waiting.result(10)
    may_go_on.set()
    stopping.join(20)

    assert not stopping.is_alive()
    assert [one.cancelled() for one in submitted] == [True]
    gc.collect()
