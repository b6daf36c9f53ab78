"""What the drawer of a provider and the form of an agent say of models, checks and capabilities."""

from datetime import UTC, date, datetime, timedelta

import pytest

from core.providers.diagnoses import Diagnosis
from core.providers.dialects import DialectFindings, KeptDialect, ServerDialect, Support
from core.providers.discovery.records import ProviderModelRecord
from core.providers.health import FailureCount, HealthBucket
from db.tables.runs import PROVIDER_FAULTS
from pages.ui.model_trouble import model_option
from pages.ui.model_words import say_size, say_tokens
from pages.ui.provider_details.dialect_words import (
    AUTOMATIC,
    CAPABILITIES,
    Origin,
    find_origin,
    read_findings,
    say_value,
)
from pages.ui.provider_details.health_charts import build_rates, build_times
from pages.ui.provider_details.health_words import say_diagnosis, say_failures
from pages.ui.provider_details.models_tab import build_columns

NOW = datetime(2026, 11, 23, tzinfo=UTC)
TODAY = NOW.date()


def make_model(name: str = "llama3", **values: object) -> ProviderModelRecord:
    seen = {"first_seen_at": NOW, "last_seen_at": NOW, "is_listed": True}
    return ProviderModelRecord.model_validate({"name": name, **seen, **values})


@pytest.mark.parametrize(
    ("count", "said"), [(None, "—"), (4096, "4,096"), (32768, "32k"), (131072, "128k"), (200_000, "200k")]
)
def test_windows_are_said_as_people_call_them(count: int | None, said: str) -> None:
    assert say_tokens(count) == said


@pytest.mark.parametrize(("size", "said"), [(None, "—"), (4_700_000_000, "4.7 GB"), (150_000_000, "150.0 MB")])
def test_sizes_have_a_unit(size: int | None, said: str) -> None:
    assert say_size(size) == said


def test_option_of_a_model_says_what_to_know_when_choosing_it() -> None:
    gone = make_model(is_listed=False)
    retiring = make_model(retires_on=date(2026, 12, 11), context_tokens=32768, is_loaded=True)

    assert model_option("typed by hand", None, today=TODAY) == "typed by hand"
    assert model_option("llama3", gone, today=TODAY) == "llama3 · gone"
    expected = "llama3 · retires 11 Dec 2026 · 32k context · in memory"
    assert model_option("llama3", retiring, today=TODAY) == expected
    assert "retired 11 Dec 2026" in model_option("llama3", retiring, today=TODAY + timedelta(days=60))


def test_columns_of_which_nothing_is_known_are_left_out() -> None:
    columns = build_columns([make_model(), make_model("qwen", quantization="Q4_K_M")], zone=UTC, today=TODAY)

    assert list(columns) == ["Model", "Agents", "Quantization", "First seen", "Last seen"]


def test_every_diagnosis_and_every_fault_has_words_of_its_own() -> None:
    said = [say_diagnosis(diagnosis) for diagnosis in Diagnosis]
    faults = [say_failures([FailureCount(reason=reason, run_count=1)]) for reason in PROVIDER_FAULTS]

    assert len(set(said)) == len(said)
    assert all("_" not in words for words in [*said, *faults])
    assert say_diagnosis("a_newer_word") == "A newer word"


def test_every_field_of_a_dialect_has_words_for_each_of_its_values() -> None:
    assert [each.field for each in CAPABILITIES] == list(ServerDialect.model_fields)
    assert all(say_value(each, ServerDialect()) != AUTOMATIC for each in CAPABILITIES)


def test_origin_is_the_layer_that_wins() -> None:
    nothing = KeptDialect()
    found, by_hand = DialectFindings(tools=Support.YES), DialectFindings(tools=Support.NO)

    assert find_origin("tools", nothing, whole=None) is Origin.DEFAULT
    assert find_origin("tools", nothing, whole=KeptDialect(probed=found)) is Origin.FOUND_FOR_ALL
    assert find_origin("tools", KeptDialect(probed=found), whole=KeptDialect(edited=by_hand)) is Origin.BY_HAND_FOR_ALL
    assert find_origin("tools", KeptDialect(probed=found, edited=by_hand), whole=None) is Origin.BY_HAND


def test_automatic_and_unknown_choices_are_no_findings() -> None:
    chosen = {"tools": Support.NO, "seed": AUTOMATIC, "usage": "maybe", "nothing": 1, "sends_temperature": False}

    assert read_findings(chosen) == DialectFindings(tools=Support.NO, sends_temperature=False)


def test_buckets_without_runs_have_neither_a_point_nor_a_bar() -> None:
    quiet = HealthBucket(start=NOW, run_count=0, failure_count=0)
    busy = HealthBucket(start=NOW, run_count=4, failure_count=1, p50_seconds=1.0, p95_seconds=2.0)

    assert [point["when"] for point in build_times([quiet, busy], ["Mon", "Tue"])] == ["Tue", "Tue"]
    assert build_rates([quiet, busy], ["Mon", "Tue"]) == [
        {"when": "Tue", "line": "% of the runs", "rate": 25.0, "failed": 1, "runs": 4}
    ]
