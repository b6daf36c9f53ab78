"""Waits for something to end, by its events; looks for itself now and then, since events are hints."""

import time
import uuid
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Annotated, TypeVar

from pydantic import Field
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request

from api.ending import LOOK_SECONDS, is_ending
from api.hub import Subscription, current_hub
from core.actors import Actor
from core.errors import DatabaseUnavailableError
from core.events import Topic
from core.providers.probing.records import DialectRecord
from core.providers.records import ProviderRecord
from core.runs.records import RunRecord
from core.services import current_services

MAX_WAIT_SECONDS = 600
_LOOK_SECONDS = 5.0

WaitSeconds = Annotated[float, Field(ge=0, le=MAX_WAIT_SECONDS)]
Record = TypeVar("Record")


async def wait_for_run(request: Request, actor: Actor, run: RunRecord, *, wait_seconds: float) -> RunRecord:
    """Return the run when it is over, or as it is after so many seconds."""
    return await _wait(
        request,
        run,
        partial(current_services().runs.get_run, actor, run.id),
        topic=Topic.RUNS,
        item_id=run.id,
        ends=frozenset({"ended"}),
        is_over=lambda run: run.status.is_over,
        wait_seconds=wait_seconds,
    )


async def wait_for_check(
    request: Request, actor: Actor, provider: ProviderRecord, *, wait_seconds: float
) -> ProviderRecord:
    """Return the provider when its check has ended, or as it is after so many seconds. Raises: NotFoundError."""
    return await _wait(
        request,
        provider,
        partial(current_services().providers.get_provider, actor, provider.id),
        topic=Topic.PROVIDERS,
        item_id=provider.id,
        ends=frozenset({"validated", "deleted"}),
        is_over=lambda provider: provider.validation_status.is_settled,
        wait_seconds=wait_seconds,
    )


async def wait_for_probe(
    request: Request, actor: Actor, dialect: DialectRecord, *, wait_seconds: float
) -> DialectRecord:
    """Return the dialect when its probe has ended, or as it is after so many seconds. Raises: NotFoundError."""
    return await _wait(
        request,
        dialect,
        partial(current_services().dialects.get_dialect, actor, dialect.provider_id, dialect.model_name),
        topic=Topic.PROVIDERS,
        item_id=dialect.provider_id,
        ends=frozenset({"probed", "deleted"}),
        is_over=lambda dialect: not dialect.is_probing,
        wait_seconds=wait_seconds,
    )


async def _wait(
    request: Request,
    record: Record,
    read: Callable[[], Record],
    *,
    topic: Topic,
    item_id: uuid.UUID,
    ends: frozenset[str],
    is_over: Callable[[Record], bool],
    wait_seconds: float,
) -> Record:
    until = time.monotonic() + wait_seconds
    with current_hub().subscribe({topic}, item_id=item_id) as events:
        while True:
            # What was begun is begun: an error now would have the caller begin it once more.
            with suppress(DatabaseUnavailableError):
                record = await run_in_threadpool(read)
            remaining = until - time.monotonic()
            # Whoever has gone gets nothing more, so nothing is waited for.
            if is_over(record) or remaining <= 0 or is_ending() or await request.is_disconnected():
                return record
            await _hear_one_of(events, ends | {"resync"}, seconds=min(remaining, _LOOK_SECONDS))


async def _hear_one_of(events: Subscription, wanted: frozenset[str], *, seconds: float) -> None:
    until = time.monotonic() + seconds
    while (remaining := until - time.monotonic()) > 0 and not is_ending():
        event = await events.next(timeout_seconds=min(remaining, LOOK_SECONDS))
        if event is not None and event.event in wanted:
            return
