"""What the shipped Streamlit settings switch off, because Streamlit would do it otherwise."""

import tomllib
from pathlib import Path
from typing import Any

import pytest

PROJECT = Path(__file__).parents[2]


@pytest.fixture
def shipped() -> dict[str, Any]:  # Any: TOML
    return tomllib.loads((PROJECT / ".streamlit" / "config.toml").read_text())


def test_tables_offer_no_download_that_a_spreadsheet_would_run(shipped: dict[str, Any]) -> None:  # Any: TOML
    assert shipped["client"]["disableDataExport"] is True


def test_tracebacks_go_through_the_log_which_masks_secrets(shipped: dict[str, Any]) -> None:  # Any: TOML
    assert shipped["logger"]["enableRich"] is False
