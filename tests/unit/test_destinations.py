"""Try to make the outbound transport call what it must not call, over real loopback connections."""

from collections.abc import Iterable, Iterator, Sequence

import httpcore2
import httpx2
import pytest

from core.providers.connecting import GuardedBackend
from core.providers.outbound_errors import DestinationRefused, HostUnreachable, NameNotResolved
from core.providers.transport import NOT_FOLLOWED_HEADER, build_client
from tests.fake_model_server import FakeModelServer
from tests.unit.outbound_calls import LOCAL, STRICT, chat_url, fail_to_call, listening, resolve_to

pytestmark = pytest.mark.anyio

ODD_SPELLINGS = [
    "http://127.0.0.1:{port}/",
    "http://localhost:{port}/",
    "http://localhost.:{port}/",
    "http://LOCALHOST:{port}/",
    "http://127.1:{port}/",
    "http://127.0.1:{port}/",
    "http://127.255.255.254:{port}/",
    "http://2130706433:{port}/",
    "http://0x7f000001:{port}/",
    "http://0x7f.1:{port}/",
    "http://017700000001:{port}/",
    "http://0177.0.0.1:{port}/",
    "http://0:{port}/",
    "http://0.0.0.0:{port}/",
    "http://[::1]:{port}/",
    "http://[::]:{port}/",
    "http://[::ffff:7f00:1]:{port}/",
    "http://[::ffff:127.0.0.1]:{port}/",
    "http://[::127.0.0.1]:{port}/",
    "http://[64:ff9b::7f00:1]:{port}/",
    "http://[64:ff9b::a9fe:a9fe]:{port}/",
    "http://[2002:7f00:1::]:{port}/",
    "http://[fe80::1%25lo]:{port}/",
    "http://①②⑦.⓪.⓪.①:{port}/",
    "http://127。0。0。1:{port}/",
    "http://%31%32%37.0.0.1:{port}/",
    "http://a\\@127.0.0.1:{port}/",
    "http://example.com@127.0.0.1:{port}/",
    "http://example.com:80@127.0.0.1:{port}/",
    "http://127.0.0.1:{port}#@example.com/",
    "http://127.0.0.1%00.example.com:{port}/",
    "https://127.0.0.1:{port}/",
    "file:///etc/passwd",
    "gopher://127.0.0.1:{port}/",
    "ws://127.0.0.1:{port}/",
]

METADATA = [
    "http://169.254.169.254/latest/meta-data/",
    "http://2852039166/",
    "http://0xa9fea9fe/",
    "http://[::ffff:a9fe:a9fe]/",
    "http://[64:ff9b::a9fe:a9fe]/",
    "http://[fd00:ec2::254]/",
    "http://100.100.100.200/",
    "http://168.63.129.16/",
]


class Dialler(httpcore2.AsyncNetworkBackend):
    """Notes which addresses would be connected; nobody is ever there."""

    def __init__(self) -> None:
        self.dialled: list[str] = []

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109  # the signature is httpcore2's
        local_address: str | None = None,
        socket_options: Iterable[httpcore2.SOCKET_OPTION] | None = None,
    ) -> httpcore2.AsyncNetworkStream:
        self.dialled.append(host)
        raise httpcore2.ConnectError


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def server() -> Iterator[FakeModelServer]:
    with FakeModelServer() as running:
        yield running


@pytest.mark.parametrize("spelling", ODD_SPELLINGS)
async def test_no_spelling_of_loopback_is_connected(spelling: str) -> None:
    async with listening() as listener:
        error = await fail_to_call(spelling.format(port=listener.port), policy=STRICT)

    assert isinstance(error, (DestinationRefused, NameNotResolved, httpx2.InvalidURL))
    assert listener.connections == 0


@pytest.mark.parametrize("url", METADATA)
async def test_metadata_is_refused_even_with_private_addresses_allowed(url: str) -> None:
    error = await fail_to_call(url, policy=LOCAL)

    assert isinstance(error, DestinationRefused)
    assert "never called" in error.sentence


async def test_name_that_leads_to_metadata_is_refused() -> None:
    error = await fail_to_call("http://models.example/", resolver=resolve_to(["169.254.169.254"]))

    assert isinstance(error, DestinationRefused)


async def test_one_bad_address_among_good_ones_refuses_the_name() -> None:
    async with listening() as listener:
        url = f"http://models.example:{listener.port}/"
        error = await fail_to_call(url, policy=STRICT, resolver=resolve_to(["8.8.8.8", "127.0.0.1"]))

    assert isinstance(error, DestinationRefused)
    assert listener.connections == 0


async def test_rebinding_name_is_judged_each_time_it_is_resolved_and_resolved_once_per_connection() -> None:
    answers = [["8.8.8.8"], ["127.0.0.1"]]
    asked: list[str] = []

    async def rebind(host: str, _port: int) -> Sequence[str]:
        asked.append(host)
        return answers.pop(0)

    dialler = Dialler()
    backend = GuardedBackend(allow_private=False, connect_timeout_seconds=1, resolver=rebind, inner=dialler)
    with pytest.raises(HostUnreachable):
        await backend.connect_tcp("models.example", 80)
    with pytest.raises(DestinationRefused):
        await backend.connect_tcp("models.example", 80)

    assert dialler.dialled == ["8.8.8.8"]
    assert asked == ["models.example", "models.example"]


async def test_rebinding_name_never_reaches_a_listener() -> None:
    async with listening() as listener:
        url = f"http://models.example:{listener.port}/"
        resolver = resolve_to(["127.0.0.1"])
        assert isinstance(await fail_to_call(url, policy=STRICT, resolver=resolver), DestinationRefused)

    assert listener.connections == 0


async def test_checked_address_is_called_with_the_name_kept(server: FakeModelServer) -> None:
    async with build_client(policy=LOCAL, resolver=resolve_to(["127.0.0.1"])) as client:
        response = await client.get(f"http://models.example:{server.port}/v1/models")

    assert response.status_code == 200
    assert server.requests[0].headers["host"] == f"models.example:{server.port}"
    assert server.requests[0].headers["accept-encoding"] == "identity"


async def test_next_address_is_tried_when_the_first_is_dead(server: FakeModelServer) -> None:
    async with build_client(policy=LOCAL, resolver=resolve_to(["::1", "127.0.0.1"])) as client:
        assert (await client.get(f"http://models.example:{server.port}/api/version")).status_code == 200


@pytest.mark.parametrize("follows", [False, True])
async def test_redirect_is_not_followed(server: FakeModelServer, follows: bool) -> None:
    async with listening() as listener, build_client(policy=LOCAL) as client:
        target = f"http%3A%2F%2F127.0.0.1%3A{listener.port}%2F"
        body = {"model": f"redirect:{target}", "messages": []}
        response = await client.post(chat_url(server), json=body, follow_redirects=follows)

    assert response.status_code == 307
    assert response.headers[NOT_FOLLOWED_HEADER] == f"http://127.0.0.1:{listener.port}/"
    assert listener.connections == 0
    assert len(server.requests) == 1


async def test_proxies_of_the_environment_are_ignored(server: FakeModelServer, monkeypatch: pytest.MonkeyPatch) -> None:
    async with listening() as listener:
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{listener.port}")
        async with build_client(policy=LOCAL) as client:
            assert (await client.get(f"{server.root_url}/api/version")).status_code == 200

    assert listener.connections == 0
