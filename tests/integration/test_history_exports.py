"""The history as files, read again by those who read such files."""

import csv
import io
import json
import uuid
from datetime import datetime
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from core.actors import LOCAL_USER
from core.errors import InvalidInputError
from core.runs.history import export_rows
from core.runs.history.export_rows import COLUMNS
from core.runs.history.records import ExportFormat
from core.runs.records import RunFilter
from core.services import Services
from tests.factories import Workshop
from tests.integration.stored_runs import FIRST_QUEUED_AT, StoredRuns

AWKWARD = 'He said: "é, 汉字; 😀",\r\n\n\tthen\u2028left\\'
FORMULAS = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "=cmd|' /C calc'!A0"]


@pytest.fixture
def runs(workshop: Workshop) -> StoredRuns:
    return StoredRuns(workshop)


def export(services: Services, export_format: ExportFormat, **wanted: Any) -> bytes:
    return b"".join(services.history.export_runs(LOCAL_USER, RunFilter(**wanted), export_format))


def read_csv(written: bytes) -> list[dict[str, str]]:
    lines = csv.DictReader(io.StringIO(written.decode("utf-8-sig"), newline=""), strict=True)
    assert tuple(lines.fieldnames or ()) == COLUMNS
    return list(lines)


def read_jsonl(written: bytes) -> list[dict[str, Any]]:
    return [json.loads(line) for line in written.split(b"\n")[:-1]]


def read_parquet(written: bytes) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = pq.read_table(pa.BufferReader(written)).to_pylist()
    return rows


def test_a_run_is_told_in_each_format(services: Services, runs: StoredRuns) -> None:
    run_id = runs.add_rated(
        -1, "bad", input={"text": AWKWARD}, cost_usd=Decimal("0.00000010"), seconds=1 / 3, attempt_count=2
    )

    of_csv = read_csv(export(services, ExportFormat.CSV))[0]
    of_json = read_jsonl(export(services, ExportFormat.JSONL))[0]
    of_parquet = read_parquet(export(services, ExportFormat.PARQUET))[0]

    assert tuple(of_json) == tuple(of_parquet) == COLUMNS
    assert of_csv["id"] == of_json["id"] == of_parquet["id"] == str(run_id)
    assert of_csv["queued_at"] == of_json["queued_at"] == "2026-03-01T12:00:00+00:00"
    assert of_parquet["queued_at"] == FIRST_QUEUED_AT
    assert (of_csv["rating"], of_json["rating"], of_parquet["rating"]) == ("-1", -1, -1)
    assert (of_csv["cost_usd"], of_json["cost_usd"], of_parquet["cost_usd"]) == ("0.00000010", 1e-7, 1e-7)
    seconds = services.history.page_runs(LOCAL_USER).items[0].duration_seconds
    assert float(of_csv["duration_seconds"]) == of_json["duration_seconds"] == of_parquet["duration_seconds"] == seconds
    assert (of_csv["agent_version"], of_csv["variation"]) == ("1", "false")
    assert (of_parquet["agent_version"], of_parquet["variation"]) == (1, False)
    assert (of_csv["agent"], of_json["task"], of_parquet["provider"]) == (
        runs.agent.name,
        runs.task.name,
        runs.agent.provider_name,
    )
    assert json.loads(of_csv["input"]) == of_json["input"] == json.loads(of_parquet["input"]) == {"text": AWKWARD}
    assert json.loads(of_csv["result"]) == of_json["result"] == json.loads(of_parquet["result"])


def test_what_is_not_there_is_blank(services: Services, runs: StoredRuns) -> None:
    runs.add(status="cancelled", seconds=None, input=None, content_erased_at=FIRST_QUEUED_AT)
    names = ("cost_usd", "duration_seconds", "rating", "input", "result")

    assert {read_csv(export(services, ExportFormat.CSV))[0][name] for name in names} == {""}
    assert {read_jsonl(export(services, ExportFormat.JSONL))[0][name] for name in names} == {None}
    assert {read_parquet(export(services, ExportFormat.PARQUET))[0][name] for name in names} == {None}


@pytest.mark.parametrize("text", [AWKWARD, "a,b\nc", '"', "  spaced  ", "\ufeffmark", "x" * 40_000, "lone \ud800 half"])
def test_texts_come_back_as_they_were(services: Services, runs: StoredRuns, text: str) -> None:
    runs.add(input={"text": text})
    said = text.replace("\ud800", "\\ud800")

    assert read_jsonl(export(services, ExportFormat.JSONL))[0]["input"] == {"text": text}
    for found in (
        read_csv(export(services, ExportFormat.CSV))[0]["input"],
        read_parquet(export(services, ExportFormat.PARQUET))[0]["input"],
    ):
        assert json.loads(found) == {"text": said.replace("\\ud800", "\ufffd")}


@pytest.mark.parametrize("text", FORMULAS)
def test_a_cell_of_csv_is_never_a_formula(services: Services, runs: StoredRuns, text: str) -> None:
    runs.add_rated(1, text, input=text, started_by=text)

    line = read_csv(export(services, ExportFormat.CSV))[0]

    assert line["input"] == line["rating_note"] == line["started_by"] == f"'{text}"
    assert line["rating"] == "1"
    assert read_jsonl(export(services, ExportFormat.JSONL))[0]["input"] == text
    assert read_parquet(export(services, ExportFormat.PARQUET))[0]["input"] == text


def test_csv_is_for_spreadsheets(services: Services, runs: StoredRuns) -> None:
    runs.add(input="é")

    written = export(services, ExportFormat.CSV)

    assert written.startswith("\ufeffid,queued_at,".encode())
    assert written.endswith(b"\r\n")
    assert "é".encode() in written


def test_an_empty_export_still_has_its_columns(services: Services) -> None:
    assert read_csv(export(services, ExportFormat.CSV)) == []
    assert export(services, ExportFormat.JSONL) == b""
    table = pq.read_table(pa.BufferReader(export(services, ExportFormat.PARQUET)))
    assert (table.num_rows, tuple(table.column_names)) == (0, COLUMNS)


@pytest.mark.parametrize("export_format", list(ExportFormat))
def test_all_that_fits_is_in_the_file_once_newest_first(
    services: Services, runs: StoredRuns, monkeypatch: pytest.MonkeyPatch, export_format: ExportFormat
) -> None:
    monkeypatch.setattr(export_rows, "_PAGE", 3)
    ids = [runs.add(status="failed", queued_at=FIRST_QUEUED_AT) for _ in range(7)]
    runs.add()
    read = {ExportFormat.CSV: read_csv, ExportFormat.JSONL: read_jsonl, ExportFormat.PARQUET: read_parquet}

    rows = read[export_format](export(services, export_format, status="failed"))

    assert [uuid.UUID(row["id"]) for row in rows] == sorted(ids, reverse=True)


def test_a_run_added_meanwhile_does_no_harm(
    services: Services, runs: StoredRuns, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(export_rows, "_PAGE", 2)
    ids = [runs.add() for _ in range(5)]

    pieces = services.history.export_runs(LOCAL_USER, None, ExportFormat.JSONL)
    written = next(pieces)
    runs.add()
    services.history.delete_runs(LOCAL_USER, ids[:1])
    written += b"".join(pieces)

    assert [uuid.UUID(row["id"]) for row in read_jsonl(written)] == ids[:0:-1]


def test_a_wrong_filter_is_told_before_the_first_piece(services: Services) -> None:
    wrong = RunFilter.model_construct(**{**dict(RunFilter()), "since": datetime(2026, 1, 1)})  # noqa: DTZ001

    with pytest.raises(InvalidInputError):
        services.history.export_runs(LOCAL_USER, wrong, ExportFormat.CSV)
