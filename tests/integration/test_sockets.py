"""The socket /ws: what changes is told to whoever asked for it, in order, whatever breaks in between."""

import asyncio
import base64
import json
import os
import socket
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import ClientConnection, connect

from api import sockets
from api.hub import Hub, Subscription, _hubs
from api.sockets import routes
from core.events import ChangeEvent, Topic, system_event
from core.services import Services
from db.session import Database
from tests.factories import Workshop, wait_until
from tests.fake_model_server import FakeModelServer
from tests.integration.live_server import LiveServer, serving
from tests.integration.own_services import execute, running

_SECONDS = 10
# Their last statement is the LISTEN, or the question whether the connection still lives.
_KILL_LISTENERS = """
    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE query LIKE 'LISTEN%' OR query = 'SELECT 1' AND datname = current_database() AND pid <> pg_backend_pid()
"""


@pytest.fixture
def server(services: Services) -> Iterator[LiveServer]:
    """The socket, served over the network."""
    with serving(routes) as server:
        yield server


def hear(client: ClientConnection) -> dict[str, Any]:
    return dict(json.loads(client.recv(timeout=_SECONDS)))


def hear_until(client: ClientConnection, event: str) -> list[dict[str, Any]]:
    """Return what is told up to and with an event of this name."""
    heard = [hear(client)]
    while heard[-1]["event"] != event:
        heard.append(hear(client))
    return heard


def say(client: ClientConnection, **message: object) -> None:
    client.send(json.dumps(message))


def settle(client: ClientConnection) -> int:
    """Wait until everything said so far has been obeyed; return the number of the newest event."""
    say(client, action="ping")
    return int(hear_until(client, "pong")[-1]["seq"])


def find_hub(services: Services) -> Hub:
    return next(each for each in _hubs.values() if each.bus is services.events.bus)


def test_a_change_is_told_to_who_asked_for_its_topic(server: LiveServer, workshop: Workshop) -> None:
    with connect(f"{server.socket_url}?topics=tasks") as client:
        settle(client)

        workshop.make_agent()
        task = workshop.make_task()

        told = hear(client)
        assert told["topic"] == "tasks"
        assert told["event"] == "created"
        assert told["data"] == {"id": str(task.id)}
        assert told["seq"] > 0
        assert told["at"].startswith("20")


def test_topics_can_be_added_and_dropped(server: LiveServer, workshop: Workshop) -> None:
    with connect(server.socket_url) as client:
        say(client, action="subscribe", topics=["tasks", "providers"])
        say(client, action="unsubscribe", topics=["tasks"])
        settle(client)

        workshop.make_task()
        workshop.make_provider()

        assert hear(client)["topic"] == "providers"


def test_who_comes_back_with_its_last_number_misses_nothing(server: LiveServer, workshop: Workshop) -> None:
    with connect(f"{server.socket_url}?topics=tasks") as client:
        settle(client)
        workshop.make_task()
        last = hear(client)["seq"]
    made = [str(workshop.make_task().id) for _ in range(5)]

    with connect(f"{server.socket_url}?topics=tasks&seq={last}") as client:
        made.append(str(workshop.make_task().id))
        told = [hear(client) for _ in made]

    assert [each["data"]["id"] for each in told] == made
    assert [each["seq"] for each in told] == sorted({each["seq"] for each in told})


def test_a_pong_tells_no_number_that_is_still_to_come(server: LiveServer, workshop: Workshop) -> None:
    with connect(f"{server.socket_url}?topics=tasks") as client:
        settle(client)
        for _ in range(20):
            workshop.make_task()
            say(client, action="ping")
        told = [hear(client) for _ in range(40)]

    assert [each["event"] for each in told].count("created") == 20
    promised = 0
    for each in told:
        if each["event"] == "pong":
            promised = each["seq"]
        else:
            assert each["seq"] > promised


def test_a_pong_names_the_process(server: LiveServer, services: Services) -> None:
    with connect(server.socket_url) as first, connect(server.socket_url) as second:
        for client in (first, second):
            say(client, action="ping")
        names = [hear_until(client, "pong")[-1]["data"]["process"] for client in (first, second)]

    assert names == [str(services.instance_id)] * 2


def test_numbers_that_are_not_known_any_more_give_a_resync(
    server: LiveServer, workshop: Workshop, database: Database
) -> None:
    with connect(f"{server.socket_url}?topics=tasks") as watcher:
        settle(watcher)
        # Once all three are heard here, none of them is still on its way to the sockets below.
        made = [workshop.make_task() for _ in range(3)]
        assert len([hear(watcher) for _ in made]) == 3
    execute(database, "DELETE FROM events WHERE seq < (SELECT max(seq) FROM events)")

    with (
        connect(f"{server.socket_url}?topics=tasks&seq=1") as old,
        connect(f"{server.socket_url}?topics=tasks&seq=99999999") as foreign,
    ):
        assert hear(old)["event"] == "resync"
        assert hear(foreign)["event"] == "resync"


@pytest.mark.parametrize(
    "message",
    [
        "",
        "no JSON",
        "[]",
        "{}",
        '{"action": "jump"}',
        '{"action": "subscribe"}',
        '{"action": "subscribe", "topics": ["secrets"]}',
        '{"action": "subscribe", "topics": ["runs"], "seq": -1}',
        b"\x00",
        "x" * 5000,
    ],
)
def test_what_cannot_be_understood_is_answered_and_changes_nothing(
    server: LiveServer, workshop: Workshop, message: str | bytes
) -> None:
    with connect(f"{server.socket_url}?topics=tasks") as client:
        client.send(message)

        assert hear(client)["event"] == "error"
        task = workshop.make_task()
        assert hear(client)["data"]["id"] == str(task.id)


def test_an_address_with_an_unknown_topic_is_answered(server: LiveServer) -> None:
    with connect(f"{server.socket_url}?topics=tasks,secrets") as client:
        told = hear(client)

    assert told["event"] == "error"
    assert "agents, tasks, providers, runs" in told["data"]["message"]


def test_pages_of_other_sites_hear_nothing(server: LiveServer) -> None:
    with pytest.raises(InvalidStatus), connect(server.socket_url, origin="https://evil.example"):  # type: ignore[arg-type]  # a NewType of str
        pass


def test_a_run_is_told_from_its_start_to_its_end_without_its_text(
    server: LiveServer, workshop: Workshop, model_server: FakeModelServer
) -> None:
    agent, task = workshop.make_pair(model_server.base_url)
    with connect(f"{server.socket_url}?topics=runs") as client:
        settle(client)

        run = workshop.run(agent, task, "A secret thought.")
        told = hear_until(client, "ended")

    names = [each["event"] for each in told]
    assert names[:3] == ["queued", "started", "attempt_started"]
    assert names[-2:] == ["attempt_passed", "ended"]
    assert {each["data"]["id"] for each in told} == {str(run.id)}
    assert told[-1]["data"]["status"] == "passed"
    assert "secret thought" not in json.dumps(told)
    assert all("text" not in each["data"] for each in told)


def test_changes_of_another_process_are_told(server: LiveServer, services: Services) -> None:
    with connect(f"{server.socket_url}?topics=tasks") as client, running(services.settings) as other:
        settle(client)

        task = Workshop(other).make_task()

        assert hear(client)["data"]["id"] == str(task.id)


def test_a_listener_whose_connection_was_killed_misses_nothing(
    server: LiveServer, workshop: Workshop, database: Database
) -> None:
    with connect(f"{server.socket_url}?topics=tasks") as client:
        settle(client)
        execute(database, _KILL_LISTENERS)

        made = [str(workshop.make_task().id) for _ in range(3)]

        assert [hear(client)["data"]["id"] for _ in made] == made


def test_a_failed_transaction_announces_nothing(server: LiveServer, services: Services, workshop: Workshop) -> None:
    with connect(f"{server.socket_url}?topics=tasks,agents") as client:
        settle(client)
        task = workshop.make_task()
        newest = hear(client)["seq"]

        with pytest.raises(Exception, match="is called"):
            workshop.make_task(name=task.name)

        assert settle(client) == newest


def test_clients_that_left_are_forgotten(server: LiveServer, services: Services) -> None:
    for _ in range(3):
        with connect(f"{server.socket_url}?topics=tasks,runs") as client:
            settle(client)

    hub = find_hub(services)
    wait_until(lambda: not any(hub._by_topic.values()), what="the subscriptions to end")


def test_a_client_that_takes_nothing_is_dropped(
    server: LiveServer, services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sockets, "_SEND_SECONDS", 0.3)
    key = base64.b64encode(os.urandom(16)).decode()
    asked = (
        f"GET /ws?topics=runs HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\nUpgrade: websocket\r\n"
        f"Connection: Upgrade\r\nSec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n\r\n"
    )
    long = ChangeEvent(topic="runs", event="piece", data={"id": "x" * 7000}, at=datetime.now(UTC), seq=1)

    with socket.create_connection(("127.0.0.1", server.port)) as client:
        client.sendall(asked.encode())
        client.recv(500)
        wait_until(lambda: bool(find_hub(services)._by_topic["runs"]), what="the subscription")

        def is_dropped() -> bool:
            services.events.bus.publish([long] * 200)
            return not find_hub(services)._by_topic["runs"]

        wait_until(is_dropped, seconds=40, what="the client to be dropped")


def test_a_slow_client_holds_few_events_and_is_told_that_it_missed_some() -> None:
    async def take_all() -> list[str]:
        subscription = Subscription({Topic.RUNS})
        for number in range(1000):
            subscription.offer(system_event(f"number {number}", seq=number))
        taken = []
        while (event := await subscription.next(timeout_seconds=0)) is not None:
            taken.append(event.event)
        return taken

    taken = asyncio.run(take_all())

    assert len(taken) <= 256
    assert "resync" in taken
    assert taken[-1] == "number 999"
