"""Work on the database that outlasts an outage of it."""

import asyncio
import time
from collections.abc import Callable
from typing import TypeVar

from core.background import BackgroundLoop
from core.errors import DatabaseUnavailableError

Result = TypeVar("Result")

_SECONDS = 60.0
_FIRST_WAIT_SECONDS = 0.2
_LONGEST_WAIT_SECONDS = 5.0


async def outlast_outage(background: BackgroundLoop, work: Callable[[], Result]) -> Result:
    """Do some work, and again until the database answers; return what it returns.

    A commit whose confirmation was lost may have happened, so `work` has to bear being done twice.
    Raises: DatabaseUnavailableError: the database was away for over a minute.
    """
    deadline = time.monotonic() + _SECONDS
    wait = _FIRST_WAIT_SECONDS
    while True:
        try:
            return await background.blocking(work)
        except DatabaseUnavailableError:
            if time.monotonic() + wait > deadline:
                raise
        await asyncio.sleep(wait)
        wait = min(wait * 2, _LONGEST_WAIT_SECONDS)
