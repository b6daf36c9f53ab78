"""Which addresses may be called."""

import pytest

from core.providers.addresses import find_address_refusal, find_url_refusal

PUBLIC = [
    "8.8.8.8",
    "1.1.1.1",
    "104.18.0.1",
    "2606:4700::1111",
    "::ffff:8.8.8.8",
    "64:ff9b::808:808",
    "2002:808:808::1",
]

PRIVATE = [
    "127.0.0.1",
    "127.8.9.10",
    "10.0.0.1",
    "172.16.0.1",
    "172.31.255.255",
    "192.168.1.1",
    "100.64.0.1",
    "198.18.0.1",
    "::1",
    "fc00::1",
    "fd12:3456::1",
    "::ffff:7f00:1",
    "::ffff:127.0.0.1",
    "::ffff:0:127.0.0.1",
    "::127.0.0.1",
    "64:ff9b::7f00:1",
    "64:ff9b::10.0.0.1",
    "2002:7f00:1::",
    "2002:c0a8:101::1",
    "2606:4700::5efe:7f00:1",
    "2606:4700::200:5efe:7f00:1",
]

NEVER = [
    "169.254.169.254",
    "169.254.170.2",
    "169.254.0.1",
    "100.100.100.200",
    "168.63.129.16",
    "192.0.0.192",
    "fd00:ec2::254",
    "fd00:ec2::23",
    "fd20:ce::254",
    "fe80::1",
    "fe80::1%eth0",
    "fec0::1",
    "::ffff:a9fe:a9fe",
    "::ffff:0:169.254.169.254",
    "::169.254.169.254",
    "64:ff9b::a9fe:a9fe",
    "64:ff9b::6464:64c8",
    "64:ff9b:1::a9fe:a9fe",
    "2002:a9fe:a9fe::1",
    "2001:0:a9fe:a9fe::1",
    "fd00::5efe:a9fe:a9fe",
    "0.0.0.0",
    "0.1.2.3",
    "::",
    "::ffff:0.0.0.0",
    "224.0.0.1",
    "239.255.255.250",
    "ff02::1",
    "240.0.0.1",
    "255.255.255.255",
    "192.0.2.1",
    "2001:db8::1",
    "4000::1",
    "localhost",
    "127.1",
    "",
]


@pytest.mark.parametrize("address", PUBLIC)
def test_public_address_may_be_called(address: str) -> None:
    assert find_address_refusal(address, allow_private=False) is None


@pytest.mark.parametrize("address", PRIVATE)
def test_private_address_needs_permission(address: str) -> None:
    assert "private" in (find_address_refusal(address, allow_private=False) or "")
    assert find_address_refusal(address, allow_private=True) is None


@pytest.mark.parametrize("address", NEVER)
def test_address_is_refused_even_with_private_ones_allowed(address: str) -> None:
    assert find_address_refusal(address, allow_private=True)
    assert find_address_refusal(address, allow_private=False)


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("file:///etc/passwd", "not file"),
        ("gopher://example.com", "not gopher"),
        ("//example.com", "without a scheme"),
        ("example.com/v1", "without a scheme"),
        ("http:///v1", "names no host"),
        ("http://user:secret@example.com", "user name or password"),
        ("http://a\\@127.0.0.1/", "user name or password"),
        ("http://127.0.0.1:11434", "127.0.0.1 is not called"),
        ("http://[::ffff:7f00:1]/", "is not called"),
        ("http://[fe80::1%25eth0]/", "link-local"),
        ("http://0177.0.0.1/", "not a usable URL"),
        ("http://①②⑦.⓪.⓪.①/", "not a usable URL"),
    ],
)
def test_url_is_refused_by_its_text_alone(url: str, told: str) -> None:
    sentence = find_url_refusal(url, allow_private=False)

    assert sentence is not None
    assert told in sentence
    assert "secret" not in sentence


def test_url_that_may_be_called() -> None:
    assert find_url_refusal("https://api.openai.com/v1", allow_private=False) is None
    assert find_url_refusal("http://localhost:11434", allow_private=False) is None  # judged when it is resolved
    assert find_url_refusal("http://127.0.0.1:11434", allow_private=True) is None
