"""The API behind its guard: health, unknown paths, foreign hosts and origins, and what every answer says."""

from collections.abc import Iterator
from contextlib import nullcontext

import pytest
from starlette.applications import Starlette
from starlette.routing import WebSocketRoute
from starlette.testclient import TestClient
from starlette.websockets import WebSocket, WebSocketDisconnect

from api.addresses import PageAddresses
from api.application import mount_api
from api.guard import OriginGuard
from core.services import Services, install_services
from core.settings import Settings
from tests.integration.own_services import running

HOST = "localhost:8501"


async def _greet(socket: WebSocket) -> None:
    await socket.accept()
    await socket.send_text("hello")
    await socket.close()


@pytest.fixture
def client() -> Iterator[TestClient]:
    """A program that calls the guarded API."""
    app = Starlette(routes=[WebSocketRoute("/_stcore/stream", _greet), *mount_api()])
    guarded = OriginGuard(app, allowed_hosts=["Bench.Example"])
    with TestClient(guarded, base_url=f"http://{HOST}") as client:
        yield client


def test_health_is_ok_when_the_database_answers(services: Services, client: TestClient) -> None:
    answer = client.get("/api/health")

    assert answer.status_code == 200
    assert answer.json()["status"] == "ok"
    assert client.head("/api/health").status_code == 200


def test_health_is_unavailable_when_the_database_is_gone(
    settings: Settings, client: TestClient, unused_port: int
) -> None:
    url = f"postgresql://nobody:nothing@127.0.0.1:{unused_port}/none"
    gone = settings.model_validate(settings.model_dump() | {"database_url": url})

    with running(gone) as services:
        install_services(services)
        answer = client.get("/api/health")
        install_services(None)

    assert answer.status_code == 503
    assert answer.json()["status"] == "unavailable"
    assert answer.json()["message"]
    assert "nothing" not in answer.text


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE"])
def test_an_unknown_path_is_not_found_in_json(client: TestClient, method: str) -> None:
    answer = client.request(method, "/api/nowhere/at/all")

    assert answer.status_code == 404
    assert answer.json() == {
        "error": "not_found",
        "message": "There is nothing at /api/nowhere/at/all.",
        "hint": "",
        "details": [],
    }


PAIRS: dict[str, tuple[str, str | None, bool]] = {
    "same origin": (HOST, f"http://{HOST}", True),
    "a program, which sends no origin": (HOST, None, True),
    "same origin by number": ("127.0.0.1:8501", "http://127.0.0.1:8501", True),
    "same origin by IPv6": ("[::1]:8501", "http://[::1]:8501", True),
    "capital letters": ("LOCALHOST:8501", "http://localhost:8501", True),
    "an allowed host": ("bench.example", "https://bench.example", True),
    "another site": (HOST, "https://evil.example", False),
    "another app on this machine": (HOST, "http://localhost:3000", False),
    "the other name of this machine": (HOST, "http://127.0.0.1:8501", False),
    "a name that was made to point here": ("rebind.evil:8501", "http://rebind.evil:8501", False),
    "the same without an origin": ("rebind.evil:8501", None, False),
    "a name that only begins like ours": ("localhost.evil:8501", None, False),
    "ours as a user name": ("localhost@evil.example", None, False),
    "a sandboxed page": (HOST, "null", False),
    "an origin nobody can read": (HOST, "http://[", False),
    "a host nobody can read": ("[", None, False),
    "no host": ("", None, False),
}


def _headers(host: str, origin: str | None) -> dict[str, str]:
    return {"host": host} | ({} if origin is None else {"origin": origin})


@pytest.mark.parametrize(("host", "origin", "is_let_in"), PAIRS.values(), ids=PAIRS)
def test_requests_come_in_from_this_machines_own_pages_only(
    client: TestClient, host: str, origin: str | None, is_let_in: bool
) -> None:
    answer = client.get("/api/nowhere", headers=_headers(host, origin))

    assert answer.status_code == (404 if is_let_in else 403)


@pytest.mark.parametrize(("host", "origin", "is_let_in"), PAIRS.values(), ids=PAIRS)
def test_sockets_open_for_this_machines_own_pages_only(
    client: TestClient, host: str, origin: str | None, is_let_in: bool
) -> None:
    said = ""

    with (
        nullcontext() if is_let_in else pytest.raises(WebSocketDisconnect),
        client.websocket_connect("/_stcore/stream", headers=_headers(host, origin)) as socket,
    ):
        said = socket.receive_text()

    assert said == ("hello" if is_let_in else "")


@pytest.mark.parametrize(
    "path", ["/_stcore/metrics", "/_stcore/agent/openapi.json", "/_stcore/upload_file/a/b", "/_stcore/metrics/"]
)
def test_closed_paths_stay_closed(client: TestClient, path: str) -> None:
    assert client.get(path).status_code == 403


@pytest.mark.parametrize(
    ("path", "host", "status"),
    [
        ("/api/nowhere", HOST, 404),
        ("/nowhere", HOST, 404),
        ("/_stcore/metrics", HOST, 403),
        ("/api/nowhere", "evil.example", 403),
    ],
)
def test_every_answer_says_what_may_be_loaded(client: TestClient, path: str, host: str, status: int) -> None:
    answer = client.get(path, headers={"host": host})

    assert answer.status_code == status
    policy = answer.headers["content-security-policy"]
    assert "img-src 'self' data: blob:;" in policy
    assert "connect-src 'self';" in policy
    assert policy.endswith("frame-ancestors 'none'")
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"] == "no-referrer"


def test_components_may_be_framed_by_our_own_pages(client: TestClient) -> None:
    answer = client.get("/component/grid/index.html")

    assert answer.headers["content-security-policy"].endswith("frame-ancestors 'self'")


@pytest.mark.parametrize(
    ("address", "status"), [("127.0.0.1", 404), ("::1", 404), ("192.168.1.20", 403), ("8.8.8.8", 403)]
)
def test_only_this_machine_is_served_unless_other_hosts_are_allowed(
    services: Services, address: str, status: int
) -> None:
    app = Starlette(routes=mount_api())

    with TestClient(OriginGuard(app), base_url=f"http://{HOST}", client=(address, 5000)) as client:
        answer = client.get("/api/nothing")

    assert answer.status_code == status


@pytest.mark.parametrize(
    ("path", "location"), [("/pages/providers", "/pages"), ("/a/b/c/", "/a"), ("//evil.example/x", "/evil.example")]
)
def test_an_address_below_no_page_leads_to_the_frame(path: str, location: str) -> None:
    with TestClient(PageAddresses(Starlette()), base_url=f"http://{HOST}") as client:
        answer = client.get(f"http://{HOST}{path}", headers={"accept": "text/html"}, follow_redirects=False)

    assert (answer.status_code, answer.headers["location"]) == (307, location)


@pytest.mark.parametrize("path", ["/providers", "/static/js/x.js", "/api/nothing/there", "/_stcore/health"])
def test_other_addresses_are_left_alone(path: str) -> None:
    with TestClient(PageAddresses(Starlette()), base_url=f"http://{HOST}") as client:
        answer = client.get(path, headers={"accept": "text/html"}, follow_redirects=False)

    assert answer.status_code == 404
