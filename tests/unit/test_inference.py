"""What examples and CSV rows suggest as a schema, and that the schema takes every one of them."""

import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import InvalidInputError
from core.tasks.judge import check
from core.tasks.schema_rules import check_response_schema
from core.tasks.sources.csv_rows import find_delimiter, schema_from_csv
from core.tasks.sources.inference import infer_schema, parse_examples

Json = Any  # Any: tests handle arbitrary JSON

TEXTS = st.one_of(
    st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"]), max_size=12),
    st.sampled_from(["2026-03-31", "2026-03-31T14:05:00Z", "14:05:00Z", "name@example.com", "https://example.com/a"]),
    st.sampled_from(["7f3c1f0e-52ad-4a6e-9c41-0b5b5d1f8a10", "2026-02-30", "a@b", "http://", "open", "closed", "open"]),
)
SCALARS = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False, allow_infinity=False), TEXTS)
NAMES = st.one_of(st.sampled_from(["a", "b", "due date", "$ref", "type", "properties", "items"]), TEXTS)
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3), max_leaves=10
)
EXAMPLES = st.lists(st.dictionaries(NAMES, VALUES, max_size=4), min_size=1, max_size=6)


def field(values: list[Json]) -> Json:
    """Return what is inferred for one field that has these values, one in each example."""
    return infer_schema([{"a": value} for value in values])["properties"]["a"]


@settings(max_examples=500, deadline=None)
@given(EXAMPLES)
def test_the_inferred_schema_accepts_every_example_and_passes_the_gate(examples: list[Json]) -> None:
    schema = infer_schema(examples)

    check_response_schema(schema)
    assert [check(schema, example) for example in examples] == [[] for _ in examples]


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([1], {"type": "integer"}),
        ([1, 2.5], {"type": "number"}),
        ([1.0], {"type": "number"}),
        ([True, False], {"type": "boolean"}),
        (["x"], {"type": "string"}),
        (["x", None], {"type": ["string", "null"]}),
        ([None], {"type": ["string", "null"]}),
        (["x", 1], {"type": ["string", "integer"]}),
        (["2026-03-31"], {"type": "string", "format": "date"}),
        (["2026-02-30"], {"type": "string"}),
        (["2026-03-31", None], {"type": ["string", "null"], "format": "date"}),
        (["2026-03-31", "soon"], {"type": "string"}),
        (["2026-03-31T14:05:00+02:00"], {"type": "string", "format": "date-time"}),
        (["2026-03-31T14:05:00"], {"type": "string"}),
        (["14:05:00Z"], {"type": "string", "format": "time"}),
        (["name@example.com"], {"type": "string", "format": "email"}),
        (["https://example.com/a?b=c"], {"type": "string", "format": "uri"}),
        (["note: bring cake"], {"type": "string"}),
        (["7f3c1f0e-52ad-4a6e-9c41-0b5b5d1f8a10"], {"type": "string", "format": "uuid"}),
        ([[]], {"type": "array", "items": {"type": "string"}}),
        ([[1], [2, None]], {"type": "array", "items": {"type": ["integer", "null"]}}),
        ([{}], {"type": "object"}),
        ([1, [2]], {"anyOf": [{"type": "integer"}, {"type": "array", "items": {"type": "integer"}}]}),
    ],
    ids=json.dumps,
)
def test_a_field_gets_the_narrowest_type_that_fits(values: list[Json], expected: Json) -> None:
    assert field(values) == expected


def test_repeated_values_become_a_choice_with_spaces_and_commas_kept() -> None:
    values = ["in progress, on hold", "done", "done", "in progress, on hold"]

    assert field(values) == {"type": "string", "enum": ["in progress, on hold", "done"]}
    assert field([*values, None])["enum"] == ["in progress, on hold", "done", None]


@pytest.mark.parametrize(
    "values",
    [
        ["a", "b"],
        ["a", "a", "a", "a"],
        ["a", "b", "c", "d", "a"],
        ["a", "b", "a", ""],
        ["a", "b" * 61, "a", "b" * 61],
    ],
    ids=["too few", "always one", "hardly repeated", "one is empty", "one is long"],
)
def test_values_that_do_not_look_like_choices_stay_text(values: list[Json]) -> None:
    assert field(values) == {"type": "string"}


def test_the_words_of_one_example_alone_are_no_choice() -> None:
    assert field([["a", "b", "a", "b", "a", "b"]])["items"] == {"type": "string"}


def test_fields_keep_their_order_and_are_required_when_every_example_has_them() -> None:
    schema = infer_schema(
        [{"b": 1, "lines": [{"x": 1, "y": 2}, {"x": 3}]}, {"a": 2, "b": None, "lines": [{"z": "t", "x": 1}]}]
    )

    assert list(schema["properties"]) == ["b", "lines", "a"]
    assert schema["required"] == ["b", "lines"]
    assert schema["additionalProperties"] is False
    line = schema["properties"]["lines"]["items"]
    assert (list(line["properties"]), line["required"]) == (["x", "y", "z"], ["x"])


@pytest.mark.parametrize(
    ("examples", "words"),
    [
        ([], "no example"),
        ([[1, 2]], "The example is not an object but a list"),
        ([{"a": 1}, "x"], "Example 2 is not an object but a text"),
        ([{"a": float("nan")}], "at /a"),
        ([{"a": "\x00"}], "NUL"),
        ([{"a": {1, 2}}], "Python set"),
    ],
    ids=str,
)
def test_what_cannot_be_an_example_is_refused_with_its_place(examples: Json, words: str) -> None:
    with pytest.raises(InvalidInputError, match=words):
        infer_schema(examples)


def test_an_example_nested_too_deep_for_a_schema_is_refused() -> None:
    value: Json = 1
    for _ in range(100):
        value = {"a": value}

    with pytest.raises(InvalidInputError, match="nested"):
        infer_schema([value])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('{"a": 1}', [{"a": 1}]),
        ('\ufeff \n{"a": 1}\n', [{"a": 1}]),
        ('{"a": 1}\n{"a": 2}\n\n{"a": 3}', [{"a": 1}, {"a": 2}, {"a": 3}]),
        ('{"a": 1}, {"a": 2},', [{"a": 1}, {"a": 2}]),
        ('[{"a": 1}, {"a": 2}]', [{"a": 1}, {"a": 2}]),
        ("[1, 2]", [[1, 2]]),
        ("[]", [[]]),
        ("3", [3]),
    ],
)
def test_examples_are_read_however_they_are_laid_out(text: str, expected: list[Json]) -> None:
    assert parse_examples(text) == expected


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (" \n", "nothing to read"),
        ('{"a": 1,\n "b" 2}', "line 2, column 6"),
        ('{"a": 1}\n{"a": }', "line 2, column 7"),
        ('{"a": 1}{"a": 2}', "line 1, column 9"),
        ('{"a": 1} then', "line 1, column 10"),
        ('{"a": 1, "a": 2}', "stands twice"),
        ('{"a": NaN}', "NaN is not a number"),
        ('{"a": 1e999}', "1e999 is not a number"),
        ("[" * 100_000, "nested too deep"),
        ("9" * 5_000, "too long"),
    ],
    ids=lambda value: value[:20],
)
def test_text_that_is_not_json_is_refused_with_line_and_column(text: str, words: str) -> None:
    with pytest.raises(InvalidInputError, match=words):
        parse_examples(text)


def test_csv_columns_get_types_formats_and_choices() -> None:
    text = (
        "\ufeffid,due on,amount,paid,status,postcode,note\r\n"
        '1,2026-03-31,12.50,true,open,01234,"two, and\nmore"\r\n'
        "2,2026-04-30,3,false,closed,12345,\r\n"
        "\r\n"
        "3,,7e2,TRUE,open,22222,x\r\n"
        "4,2026-05-31,0,true,closed,33333,y\r\n"
    )

    schema = schema_from_csv(text)

    assert schema == {
        "type": "object",
        "properties": {
            "id": {"type": "integer"},
            "due on": {"type": ["string", "null"], "format": "date"},
            "amount": {"type": "number"},
            "paid": {"type": "boolean"},
            "status": {"type": "string", "enum": ["open", "closed"]},
            "postcode": {"type": "string"},
            "note": {"type": ["string", "null"]},
        },
        "required": ["id", "amount", "paid", "status", "postcode"],
        "additionalProperties": False,
    }
    check_response_schema(schema)


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_found(delimiter: str) -> None:
    text = "\n".join(delimiter.join(row) for row in (["name", "price"], ["a", "1.5"], ['"x, y; z"', "2"]))

    assert find_delimiter(text) == delimiter
    assert list(schema_from_csv(text)["properties"]) == ["name", "price"]


def test_a_header_alone_and_a_single_column_are_read() -> None:
    assert schema_from_csv("a,b")["properties"] == {"a": {"type": "string"}, "b": {"type": "string"}}
    assert schema_from_csv("a\n1\n2")["properties"] == {"a": {"type": "integer"}}
    assert schema_from_csv("a;b\n;\n1;")["properties"]["b"] == {"type": ["string", "null"]}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("\ufeff\n", "is empty"),
        ('"\n"', "holds no words"),
        ("a,,c\n1,2,3", "no name for column 2"),
        ("a,b,a\n1,2,3", "“a” more than once"),
        ("a,b\n1,2\n3,4,5", "line 3 has 3 cells, but the header has 2"),
        ('a,b\n1,"2', "line 2: a quote is never closed"),
        ('"a\nb",c\n1,2', "line break"),
    ],
)
def test_a_csv_text_that_makes_no_sense_is_refused_with_its_line(text: str, words: str) -> None:
    with pytest.raises(InvalidInputError, match=words):
        schema_from_csv(text)


@settings(max_examples=200, deadline=None)
@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=60) | st.text('ab,;|\t"\n\r 1', max_size=40))
def test_any_text_is_read_as_csv_or_refused_in_words(text: str) -> None:
    with suppress(InvalidInputError):
        check_response_schema(schema_from_csv(text))
