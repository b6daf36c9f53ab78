"""Events: numbered in the order of their commits, kept for a while, and heard by every process."""

import threading
import uuid
from contextlib import suppress
from datetime import timedelta

from core.actors import LOCAL_USER
from core.events import ChangeEvent, EventBus, Topic, system_event
from core.runs.records import RunStatus
from core.services import Services
from db.events import announce
from db.queries import events as event_queries
from db.session import Database
from db.tables import EventRow
from tests.factories import Workshop, wait_until
from tests.fake_model_server import FakeModelServer
from tests.integration.own_services import execute, running


def _list(database: Database) -> list[EventRow]:
    with database.transaction() as session:
        return list(event_queries.list_events(session, after_seq=0, limit=1000))


def test_events_of_one_transaction_keep_their_order(database: Database) -> None:
    with database.transaction() as session:
        for number in range(20):
            announce(session, "tasks", f"event {number}", id=uuid.uuid4())

    assert [row.event for row in _list(database)] == [f"event {number}" for number in range(20)]


def test_nobody_sees_a_number_before_all_smaller_ones(database: Database) -> None:
    seen: list[int] = []
    is_done = threading.Event()

    def watch() -> None:
        while not is_done.is_set():
            after = seen[-1] if seen else 0
            with database.transaction() as session:
                seen.extend(row.seq or 0 for row in event_queries.list_events(session, after_seq=after, limit=1000))

    def write() -> None:
        for _ in range(40):
            with database.transaction() as session:
                announce(session, "tasks", "updated", id=uuid.uuid4())

    watcher = threading.Thread(target=watch)
    writers = [threading.Thread(target=write) for _ in range(6)]
    watcher.start()
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    wait_until(lambda: len(seen) >= 240, what="the watcher to see the last event")
    is_done.set()
    watcher.join()

    assert seen == [row.seq for row in _list(database)]


def test_what_is_rolled_back_is_not_announced(database: Database) -> None:
    with suppress(RuntimeError), database.transaction() as session:
        announce(session, "tasks", "created", id=uuid.uuid4())
        raise RuntimeError

    assert _list(database) == []


def test_old_events_are_forgotten_except_the_newest(database: Database) -> None:
    for number in range(3):
        with database.transaction() as session:
            announce(session, "tasks", f"event {number}", id=uuid.uuid4())
    execute(database, "UPDATE events SET at = at - interval '2 hours'")

    with database.transaction() as session:
        event_queries.forget_events(session, older_than=timedelta(hours=1))

    assert [row.event for row in _list(database)] == ["event 2"]


def test_a_replay_says_when_it_is_not_complete(services: Services, workshop: Workshop, database: Database) -> None:
    first, *_ = [workshop.make_task() for _ in range(4)]
    rows = _list(database)

    whole = services.events.replay(LOCAL_USER, after_seq=0, topics=[Topic.TASKS])
    too_many = services.events.replay(LOCAL_USER, after_seq=0, topics=[Topic.TASKS], limit=3)
    execute(database, "DELETE FROM events WHERE seq < :last", last=rows[-1].seq)
    pruned = services.events.replay(LOCAL_USER, after_seq=0, topics=[Topic.TASKS])

    assert whole.is_complete
    assert whole.events[0].data == {"id": str(first.id)}
    assert not too_many.is_complete
    assert not pruned.is_complete


def test_a_listener_that_fails_does_not_silence_the_others() -> None:
    bus, heard = EventBus(), list[ChangeEvent]()
    bus.subscribe(lambda _: 1 / 0)  # type: ignore[arg-type, return-value]  # the failure is what this is about
    bus.subscribe(heard.extend)

    bus.publish([system_event("first", seq=1)])
    bus.publish([system_event("second", seq=2)])

    assert [event.event for event in heard] == ["first", "second"]


def test_a_run_of_another_process_is_cancelled(
    services: Services, workshop: Workshop, model_server: FakeModelServer
) -> None:
    agent, task = workshop.make_pair(model_server.base_url, model_name="hang")
    with running(services.settings) as other:
        run = Workshop(other).start_run(agent, task)
        wait_until(lambda: bool(model_server.chat_requests), what="the request to arrive")

        services.runs.cancel_run(LOCAL_USER, run.id)

        assert workshop.wait_for_end(run.id).status is RunStatus.CANCELLED
