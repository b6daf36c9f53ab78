"""Answers aligned field by field: the rows, what is equal, how far columns agree, and the figures of each."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.runs.comparing.aligning import MAX_ROWS, align
from core.runs.comparing.records import AlignedAnswers, AlignedRow
from core.runs.records import RunStatus
from tests.unit.comparison_cases import compare_columns, make_column, make_comparison, make_run

ORDER_SCHEMA: dict[str, Any] = {  # Any: a JSON Schema
    "type": "object",
    "properties": {
        "customer": {"$ref": "#/$defs/Customer"},
        "tags": {"type": "array", "items": {"type": "string"}},
        "lines": {"type": "array", "items": {"anyOf": [{"type": "null"}, {"$ref": "#/$defs/Line"}]}},
        "total": {"type": "number"},
    },
    "$defs": {
        "Customer": {"type": "object", "properties": {"name": {}, "city": {}}},
        "Line": {"type": "object", "properties": {"what": {}, "price": {}}},
    },
}


def places(aligned: AlignedAnswers) -> list[str]:
    return [row.place for row in aligned.rows]


def row_of(aligned: AlignedAnswers, place: str) -> AlignedRow:
    return next(row for row in aligned.rows if row.place == place)


def test_rows_stand_in_the_order_of_the_schema_with_nested_places() -> None:
    first = {"total": 3, "lines": [{"price": 1, "what": "tea"}], "customer": {"city": "Ulm", "name": "Ada"}}
    second = {"tags": ["a", "b"], "lines": [{"price": 1}, {"price": 2}], "extra": True}

    aligned = align(make_comparison([first], [second], schema=ORDER_SCHEMA))

    assert places(aligned) == [
        "customer.name",
        "customer.city",
        "tags",
        "lines[0].what",
        "lines[0].price",
        "lines[1].price",
        "total",
        "extra",
    ]
    assert [cell.text for cell in row_of(aligned, "tags").cells] == ["", '["a", "b"]']
    assert [cell.is_missing for cell in row_of(aligned, "lines[1].price").cells] == [True, False]


def test_values_are_equal_as_json() -> None:
    first = {"count": 1, "flag": True, "text": "1", "list": [1, {"a": 2.0}], "none": None}
    second = {"count": 1.0, "flag": 1, "text": 1, "list": [1.0, {"a": 2}]}

    aligned = align(make_comparison([first], [second]))

    same = {row.place: row.is_same for row in aligned.rows}
    assert same == {"count": True, "flag": False, "text": False, "list[0]": True, "list[1].a": True, "none": False}
    assert [cell.text for cell in row_of(aligned, "text").cells] == ['"1"', "1"]
    assert [cell.differs for cell in row_of(aligned, "none").cells] == [False, True]


def test_what_most_columns_say_is_not_marked() -> None:
    aligned = align(make_comparison([{"a": "x"}], [{"a": "y"}], [{"a": "y"}], [None]))

    (row,) = aligned.rows
    assert [cell.differs for cell in row.cells] == [True, False, False, False]
    assert [cell.is_missing for cell in row.cells] == [False, False, False, True]
    assert not row.is_same
    assert row.agreement == pytest.approx(2 / 3)
    assert row.cells[3].variants == ()


def test_a_column_without_an_answer_speaks_against_nothing() -> None:
    aligned = align(make_comparison([{"a": 1}], [None]))

    (row,) = aligned.rows
    assert row.is_same
    assert row.agreement is None
    assert aligned.agreement is None


def test_repeats_agree_by_the_share_of_the_most_frequent_value() -> None:
    steady = [{"a": 1}] * 4
    wavering: list[dict[str, Any] | None] = [{"a": 2}, {"a": 1}, {}, {"a": 1.0}, None]

    aligned = align(make_comparison(steady, wavering))

    (row,) = aligned.rows
    assert [cell.agreement for cell in row.cells] == [1, 0.5]
    assert [(one.text, one.count, one.is_missing) for one in row.cells[1].variants] == [
        ("1", 2, False),
        ("2", 1, False),
        ("", 1, True),
    ]
    assert row.is_same
    assert [column.agreement for column in aligned.columns] == [1, 0.5]


def test_one_answer_agrees_with_nothing() -> None:
    aligned = align(make_comparison([{"a": 1}], [{"a": 2}]))

    assert [cell.agreement for cell in aligned.rows[0].cells] == [None, None]
    assert (aligned.rows[0].agreement, aligned.agreement) == (0.5, 0.5)


def test_a_place_that_is_an_object_for_some_and_plain_for_others_shows_both() -> None:
    aligned = align(make_comparison([{"a": {"b": 1}}], [{"a": None}]))

    assert places(aligned) == ["a", "a.b"]
    assert [cell.text for cell in row_of(aligned, "a").cells] == ["{…}", "null"]
    assert [cell.is_missing for cell in row_of(aligned, "a.b").cells] == [False, True]


def test_empty_objects_and_lists_are_values() -> None:
    aligned = align(make_comparison([{"a": {}, "b": []}], [{"a": {}, "b": [{"c": 1}]}]))

    assert places(aligned) == ["a", "b[0].c"]
    assert row_of(aligned, "a").is_same
    assert [cell.is_missing for cell in row_of(aligned, "b[0].c").cells] == [True, False]


def test_names_with_signs_are_quoted_so_that_no_two_rows_are_called_alike() -> None:
    aligned = align(make_comparison([{"a.b": 1, "a": {"b": 2}, "": 3, "l[0]": 4, "l": [{"x": 5}]}], [{}]))

    assert places(aligned) == ['["a.b"]', "a.b", '[""]', '["l[0]"]', "l[0].x"]


def test_more_rows_than_a_page_bears_are_counted() -> None:
    many = {f"field_{number}": number for number in range(MAX_ROWS + 25)}

    aligned = align(make_comparison([many], [many]))

    assert len(aligned.rows) == MAX_ROWS
    assert aligned.left_out_count == 25


def test_without_any_answer_there_are_no_rows() -> None:
    aligned = align(make_comparison([None], [None, None]))

    assert (aligned.rows, aligned.left_out_count, aligned.agreement) == ((), 0, None)
    assert [column.run_count for column in aligned.columns] == [1, 2]


def test_a_schema_that_goes_in_circles_is_no_hindrance() -> None:
    schema = {"$ref": "#/$defs/Node", "$defs": {"Node": {"properties": {"next": {"$ref": "#/$defs/Node"}, "id": {}}}}}
    answer = {"id": 1, "next": {"id": 2, "next": {"id": 3}}}

    aligned = align(make_comparison([answer], [answer], schema=schema))

    assert places(aligned) == ["next.next.id", "next.id", "id"]


def test_the_figures_of_a_column() -> None:
    start = datetime(2024, 1, 1, tzinfo=UTC)
    runs = [
        make_run({"a": 1}, ended_at=start + timedelta(seconds=1), cost_usd=Decimal("0.01"), output_tokens=10),
        make_run({"a": 1}, ended_at=start + timedelta(seconds=5), cost_usd=Decimal("0.03"), attempt_count=3),
        make_run(None, ended_at=start + timedelta(seconds=60), cost_usd=Decimal("0.02"), is_cost_complete=False),
        make_run(None, status=RunStatus.INTERRUPTED, ended_at=None, attempt_count=0, input_tokens=0),
        make_run(None, status=RunStatus.CANCELLED, started_at=None, attempt_count=0, input_tokens=0, output_tokens=0),
        make_run(None, status=RunStatus.QUEUED, started_at=None, ended_at=None, attempt_count=0, input_tokens=0),
    ]

    (figures, _) = align(compare_columns(make_column(1, runs), make_column(2))).columns

    assert (figures.run_count, figures.over_count, figures.passed_count) == (6, 5, 2)
    assert figures.statuses == {
        RunStatus.QUEUED: 1,
        RunStatus.PASSED: 2,
        RunStatus.FAILED: 1,
        RunStatus.CANCELLED: 1,
        RunStatus.INTERRUPTED: 1,
    }
    assert figures.pass_rate == pytest.approx(2 / 4)
    assert figures.p50_seconds == pytest.approx(3)
    assert (figures.input_tokens, figures.input_tokens_per_run) == (300, 100)
    assert figures.attempts_per_run == pytest.approx(5 / 3)
    assert figures.cost.amount_usd == Decimal("0.06")
    assert not figures.cost.is_complete
    assert figures.cost_per_run_usd == Decimal("0.02")


def test_the_figures_of_a_column_that_has_not_begun() -> None:
    (figures, _) = align(compare_columns(make_column(1), make_column(2))).columns

    assert (figures.pass_rate, figures.p50_seconds, figures.cost_per_run_usd) == (None, None, None)
    assert (figures.input_tokens_per_run, figures.attempts_per_run, figures.agreement) == (None, None, None)
    assert (figures.cost.amount_usd, figures.cost.is_complete) == (None, True)


_PLAIN = st.none() | st.booleans() | st.integers(-3, 3) | st.sampled_from([1.0, 0.5]) | st.text(max_size=3)
_NAMES = st.sampled_from(["a", "b", "a.b", "a[0]", "", '"', "ü"])
_JSON = st.recursive(
    _PLAIN, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_NAMES, inner, max_size=4), max_leaves=12
)
_ANSWERS = st.lists(st.none() | st.dictionaries(_NAMES, _JSON, max_size=4), min_size=0, max_size=4)


@given(st.lists(_ANSWERS, min_size=2, max_size=4))
def test_rows_are_unique_and_agreement_is_a_share(columns: list[list[dict[str, Any] | None]]) -> None:
    aligned = align(make_comparison(*columns))

    assert len(set(places(aligned))) == len(aligned.rows)
    for row in aligned.rows:
        assert row.agreement is None or 0 < row.agreement <= 1
        assert len(row.cells) == len(columns)
        assert row.is_same == (not any(cell.differs for cell in row.cells))
        for cell, answers in zip(row.cells, columns, strict=True):
            count = sum(answer is not None for answer in answers)
            assert sum(variant.count for variant in cell.variants) == count
            assert (cell.agreement is None) == (count < 2)
            assert cell.agreement is None or 0 < cell.agreement <= 1
            assert count or (cell.is_missing and not cell.differs)


@given(_JSON)
def test_an_answer_agrees_with_itself(value: Any) -> None:
    aligned = align(make_comparison([{"a": value}] * 2, [{"a": value}]))

    assert all(row.is_same and row.agreement == 1 and row.cells[0].agreement == 1 for row in aligned.rows)
