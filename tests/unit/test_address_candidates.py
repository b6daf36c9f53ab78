"""Where a server is looked for that does not answer at the address it was given."""

import pytest

from core.providers.base_urls import origin_of
from core.providers.types import find_type, list_types

FIRST = {
    "http://host:8000": "http://host:8000/v1",
    "http://host:8000/v1/chat/completions": "http://host:8000/v1",
    "http://host/v1/v1": "http://host/v1",
    "https://host/api": "https://host/api/v1",
    "https://host/v1": "https://host/api/v1",
    "http://[::1]:1/x": "http://[::1]:1/x/v1",
}


@pytest.mark.parametrize(("given", "first"), FIRST.items(), ids=FIRST)
def test_v1_is_tried_first_and_never_twice(given: str, first: str) -> None:
    candidates = find_type("compatible").list_address_candidates(given)

    assert candidates[0] == first
    assert given not in candidates
    assert all("/v1/v1" not in address for address in candidates)


def test_ollama_is_looked_for_at_the_origin_first() -> None:
    candidates = find_type("ollama").list_address_candidates("http://host:11434/proxy/v1/models")

    assert candidates == ("http://host:11434", "http://host:11434/proxy/v1", "http://host:11434/proxy")


@pytest.mark.parametrize(
    "given", ["http://host:81/a/b/c", "https://user-host.example/openai/deployments/x", "http://h"]
)
def test_no_type_looks_at_another_origin_or_at_many_addresses(given: str) -> None:
    for kind in list_types():
        candidates = kind.list_address_candidates(given)

        assert {origin_of(address) for address in candidates} <= {origin_of(given)}
        assert len(candidates) <= 6
