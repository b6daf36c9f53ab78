"""Brings the events of the process to those who wait on the server's own loop: sockets, streams, and `wait`."""

import asyncio
from collections import defaultdict, deque
from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from contextlib import contextmanager
from uuid import UUID
from weakref import WeakKeyDictionary

from core.events import ChangeEvent, EventService, Topic, system_event
from core.services import current_services

_MOST_WAITING = 256


class Subscription:
    """The events of some topics, in order, from the moment it was made.

    Who takes them too slowly loses them all, and gets one `resync` instead: what waits here is bounded.
    """

    def __init__(self, topics: Iterable[str], *, item_id: UUID | None = None) -> None:
        self.topics = frozenset(topics)
        self._item_id = None if item_id is None else str(item_id)
        self._waiting: deque[ChangeEvent] = deque()
        self._arrived = asyncio.Event()

    def offer(self, event: ChangeEvent) -> None:
        """Put an event into the queue, unless it is about another item."""
        if self._item_id is not None and event.topic != Topic.SYSTEM and event.data.get("id") != self._item_id:
            return
        if len(self._waiting) >= _MOST_WAITING:
            self._waiting.clear()
            event = system_event("resync", seq=event.seq)
        self._waiting.append(event)
        self._arrived.set()

    async def next(self, *, timeout_seconds: float | None = None) -> ChangeEvent | None:
        """Return the next event, waiting for it; None when none came in time."""
        try:
            async with asyncio.timeout(None if self._waiting else timeout_seconds):
                await self._arrived.wait()
        except TimeoutError:
            return None
        event = self._waiting.popleft()
        if not self._waiting:
            self._arrived.clear()
        return event

    async def __aiter__(self) -> AsyncIterator[ChangeEvent]:
        while True:
            event = await self.next()
            if event is not None:
                yield event


class Hub:
    """Listens once for one event loop, and hands on to every subscription on it."""

    def __init__(self, events: EventService, loop: asyncio.AbstractEventLoop) -> None:
        self.bus = events.bus
        self._loop = loop
        self.seq = events.heard_seq
        """The newest event that was handed on; every smaller one was before it."""
        self._by_topic: defaultdict[str, set[Subscription]] = defaultdict(set)
        self._unsubscribe = events.bus.subscribe(self._take)

    @contextmanager
    def subscribe(self, topics: Iterable[str], *, item_id: UUID | None = None) -> Iterator[Subscription]:
        """Subscribe for as long as the block lasts; with `item_id`, to the events of that one thing only."""
        subscription = Subscription(topics, item_id=item_id)
        self._add(subscription)
        try:
            yield subscription
        finally:
            self._remove(subscription)

    def change_topics(self, subscription: Subscription, topics: Iterable[str]) -> None:
        """Have a subscription hear of these topics from now on."""
        self._remove(subscription)
        subscription.topics = frozenset(topics)
        self._add(subscription)

    def _add(self, subscription: Subscription) -> None:
        for topic in (*subscription.topics, Topic.SYSTEM):
            self._by_topic[topic].add(subscription)

    def _remove(self, subscription: Subscription) -> None:
        for topic in (*subscription.topics, Topic.SYSTEM):
            self._by_topic[topic].discard(subscription)

    def _take(self, events: Sequence[ChangeEvent]) -> None:
        try:
            self._loop.call_soon_threadsafe(self._hand_on, events)
        except RuntimeError:  # the loop is closed, and with it the server whose hub this was
            self._unsubscribe()

    def _hand_on(self, events: Sequence[ChangeEvent]) -> None:
        for event in events:
            self.seq = event.seq
            for subscription in tuple(self._by_topic[event.topic]):
                subscription.offer(event)


_hubs: WeakKeyDictionary[asyncio.AbstractEventLoop, Hub] = WeakKeyDictionary()


def current_hub() -> Hub:
    """Return the hub of the running loop, made on first use."""
    loop, events = asyncio.get_running_loop(), current_services().events
    hub = _hubs.get(loop)
    if hub is None or hub.bus is not events.bus:
        hub = _hubs[loop] = Hub(events, loop)
    return hub
