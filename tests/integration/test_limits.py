"""What is asked of a provider stays within its limits, over all runs and processes; a minute is made short here."""

import asyncio
import uuid
from collections.abc import Sequence
from contextlib import nullcontext
from typing import Any

from sqlalchemy import text

from core.actors import LOCAL_USER
from core.providers.clients import build_provider_client
from core.providers.connections import OpenedSecrets, ProviderConnection, build_connection
from core.providers.exchanges import HearWait, LimitName, LimitWait, Wait, hear_waits
from core.providers.outbound_errors import ConnectionRefused
from core.providers.records import ProviderLimits
from core.providers.retrying import NO_RETRIES, RetryPolicy
from core.providers.transport import OutboundPolicy
from core.runs.records import RunStatus
from core.services import Services
from core.settings import Settings
from db.session import Database
from db.tables import ProviderRow
from tests.factories import Workshop, wait_until
from tests.fake_model_server import FakeModelServer
from tests.integration.own_services import execute, running

POLICY = OutboundPolicy(allow_private=True, deadline_seconds=20)
WINDOW_SECONDS = 1.8
WAY_SECONDS = 0.8
"""So much longer than its minute a slot counts, for the way to the server."""


def limit(services: Services, provider_id: uuid.UUID, **limits: int) -> ProviderConnection:
    """Give a provider limits, and return how it is called."""
    written = ProviderLimits.model_validate(limits).model_dump_json(exclude_none=True)
    execute(
        services.database, "UPDATE llm_providers SET limits = :limits WHERE id = :id", limits=written, id=provider_id
    )
    with services.store.reading() as session:
        row = session.get(ProviderRow, provider_id)
        assert row is not None
        return build_connection(row)


def shorten(services: Services, seconds: float = WINDOW_SECONDS) -> None:
    """Make the minute of these services so short."""
    services.limiter.window_seconds = seconds


async def send(
    services: Services,
    connection: ProviderConnection,
    *,
    count: int = 1,
    model: str = "ok",
    retry: RetryPolicy = NO_RETRIES,
    hear: HearWait | None = None,
    **body: object,
) -> list[int | BaseException]:
    """Send so many requests at once, and return their statuses or what they ended with. On the background loop."""
    services.limiter.note_limits(connection.provider_id, connection.limits)
    client = build_provider_client(connection, OpenedSecrets(), policy=POLICY, retry=retry, limiter=services.limiter)
    with nullcontext() if hear is None else hear_waits(hear):
        async with client:
            url = f"{connection.base_url}/chat/completions"
            calls = [client.post(url, json={"model": model, "messages": [], **body}) for _ in range(count)]
            answers = await asyncio.gather(*calls, return_exceptions=True)
    return [answer if isinstance(answer, BaseException) else answer.status_code for answer in answers]


def call(services: Services, connection: ProviderConnection, **values: Any) -> list[int | BaseException]:
    """Do what `send` does, and wait for it."""
    return services.background.submit(send(services, connection, **values)).result(timeout=30)


def count_most(arrivals: Sequence[float], *, seconds: float) -> int:
    """Return how many came at most in any window of so many seconds."""
    return max(sum(1 for other in arrivals if start <= other < start + seconds) for start in arrivals)


def arrivals_at(server: FakeModelServer) -> list[float]:
    return [request.arrived_at for request in server.chat_requests]


def read_slots(services: Services) -> list[dict[str, Any]]:  # Any: columns
    with services.store.reading() as session:
        found = session.connection().execute(text("SELECT * FROM provider_slots ORDER BY counted_from"))
        return [dict(row) for row in found.mappings()]


def count_going_on(services: Services) -> int:
    return sum(1 for slot in read_slots(services) if slot["ended_at"] is None)


def test_two_hundred_requests_of_two_processes_never_exceed_the_rate_in_any_window(
    services: Services, settings: Settings, workshop: Workshop, model_server: FakeModelServer
) -> None:
    connection = limit(services, workshop.make_provider(model_server.base_url).id, requests_per_minute=70)
    with running(settings) as other:
        shorten(services)
        shorten(other)
        pending = [each.background.submit(send(each, connection, count=100)) for each in (services, other)]
        answers = [each.result(timeout=30) for each in pending]

    assert answers == [[200] * 100] * 2
    assert count_most(arrivals_at(model_server), seconds=WINDOW_SECONDS - WAY_SECONDS) <= 70


def test_concurrent_runs_never_exceed_the_rate_in_any_window(
    database: Database, settings: Settings, model_server: FakeModelServer
) -> None:
    with running(settings, max_concurrent_runs=40) as services:
        shorten(services)
        workshop = Workshop(services)
        agent, task = workshop.make_pair(model_server.base_url)
        limit(services, agent.provider_id, requests_per_minute=15)
        runs = [workshop.start_run(agent, task) for _ in range(40)]
        ended = [workshop.wait_for_end(run.id) for run in runs]

    assert {run.status for run in ended} == {RunStatus.PASSED}
    assert len(model_server.chat_requests) == 40
    assert count_most(arrivals_at(model_server), seconds=WINDOW_SECONDS - WAY_SECONDS) <= 15


def test_every_http_attempt_counts(services: Services, workshop: Workshop, model_server: FakeModelServer) -> None:
    shorten(services)
    connection = limit(services, workshop.make_provider(model_server.base_url).id, requests_per_minute=2)
    retry = RetryPolicy(max_attempts=4, base_wait_seconds=0.001)

    assert call(services, connection, model="server-error-first:3", retry=retry) == [200]
    assert len(model_server.chat_requests) == 4
    assert count_most(arrivals_at(model_server), seconds=WINDOW_SECONDS - WAY_SECONDS) <= 2


def test_no_more_go_on_at_once_than_allowed_in_all_processes_together(
    services: Services, settings: Settings, workshop: Workshop, model_server: FakeModelServer
) -> None:
    connection = limit(services, workshop.make_provider(model_server.base_url).id, max_concurrency=3)
    with running(settings) as other:
        heard: list[Wait] = []
        pending = [
            each.background.submit(send(each, connection, count=3, model="held", hear=heard.append))
            for each in (services, other)
        ]
        wait_until(lambda: len(heard) == 3, what="the others to be told that they wait")
        came_before = len(model_server.chat_requests)
        model_server.release()
        answers = [each.result(timeout=20) for each in pending]

    assert came_before == 3
    assert set(heard) >= {LimitWait(LimitName.CONCURRENCY, 3, None)}
    assert answers == [[200] * 3] * 2
    wait_until(lambda: count_going_on(services) == 0, what="the slots to be given back")


def test_a_request_that_never_left_counts_for_nothing(
    services: Services, workshop: Workshop, unused_port: int, model_server: FakeModelServer
) -> None:
    closed = f"http://127.0.0.1:{unused_port}/v1"
    connection = limit(services, workshop.make_provider(closed).id, requests_per_minute=1, max_concurrency=1)

    failed = call(services, connection, count=3)

    assert [type(each) for each in failed] == [ConnectionRefused] * 3
    wait_until(lambda: not read_slots(services), what="the slots to be given back")


def test_tokens_are_reserved_and_corrected_once_the_server_tells(
    services: Services, workshop: Workshop, model_server: FakeModelServer
) -> None:
    agent, task = workshop.make_pair(model_server.base_url, max_tokens=5_000)
    limit(services, agent.provider_id, tokens_per_minute=1_000_000)

    run = workshop.run(agent, task)

    assert run.status is RunStatus.PASSED
    wait_until(
        lambda: [slot["tokens"] for slot in read_slots(services)] == [run.input_tokens + run.output_tokens],
        what="the correction",
    )


def test_a_request_larger_than_the_whole_limit_goes_out_alone(
    services: Services, workshop: Workshop, model_server: FakeModelServer
) -> None:
    shorten(services)
    connection = limit(services, workshop.make_provider(model_server.base_url).id, tokens_per_minute=100)

    assert call(services, connection, count=3, max_tokens=5_000) == [200] * 3
    assert count_most(arrivals_at(model_server), seconds=WINDOW_SECONDS - WAY_SECONDS) == 1


def test_the_slot_of_a_killed_process_is_free_once_its_time_is_over(
    services: Services, workshop: Workshop, model_server: FakeModelServer
) -> None:
    connection = limit(services, workshop.make_provider(model_server.base_url).id, max_concurrency=1)
    execute(
        services.database,
        "INSERT INTO provider_slots (id, provider_id, counted_from, tokens, expires_at) "
        "VALUES (gen_random_uuid(), :id, now(), 0, now() + interval '1 second')",
        id=connection.provider_id,
    )
    (left_behind,) = read_slots(services)

    assert call(services, connection) == [200]
    (slot,) = [slot for slot in read_slots(services) if slot["id"] != left_behind["id"]]
    assert slot["counted_from"] > left_behind["expires_at"]


def test_a_changed_limit_holds_for_those_who_wait_already(
    services: Services, workshop: Workshop, model_server: FakeModelServer
) -> None:
    provider = workshop.make_provider(model_server.base_url)
    shorten(services, 12.0)
    connection = limit(services, provider.id, requests_per_minute=1)
    pending = services.background.submit(send(services, connection, count=5))
    wait_until(lambda: len(model_server.chat_requests) == 1, what="the first request")

    limit(services, provider.id, requests_per_minute=100)

    assert pending.result(timeout=20) == [200] * 5


def test_limits_set_later_hold_for_a_client_that_is_kept(
    services: Services, workshop: Workshop, model_server: FakeModelServer
) -> None:
    agent, task = workshop.make_pair(model_server.base_url)
    workshop.run(agent, task)
    limit(services, agent.provider_id, requests_per_minute=10)

    workshop.run(agent, task)

    assert len(read_slots(services)) == 1


def test_without_limits_no_slot_is_taken(services: Services, workshop: Workshop, model_server: FakeModelServer) -> None:
    workshop.run(*workshop.make_pair(model_server.base_url))

    assert read_slots(services) == []


def test_the_use_of_a_key_is_noted_and_of_no_key_is_not(
    services: Services, workshop: Workshop, model_server: FakeModelServer
) -> None:
    keyed = workshop.make_provider(model_server.base_url, api_key="sk-any")
    keyless = workshop.make_provider(model_server.base_url)
    task = workshop.make_task()
    before = services.providers.get_provider(LOCAL_USER, keyed.id)
    for provider in (keyless, keyed):
        agent = workshop.make_agent(provider)
        workshop.assign(agent, task)
        workshop.run(agent, task)

    wait_until(lambda: services.providers.get_provider(LOCAL_USER, keyed.id).key_used_at is not None, what="the note")
    after = services.providers.get_provider(LOCAL_USER, keyed.id)
    assert after.etag == before.etag
    assert services.providers.get_provider(LOCAL_USER, keyless.id).key_used_at is None
