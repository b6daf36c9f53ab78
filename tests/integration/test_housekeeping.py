"""What is stored stays true: lost locks, deleted keys, idle clients, an engine that cannot be loaded."""

import uuid
from datetime import timedelta

from sqlalchemy import text

from core.actors import LOCAL_USER
from core.providers.records import ProviderDraft
from core.runs.executor import RunExecutor
from core.runs.records import RunReason, RunStatus
from core.services import Services
from core.settings import Settings
from db.queries import keys as key_queries
from db.session import Database
from tests.factories import Workshop
from tests.fake_model_server import FakeModelServer
from tests.integration.own_services import execute, running
from tests.integration.test_providers import settled


def test_a_live_process_that_loses_its_lock_for_a_moment_keeps_its_runs(
    services: Services, settings: Settings, database: Database, workshop: Workshop, model_server: FakeModelServer
) -> None:
    agent, task = workshop.make_pair(model_server.base_url, model_name="slow:0.5")
    run = workshop.start_run(agent, task)
    model_server.wait_until(lambda _: bool(model_server.chat_requests))

    with running(settings) as other:
        with database.transaction() as session:
            session.connection().execute(
                text("SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND objsubid = 2")
            )
        other.housekeeper.sweep()
        ended = workshop.wait_for_end(run.id)

    assert ended.status is RunStatus.PASSED


def test_the_key_of_a_provider_deleted_long_ago_is_erased(
    services: Services, database: Database, workshop: Workshop
) -> None:
    draft = ProviderDraft.model_validate(
        {"name": "Kept", "type": "openai", "base_url": "http://127.0.0.1:9/v1", "api_key": "sk-deleted-0001"}
    )
    provider = services.providers.create_provider(LOCAL_USER, draft)
    services.providers.delete_provider(LOCAL_USER, provider.id)

    with database.transaction() as session:
        key_queries.erase_deleted_keys(session, older_than=timedelta(hours=1))
    restored = services.providers.restore_provider(LOCAL_USER, provider.id)
    services.providers.delete_provider(LOCAL_USER, provider.id)
    with database.transaction() as session:
        key_queries.erase_deleted_keys(session, older_than=timedelta(0))
    erased = services.providers.restore_provider(LOCAL_USER, provider.id)

    assert restored.has_key
    assert not erased.has_key


def test_clients_nobody_uses_are_closed_after_a_while(
    services: Services, workshop: Workshop, model_server: FakeModelServer
) -> None:
    workshop.run(*workshop.make_pair(model_server.base_url))
    engine = services.background.submit(services.executor.get_engine()).result(10)
    registry = engine.registry  # type: ignore[attr-defined]  # the real engine has one

    services.background.submit(registry.close_idle(3600)).result(10)
    open_before = registry.open_client_count
    services.background.submit(registry.close_idle(0)).result(10)

    assert (open_before, registry.open_client_count) == (1, 0)
    assert registry.figures.clients_built == registry.figures.clients_closed


def test_a_run_whose_engine_cannot_be_built_ends_at_once_as_failed(
    services: Services, workshop: Workshop, model_server: FakeModelServer
) -> None:
    def break_down() -> RunExecutor:
        raise ImportError("a library is missing")

    services.executor = RunExecutor(
        services.store,
        background=services.background,
        build_engine=break_down,  # type: ignore[arg-type]  # it never returns
        instance_id=uuid.uuid4(),
        max_concurrent_runs=1,
        run_timeout_seconds=30,
    )
    services.runs._executor = services.executor

    ended = workshop.run(*workshop.make_pair(model_server.base_url))

    assert (ended.status, ended.reason) == (RunStatus.FAILED, RunReason.INTERNAL)
    assert "ImportError" in ended.message


def test_a_secret_that_the_model_echoes_is_masked_in_result_progress_and_database(
    services: Services, database: Database, workshop: Workshop, model_server: FakeModelServer
) -> None:
    secret = "sk-CANARY-echoed-by-the-model"
    answer = f'answer:{{"category":"bug","confidence":1,"said":"{secret}"}}'
    provider = workshop.make_provider(model_server.base_url, api_key=secret)
    agent = workshop.make_agent(provider, model_name=answer)
    task = workshop.make_task({"type": "object", "properties": {"said": {"type": "string"}}, "required": ["said"]})
    workshop.assign(agent, task)

    ended = workshop.run(agent, task)
    progress = services.runs.get_progress(LOCAL_USER, ended.id)
    events = [str(event.data) for event in services.runs.list_events(LOCAL_USER, ended.id)]
    (attempt,) = services.runs.list_attempts(LOCAL_USER, ended.id)

    assert ended.status is RunStatus.PASSED
    assert ended.result is not None
    assert ended.result["said"] == "[secret]"
    assert all(secret not in shown for shown in (progress.text, *events, attempt.raw_answer))


def test_slots_of_limits_are_erased_once_they_count_for_nothing(
    services: Services, database: Database, workshop: Workshop
) -> None:
    provider = workshop.make_provider("http://127.0.0.1:9/v1")
    kept = {"just sent": (10, 30), "sent long ago, still going on": (7_200, 30), "not sent yet": (-7_200, 7_200)}
    gone = {"ended": (7_200, -7_000), "given up": (86_400, -80_000)}
    statement = """
        INSERT INTO provider_slots (id, provider_id, counted_from, tokens, expires_at)
        VALUES (gen_random_uuid(), :id, now() - make_interval(secs => :age), 1, now() + make_interval(secs => :left))
    """
    for age, left in (*kept.values(), *gone.values()):
        execute(database, statement, id=provider.id, age=age, left=left)

    services.housekeeper.forget()

    with database.transaction() as session:
        assert session.connection().execute(text("SELECT count(*) FROM provider_slots")).scalar() == len(kept)


def test_checks_are_forgotten_after_thirty_days(services: Services, database: Database, workshop: Workshop) -> None:
    provider = workshop.make_provider("http://127.0.0.1:9/v1")
    settled(services, provider.id)
    execute(database, "UPDATE provider_checks SET checked_at = now() - interval '31 days'")
    services.providers.check_provider(LOCAL_USER, provider.id)
    settled(services, provider.id)

    services.housekeeper.forget()

    with database.transaction() as session:
        assert session.connection().execute(text("SELECT count(*) FROM provider_checks")).scalar() == 1
