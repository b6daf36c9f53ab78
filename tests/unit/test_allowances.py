"""A list of private addresses allows exactly what it names, and nothing makes it allow more."""

from collections.abc import Sequence

import httpx2
import pytest

from core.providers.allowances import read_allowance, require_callable
from core.providers.connecting import GuardedBackend
from core.providers.outbound_errors import DestinationRefused, HostUnreachable
from tests.unit.outbound_calls import resolve_to
from tests.unit.test_destinations import Dialler

pytestmark = pytest.mark.anyio

LISTED = ("localhost:11434", "10.1.0.0/16", "192.168.1.5:8000", "[fd00::5]:443", "169.254.169.254", "metadata.lan:80")


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


async def dial(host: str, port: int, *addresses: str, allowed: Sequence[str] = LISTED) -> list[str]:
    """Return the addresses that are connected for a host, none when it is refused."""
    dialler = Dialler()
    backend = GuardedBackend(
        allow_private=False,
        allowed=allowed,
        connect_timeout_seconds=1,
        resolver=resolve_to(list(addresses)),
        inner=dialler,
    )
    with pytest.raises((DestinationRefused, HostUnreachable)):
        await backend.connect_tcp(host, port)
    return dialler.dialled


@pytest.mark.parametrize(
    ("host", "port", "address"),
    [
        ("localhost", 11434, "127.0.0.1"),
        ("LOCALHOST.", 11434, "::1"),
        ("localhost", 11434, "192.168.7.7"),
        ("10.1.2.3", 80, "10.1.2.3"),
        ("models.lan", 9999, "10.1.255.255"),
        ("models.lan", 8000, "192.168.1.5"),
        ("fd00::5", 443, "fd00::5"),
        ("metadata.lan", 80, "10.9.9.9"),
    ],
)
async def test_what_is_listed_is_called(host: str, port: int, address: str) -> None:
    assert await dial(host, port, address) == [address]


@pytest.mark.parametrize(
    ("host", "port", "addresses"),
    [
        ("localhost", 11435, ["127.0.0.1"]),
        ("127.0.0.1", 11434, ["127.0.0.1"]),
        ("localhost.evil.example", 11434, ["127.0.0.1"]),
        ("models.lan", 80, ["10.2.0.1"]),
        ("models.lan", 8001, ["192.168.1.5"]),
        ("models.lan", 80, ["::ffff:10.1.0.1"]),
        ("models.lan", 80, ["10.1.0.1", "10.2.0.1"]),
        ("169.254.169.254", 80, ["169.254.169.254"]),
        ("metadata.lan", 80, ["169.254.169.254"]),
        ("localhost", 11434, ["fe80::1%lo", "127.0.0.1"]),
        ("localhost", 11434, ["0.0.0.0"]),
    ],
)
async def test_what_is_not_listed_and_metadata_even_listed_is_not_called(
    host: str, port: int, addresses: list[str]
) -> None:
    assert await dial(host, port, *addresses) == []


def test_refusal_names_the_setting_and_what_to_write_there() -> None:
    with pytest.raises(DestinationRefused) as private:
        require_callable(httpx2.URL("http://[::1]:8000/v1"), allow_private=False, allowed=LISTED)
    with pytest.raises(DestinationRefused) as never:
        require_callable(httpx2.URL("http://169.254.169.254/"), allow_private=True, allowed=LISTED)

    assert "BENCHTOP_ALLOW_PRIVATE_ADDRESSES" in private.value.sentence
    assert "to true, or to [::1]:8000 for it alone" in private.value.hint
    assert "BENCHTOP" not in never.value.sentence + never.value.hint


@pytest.mark.parametrize(
    "entry",
    [
        "localhost",
        "*",
        "*:80",
        "10.0.0.1/8",
        "0x7f000001:80",
        "127.1:80",
        "localhost:0",
        "localhost:99999",
        "http://localhost:80",
        "10.0.0.0/8:80",
        "::1:80:90x",
        "ollama.lan:",
        "a@b:80",
        "localhost:80@evil:80",
        "localhost:8é",
    ],
)
def test_an_entry_that_says_nothing_exact_is_refused(entry: str) -> None:
    with pytest.raises(ValueError, match=r"is no address:port"):
        read_allowance(entry)
