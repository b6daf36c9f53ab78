"""While the transport waits before it asks again, the run says so."""

from core.actors import LOCAL_USER
from core.runs.records import RunStatus
from core.services import Services
from tests.factories import Workshop, wait_until
from tests.fake_model_server import FakeModelServer


def test_a_wait_before_a_retry_is_told_while_it_lasts_and_gone_afterwards(
    services: Services, workshop: Workshop, model_server: FakeModelServer
) -> None:
    agent, task = workshop.make_pair(model_server.base_url, model_name="rate-limited-first:1:2")
    run = workshop.start_run(agent, task)

    wait_until(lambda: bool(services.runs.get_progress(LOCAL_USER, run.id).waiting), what="the wait to be told")
    told = services.runs.get_progress(LOCAL_USER, run.id).waiting
    ended = workshop.wait_for_end(run.id)

    assert "429" in told
    assert "2.0 s" in told
    assert "try 2 of 3" in told
    (waited,) = [event for event in services.runs.list_events(LOCAL_USER, run.id) if event.kind == "retry_waiting"]
    assert waited.data == {"number": 1, "seconds": 2.0, "status": 429, "next_try": 2, "max_tries": 3}
    assert ended.status is RunStatus.PASSED
    (attempt,) = services.runs.list_attempts(LOCAL_USER, run.id)
    assert [exchange["waited_seconds"] for exchange in attempt.exchanges] == [2.0, None]


def test_a_provider_that_hangs_up_is_told_without_a_status(
    services: Services, workshop: Workshop, model_server: FakeModelServer
) -> None:
    run = workshop.run(*workshop.make_pair(model_server.base_url, model_name="hang-up-first:1"))

    (waited,) = [event for event in services.runs.list_events(LOCAL_USER, run.id) if event.kind == "retry_waiting"]

    assert waited.data["status"] is None
    assert run.status is RunStatus.PASSED
