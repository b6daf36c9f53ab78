"""Contents go when their time is over; figures, ratings and what was kept on purpose stay."""

import uuid

import pytest

from core.actors import LOCAL_USER
from core.runs.comparing.records import ComparisonColumnDraft, ComparisonDraft
from core.runs.records import AttemptRecord, RunRecord
from core.runs.retention import Retention
from core.services import Services
from core.tasks.records import FixtureDraft
from db.session import Database
from tests.factories import Workshop
from tests.fake_model_server import FakeModelServer
from tests.integration.own_services import execute, read_everything

CANARY = "canary-7731"


@pytest.fixture
def old_run(workshop: Workshop, database: Database, model_server: FakeModelServer) -> RunRecord:
    """A passed run that ended three days ago, after an answer that did not fit."""
    agent, task = workshop.make_pair(model_server.base_url, model_name="wrong-then-right")
    run = workshop.run(agent, task, f"The invoice {CANARY} is wrong.")
    _age(database, run.id, days=3)
    return run


def _age(database: Database, run_id: uuid.UUID, *, days: int) -> None:
    execute(
        database,
        "UPDATE runs SET queued_at = queued_at - :age * interval '1 day', "
        "ended_at = ended_at - :age * interval '1 day' WHERE id = :id",
        id=run_id,
        age=days,
    )


def _attempts(services: Services, run: RunRecord) -> list[AttemptRecord]:
    return services.runs.list_attempts(LOCAL_USER, run.id)


def test_content_goes_when_its_time_is_over_and_figures_stay(
    services: Services, workshop: Workshop, database: Database, old_run: RunRecord
) -> None:
    before = _attempts(services, old_run)

    assert Retention(services.store, keep_days=2.5).erase_due() == 1

    run, attempts = services.runs.get_run(LOCAL_USER, old_run.id), _attempts(services, old_run)
    assert (run.input, run.result) == (None, None)
    assert run.content_erased_at is not None
    assert (run.status, run.attempt_count, run.input_tokens) == (
        old_run.status,
        old_run.attempt_count,
        old_run.input_tokens,
    )
    assert [attempt.request for attempt in attempts] == [None, None]
    assert [attempt.raw_answer for attempt in attempts] == ["", ""]
    assert [len(attempt.errors) for attempt in attempts] == [len(attempt.errors) for attempt in before]
    assert [attempt.output_tokens for attempt in attempts] == [attempt.output_tokens for attempt in before]
    assert [attempt.exchanges[0]["status"] for attempt in attempts] == [200, 200]
    assert CANARY not in read_everything(database)
    assert "piece" not in [event.kind for event in services.runs.list_events(LOCAL_USER, run.id)]
    assert Retention(services.store, keep_days=2.5).erase_due() == 0


def test_content_stays_without_the_setting_and_before_its_time(services: Services, old_run: RunRecord) -> None:
    assert Retention(services.store, keep_days=None).erase_due() == 0
    assert Retention(services.store, keep_days=3.5).erase_due() == 0

    assert services.runs.get_run(LOCAL_USER, old_run.id).input == old_run.input


def test_an_input_kept_with_its_task_stays(services: Services, old_run: RunRecord) -> None:
    services.fixtures.create_fixture(LOCAL_USER, old_run.task_id, FixtureDraft(name="Kept", input=old_run.input))

    Retention(services.store, keep_days=1).erase_due()

    (fixture,) = services.fixtures.page_fixtures(LOCAL_USER, old_run.task_id).items
    assert fixture.input == old_run.input


def test_pieces_of_runs_long_over_go_whatever_the_setting(
    services: Services, workshop: Workshop, database: Database, model_server: FakeModelServer
) -> None:
    agent, task = workshop.make_pair(model_server.base_url, model_name="slow")
    fresh, old = workshop.run(agent, task), workshop.run(agent, task)
    _age(database, old.id, days=1)

    Retention(services.store, keep_days=None).erase_due()

    kinds = {run.id: {event.kind for event in services.runs.list_events(LOCAL_USER, run.id)} for run in (fresh, old)}
    assert "piece" in kinds[fresh.id]
    assert "piece" not in kinds[old.id]
    assert _attempts(services, old)[0].raw_answer


def test_the_input_of_a_comparison_goes_with_the_last_of_its_runs(
    services: Services, workshop: Workshop, database: Database, model_server: FakeModelServer
) -> None:
    provider, task = workshop.make_provider(model_server.base_url), workshop.make_task()
    agents = [workshop.make_agent(provider) for _ in range(2)]
    for agent in agents:
        workshop.assign(agent, task)
    columns = tuple(ComparisonColumnDraft(agent_id=agent.id) for agent in agents)
    draft = ComparisonDraft(task_id=task.id, input=f"The invoice {CANARY} is wrong.", columns=columns)
    started = services.comparisons.start_comparison(LOCAL_USER, draft)
    assert started.id is not None
    runs = [workshop.wait_for_end(column.runs[0].id) for column in started.columns]
    execute(database, "UPDATE comparisons SET created_at = created_at - interval '3 days'")

    _age(database, runs[0].id, days=3)
    Retention(services.store, keep_days=1).erase_due()
    assert services.comparisons.get_comparison(LOCAL_USER, started.id).input == draft.input
    _age(database, runs[1].id, days=3)
    Retention(services.store, keep_days=1).erase_due()

    erased = services.comparisons.get_comparison(LOCAL_USER, started.id)
    assert (erased.input, erased.content_erased_at is None) == (None, False)
    assert CANARY not in read_everything(database)
