"""The socket /ws, on which programs and open tabs hear of changes.

    /ws?topics=agents,tasks,providers,runs,comparisons[&seq=N]
    → {"action": "subscribe", "topics": ["runs"], "seq": N}
    → {"action": "unsubscribe", "topics": ["runs"]}
    → {"action": "ping"}
    ← {"topic": "agents", "event": "updated", "data": {"id": "…"}, "at": "…", "seq": 42}
    ← {"topic": "system", "event": "pong" | "resync" | "error", "data": {"id": null}, "at": "…", "seq": 42}

With `seq`, here or in the address, everything after that event is told first, of all topics subscribed to by then.
The number of a system event is that of the last event told before it. A `pong` also names the server's `process`, which
is another one after a restart.
`resync` means that something was missed: read again what is shown. Events are hints and hold no content.
"""

import asyncio
from collections.abc import Callable, Iterable
from contextlib import suppress
from functools import partial
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError
from starlette.concurrency import run_in_threadpool
from starlette.routing import WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from api.actor import current_actor
from api.hub import Hub, Subscription, current_hub
from core.errors import DashboardError
from core.events import ChangeEvent, Topic, system_event
from core.services import current_services

_SEND_SECONDS = 20.0
_FAREWELL_SECONDS = 1.0
_MOST_CHARACTERS = 4096
_TRY_AGAIN_LATER = 1013
_TOO_SLOW = 1008

_TopicName = Literal["agents", "tasks", "providers", "runs", "comparisons"]
_Seq = Annotated[int, Field(ge=0, lt=2**63)]


class _Subscribe(BaseModel):
    model_config = ConfigDict(frozen=True)

    action: Literal["subscribe"]
    topics: tuple[_TopicName, ...]
    seq: _Seq | None = None


class _Unsubscribe(BaseModel):
    model_config = ConfigDict(frozen=True)

    action: Literal["unsubscribe"]
    topics: tuple[_TopicName, ...]


class _Ping(BaseModel):
    model_config = ConfigDict(frozen=True)

    action: Literal["ping"]


_HELP = (
    'A message looks like {"action": "subscribe", "topics": ["agents"]}. Actions: subscribe, unsubscribe, ping. '
    "Topics: agents, tasks, providers, runs, comparisons."
)
_Message = TypeAdapter[_Subscribe | _Unsubscribe | _Ping](
    Annotated[_Subscribe | _Unsubscribe | _Ping, Field(discriminator="action")]
)


class _Client:
    """One open socket."""

    def __init__(self, socket: WebSocket, hub: Hub, subscription: Subscription) -> None:
        self._socket = socket
        self._hub = hub
        self._subscription = subscription
        self._sending = asyncio.Lock()
        self._replayed = range(0)

    async def greet(self) -> None:
        """Do what the address asks for."""
        query = self._socket.query_params
        message: dict[str, object] = {
            "action": "subscribe",
            "topics": [topic for topic in query.get("topics", "").split(",") if topic],
            "seq": query.get("seq") or None,
        }
        await self._obey(lambda: _Message.validate_python(message))

    async def pass_on(self) -> None:
        """Send what happens, until cancelled or the client is gone."""
        async for event in self._subscription:
            async with self._sending:
                if event.seq not in self._replayed or event.topic == Topic.SYSTEM:
                    await self._send(event)

    async def listen(self) -> None:
        """Do what the client says, until it goes."""
        while True:
            received = await self._socket.receive()
            if received["type"] == "websocket.disconnect":
                raise WebSocketDisconnect(received["code"])
            text = received.get("text")
            if text is None or len(text) > _MOST_CHARACTERS:
                self._answer("error", message=f"A message is text of at most {_MOST_CHARACTERS:,} characters.")
            else:
                await self._obey(partial(_Message.validate_json, text))

    async def _obey(self, read: Callable[[], _Subscribe | _Unsubscribe | _Ping]) -> None:
        try:
            message = read()
        except ValidationError:
            self._answer("error", message=_HELP)
            return
        if isinstance(message, _Ping):
            self._answer("pong", process=str(current_services().instance_id))
        elif isinstance(message, _Unsubscribe):
            self._hub.change_topics(self._subscription, self._subscription.topics.difference(message.topics))
        else:
            self._hub.change_topics(self._subscription, self._subscription.topics.union(message.topics))
            if message.seq is not None:
                await self._replay(message.seq)

    async def _replay(self, after_seq: int) -> None:
        """Tell again what came after an event. What arrives meanwhile waits, and is not told twice."""
        topics = [Topic(topic) for topic in self._subscription.topics]
        async with self._sending:
            events = current_services().events
            replay = await run_in_threadpool(events.replay, current_actor(), after_seq=after_seq, topics=topics)
            if not replay.is_complete:
                self._answer("resync")
                return
            for event in replay.events:
                await self._send(event)
            if replay.events:
                self._replayed = range(after_seq + 1, replay.events[-1].seq + 1)

    def _answer(self, event: str, **data: object) -> None:
        # It waits its turn behind what was handed on before, so its number promises nothing that is still to come.
        self._subscription.offer(system_event(event, seq=self._hub.seq, **data))

    async def _send(self, event: ChangeEvent) -> None:
        # A client that takes nothing for so long is as good as dead.
        async with asyncio.timeout(_SEND_SECONDS):
            await self._socket.send_text(event.model_dump_json())


async def tell_changes(socket: WebSocket) -> None:
    """Serve one client until it goes, or takes nothing any more."""
    await socket.accept()
    hub = current_hub()
    with hub.subscribe(()) as subscription:
        client = _Client(socket, hub, subscription)
        passing_on = asyncio.create_task(client.pass_on())
        listening = asyncio.create_task(_serve(client))
        done, pending = await asyncio.wait((passing_on, listening), return_when=asyncio.FIRST_COMPLETED)
        for task in pending:
            task.cancel()
        await asyncio.wait(pending)
        await _part(socket, [task.exception() for task in done])


async def _serve(client: _Client) -> None:
    await client.greet()
    await client.listen()


async def _part(socket: WebSocket, reasons: Iterable[BaseException | None]) -> None:
    for reason in reasons:
        if isinstance(reason, DashboardError):
            # The database is away. The client comes back with its last number and misses nothing.
            await socket.close(code=_TRY_AGAIN_LATER, reason=reason.message)
        elif isinstance(reason, TimeoutError):
            # It takes no farewell either; the server closes what is left of it.
            with suppress(TimeoutError):
                async with asyncio.timeout(_FAREWELL_SECONDS):
                    await socket.close(code=_TOO_SLOW)
        elif reason is not None and not isinstance(reason, (WebSocketDisconnect, RuntimeError)):
            raise reason


routes = [WebSocketRoute("/ws", tell_changes)]
