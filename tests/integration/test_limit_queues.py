"""The requests of one process to a limited provider: in their order, and nobody holds up another by giving up."""

import asyncio
import uuid
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import pytest
from sqlalchemy import text

from core.providers.limiting.limiter import ProviderLimiter
from core.providers.limiting.queues import Slot
from core.services import Services
from core.settings import Settings
from tests.factories import Workshop
from tests.integration.own_services import execute, running

Result = TypeVar("Result")


@pytest.fixture
def provider_id(services: Services, workshop: Workshop) -> uuid.UUID:
    """A provider that nobody calls."""
    return workshop.make_provider().id


def limit(services: Services, provider_id: uuid.UUID, limits: str) -> None:
    execute(
        services.database, "UPDATE llm_providers SET limits = :limits WHERE id = :id", limits=limits, id=provider_id
    )


def act(services: Services, work: Callable[[ProviderLimiter], Awaitable[Result]]) -> Result:
    """Do something with the limiter on the loop that it lives on."""

    async def do() -> Result:
        async with asyncio.timeout(15):
            return await work(services.limiter)

    return services.background.submit(do()).result()


def read_ends(services: Services) -> list[Any]:  # Any: moments, or None
    with services.store.reading() as session:
        return list(session.connection().execute(text("SELECT ended_at FROM provider_slots")).scalars())


async def begin(limiter: ProviderLimiter, provider_id: uuid.UUID, *, seconds: float = 30) -> Slot:
    slot = await limiter.acquire(provider_id, tokens=0, seconds=seconds)
    slot.note_sent()
    return slot


def test_who_gives_up_waiting_holds_up_nobody(services: Services, provider_id: uuid.UUID) -> None:
    async def work(limiter: ProviderLimiter) -> int:
        first = await begin(limiter, provider_id)
        waiting = [asyncio.create_task(begin(limiter, provider_id)) for _ in range(5)]
        await asyncio.sleep(0)
        for task in waiting[:4]:
            task.cancel()
        await asyncio.wait(waiting[:4])
        first.end()
        (await waiting[4]).end()
        return sum(task.cancelled() for task in waiting)

    limit(services, provider_id, '{"max_concurrency": 1}')

    assert act(services, work) == 4


def test_who_gives_up_at_the_very_moment_of_being_let_pass_gives_the_slot_back(
    services: Services, provider_id: uuid.UUID
) -> None:
    async def work(limiter: ProviderLimiter) -> None:
        for turns in range(12):  # in whatever turn of the loop it is
            task = asyncio.create_task(limiter.acquire(provider_id, tokens=0, seconds=30))
            for _ in range(turns):
                await asyncio.sleep(0.001)
            task.cancel()
            (ended,) = await asyncio.gather(task, return_exceptions=True)
            if isinstance(ended, Slot):
                ended.end()
        (await begin(limiter, provider_id)).end()

    limit(services, provider_id, '{"requests_per_minute": 1, "max_concurrency": 1}')

    act(services, work)


def test_requests_are_let_pass_in_their_order(services: Services, provider_id: uuid.UUID) -> None:
    passed: list[int] = []

    async def take(limiter: ProviderLimiter, number: int) -> None:
        slot = await begin(limiter, provider_id)
        passed.append(number)
        slot.end()

    async def work(limiter: ProviderLimiter) -> None:
        await asyncio.gather(*(take(limiter, number) for number in range(12)))

    limit(services, provider_id, '{"max_concurrency": 1}')
    act(services, work)

    assert passed == list(range(12))


def test_what_is_let_pass_and_not_sent_yet_counts_however_long_that_takes(
    services: Services, provider_id: uuid.UUID
) -> None:
    async def work(limiter: ProviderLimiter) -> bool:
        limiter.window_seconds = 0.2
        unsent = await limiter.acquire(provider_id, tokens=0, seconds=30)
        waiting = asyncio.create_task(begin(limiter, provider_id))
        _, pending = await asyncio.wait([waiting], timeout=1.0)
        unsent.end()
        (await waiting).end()
        return bool(pending)

    limit(services, provider_id, '{"requests_per_minute": 1}')

    assert act(services, work)


def test_a_process_that_stops_gives_its_slots_back(
    services: Services, settings: Settings, provider_id: uuid.UUID
) -> None:
    async def work(limiter: ProviderLimiter) -> None:
        (await begin(limiter, provider_id)).end()

    limit(services, provider_id, '{"max_concurrency": 1}')
    with running(settings) as other:
        act(other, work)

    (ended_at,) = read_ends(services)
    assert ended_at is not None
