"""The routes live tables read their rows from, without a browser."""

import asyncio
from functools import partial
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from core.services import Services, install_services
from pages.ui.list_rows import routes, share
from tests.factories import Workshop
from tests.fake_model_server import FakeModelServer


def fetch(name: str, **query: object) -> tuple[int, dict[str, Any]]:  # Any: JSON
    with TestClient(Starlette(routes=routes)) as client:
        answer = client.get(f"/rows/{name}", params={key: str(value) for key, value in query.items()})
        return answer.status_code, answer.json()


def names(page: dict[str, Any]) -> list[str]:  # Any: JSON
    return [row["cells"][0]["lines"][0]["text"] for row in page["rows"]]


def test_rows_come_by_name_in_numbered_pages(workshop: Workshop) -> None:
    for number in range(9):
        workshop.make_agent(name=f"Agent {number}")

    _, first = fetch("agents", number=1)
    _, second = fetch("agents", number=2)

    assert names(first) + names(second) == [f"Agent {number}" for number in range(9)]
    assert first["pages"] == second["pages"] == 2


def test_rows_are_filtered_as_the_page_filters_them(workshop: Workshop) -> None:
    shown = workshop.make_agent(name="Invoice reader", is_active=False)
    workshop.make_agent(name="Triage")

    _, found = fetch("agents", search="invoice", provider_id=shown.provider_id)
    _, active = fetch("agents", search="invoice", only_active=True)

    assert names(found) == ["Invoice reader"]
    assert active == {"rows": [], "pages": 0}


def test_every_list_has_its_route(workshop: Workshop, model_server: FakeModelServer) -> None:
    agent, task = workshop.make_pair(model_server.base_url)
    run = workshop.run(agent, task)

    rows = {name: fetch(name)[1]["rows"][0]["id"] for name in ("agents", "tasks", "providers", "latest_runs")}

    assert rows == {
        "agents": str(agent.id),
        "tasks": str(task.id),
        "providers": str(agent.provider_id),
        "latest_runs": str(run.id),
    }


def test_unusable_pages_are_refused(services: Services) -> None:
    for query in ({"number": 0}, {"number": "x"}, {"seq": -1}, {"provider_id": "'; DROP TABLE"}, {"search": "x" * 201}):
        status, answer = fetch("agents", **query)
        assert status == 400
        assert "error" in answer


def test_rows_say_so_while_the_services_are_not_ready(services: Services, settings: Any) -> None:  # Any: a fixture
    install_services(Services(settings))

    answers = [fetch("tasks"), fetch("tasks", seq=3)]

    install_services(services)
    assert [status for status, _ in answers] == [503, 503]


@pytest.mark.anyio
@pytest.mark.parametrize("anyio_backend", ["asyncio"])
async def test_those_who_ask_after_the_same_event_share_one_reading() -> None:
    readings: list[str] = []

    def read(address: str) -> bytes:
        readings.append(address)
        return address.encode()

    addresses = [f"/rows/agents?seq={seq}" for seq in (1, 1, 2, 1)]
    answers = await asyncio.gather(*(share(address, partial(read, address)) for address in addresses))

    assert sorted(readings) == ["/rows/agents?seq=1", "/rows/agents?seq=2"]
    assert answers == [address.encode() for address in addresses]
