"""While a run waits for a limit of its provider it says so, no time of it passes, and it keeps nobody else waiting."""

from core.actors import LOCAL_USER
from core.runs.records import RunStatus
from core.runs.usages import usage_of
from core.services import Services
from core.settings import Settings
from db.session import Database
from tests.factories import Workshop, wait_until
from tests.fake_model_server import FakeModelServer
from tests.integration.own_services import running
from tests.integration.test_limits import arrivals_at, limit, read_slots, shorten


def test_a_wait_is_told_while_it_lasts_and_can_be_cancelled_at_once(
    services: Services, workshop: Workshop, model_server: FakeModelServer
) -> None:
    agent, task = workshop.make_pair(model_server.base_url)
    limit(services, agent.provider_id, requests_per_minute=1)
    workshop.run(agent, task)
    run = workshop.start_run(agent, task)

    wait_until(lambda: bool(services.runs.get_progress(LOCAL_USER, run.id).waiting), what="the wait to be told")
    told = services.runs.get_progress(LOCAL_USER, run.id).waiting
    services.runs.cancel_run(LOCAL_USER, run.id)
    ended = workshop.wait_for_end(run.id)

    assert told.startswith("Waiting for the provider's limit of 1 request per minute, about ")
    assert ended.status is RunStatus.CANCELLED
    assert len(model_server.chat_requests) == 1
    assert len(read_slots(services)) == 1


def test_a_wait_eats_neither_the_time_of_the_run_nor_that_of_the_request(
    database: Database, settings: Settings, model_server: FakeModelServer
) -> None:
    with running(settings, run_timeout_seconds=2.5, request_timeout_seconds=2.5) as services:
        shorten(services, 3.5)
        workshop = Workshop(services)
        agent, task = workshop.make_pair(model_server.base_url)
        limit(services, agent.provider_id, requests_per_minute=1)
        runs = [workshop.start_run(agent, task) for _ in range(2)]
        ended = [workshop.wait_for_end(run.id) for run in runs]
        took = [
            usage_of(each).machine_time for run in ended for each in services.runs.list_attempts(LOCAL_USER, run.id)
        ]
        told = [event.kind for run in runs for event in services.runs.list_events(LOCAL_USER, run.id)]

    assert [run.status for run in ended] == [RunStatus.PASSED] * 2
    first, second = sorted(arrivals_at(model_server))
    assert second - first > 3.3
    assert all(one is not None and one.total_seconds() < 2.5 for one in took)
    assert told.count("limit_waiting") == told.count("limit_passed") == 1


def test_runs_that_wait_for_one_provider_keep_those_of_no_other_waiting(
    database: Database, settings: Settings, model_server: FakeModelServer
) -> None:
    with running(settings, max_concurrent_runs=2) as services:
        workshop = Workshop(services)
        limited, task = workshop.make_pair(model_server.base_url)
        limit(services, limited.provider_id, requests_per_minute=1)
        workshop.run(limited, task)
        waiting = [workshop.start_run(limited, task) for _ in range(4)]
        wait_until(
            lambda: all(services.runs.get_progress(LOCAL_USER, run.id).waiting for run in waiting), what="all to wait"
        )

        others = [workshop.start_run(*workshop.make_pair(model_server.base_url)) for _ in range(3)]
        passed = [workshop.wait_for_end(run.id).status for run in others]
        services.runs.cancel_run(LOCAL_USER, waiting[0].id)
        cancelled = workshop.wait_for_end(waiting[0].id)
    with running(settings) as services:
        left = [services.runs.get_run(LOCAL_USER, run.id).status for run in waiting[1:]]

    assert passed == [RunStatus.PASSED] * 3
    assert cancelled.status is RunStatus.CANCELLED
    assert left == [RunStatus.INTERRUPTED] * 3
