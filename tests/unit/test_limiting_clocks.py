"""The time of a run stands still while a request of it waits for a limit."""

import asyncio

import pytest

from core.providers.limiting.clocks import stopped_clock, timeout_without_waits

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


async def test_a_wait_longer_than_the_timeout_does_not_end_the_block() -> None:
    async with timeout_without_waits(0.05):
        with stopped_clock():
            await asyncio.sleep(0.1)


async def test_the_time_goes_on_after_the_wait() -> None:
    async def wait_and_hang() -> None:
        async with timeout_without_waits(0.05):
            with stopped_clock():
                await asyncio.sleep(0.01)
            await asyncio.Event().wait()

    with pytest.raises(TimeoutError):
        await wait_and_hang()


async def test_the_time_stands_still_until_the_last_of_several_waits_is_over() -> None:
    async def wait(seconds: float) -> None:
        with stopped_clock():
            await asyncio.sleep(seconds)

    async with timeout_without_waits(0.05):
        await asyncio.gather(wait(0.01), wait(0.1))


async def test_a_cancelled_wait_lets_the_time_go_on() -> None:
    async def wait() -> None:
        with stopped_clock():
            await asyncio.Event().wait()

    async def cancel_and_hang() -> None:
        async with timeout_without_waits(0.05):
            waiting = asyncio.create_task(wait())
            await asyncio.sleep(0)
            waiting.cancel()
            await asyncio.Event().wait()

    with pytest.raises(TimeoutError):
        await cancel_and_hang()


async def test_without_a_timeout_nothing_has_to_stand_still() -> None:
    with stopped_clock():
        await asyncio.sleep(0)
