"""Checks nobody asked for: on a slow schedule, once for all processes, and silent when nothing changed."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

from core.actors import LOCAL_USER
from core.services import Services
from db.session import Database
from tests.factories import Workshop, wait_until
from tests.fake_model_server import FakeModelServer
from tests.integration.own_services import execute
from tests.integration.test_providers import settled


def read_events(database: Database) -> list[tuple[str, str]]:
    with database.engine.connect() as connection:
        return [tuple(row) for row in connection.exec_driver_sql("SELECT topic, event FROM events ORDER BY seq")]


def read_moments(database: Database) -> tuple[datetime, datetime]:
    with database.engine.connect() as connection:
        statement = "SELECT validated_at, check_due_at FROM llm_providers"
        first, second = connection.exec_driver_sql(statement).one()
        return first, second


def count_checks(database: Database) -> int:
    with database.engine.connect() as connection:
        return int(connection.exec_driver_sql("SELECT count(*) FROM provider_checks").scalar_one())


def test_a_repeated_check_that_finds_the_same_is_silent(
    services: Services, workshop: Workshop, database: Database, model_server: FakeModelServer
) -> None:
    model_server.set_mode("held", path="/v1/models")
    model_server.release()
    provider = workshop.make_provider(model_server.base_url)
    before = settled(services, provider.id)
    events = read_events(database)

    services.providers.repeat_due_checks()
    wait_until(lambda: count_checks(database) == 2, what="the check to be stored")
    after = services.providers.get_provider(LOCAL_USER, provider.id)

    assert read_events(database) == events
    assert after.validated_at is not None
    assert before.validated_at is not None
    assert after.validated_at > before.validated_at
    ignored = {"validated_at", "validation_latency_ms"}
    assert after.model_dump(exclude=ignored) == before.model_dump(exclude=ignored)


def test_a_repeated_check_shows_nothing_until_it_has_found_something_else(
    services: Services, workshop: Workshop, database: Database, model_server: FakeModelServer
) -> None:
    provider = workshop.make_provider(model_server.base_url)
    before = settled(services, provider.id)
    events = read_events(database)
    model_server.set_mode("held", path="/v1/models")
    count = len(model_server.requests)

    services.providers.repeat_due_checks()
    model_server.wait_until(lambda requests: len(requests) > count)
    meanwhile = services.providers.get_provider(LOCAL_USER, provider.id)
    model_server.state.models.append("a-new-one")
    model_server.release()
    wait_until(lambda: len(read_events(database)) > len(events), what="the change to be told")

    assert meanwhile == before
    assert read_events(database)[len(events) :] == [("providers", "validated")]
    assert "a-new-one" in services.providers.get_provider(LOCAL_USER, provider.id).model_names


def test_a_provider_is_due_once_in_a_quarter_of_an_hour_whoever_asks(
    services: Services, workshop: Workshop, database: Database, model_server: FakeModelServer
) -> None:
    provider = workshop.make_provider(model_server.base_url)
    settled(services, provider.id)

    for _ in range(3):
        services.providers.repeat_due_checks()
    wait_until(lambda: count_checks(database) == 2, what="the check to be stored")
    _, due_at = read_moments(database)
    execute(database, "UPDATE llm_providers SET check_due_at = now() - interval '1 second'")
    services.providers.repeat_due_checks()
    wait_until(lambda: count_checks(database) == 3, what="the next check to be stored")

    assert len(model_server.requests) == 3
    assert timedelta(minutes=12) < due_at - datetime.now(UTC) < timedelta(minutes=18)


def test_of_many_that_ask_at_once_one_checks_a_provider(
    services: Services, workshop: Workshop, database: Database, model_server: FakeModelServer
) -> None:
    providers = [workshop.make_provider(model_server.base_url) for _ in range(3)]
    for provider in providers:
        settled(services, provider.id)

    with ThreadPoolExecutor(8) as pool:
        for asked in [pool.submit(services.providers.repeat_due_checks) for _ in range(8)]:
            asked.result()
    wait_until(lambda: count_checks(database) == 6, what="the checks to be stored")
    services.providers.check_provider(LOCAL_USER, providers[0].id)
    settled(services, providers[0].id)

    assert count_checks(database) == 7
    assert len(model_server.requests) == 7


def test_the_schedule_leaves_the_built_in_model_and_open_checks_alone(
    services: Services, workshop: Workshop, database: Database
) -> None:
    provider = workshop.make_provider()
    settled(services, provider.id)
    execute(database, "UPDATE llm_providers SET type = 'builtin', base_url = ''")
    services.providers.repeat_due_checks()
    execute(database, "UPDATE llm_providers SET type = 'ollama', validation_status = 'validating'")
    services.providers.repeat_due_checks()

    assert read_moments(database)[1] is None
    assert count_checks(database) == 1


def test_checks_are_kept_for_thirty_days(services: Services, workshop: Workshop, database: Database) -> None:
    provider = workshop.make_provider()
    settled(services, provider.id)
    insert = """INSERT INTO provider_checks (provider_id, checked_at, is_connected, diagnosis)
        SELECT id, now() - make_interval(days => :days), true, 'connected' FROM llm_providers"""
    execute(database, insert, days=29)
    execute(database, insert, days=31)

    services.housekeeper.forget()

    assert count_checks(database) == 2
