"""Settings come from the environment, and a wrong one is named."""

from pathlib import Path

import pytest

from core.errors import InvalidInputError
from core.settings import Settings, read_settings


def test_without_any_variable_the_defaults_hold() -> None:
    settings = read_settings({})

    assert settings == Settings()
    assert settings.uses_bundled_database


def test_every_variable_is_read() -> None:
    settings = read_settings(
        {
            "DATABASE_URL": " postgresql://u:p@h/d ",
            "ENCRYPTION_KEY": "one,two",
            "BENCHTOP_DATA_DIR": "~/bench",
            "BENCHTOP_EXAMPLES": "no",
            "BENCHTOP_ALLOW_PRIVATE_ADDRESSES": "0",
            "BENCHTOP_MAX_RUNS": "3",
            "BENCHTOP_RUN_TIMEOUT": "10",
            "BENCHTOP_REQUEST_TIMEOUT": "2.5",
            "BENCHTOP_ALLOWED_HOSTS": "a.example, b.example,",
        }
    )

    assert settings.database_url is not None
    assert settings.database_url.get_secret_value() == "postgresql://u:p@h/d"
    assert not settings.uses_bundled_database
    assert settings.data_dir == Path.home() / "bench"
    assert settings.max_concurrent_runs == 3
    assert (settings.seed_examples, settings.allow_private_addresses) == (False, False)
    assert (settings.run_timeout_seconds, settings.request_timeout_seconds) == (10, 2.5)
    assert settings.allowed_hosts == ("a.example", "b.example")


@pytest.mark.parametrize(
    ("url", "value", "expected"),
    [("", "", True), ("postgresql://h/d", "", False), ("", "false", False), ("postgresql://h/d", "TRUE", True)],
)
def test_private_addresses_are_allowed_by_default_on_ones_own_machine_only(
    url: str, value: str, expected: bool
) -> None:
    settings = read_settings({"DATABASE_URL": url, "BENCHTOP_ALLOW_PRIVATE_ADDRESSES": value})

    assert settings.allows_private_addresses is expected
    assert settings.allowed_addresses == ()


def test_only_listed_private_addresses_may_be_allowed() -> None:
    settings = read_settings({"BENCHTOP_ALLOW_PRIVATE_ADDRESSES": "Localhost:11434, 10.1.0.0/16,"})

    assert not settings.allows_private_addresses
    assert settings.allowed_addresses == ("localhost:11434", "10.1.0.0/16")


def test_an_empty_variable_counts_as_unset() -> None:
    assert read_settings({"DATABASE_URL": "", "BENCHTOP_MAX_RUNS": "  "}) == Settings()


def test_a_relative_data_folder_is_made_absolute() -> None:
    assert read_settings({"BENCHTOP_DATA_DIR": "here"}).data_dir == Path.cwd() / "here"


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("BENCHTOP_EXAMPLES", "perhaps"),
        ("BENCHTOP_MAX_RUNS", "0"),
        ("BENCHTOP_MAX_RUNS", "many"),
        ("BENCHTOP_RUN_TIMEOUT", "nan"),
        ("BENCHTOP_REQUEST_TIMEOUT", "-1"),
        ("BENCHTOP_ALLOW_PRIVATE_ADDRESSES", "perhaps"),
        ("BENCHTOP_ALLOW_PRIVATE_ADDRESSES", "localhost:11434,10.0.0.1/8"),
    ],
)
def test_a_wrong_value_is_refused_by_the_variables_name(variable: str, value: str) -> None:
    with pytest.raises(InvalidInputError) as caught:
        read_settings({variable: value, "DATABASE_URL": "postgresql://u:canary@h/d"})

    assert [detail.place for detail in caught.value.details] == [variable]
    assert caught.value.details[0].message
    assert "canary" not in repr(caught.value.details)


def test_secrets_do_not_show_when_settings_are_printed() -> None:
    settings = read_settings({"DATABASE_URL": "postgresql://u:canary@h/d", "ENCRYPTION_KEY": "canary"})

    assert "canary" not in repr(settings) + settings.model_dump_json()


@pytest.mark.parametrize("variable", ["HTTPS_PROXY", "http_proxy", "ALL_PROXY"])
def test_a_proxy_that_the_environment_names_is_noted(variable: str) -> None:
    assert read_settings({variable: "http://proxy.example:3128"}).names_proxy
    assert not read_settings({variable: " "}).names_proxy
