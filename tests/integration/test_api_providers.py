"""What a provider has beside itself over REST: its models, dialects and health; and where a misfit is said to be."""

from collections.abc import Iterator
from urllib.parse import quote

import pytest
from starlette.testclient import TestClient

from core.errors import DatabaseUnavailableError
from core.services import Services
from db.session import Database
from tests.fake_model_server import FakeModelServer
from tests.fake_server.traits import ModelDetails, Traits
from tests.integration.api_calls import CANARY, NOWHERE, Json, calling, create, new_agent, new_provider
from tests.integration.own_services import read_everything

WAITED = {"wait": "20"}
HEADER, SECRET = "canary-header-5b21d0", "canary-session-77aa31"


@pytest.fixture
def client(services: Services) -> Iterator[TestClient]:
    with calling() as client:
        yield client


def connect(client: TestClient, base_url: str, **changes: object) -> str:
    """Create a provider, check it, and return its address below the API."""
    fields = new_provider(**{"type": "compatible", "base_url": base_url, **changes})
    path = f"/providers/{create(client, '/providers', fields)['id']}"
    settled = client.post(f"{path}/validate", params=WAITED)
    assert settled.json()["validation_status"] in ("connected", "error"), settled.text
    return path


def add_agent(client: TestClient, path: str, **changes: object) -> Json:
    return create(client, "/agents", new_agent(path.rpartition("/")[2], **changes))


def read(client: TestClient, path: str, **query: str) -> Json:
    answer = client.get(path, params=query)
    assert answer.status_code == 200, answer.text
    found: Json = answer.json()
    return found


def test_models_are_listed_with_what_is_told_of_them_and_the_gone_ones_last(client: TestClient) -> None:
    details = {"b": ModelDetails(shutdown_date="2031-05-06", extra={"context_length": 4096})}
    with FakeModelServer(models=["a", "b"], details=details) as server:
        path = connect(client, server.base_url)
        add_agent(client, path, model_name="b")
        server.models = ["b"]
        client.post(f"{path}/validate", params=WAITED)
        models = read(client, f"{path}/models")

    assert models["total"] == 2
    assert [(model["name"], model["is_listed"]) for model in models["items"]] == [("b", True), ("a", False)]
    told = models["items"][0]
    assert (told["context_tokens"], told["retires_on"], told["agent_count"]) == (4096, "2031-05-06", 1)


def test_agents_whose_model_is_gone_are_listed(client: TestClient) -> None:
    with FakeModelServer(models=["a"]) as server:
        path = connect(client, server.base_url)
        add_agent(client, path, name="Fine", model_name="a")
        agent = add_agent(client, path, name="Lost", model_name="z")
        troubled = read(client, f"{path}/troubled-agents")

    assert [(each["agent_id"], each["trouble"]) for each in troubled["items"]] == [(agent["id"], "gone")]
    assert read(client, f"/agents/{agent['id']}")["model_trouble"] == "gone"


def test_a_model_is_loaded_beforehand(client: TestClient) -> None:
    with FakeModelServer(kind="ollama", models=["big:7b"]) as server:
        path = connect(client, server.root_url, type="ollama")
        answer = client.post(f"{path}/warm-up", json={"model_name": "big:7b"})
        server.wait_until(lambda requests: any(each.path == "/api/generate" for each in requests))

    assert answer.status_code == 200, answer.text
    assert (answer.headers["etag"], f"/providers/{answer.json()['id']}") == (client.get(path).headers["etag"], path)


def test_a_server_that_loads_by_itself_is_a_conflict(client: TestClient, model_server: FakeModelServer) -> None:
    path = connect(client, model_server.base_url)

    answer = client.post(f"{path}/warm-up", json={"model_name": "ok"})

    assert (answer.status_code, answer.json()["error"]) == (409, "conflict")


def test_the_suggested_address_is_taken_over_with_the_key(client: TestClient) -> None:
    with FakeModelServer(api_key=CANARY) as server:
        path = connect(client, server.root_url)
        suggested = read(client, path)
        answer = client.post(f"{path}/use-suggested-address")
        settled = client.post(f"{path}/validate", params=WAITED).json()
        again = client.post(f"{path}/use-suggested-address")

    assert (suggested["diagnosis"], suggested["suggested_base_url"]) == ("not_found", server.base_url)
    assert (answer.status_code, answer.json()["base_url"]) == (200, server.base_url)
    assert answer.headers["etag"] != f'"{suggested["revision"]}"'
    assert (settled["diagnosis"], settled["suggested_base_url"]) == ("connected", "")
    assert (again.status_code, again.json()["error"]) == (409, "state_conflict")


def test_a_probe_ends_within_the_wait_and_is_kept(client: TestClient) -> None:
    name = "team/ok model"
    with FakeModelServer(traits=Traits(schema="refused", json_object=False)) as server:
        path = connect(client, server.base_url)
        answer = client.post(f"{path}/probe", json={"model_name": name}, params=WAITED)

    assert answer.status_code == 200, answer.text
    record = answer.json()
    assert (record["model_name"], record["is_probing"], record["probe_note"]) == (name, False, "")
    found = {"json_schema": "refused", "json_object": "no", "output_mode": "tool"}
    assert found.items() <= record["effective"].items()
    assert read(client, f"{path}/dialect", model_name=name) == record
    assert [each["model_name"] for each in read(client, f"{path}/dialects")["items"]] == ["", name]


def test_one_model_of_a_provider_is_probed_at_a_time(client: TestClient) -> None:
    with FakeModelServer() as server:
        server.set_mode("held", path="/v1/chat/completions")
        path = connect(client, server.base_url)
        first = client.post(f"{path}/probe", json={"model_name": "one"})
        same = client.post(f"{path}/probe", json={"model_name": " one "})
        other = client.post(f"{path}/probe", json={"model_name": "two"})
        client.delete(path)
        server.release()

    assert (first.json()["is_probing"], same.json()["is_probing"]) == (True, True)
    assert (other.status_code, other.json()["error"]) == (409, "state_conflict")


def test_a_dialect_is_set_by_hand_and_taken_back(client: TestClient) -> None:
    path = connect(client, "http://127.0.0.1:9/v1")
    place, name = f"{path}/dialect", "library/qwen3:8b"

    whole = client.put(place, json={"seed": "no", "sends_temperature": True})
    model = client.put(place, params={"model_name": name}, json={"output_mode": "prompted", "seed": None})

    assert (whole.status_code, model.status_code) == (200, 200), model.text
    assert model.json()["effective"] | {"output_mode": "prompted", "seed": "no"} == model.json()["effective"]
    assert model.json()["default"]["seed"] == "no"
    assert [each["model_name"] for each in read(client, f"{path}/dialects")["items"]] == ["", name]
    back = client.put(place, params={"model_name": name}, json={}).json()
    assert back["kept"]["edited_at"] is None
    assert back["effective"] == back["default"]
    assert read(client, f"{path}/dialects")["total"] == 1
    assert client.get(path).headers["etag"] == '"1"'


def test_health_is_told_for_some_days(client: TestClient) -> None:
    path = connect(client, "http://127.0.0.1:9/v1")
    add_agent(client, path, name="User")

    week, day = read(client, f"{path}/health"), read(client, f"{path}/health", days="1")

    assert (len(week["buckets"]), week["is_hourly"]) == (7, False)
    assert (len(day["buckets"]), day["is_hourly"]) == (24, True)
    assert [each["name"] for each in week["used_by"]] == ["User"]
    assert [each["diagnosis"] for each in week["checks"]][-1] == "refused"


NEW_ROUTES: dict[str, tuple[str, str, Json | None]] = {
    "models": ("GET", "models", None),
    "troubled agents": ("GET", "troubled-agents", None),
    "warm-up": ("POST", "warm-up", {"model_name": "ok"}),
    "suggested address": ("POST", "use-suggested-address", None),
    "dialects": ("GET", "dialects", None),
    "dialect": ("GET", "dialect", None),
    "edit": ("PUT", "dialect", {}),
    "probe": ("POST", "probe", {"model_name": "ok"}),
    "health": ("GET", "health", None),
}


@pytest.mark.parametrize(("method", "path", "body"), NEW_ROUTES.values(), ids=NEW_ROUTES)
def test_what_a_provider_has_is_not_there_without_it(
    client: TestClient, method: str, path: str, body: Json | None
) -> None:
    answer = client.request(method, f"/providers/{NOWHERE}/{path}", json=body)

    assert (answer.status_code, answer.json()["error"]) == (404, "not_found")


UNUSABLE: dict[str, tuple[str, str, Json | None, str]] = {
    "no model": ("POST", "probe", {"model_name": "  "}, "model_name"),
    "a model of two lines": ("POST", "warm-up", {"model_name": "a\nb"}, "model_name"),
    "a long model": ("POST", "probe", {"model_name": "x" * 301}, "model_name"),
    "a negative wait": ("POST", "probe?wait=-1", {"model_name": "ok"}, "query.wait"),
    "a tab in the query": ("GET", f"dialect?model_name={quote(chr(9))}", None, "query.model_name"),
    "an unknown word": ("PUT", "dialect", {"seed": "perhaps"}, "seed"),
    "text for a flag": ("PUT", "dialect", {"sends_temperature": "yes"}, "sends_temperature"),
    "an unknown field": ("PUT", "dialect", {"sead": "no"}, "sead"),
    "no days": ("GET", "health?days=0", None, "query.days"),
    "too many days": ("GET", "health?days=91", None, "query.days"),
}


@pytest.mark.parametrize(("method", "path", "body", "place"), UNUSABLE.values(), ids=UNUSABLE)
def test_what_cannot_be_used_is_named(
    client: TestClient, method: str, path: str, body: Json | None, place: str
) -> None:
    provider = create(client, "/providers", new_provider())

    answer = client.request(method, f"/providers/{provider['id']}/{path}", json=body)

    assert (answer.status_code, answer.json()["error"]) == (422, "invalid_input"), answer.text
    assert [detail["place"] for detail in answer.json()["details"]] == [place]


MISFITS: dict[str, tuple[Json, str]] = {
    "a field of another type": ({"options": {"region": "eu-north-1"}}, "options"),
    "a secret of another type": ({"secrets": {"session_token": SECRET}}, "secrets"),
    "an unknown preset": ({"preset": "nobody"}, "preset"),
    "a type without its field": ({"type": "bedrock"}, "options"),
    "a field that cannot be so": ({"type": "bedrock", "options": {"region": "!"}}, "options"),
    "a header of Benchtop's own": ({"headers": {"Authorization": HEADER}}, "headers.Authorization"),
    "a secret for a header's name": ({"headers": {f"{HEADER}: x": "x"}}, "headers"),
    "no text in a header": ({"headers": {"X-Team": 5}}, "headers.X-Team"),
    "a limit of nothing": ({"limits": {"requests_per_minute": 0}}, "limits.requests_per_minute"),
    "an unknown limit": ({"limits": {"requests_per_hour": 10}}, "limits.requests_per_hour"),
    "no time at all": ({"connect_timeout_seconds": 0}, "connect_timeout_seconds"),
}


@pytest.mark.parametrize("method", ["POST", "PUT"])
@pytest.mark.parametrize(("fields", "place"), MISFITS.values(), ids=MISFITS)
def test_what_does_not_fit_a_provider_is_named_and_no_secret_repeated(
    client: TestClient, method: str, fields: Json, place: str
) -> None:
    stored = new_provider(type="compatible")
    if method == "POST":
        answer = client.post("/providers", json=stored | fields)
    else:
        answer = client.put(f"/providers/{create(client, '/providers', stored)['id']}", json=fields)

    assert (answer.status_code, answer.json()["error"]) == (422, "invalid_input"), answer.text
    assert [detail["place"] for detail in answer.json()["details"]] == [place]
    assert not [secret for secret in (CANARY, HEADER, SECRET) if secret in answer.text]


def test_options_stay_when_others_change(client: TestClient) -> None:
    options, secrets = {"region": "eu-north-1"}, {"session_token": SECRET}
    # Without an address it would have that of AWS.
    path = connect(client, "http://127.0.0.1:9", type="bedrock", options=options, secrets=secrets)

    changed = client.put(path, json={"limits": {"max_concurrency": 2}})
    refused = client.put(path, json={"preset": "groq"})
    moved = client.put(path, json={"base_url": "http://127.0.0.1:10", "api_key": CANARY})

    assert (changed.status_code, changed.json()["options"]) == (200, options)
    assert changed.json()["secret_names"] == ["session_token"]
    assert [detail["place"] for detail in refused.json()["details"]] == ["preset"]
    assert (moved.status_code, moved.json()["details"][0]["place"]) == (409, "secrets.session_token")


REPEATED: dict[str, tuple[str, Json | None]] = {
    "warm-up": ("warm-up", {"model_name": "big"}),
    "probe": ("probe", {"model_name": "big"}),
    "suggested address": ("use-suggested-address", None),
}


@pytest.mark.parametrize(("verb", "body"), REPEATED.values(), ids=REPEATED)
def test_a_repeat_whose_answer_was_lost_is_done_once(
    client: TestClient, services: Services, monkeypatch: pytest.MonkeyPatch, verb: str, body: Json | None
) -> None:
    def lose(*_: object, **__: object) -> None:
        raise DatabaseUnavailableError("The database does not answer.")

    monkeypatch.setattr(services.idempotency, "keep_answer", lose)
    with FakeModelServer(kind="ollama", models=["big"]) as server:
        path = connect(client, f"{server.root_url}/wrong" if body is None else server.root_url, type="ollama")
        answers = [client.post(f"{path}/{verb}", json=body, headers={"idempotency-key": verb}) for _ in range(2)]
        client.delete(path)

    assert [answer.status_code for answer in answers] == [200, 200], [answer.text for answer in answers]
    assert answers[1].headers["idempotency-replayed"] == "true"
    assert set(answers[0].json()) == set(answers[1].json())
    names = [answer.json().get("model_name") for answer in answers]
    assert names == ([body["model_name"]] * 2 if body and verb == "probe" else [None, None])


def test_no_secret_ever_comes_out(client: TestClient, database: Database) -> None:
    fields = {"type": "bedrock", "options": {"region": "eu-north-1"}, "secrets": {"session_token": SECRET}}
    with FakeModelServer(kind="bedrock") as server:
        path = connect(client, server.root_url, headers={"X-Team": HEADER}, **fields)
        add_agent(client, path)
        answers = [
            client.request(method, f"{path}/{route}", json=body, params=WAITED if route == "probe" else None)
            for method, route, body in NEW_ROUTES.values()
        ]
        answers += [client.get(path), client.get("/providers"), client.put(path, json={"name": "Other"})]
        answers += [client.put(path, json={"base_url": "http://127.0.0.1:9"}), client.get("/provider-types")]

    told = "".join(f"{answer.headers}{answer.text}" for answer in answers) + read_everything(database)
    assert len(server.requests) > 1
    assert not [secret for secret in (CANARY, HEADER, SECRET) if secret in told]
