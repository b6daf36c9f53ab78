"""Base URLs are read strictly, since a key travels to them."""

import pytest

from core.errors import InvalidInputError
from core.providers.base_urls import clean_base_url, host_of, origin_of

OPENAI, OLLAMA = "openai", "ollama"


@pytest.mark.parametrize(
    ("typed", "provider_type", "stored"),
    [
        (" https://api.openai.com/v1/ ", OPENAI, "https://api.openai.com/v1"),
        ("http://localhost:11434/", OLLAMA, "http://localhost:11434"),
        ("http://localhost:11434/v1", OLLAMA, "http://localhost:11434"),
        ("http://localhost:11434/api/", OLLAMA, "http://localhost:11434"),
        ("http://proxy/ollama/v1", OLLAMA, "http://proxy/ollama"),
        ("http://[::1]:8080/v1", OPENAI, "http://[::1]:8080/v1"),
        ("https://bücher.example/v1", OPENAI, "https://bücher.example/v1"),
        ("whatever", "builtin", ""),
    ],
)
def test_an_address_is_tidied(typed: str, provider_type: str, stored: str) -> None:
    assert clean_base_url(typed, provider_type=provider_type) == stored


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("", "needs an address"),
        ("localhost:11434", "like http://localhost:11434"),
        ("http://", "no host name"),
        ("http:///v1", "no host name"),
        ("ftp://host", "begins with http"),
        ("file:///etc/passwd", "begins with http"),
        ("http://user@host", "key field"),
        ("http://user:key@host", "key field"),
        ("http://@host", "key field"),
        ("http://good.example\\@evil.example", "do not belong"),
        ("http://ho st", "do not belong"),
        ("http://host/\x00", "do not belong"),
        ("http://ho\u200bst", "do not belong"),
        ("http://host?key=1", r"before any \? or #"),
        ("http://host?", r"before any \? or #"),
        ("http://host/#", r"before any \? or #"),
        ("http://host:0", "Port 0"),
        ("http://host:99999", "browser"),
        ("http://[::1", "browser"),
        ("http://-ü-.example", "not a usable URL"),
        ("http://169.254.169.254/latest", "cloud metadata"),
        ("http://0.0.0.0:11434", "not called"),
        ("http://host/" + "x" * 500, "at most 500"),
    ],
)
def test_an_address_that_cannot_be_used_is_refused_in_its_field(typed: str, words: str) -> None:
    with pytest.raises(InvalidInputError, match=words) as caught:
        clean_base_url(typed, provider_type=OPENAI)

    assert [detail.place for detail in caught.value.details] == ["base_url"]


@pytest.mark.parametrize(
    ("base_url", "origin"),
    [
        ("https://Host.Example/v1", "https://host.example:443"),
        ("https://host.example:443", "https://host.example:443"),
        ("HTTP://host.example", "http://host.example:80"),
        ("http://host.example:8080/a/b", "http://host.example:8080"),
        ("", ""),
    ],
)
def test_the_origin_is_scheme_host_and_port(base_url: str, origin: str) -> None:
    assert origin_of(base_url) == origin


def test_a_person_sees_host_and_port() -> None:
    assert host_of("http://localhost:11434/x") == "localhost:11434"


@pytest.mark.parametrize(
    "odd",
    [
        "ftp://host/v1",
        "http://host:99999",
        "http://[::1",
        "http://ho\tst/v1",
        "http://host:80:81/",
        "http://\uff48ost/v1",
        "http:/host",
        "host",
    ],
)
def test_an_address_nobody_would_call_is_the_origin_of_nothing_else(odd: str) -> None:
    origin = origin_of(odd)

    assert odd in origin
    assert origin not in {origin_of("http://host/v1"), origin_of("http://host:80"), origin_of("http://[::1]"), ""}


def test_both_spellings_of_an_international_name_can_be_kept() -> None:
    assert origin_of("https://xn--bcher-kva.example/v1") == "https://xn--bcher-kva.example:443"
    assert origin_of("https://bücher.example/v1") == "https://bücher.example:443"


def test_what_is_said_of_a_host_holds_no_user() -> None:
    assert host_of("http://user:secret@host:1/v1") == "host:1"
    assert host_of("http://[::1") == "The address"


@pytest.mark.parametrize(
    ("type_name", "address"),
    [("ollama", "http://api"), ("ollama", "http://v1"), ("anthropic", "http://messages"), ("google", "http://models")],
)
def test_a_host_with_the_name_of_a_path_is_kept(type_name: str, address: str) -> None:
    assert clean_base_url(address, provider_type=type_name) == address
