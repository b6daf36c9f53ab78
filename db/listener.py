"""Hears what other transactions announce, on a connection of its own."""

import asyncio
from collections.abc import AsyncGenerator

import psycopg

from db.errors import DatabaseUnavailable
from db.events import CHANNEL
from db.session import Database

_GATHER_SECONDS = 0.01


async def listen(database: Database, *, look_seconds: float) -> AsyncGenerator[list[str], None]:
    """Yield the announcements as they come, some at a time, each as the JSON text of one event.

    An empty list means: look for yourself what may have been missed. It comes first, once the connection listens, and
    again after `look_seconds` of silence, when the connection has just proven that it is alive: a network that went
    silent is noticed by that.
    Raises: DatabaseUnavailable: the connection could not be had, or broke. Begin again, and nothing is lost.
    """
    try:
        async with await database.connect_async() as connection:
            await connection.execute(f"LISTEN {CHANNEL}")
            yield []
            while True:
                notices = [notice async for notice in connection.notifies(timeout=look_seconds, stop_after=1)]
                if not notices:
                    await connection.execute("SELECT 1")
                yield [notice.payload for notice in notices]
                # What comes close behind is heard together: each hearing costs more than the notices in it.
                await asyncio.sleep(_GATHER_SECONDS)
    except psycopg.Error as error:
        raise DatabaseUnavailable("The connection that hears of changes broke.") from error
