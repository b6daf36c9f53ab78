"""What happens in a run, as server-sent events that a client can take up again where it stopped."""

import json
import uuid
from typing import Annotated, Any

import anyio
from fastapi import Header, Query
from pydantic import BeforeValidator, Field
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response
from starlette.types import Message, Receive, Scope, Send

from api.documents import refusals
from api.ending import LOOK_SECONDS, is_ending
from api.fields import read_whole
from api.hub import Subscription, current_hub
from core.actors import Actor
from core.errors import DashboardError
from core.events import Topic
from core.runs.records import RunEvent
from core.services import current_services

_COMMENT_SECONDS = 15.0
_LOOK_SECONDS = 5.0
_MAX_SEQ = 10**18 - 1

_Seq = Annotated[int, Field(ge=0, le=_MAX_SEQ), BeforeValidator(read_whole)]
LastEventId = Annotated[_Seq | None, Header(alias="Last-Event-ID", description="The `id` of the last event you got.")]
After = Annotated[_Seq | None, Query(description="The same, for what cannot set a header.")]

EVENT_RESPONSES: dict[int | str, dict[str, Any]] = {  # Any: pieces of an OpenAPI document
    200: {
        "description": "The events: `id` is a number that grows, `event` the kind, `data` JSON. "
        "The stream ends after `ended`. A comment comes every 15 seconds.",
        "content": {
            "text/event-stream": {
                "schema": {
                    "title": "Event",
                    "type": "object",
                    "properties": {
                        "id": {"type": "string", "pattern": "^[0-9]+$"},
                        "event": {"type": "string"},
                        "data": {"type": "string", "contentMediaType": "application/json"},
                    },
                    "required": ["id", "event", "data"],
                },
                "example": {
                    "id": "7",
                    "event": "ended",
                    "data": '{"status":"passed","at":"2026-11-22T12:00:01Z"}',
                },
            }
        },
    },
    204: {"description": "The run is over and there is nothing after the event you named: do not come back."},
    **refusals(404, 422, 503),
}


async def find_start(actor: Actor, run_id: uuid.UUID, after_seq: int) -> list[RunEvent]:
    """Return the events of the run after one of them."""
    return await run_in_threadpool(current_services().runs.list_events, actor, run_id, after_seq=after_seq)


class RunEventStream(Response):
    """The events of one run, until it has ended or the client is gone."""

    media_type = "text/event-stream"

    def __init__(self, actor: Actor, run_id: uuid.UUID, *, after_seq: int) -> None:
        super().__init__(headers={"Cache-Control": "no-cache", "X-Accel-Buffering": "no"})
        del self.headers["content-length"]
        self._actor = actor
        self._run_id = run_id
        self._sent_seq = after_seq

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async with anyio.create_task_group() as tasks:

            async def leave_with_client() -> None:
                while (await receive())["type"] != "http.disconnect":
                    pass
                tasks.cancel_scope.cancel()

            tasks.start_soon(leave_with_client)
            await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
            try:
                await self._send_events(send)
            except DashboardError:
                # The database is away. The client comes back with the last id it got and misses nothing.
                await send(_body("retry: 3000\n\n"))
            await send(_body("", is_last=True))
            tasks.cancel_scope.cancel()

    async def _send_events(self, send: Send) -> None:
        silent_since = anyio.current_time()
        with current_hub().subscribe({Topic.RUNS}, item_id=self._run_id) as announced:
            while True:
                # What is stored is the truth; what is announced only says when to look.
                events = await find_start(self._actor, self._run_id, self._sent_seq)
                for event in events:
                    await send(_body(_write(event)))
                    self._sent_seq = event.seq
                if any(event.kind == "ended" for event in events) or await self._is_over(events):
                    return
                now = anyio.current_time()
                if events:
                    silent_since = now
                elif now - silent_since >= _COMMENT_SECONDS:
                    await send(_body(": still here\n\n"))
                    silent_since = now
                await _hear(announced)
                if is_ending():
                    return

    async def _is_over(self, events: list[RunEvent]) -> bool:
        """Say whether nothing more can come, for a client that has seen the end before."""
        if events:
            return False
        run = await run_in_threadpool(current_services().runs.get_run, self._actor, self._run_id)
        return run.status.is_over and not await find_start(self._actor, self._run_id, self._sent_seq)


async def _hear(announced: Subscription) -> None:
    """Return when something was announced, and take up all of it: one look at the database finds it all."""
    until = anyio.current_time() + _LOOK_SECONDS
    while not is_ending() and (remaining := until - anyio.current_time()) > 0:
        if await announced.next(timeout_seconds=min(remaining, LOOK_SECONDS)) is not None:
            break
    while await announced.next(timeout_seconds=0) is not None:
        pass


def _body(text: str, *, is_last: bool = False) -> Message:
    return {"type": "http.response.body", "body": text.encode(), "more_body": not is_last}


def _write(event: RunEvent) -> str:
    moment = event.model_dump(mode="json", include={"at"})
    data = json.dumps(event.data | moment, ensure_ascii=True, separators=(",", ":"))
    return f"id: {event.seq}\nevent: {event.kind}\ndata: {data}\n\n"
