"""Lets answers that wait end when the server is asked to: uvicorn stops only after the last answer.

Without it, a stop would last as long as the longest `wait` and the longest run that somebody follows.
"""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

LOOK_SECONDS = 1.0
"""How often an answer that waits asks whether it should end."""

_SIGNALS = (signal.SIGINT, signal.SIGTERM)
_is_ending = threading.Event()


def is_ending() -> bool:
    """Say whether the server was asked to end."""
    return _is_ending.is_set()


@contextmanager
def hearing_the_end() -> Iterator[None]:
    """Hear of SIGINT and SIGTERM for as long as the block lasts, before the server's own handlers.

    Only the main thread may; elsewhere nothing is heard.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.getsignal(number) for number in _SIGNALS}

    def note(number: int, frame: FrameType | None) -> None:
        _is_ending.set()
        handler = before[signal.Signals(number)]
        if callable(handler):
            handler(number, frame)

    for number in _SIGNALS:
        signal.signal(number, note)
    try:
        yield
    finally:
        _is_ending.clear()
        for number, handler in before.items():
            signal.signal(number, handler)
