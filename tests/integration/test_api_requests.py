"""What every route does with requests that nobody can use, in one shape; and what the document says of them."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from starlette.testclient import TestClient

from api.application import build_api
from api.bodies import MAX_BODY_BYTES
from api.openapi import build_document
from core.errors import DatabaseUnavailableError
from core.services import Services
from core.tasks.judge import check
from tests.integration.api_calls import NOWHERE, Json, calling, create, new_provider, new_task

SHAPE = {"error", "message", "hint", "details"}
JSON = {"content-type": "application/json"}


@pytest.fixture
def client(services: Services) -> Iterator[TestClient]:
    with calling() as client:
        yield client


UNREADABLE: dict[str, bytes] = {
    "no JSON": b'{"name": ',
    "nothing": b"",
    "a list": b"[]",
    "text": b'"task"',
    "null": b"null",
    "NaN": b'{"name": "x", "response_schema": {"minimum": NaN}}',
    "infinity": b'{"name": "x", "response_schema": {"minimum": -Infinity}}',
    "a float without end": b'{"name": "x", "response_schema": {"minimum": 1e999}}',
    "an integer without end": b'{"name": "x", "response_schema": {"minimum": ' + b"9" * 10_000 + b"}}",
    "an integer too long": b'{"name": "x", "response_schema": {"minimum": ' + b"9" * 4_290 + b"}}",
    "a NUL": b'{"name": "x\\u0000", "response_schema": {"a": {"type": "string"}}}',
    "a NUL in a field's name": b'{"name": "x", "response_schema": {"a\\u0000": {"type": "string"}}}',
    "half a pair": b'{"name": "x\\ud800", "response_schema": {"a": {"type": "string"}}}',
    "half a pair in a field's name": b'{"name": "x", "\\udfff": 1}',
    "no UTF-8": b'{"name": "\xff\xfe"}',
    "too deep": b'{"name": "x", "response_schema": ' + b'{"a":' * 300 + b"1" + b"}" * 301,
    "deeper than Python reads": b"[" * 100_000,
    "too many values": b'{"name": "x", "response_schema": {"a": [' + b"0," * 300_000 + b"0]}}",
}


@pytest.mark.parametrize("body", UNREADABLE.values(), ids=UNREADABLE)
def test_a_body_nobody_can_use_is_refused(client: TestClient, body: bytes) -> None:
    answer = client.post("/tasks", content=body, headers=JSON)

    assert answer.status_code == 422, answer.text
    assert set(answer.json()) == SHAPE
    assert answer.json()["details"]


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "", "application/jsonish"])
def test_a_body_that_is_no_json_is_refused(client: TestClient, kind: str) -> None:
    answer = client.post("/tasks", content=b"{}", headers={"content-type": kind})

    assert (answer.status_code, answer.json()["error"]) == (415, "unsupported_media_type")


def test_other_spellings_of_json_are_taken(client: TestClient) -> None:
    for kind in ("application/json; charset=utf-8", "Application/JSON", "application/problem+json"):
        answer = client.post("/tasks", content=b"{}", headers={"content-type": kind})

        assert answer.json()["details"][0]["place"] == "name"


def _pieces(size: int) -> Iterator[bytes]:
    yield b'{"name": "'
    for _ in range(size // 1000):
        yield b"x" * 1000
    yield b'"}'


@pytest.mark.parametrize("is_declared", [True, False])
def test_a_body_that_is_too_long_is_refused(client: TestClient, is_declared: bool) -> None:
    long = _pieces(MAX_BODY_BYTES + 1000)

    answer = client.post("/tasks", content=b"".join(long) if is_declared else long, headers=JSON)

    assert (answer.status_code, answer.json()["error"]) == (413, "body_too_long")
    assert set(answer.json()) == SHAPE


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("PATCH", "/agents", "GET, POST"),
        ("POST", f"/agents/{NOWHERE}", "DELETE, GET, PUT"),
        ("DELETE", f"/runs/{NOWHERE}/events", "GET"),
        ("OPTIONS", "/tasks", "GET, POST"),
        ("DELETE", "/health", "GET, HEAD"),
        ("POST", "/openapi.json", "GET"),
    ],
)
def test_a_wrong_method_is_refused_with_the_right_ones(
    client: TestClient, method: str, path: str, allowed: str
) -> None:
    answer = client.request(method, path)

    assert (answer.status_code, answer.json()["error"]) == (405, "method_not_allowed")
    assert answer.headers["allow"] == allowed
    assert set(answer.json()) == SHAPE


@pytest.mark.parametrize(
    "path", ["/nothing", "/agents/", f"/agents/{NOWHERE}/", "/docs/assets/none.js", "/agents/a/b/c", "/a%0Ab/c"]
)
def test_an_unknown_path_is_not_found(client: TestClient, path: str) -> None:
    answer = client.get(path)

    assert (answer.status_code, answer.json()["error"]) == (404, "not_found")
    assert set(answer.json()) == SHAPE


@pytest.mark.parametrize(
    "given", ["x", NOWHERE.replace("-", ""), f"{{{NOWHERE}}}", f"urn:uuid:{NOWHERE}", "%00", "%ff"]
)
def test_an_id_that_is_none_is_a_mistake(client: TestClient, given: str) -> None:
    answer = client.get(f"/agents/{given}")

    assert answer.status_code == 422, answer.text
    assert answer.json()["details"][0]["place"] == "path.agent_id"


def test_a_database_that_is_away_is_said(
    client: TestClient, services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise DatabaseUnavailableError("The database does not answer.", hint="Wait.")

    monkeypatch.setattr(services.agents, "page_agents", fail)

    answer = client.get("/agents")

    assert (answer.status_code, answer.json()["error"]) == (503, "database_unavailable")
    assert answer.headers["retry-after"] == "3"
    assert answer.json()["hint"] == "Wait."


def test_a_mistake_in_benchtop_tells_nothing_of_itself(
    client: TestClient, services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise ZeroDivisionError("the secret of the division")

    monkeypatch.setattr(services.agents, "page_agents", fail)

    answer = client.get("/agents")

    assert (answer.status_code, answer.json()["error"]) == (500, "internal")
    assert set(answer.json()) == SHAPE
    assert "division" not in answer.text.lower()


@pytest.fixture(scope="module")
def document() -> Json:
    return build_document(build_api())


def _operations(document: Json) -> Iterator[tuple[str, str, Json]]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield method, path, operation


WHOLE = ("/providers", "/provider-types", "/agents", "/tasks", "/runs", "/runs/export", "/runs/figures", "/comparisons")
"""What is always there."""


def test_every_route_is_described_with_its_refusals(document: Json) -> None:
    operations = [entry for entry in _operations(document) if entry[1] != "/health"]

    assert len(operations) == 59
    for method, path, operation in operations:
        answers = set(operation["responses"])
        assert {"422", "503"} <= answers, path
        assert ("404" in answers) or path in WHOLE, path
        assert {"413", "415"} <= answers or "requestBody" not in operation, (method, path)
        assert "HTTPValidationError" not in json.dumps(operation)


def test_every_example_fits_its_own_description(document: Json) -> None:
    for _, path, operation in _operations(document):
        for body in [operation.get("requestBody"), *operation["responses"].values()]:
            for content in (body or {}).get("content", {}).values():
                given = [each["value"] for each in content.get("examples", {}).values()]
                for example in [*given, *([content["example"]] if "example" in content else [])]:
                    assert not _find_problems(document, content["schema"], example), (path, example)


def _find_problems(document: Json, schema: Json, value: Any) -> list[str]:
    text = json.dumps(schema | {"$defs": document["components"]["schemas"]})
    text = text.replace("#/components/schemas/", "#/$defs/")
    return [f"{error.loc} {error.message}" for error in check(json.loads(text), value)]


def test_every_body_and_answer_has_an_example(document: Json) -> None:
    for method, path, operation in _operations(document):
        for status, answer in operation["responses"].items():
            for content in answer.get("content", {}).values():
                assert "example" in content or path == "/health", (method, path, status)
        for content in operation.get("requestBody", {}).get("content", {}).values():
            assert content["examples"], (method, path)


def test_links_lead_to_routes_that_exist(document: Json) -> None:
    known = {operation["operationId"]: operation for _, _, operation in _operations(document)}
    links = [
        link
        for operation in known.values()
        for answer in operation["responses"].values()
        for link in answer.get("links", {}).values()
    ]

    assert len(links) > 25
    for link in links:
        names = {parameter["name"] for parameter in known[link["operationId"]].get("parameters", [])}
        assert set(link["parameters"]) <= names


def test_bodies_take_no_unknown_fields(document: Json) -> None:
    for _, path, operation in _operations(document):
        for content in operation.get("requestBody", {}).get("content", {}).values():
            name = content["schema"]["$ref"].rpartition("/")[2]
            assert document["components"]["schemas"][name]["additionalProperties"] is False, path


def test_the_page_of_the_document_loads_nothing_from_elsewhere(client: TestClient) -> None:
    page = client.get("/docs")

    assert page.headers["content-type"].startswith("text/html")
    assert "https://" not in page.text
    for asset in ("swagger-ui-bundle.js", "swagger-ui.css"):
        assert f'"/api/docs/assets/{asset}"' in page.text
        assert client.get(f"/docs/assets/{asset}").status_code == 200
    assert client.get("/openapi.json").json()["servers"] == [{"url": "/api"}]


def test_answers_are_exactly_what_is_described(client: TestClient, document: Json) -> None:
    provider = create(client, "/providers", new_provider())
    task = create(client, "/tasks", new_task())

    for thing, name in ((provider, "ProviderRecord"), (task, "TaskRecord")):
        assert set(thing) == set(document["components"]["schemas"][name]["properties"])
