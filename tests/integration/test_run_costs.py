"""What runs cost: by the provider's own prices where they are set, else unknown, and never nothing."""

import uuid
from collections.abc import Callable
from decimal import Decimal

import pytest

from core.actors import LOCAL_USER
from core.agents.records import AgentRecord
from core.providers.connections import build_connection
from core.providers.prices import ModelPrice, PriceTable
from core.providers.records import ProviderChange, ProviderRecord
from core.runs.costs import OWN_PRICES, AttemptUsage, Charge, Cost, say_cost
from core.runs.journal import RunJournal
from core.runs.records import AttemptStatus, RunRecord
from core.services import Services
from core.store import Store
from core.tasks.records import TaskRecord
from db.queries import providers as provider_queries
from db.queries import runs as run_queries
from db.session import Database
from db.tables import utc_now
from tests.factories import Workshop
from tests.fake_model_server import FakeModelServer
from tests.integration.own_services import execute

PER_TOKEN = PriceTable(
    entries=(ModelPrice(model_name="*", input_per_million=Decimal("0.15"), output_per_million=Decimal("0.6")),)
)
PER_SECOND = PriceTable(entries=(ModelPrice(model_name="*", per_second=Decimal("0.0002")),))
FREE = PriceTable(entries=(ModelPrice(model_name="*", input_per_million=Decimal(0), output_per_million=Decimal(0)),))

MakePriced = Callable[..., tuple[AgentRecord, TaskRecord]]


@pytest.fixture
def make_priced(services: Services, workshop: Workshop, model_server: FakeModelServer) -> MakePriced:
    """Make an agent and a task whose provider has these prices."""

    def make_priced(prices: PriceTable | None, *, model_name: str = "ok") -> tuple[AgentRecord, TaskRecord]:
        agent, task = workshop.make_pair(model_server.base_url, model_name=model_name)
        set_prices(services, agent.provider_id, prices)
        return agent, task

    return make_priced


def set_prices(services: Services, provider_id: uuid.UUID, prices: PriceTable | None) -> ProviderRecord:
    return services.providers.change_provider(LOCAL_USER, provider_id, ProviderChange(prices=prices))


def costs_of(services: Services, run: RunRecord) -> list[Cost | None]:
    return [attempt.cost for attempt in services.runs.list_attempts(LOCAL_USER, run.id)]


def test_without_a_price_the_cost_is_unknown(services: Services, workshop: Workshop, make_priced: MakePriced) -> None:
    run = workshop.run(*make_priced(None))

    assert costs_of(services, run) == [None]
    assert (run.cost_usd, run.is_cost_complete, say_cost(run.cost)) == (None, False, "unknown")


def test_tokens_cost_what_the_provider_says_exactly(
    services: Services, workshop: Workshop, make_priced: MakePriced
) -> None:
    run = workshop.run(*make_priced(PER_TOKEN, model_name="wrong-then-right"))

    first, second = costs_of(services, run)
    assert first is not None
    assert second is not None
    attempts = services.runs.list_attempts(LOCAL_USER, run.id)
    amounts = [
        (Decimal("0.15") * attempt.input_tokens + Decimal("0.6") * attempt.output_tokens) / 1_000_000
        for attempt in attempts
    ]
    assert [first.amount_usd, second.amount_usd] == amounts
    assert (run.cost_usd, run.is_cost_complete) == (sum(amounts), True)
    assert (first.source, first.priced_as) == (OWN_PRICES, "*")
    assert [part.charge for part in first.parts] == [Charge.INPUT, Charge.OUTPUT]


def test_seconds_cost_what_the_provider_says(services: Services, workshop: Workshop, make_priced: MakePriced) -> None:
    run = workshop.run(*make_priced(PER_SECOND))

    (attempt,) = services.runs.list_attempts(LOCAL_USER, run.id)
    assert attempt.cost is not None
    assert attempt.duration_seconds is not None
    assert float(attempt.cost.amount_usd) == pytest.approx(0.0002 * attempt.duration_seconds, rel=1e-3)
    assert run.cost_usd == attempt.cost.amount_usd


def test_a_free_model_costs_nothing_by_the_providers_word(workshop: Workshop, make_priced: MakePriced) -> None:
    run = workshop.run(*make_priced(FREE))

    assert (run.cost_usd, run.is_cost_complete) == (Decimal(0), True)
    assert say_cost(run.cost) == "$0 by the provider's prices"


def test_a_run_that_failed_before_an_answer_does_not_say_it_was_free(
    workshop: Workshop, make_priced: MakePriced
) -> None:
    run = workshop.run(*make_priced(PER_TOKEN, model_name="unauthorized"))

    assert (run.cost_usd, run.is_cost_complete, say_cost(run.cost)) == (None, False, "unknown")


def test_a_run_never_asked_cost_nothing_and_says_so(services: Services, workshop: Workshop) -> None:
    agent, task = workshop.make_pair("http://127.0.0.1:9/v1")

    queued = workshop.start_run(agent, task)

    assert say_cost(queued.cost) == "none"
    workshop.wait_for_end(queued.id)


def test_the_sum_of_a_known_and_an_unknown_attempt_is_at_least_the_known_one(
    services: Services, workshop: Workshop, database: Database, make_priced: MakePriced
) -> None:
    run = workshop.run(*make_priced(PER_TOKEN))
    known = run.cost_usd
    store = Store(database)
    journal = RunJournal(run.id, store=store, background=services.background, exchanges=(), find_cost=_dear_or_unknown)
    journal.attempt_count = 1

    async def attempt() -> None:
        for tokens in (1_000_000, 0):
            await journal.start_attempt()
            journal.take_answer("{}", finish_reason="stop", input_tokens=tokens, output_tokens=1)
            await journal.end_attempt(AttemptStatus.PASSED)
        await journal.write()

    services.background.submit(attempt()).result(timeout=20)

    assert (journal.cost.known_count, journal.cost.unknown_count) == (1, 1)
    assert say_cost(journal.cost) == "at least $2.00"
    execute(database, "UPDATE runs SET status = 'running', ended_at = NULL, result = NULL WHERE id = :id", id=run.id)
    with store.transaction() as session:
        run_queries.end_attempts_of(session, [run.id])
    orphan = services.runs.get_run(LOCAL_USER, run.id)
    assert known is not None
    assert (orphan.attempt_count, orphan.cost_usd, orphan.is_cost_complete) == (3, known + 2, False)
    execute(database, "UPDATE runs SET status = 'failed', ended_at = now() WHERE id = :id", id=run.id)


def _dear_or_unknown(usage: AttemptUsage, *, at: object) -> Cost | None:
    return None if not usage.input_tokens else Cost(amount_usd=Decimal(2), source="x", priced_as="y", parts=())


def test_a_run_keeps_the_cost_of_its_time_when_the_price_changes(
    services: Services, workshop: Workshop, make_priced: MakePriced
) -> None:
    agent, task = make_priced(PER_TOKEN)
    run = workshop.run(agent, task)

    set_prices(services, agent.provider_id, FREE)

    assert services.runs.get_run(LOCAL_USER, run.id).cost_usd == run.cost_usd
    assert workshop.run(agent, task).cost_usd == 0


def test_a_changed_price_is_a_change_of_the_provider_but_none_of_its_connection(
    services: Services, database: Database, make_priced: MakePriced
) -> None:
    agent, _ = make_priced(None)

    def read() -> tuple[int, str]:
        with Store(database).reading() as session:
            row = provider_queries.find_provider(session, agent.provider_id)
            assert row is not None
            return row.revision, build_connection(row).fingerprint

    revision, fingerprint = read()
    priced = set_prices(services, agent.provider_id, PER_TOKEN)

    assert read() == (revision + 1, fingerprint)
    assert priced.prices == PER_TOKEN
    assert services.providers.list_providers(LOCAL_USER)[0].prices == PER_TOKEN
    renamed = services.providers.change_provider(LOCAL_USER, agent.provider_id, ProviderChange(name="Other"))
    assert renamed.prices == PER_TOKEN
    assert set_prices(services, agent.provider_id, PriceTable()).prices is None


def test_a_small_price_is_stored_exactly(services: Services, workshop: Workshop) -> None:
    tiny = ModelPrice.model_validate({"model_name": "ok", "per_second": "0.000000000001"})
    provider = workshop.make_provider()

    stored = set_prices(services, provider.id, PriceTable(entries=(tiny,)))

    assert stored.prices is not None
    assert stored.prices.entries == (tiny,)
    assert stored.model_dump(mode="json")["prices"]["entries"][0]["per_second"] == "0.000000000001"
    assert provider.updated_at < stored.updated_at <= utc_now()
