"""Prices and costs over REST: texts that stay exact, sentences for what is no price, and unknown as null."""

from collections.abc import Iterator
from decimal import Decimal

import pytest
from starlette.testclient import TestClient

from core.services import Services
from tests.fake_model_server import FakeModelServer
from tests.integration.api_calls import Json, calling, create, create_one, create_pair, new_provider

PER_TOKEN: Json = {
    "model_name": "*",
    "input_per_million": "0.15",
    "output_per_million": "0.6",
    "cached_input_per_million": None,
    "per_second": None,
}
TABLE: Json = {"currency": "USD", "entries": [PER_TOKEN]}


@pytest.fixture
def client(services: Services) -> Iterator[TestClient]:
    with calling() as client:
        yield client


def test_a_provider_is_created_with_prices_which_a_change_may_take_away(client: TestClient) -> None:
    short = {"entries": [{key: value for key, value in PER_TOKEN.items() if value is not None}]}

    provider = create(client, "/providers", new_provider(prices=short))

    address = f"/providers/{provider['id']}"
    assert provider["prices"] == TABLE
    assert client.put(address, json={"name": "Renamed"}).json()["prices"] == TABLE
    assert client.get("/providers").json()["items"][0]["prices"] == TABLE
    assert client.put(address, json={"prices": None}).json()["prices"] is None


UNUSABLE: dict[str, tuple[object, str]] = {
    "a list": ([], ""),
    "another currency": ({"currency": "EUR"}, "US dollars"),
    "a number": (
        {"entries": [PER_TOKEN | {"input_per_million": 0.15}]},
        "Entry 1: write “input_per_million” as a text",
    ),
    "an exponent": ({"entries": [PER_TOKEN, PER_TOKEN | {"model_name": "x", "output_per_million": "1e3"}]}, "Entry 2:"),
    "a sign": ({"entries": [PER_TOKEN | {"output_per_million": "-1"}]}, "Entry 1:"),
    "half a price": ({"entries": [PER_TOKEN | {"output_per_million": None}]}, "one for output"),
    "two kinds": ({"entries": [PER_TOKEN | {"per_second": "1"}]}, "not both"),
    "a name twice": ({"entries": [PER_TOKEN, PER_TOKEN]}, "has two prices"),
    "a name on two lines": ({"entries": [PER_TOKEN | {"model_name": "a\n"}]}, "stands on one line"),
    "an unknown field": ({"entries": [PER_TOKEN | {"per_minute": "1"}]}, "no field “per_minute”"),
}


@pytest.mark.parametrize(("prices", "words"), UNUSABLE.values(), ids=UNUSABLE)
def test_what_is_no_price_table_is_refused_with_a_sentence(client: TestClient, prices: object, words: str) -> None:
    provider = create_one(client, "providers")

    answer = client.put(f"/providers/{provider['id']}", json={"prices": prices})

    assert answer.status_code == 422
    assert words in answer.text
    assert all(detail["place"].startswith("prices") for detail in answer.json()["details"])
    assert client.get(f"/providers/{provider['id']}").json()["prices"] is None


def test_a_run_and_its_attempts_tell_what_they_cost(client: TestClient, model_server: FakeModelServer) -> None:
    agent, task = create_pair(client, model_server.base_url)
    body = {"agent_id": agent["id"], "task_id": task["id"], "input": "The invoice is wrong.", "wait": 30}
    unknown = client.post("/runs", json=body).json()
    client.put(f"/providers/{agent['provider_id']}", json={"prices": TABLE})

    run = client.post("/runs", json=body).json()

    assert (unknown["cost_usd"], unknown["is_cost_complete"]) == (None, False)
    (attempt,) = client.get(f"/runs/{run['id']}/attempts").json()["items"]
    cost = attempt["cost"]
    assert run["is_cost_complete"]
    assert run["cost_usd"] == cost["amount_usd"]
    assert Decimal(cost["amount_usd"]) == sum(Decimal(part["amount_usd"]) for part in cost["parts"])
    assert Decimal(cost["amount_usd"]) > 0
    assert "E" not in cost["amount_usd"]
    assert attempt["first_token_ms"] > 0
    assert (attempt["is_request_cut"], attempt["fed_back"]) == (False, "")
    assert attempt["request"] == model_server.chat_requests[-1].body


def test_the_document_describes_prices_and_costs(client: TestClient) -> None:
    schemas = client.get("/openapi.json").json()["components"]["schemas"]

    assert {"cost", "first_token_ms", "is_request_cut", "fed_back"} <= set(schemas["Attempt"]["properties"])
    assert {"cost_usd", "is_cost_complete"} <= set(schemas["Run"]["properties"])
    assert "default" not in schemas["ProviderPatch"]["properties"]["prices"]
    assert schemas["ProviderPatch"]["properties"]["prices"]["description"]
