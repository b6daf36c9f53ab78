"""What changed, told to whoever listens: programs by their sockets, and open tabs.

Every change is announced in the transaction that makes it, stored as an event with a number, and told by Postgres to
the one feed of each process when it commits. The telling is a hint: the feed also looks for itself.
"""

import asyncio
import logging
from collections.abc import Callable, Sequence
from contextlib import aclosing
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from pydantic import BaseModel, ConfigDict

from core.actors import SYSTEM, Actor
from core.background import BackgroundLoop
from core.errors import DatabaseUnavailableError
from core.store import Store
from db.errors import DatabaseError
from db.listener import listen
from db.queries import events as event_queries
from db.tables import EventRow

_log = logging.getLogger(__name__)

_LOOK_SECONDS = 5.0
_FIRST_WAIT_SECONDS = 0.2
_LONGEST_WAIT_SECONDS = 3.0
_BATCH = 1000


class Topic(StrEnum):
    """What an event is about. `system` is about the events themselves, and is told to everyone."""

    AGENTS = "agents"
    TASKS = "tasks"
    PROVIDERS = "providers"
    RUNS = "runs"
    COMPARISONS = "comparisons"
    SYSTEM = "system"


class ChangeEvent(BaseModel):
    """One change. `seq` grows in the order of the commits; `data` has the `id` of what changed, and no content."""

    model_config = ConfigDict(frozen=True)

    topic: str
    """A Topic, or one that only a newer Benchtop on the same database knows."""
    event: str
    data: dict[str, Any]  # Any: ids, numbers and words
    at: datetime
    seq: int


class Replay(BaseModel):
    """The events after a number. Not complete: some are forgotten or too many, so read everything again."""

    model_config = ConfigDict(frozen=True)

    events: tuple[ChangeEvent, ...]
    is_complete: bool


def system_event(event: str, *, seq: int, **data: object) -> ChangeEvent:
    """Return an event about the events themselves."""
    return ChangeEvent(topic=Topic.SYSTEM, event=event, data={"id": None, **data}, at=datetime.now(UTC), seq=seq)


class EventBus:
    """Tells every listener of this process what the feed heard."""

    def __init__(self) -> None:
        self._listeners: tuple[Callable[[Sequence[ChangeEvent]], None], ...] = ()

    def subscribe(self, listener: Callable[[Sequence[ChangeEvent]], None]) -> Callable[[], None]:
        """Have a function called with what happens, in order, and return the function that ends it.

        It is called on the background loop, so it must return at once.
        """
        self._listeners = (*self._listeners, listener)

        def unsubscribe() -> None:
            self._listeners = tuple(each for each in self._listeners if each is not listener)

        return unsubscribe

    def publish(self, events: Sequence[ChangeEvent]) -> None:
        """Tell all listeners; one that fails is dropped, and the others still hear it."""
        for listener in self._listeners:
            try:
                listener(events)
            except Exception:  # noqa: BLE001  # one bad listener must not silence the others
                _log.exception("A listener failed and hears no more.")
                self._listeners = tuple(each for each in self._listeners if each is not listener)


class EventService:
    """Reads events back, and follows them for the whole process."""

    def __init__(self, store: Store, *, background: BackgroundLoop) -> None:
        self._store = store
        self._background = background
        self._heard_seq = 0
        self.bus = EventBus()

    def newest_seq(self, actor: Actor) -> int:
        """Return the number of the newest event; 0 when there never was one."""
        with self._store.reading() as session:
            return event_queries.newest_seq(session)

    def replay(self, actor: Actor, *, after_seq: int, topics: Sequence[Topic], limit: int = _BATCH) -> Replay:
        """Return what happened after an event, in order. Events are kept for an hour."""
        with self._store.reading() as session:
            rows = event_queries.list_events(session, after_seq=after_seq, limit=limit + 1, topics=topics)
            # Asked last: what is forgotten between the two is noticed.
            is_complete = event_queries.is_complete_after(session, after_seq)
        if not is_complete or len(rows) > limit:
            return Replay(events=(), is_complete=False)
        return Replay(events=tuple(_build_event(row) for row in rows), is_complete=True)

    @property
    def heard_seq(self) -> int:
        """The newest event that this process has heard of."""
        return self._heard_seq

    def begin(self) -> None:
        """Note where `follow` begins: at what is announced from now on. Raises: DatabaseUnavailableError."""
        self._heard_seq = self.newest_seq(SYSTEM)

    async def follow(self) -> None:
        """Hear of changes until cancelled; a database that is away is waited for, and nothing is missed."""
        wait = _FIRST_WAIT_SECONDS
        while True:
            try:
                async with aclosing(listen(self._store.database, look_seconds=_LOOK_SECONDS)) as heard:
                    async for texts in heard:
                        wait = _FIRST_WAIT_SECONDS
                        await self._take_texts(texts)
            except (DatabaseError, DatabaseUnavailableError) as error:
                _log.info("The events wait for the database: %s", error.message)
            except Exception:  # noqa: BLE001  # without the feed no tab would hear of anything again
                _log.exception("The feed of events met an error it does not know.")
            await asyncio.sleep(wait)
            wait = min(wait * 2, _LONGEST_WAIT_SECONDS)

    async def _take_texts(self, texts: Sequence[str]) -> None:
        if texts:
            self._take([ChangeEvent.model_validate_json(text) for text in texts])
        else:
            await self._catch_up()

    async def _catch_up(self) -> None:
        while True:
            is_complete, rows = await self._background.blocking(self._read_missed)
            if not is_complete:
                self._heard_seq = await self._background.blocking(lambda: self.newest_seq(SYSTEM))
                self.bus.publish([system_event("resync", seq=self._heard_seq)])
                return
            self._take([_build_event(row) for row in rows])
            if len(rows) < _BATCH:
                return

    def _take(self, events: Sequence[ChangeEvent]) -> None:
        fresh = [event for event in events if event.seq > self._heard_seq]
        if fresh:
            self._heard_seq = fresh[-1].seq
            self.bus.publish(fresh)

    def _read_missed(self) -> tuple[bool, Sequence[EventRow]]:
        with self._store.reading() as session:
            rows = event_queries.list_events(session, after_seq=self._heard_seq, limit=_BATCH)
            return event_queries.is_complete_after(session, self._heard_seq), rows


def _build_event(row: EventRow) -> ChangeEvent:
    return ChangeEvent(topic=row.topic, event=row.event, data=row.data, at=row.at, seq=row.seq or 0)
