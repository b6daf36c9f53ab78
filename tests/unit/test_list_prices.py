"""Public prices are used only where vendor and model are certain, by date, and without a network."""

import socket
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from genai_prices import Usage, data_snapshot
from genai_prices.data import providers
from genai_prices.types import ModelInfo

from core.providers.prices import TokenRates
from core.runs.list_prices import _VENDORS, SOURCE, ListPrice, find_list_price, find_list_window

OPENAI = "https://api.openai.com/v1"
AT = datetime(2026, 11, 1, 12, tzinfo=UTC)


def find(model_name: str, *, base_url: str = OPENAI, at: datetime = AT, input_tokens: int = 1000) -> ListPrice | None:
    return find_list_price(base_url=base_url, model_name=model_name, at=at, input_tokens=input_tokens)


def models() -> Iterator[tuple[str, ModelInfo]]:
    for host, vendor in _VENDORS.items():
        for provider in providers:
            if provider.id == vendor:
                yield from ((f"https://{host}/v1", model) for model in provider.models)


def test_a_known_model_has_its_price() -> None:
    wanted = ListPrice("gpt-4o", TokenRates(Decimal("2.5"), Decimal(10), Decimal("1.25")))

    assert find("gpt-4o") == find("GPT-4o-2024-08-06 ") == wanted
    assert SOURCE.startswith("genai-prices ")


@pytest.mark.parametrize(
    "base_url",
    [
        "",
        "http://localhost:11434",
        "http://127.0.0.1:8080/v1",
        "http://api.openai.com/v1",
        "https://api.openai.com:8443/v1",
        "https://api.openai.com.example.org/v1",
        "https://example.org/api.openai.com/v1",
        "https://api.openai.com@example.org/v1",
        "https://eu.api.openai.com/v1",
        "https://acme.openai.azure.com/openai/v1",
        "https://openrouter.ai/api/v1",
        "https://api.x.ai/v1",
        "https://generativelanguage.googleapis.com/v1beta/openai",
        "https://[::1/v1",
        "https://api.openai.com:x/v1",
    ],
)
@pytest.mark.parametrize("model_name", ["gpt-4o", "openai/gpt-4o", "grok-4", "gemini-2.5-flash"])
def test_a_server_that_is_not_certainly_the_vendors_has_no_public_price(base_url: str, model_name: str) -> None:
    assert find(model_name, base_url=base_url) is None


@pytest.mark.parametrize("base_url", ["https://API.openai.com", "https://api.openai.com:443/v1"])
def test_the_vendors_address_may_be_written_differently(base_url: str) -> None:
    assert find("gpt-4o", base_url=base_url) is not None


@pytest.mark.parametrize(
    ("vendor", "model_name"),
    [
        ("api.openai.com", "gpt-4o-turbo-2031"),
        ("api.openai.com", "my-gpt-4o"),
        ("api.openai.com", "ft:gpt-4o-2024-08-06:acme::x"),
        ("api.openai.com", "gpt-5-nano-something-new"),
        ("api.openai.com", "omni-moderation-2031"),
        ("api.openai.com", "whisper-1"),
        ("api.openai.com", ""),
        ("api.deepseek.com", "deepseek-chat-pro"),
        ("api.moonshot.ai", "kimi-k2.5-ultra"),
        ("api.mistral.ai", "devstral-small:free"),
        ("api.groq.com", "whisper-large-v3"),
    ],
)
def test_a_model_that_is_not_certainly_meant_has_no_public_price(vendor: str, model_name: str) -> None:
    assert find(model_name, base_url=f"https://{vendor}/v1") is None


@pytest.mark.parametrize(
    ("vendor", "model_name"),
    [
        ("api.deepseek.com", "deepseek-chat"),
        ("api.mistral.ai", "magistral-medium-latest"),
        ("api.openai.com", "gpt-6-sol-2026-09-01"),
    ],
)
def test_a_snapshot_of_a_known_model_has_its_price(vendor: str, model_name: str) -> None:
    assert find(model_name, base_url=f"https://{vendor}/v1") is not None


def test_a_price_is_the_one_of_its_day() -> None:
    before = find("o3", at=datetime(2025, 6, 9, 23, 59, tzinfo=UTC))
    after = find("o3", at=datetime(2025, 6, 10, tzinfo=UTC))

    assert before is not None
    assert after is not None
    assert (before.rates.input, before.rates.output) == (Decimal(10), Decimal(40))
    assert (after.rates.input, after.rates.output) == (Decimal(2), Decimal(8))


def test_a_price_is_the_one_of_its_hour() -> None:
    night, day = (
        find("deepseek-chat", base_url="https://api.deepseek.com", at=AT.replace(hour=hour)) for hour in (20, 12)
    )

    assert night is not None
    assert day is not None
    assert night.rates.output < day.rates.output


def test_a_long_input_has_the_price_of_its_length() -> None:
    short, long = (find("gpt-6-sol", input_tokens=count) for count in (272_000, 272_001))

    assert short is not None
    assert long is not None
    assert long.rates.input == 2 * short.rates.input


def test_every_price_comes_to_what_the_package_itself_counts() -> None:
    priced = 0
    for base_url, model in models():
        for count in (1, 999, 150_000, 400_000):
            found = find(model.id, base_url=base_url, input_tokens=count)
            if found is None or found.model_name != model.id:
                continue
            usage = Usage(input_tokens=count, output_tokens=77, cache_read_tokens=count // 3, cache_write_tokens=0)
            provider = next(provider for provider in providers if model in provider.models)
            wanted = model.calc_price(usage, provider, genai_request_timestamp=AT).total_price
            input_rate, output_rate, cached_rate, _ = found.rates
            cached = count // 3
            dollars = (count - cached) * input_rate + cached * (cached_rate or input_rate) + 77 * output_rate
            assert dollars / 1_000_000 == wanted
            priced += 1
    assert priced > 800


def test_no_public_price_is_nothing() -> None:
    for base_url, model in models():
        found = find(model.id, base_url=base_url)
        assert found is None or min(found.rates.input, found.rates.output) > 0


def test_prices_come_from_the_bundled_data_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("Prices were asked for over the network.")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    data_snapshot.set_custom_snapshot(data_snapshot.DataSnapshot(providers=[], from_auto_update=True))
    try:
        assert find("gpt-4.1-mini") is not None
    finally:
        data_snapshot.set_custom_snapshot(None)


def test_nothing_is_loaded_and_no_thread_started_before_a_public_price_is_needed() -> None:
    script = """
import sys, threading
from datetime import UTC, datetime
from core.runs.costs import AttemptUsage, cost_of
def cost(base_url):
    usage = AttemptUsage(input_tokens=1, output_tokens=1)
    asked = dict(base_url=base_url, model_name="gpt-4o", prices=None, at=datetime.now(UTC))
    return cost_of(usage, provider_type="openai" if base_url else "ollama", **asked)
assert cost("") is None and "genai_prices" not in sys.modules
assert cost("https://api.openai.com/v1") and "genai_prices" in sys.modules
assert threading.active_count() == 1 and "pydantic_ai" not in sys.modules
"""
    ended = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=False)

    assert ended.returncode == 0, ended.stderr


def test_the_window_is_known_where_the_model_is() -> None:
    assert find_list_window(base_url=OPENAI, model_name="GPT-4-32k ") == 32_000
    assert find_list_window(base_url=OPENAI, model_name="gpt-4-mine") is None
    assert find_list_window(base_url="http://127.0.0.1/v1", model_name="gpt-4") is None
