"""Answers are mended in every output mode, in a streamed run once, and what is stored of a mend is bounded."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from pydantic_ai import Agent, NativeOutput, PromptedOutput, ToolOutput
from pydantic_ai.capabilities import Hooks

from core.actors import LOCAL_USER
from core.providers.dialects import ServerDialect
from core.providers.transport import OutboundPolicy, build_client
from core.providers.types import find_type
from core.providers.types.base import CallParts
from core.runs.hooks import build_hooks
from core.runs.journal import RunJournal
from core.runs.plans import RunPlan, build_plan
from core.runs.records import AttemptRecord, AttemptStatus
from core.services import Services
from core.store import Store
from core.tasks.judge import output_type
from core.tasks.mending import Mend, MendRule
from db.queries import runs as run_queries
from db.session import Database
from tests.factories import Workshop
from tests.fake_model_server import FakeModelServer
from tests.integration.test_mended_answers import MEANT, ORDER, TOLD, answering, told

Ask = Callable[[Agent[object, Any], Hooks[object]], Awaitable[Any]]  # Any: JSON the model wrote


class Bench:
    """Asks one agent in an output mode of the test's choice, with the journal of a run that is stored."""

    def __init__(self, services: Services, database: Database, server: FakeModelServer) -> None:
        self._services, self._server = services, server
        workshop = Workshop(services)
        task, agent = workshop.make_task(ORDER), workshop.make_agent(workshop.make_provider(server.base_url))
        workshop.assign(agent, task)
        self.run_id = workshop.run(agent, task).id
        with database.transaction() as session:
            line = run_queries.find_run(session, self.run_id)
            assert line is not None
            self.plan: RunPlan = build_plan(line)
        self.journal = RunJournal(self.run_id, store=Store(database), background=services.background, exchanges=())
        self.journal.attempt_count = 1

    def ask(self, output_mode: Any, *, model_name: str, ask: Ask) -> Any:  # Any: an output mode; what `ask` returns
        async def ask_agent() -> Any:  # Any: as above
            async with build_client(policy=OutboundPolicy(allow_private=True)) as http:
                kind = find_type("compatible")
                client = kind.open_client(CallParts(base_url=self._server.base_url, http=http))
                agent: Agent[object, Any] = Agent(  # Any: JSON the model wrote
                    kind.build_model(client, model_name=model_name, dialect=ServerDialect()),
                    output_type=output_mode(output_type(ORDER, name="order"), name="order"),
                    retries={"output": 1},
                )
                answer = await ask(agent, build_hooks(self.plan, journal=self.journal, verbatim_schema=None))
            await self.journal.end_attempt(AttemptStatus.PASSED)
            await self.journal.write()
            return answer

        return self._services.background.submit(ask_agent()).result(timeout=30)

    @property
    def attempts(self) -> list[AttemptRecord]:
        """The attempts since the run's own."""
        return self._services.runs.list_attempts(LOCAL_USER, self.run_id)[1:]


@pytest.fixture
def bench(services: Services, database: Database, model_server: FakeModelServer) -> Bench:
    """Asks one agent in an output mode of the test's choice."""
    return Bench(services, database, model_server)


async def run_whole(agent: Agent[object, Any], hooks: Hooks[object]) -> Any:  # Any: JSON the model wrote
    return (await agent.run("Take the order.", capabilities=[hooks])).output


async def run_streamed(agent: Agent[object, Any], hooks: Hooks[object]) -> Any:  # Any: JSON the model wrote
    async with agent.run_stream("Take the order.", capabilities=[hooks]) as result:
        return [each async for each in result.stream_output(debounce_by=None)][-1]


@pytest.mark.parametrize("output_mode", [NativeOutput, ToolOutput, PromptedOutput])
@pytest.mark.parametrize("mode", TOLD)
def test_an_answer_is_mended_in_every_output_mode(bench: Bench, output_mode: Any, mode: str) -> None:
    answer = bench.ask(output_mode, model_name=mode, ask=run_whole)

    (attempt,) = bench.attempts
    assert answer == MEANT
    assert told(attempt) == [known[:2] for known in TOLD[mode]]


@pytest.mark.parametrize("output_mode", [NativeOutput, ToolOutput, PromptedOutput])
def test_a_retry_is_spent_on_what_cannot_be_mended(bench: Bench, output_mode: Any) -> None:
    answer = bench.ask(output_mode, model_name="wrong-then-right", ask=run_whole)

    assert answer == MEANT
    assert [attempt.mends for attempt in bench.attempts] == [(), ()]


@pytest.mark.parametrize("output_mode", [NativeOutput, ToolOutput, PromptedOutput])
def test_a_streamed_answer_is_mended_once_when_it_is_whole(bench: Bench, output_mode: Any) -> None:
    text = '{"qty": "41", "is_urgent": true, "tags": "a text long enough for several pieces"}'

    answer = bench.ask(output_mode, model_name=answering(text), ask=run_streamed)

    (attempt,) = bench.attempts
    assert answer == {"qty": 41, "is_urgent": True, "tags": ["a text long enough for several pieces"]}
    assert told(attempt) == [("/qty", "number"), ("/tags", "list")]


def test_what_is_stored_of_a_mend_is_bounded_and_storable(bench: Bench) -> None:
    mend = Mend(place="/" + "k" * 5000, rule=MendRule.LIST, message="Mended.", before="\x00" + "b" * 5000, after="[]")

    async def ask(agent: Agent[object, Any], hooks: Hooks[object]) -> Any:  # Any: JSON the model wrote
        answer = await run_whole(agent, hooks)
        bench.journal.take_mends([mend])
        return answer

    bench.ask(NativeOutput, model_name="ok", ask=ask)

    (kept,) = bench.attempts[0].mends
    assert (len(kept.place), len(kept.before), kept.after) == (500, 500, "[]")
    assert kept.before.startswith("\ufffdb")
