"""Places are given away and taken again in their order, and none is ever lost."""

import asyncio
import uuid
from collections.abc import Callable, Coroutine
from functools import wraps

from core.providers.limiting.places import Place, Places, find_place

ONE, OTHER = uuid.uuid4(), uuid.uuid4()


class Runs:
    """Runs that hold places until they are told to go on."""

    def __init__(self, places: Places) -> None:
        self._places = places
        self.begun: list[str] = []
        self.places: dict[str, Place] = {}
        self.tasks: dict[str, asyncio.Task[None]] = {}
        self._ends: dict[str, asyncio.Event] = {}

    async def begin(self, name: str, provider_id: uuid.UUID = ONE) -> None:
        self._ends[name] = asyncio.Event()
        self.tasks[name] = asyncio.create_task(self._run(name, provider_id))
        await settle()

    async def end(self, name: str) -> None:
        self._ends[name].set()
        await self.tasks[name]
        await settle()

    async def cancel(self, name: str) -> None:
        self.tasks[name].cancel()
        await asyncio.wait([self.tasks[name]])
        await settle()

    async def _run(self, name: str, provider_id: uuid.UUID) -> None:
        async with self._places.take(provider_id):
            self.begun.append(name)
            place = find_place()
            assert place is not None
            self.places[name] = place
            await self._ends[name].wait()


async def settle() -> None:
    """Have whoever may go on do so."""
    for _ in range(5):
        await asyncio.sleep(0)


def run_async(test: Callable[[], Coroutine[object, object, None]]) -> Callable[[], None]:
    @wraps(test)
    def run() -> None:
        asyncio.run(test())

    del run.__wrapped__  # pytest would look through it and find a coroutine
    return run


@run_async
async def test_a_place_that_is_given_away_lets_another_begin_and_is_taken_again_before_anybody_new_begins() -> None:
    runs = Runs(Places(1))
    await runs.begin("a")
    await runs.begin("b", OTHER)
    await runs.begin("c", OTHER)
    assert runs.begun == ["a"]

    runs.places["a"].leave()
    await settle()
    assert runs.begun == ["a", "b"]
    back = asyncio.create_task(runs.places["a"].come_back())
    await settle()
    assert not back.done()

    await runs.end("b")
    assert back.done()
    assert runs.begun == ["a", "b"]
    await runs.end("a")
    assert runs.begun == ["a", "b", "c"]
    await runs.end("c")


@run_async
async def test_of_one_provider_no_more_begin_than_some_that_wait() -> None:
    runs = Runs(Places(1, most_away=1))
    await runs.begin("a")
    runs.places["a"].leave()
    await runs.begin("b")
    await runs.begin("c", OTHER)
    assert runs.begun == ["a", "c"]

    await runs.end("c")
    assert runs.begun == ["a", "c"]
    await runs.places["a"].come_back()
    await runs.end("a")
    assert runs.begun == ["a", "c", "b"]
    await runs.end("b")


@run_async
async def test_whoever_is_cancelled_takes_no_place_with_it() -> None:
    runs = Runs(Places(1, most_away=1))
    await runs.begin("away")
    runs.places["away"].leave()
    await runs.begin("inside", OTHER)
    await runs.begin("arriving", OTHER)
    back = asyncio.create_task(runs.places["away"].come_back())
    await settle()

    await runs.cancel("arriving")
    back.cancel()
    await asyncio.wait([back])
    await runs.cancel("away")
    await runs.cancel("inside")

    await runs.begin("next")
    await runs.begin("last", OTHER)
    assert runs.begun == ["away", "inside", "next"]
    runs.places["next"].leave()
    await settle()
    assert runs.begun[-1] == "last"
    await runs.cancel("next")
    await runs.end("last")


@run_async
async def test_one_that_is_cancelled_as_it_is_given_a_place_gives_it_on() -> None:
    runs = Runs(Places(1))
    await runs.begin("a")
    await runs.begin("b")
    await runs.begin("c")

    runs.tasks["a"].cancel()
    await asyncio.sleep(0)  # now the place is the second one's, which does not know yet
    runs.tasks["b"].cancel()
    await settle()

    assert runs.begun == ["a", "c"]
    await runs.end("c")
