"""What is read as a schema to start from, and how it is compared, without a screen."""

import json

import pytest

from core.errors import InvalidInputError
from core.tasks.builder import from_json_schema, new_draft
from pages.ui.builder.proposal import compare, field_rows, is_empty
from pages.ui.builder.start_reading import MAX_FILE_MEGABYTES, read_examples, read_file, read_way
from pages.ui.builder.start_state import SentFile, StartState, Way

TEXT_WAYS = (Way.EXAMPLES, Way.CSV, Way.JSON_SCHEMA, Way.PYDANTIC)


@pytest.mark.parametrize("way", TEXT_WAYS)
def test_blank_text_is_neither_a_proposal_nor_an_error(way: Way) -> None:
    reading = read_way(way, " \n")

    assert (reading.proposal, reading.error) == (None, None)


@pytest.mark.parametrize(
    ("way", "text", "said"),
    [
        (Way.EXAMPLES, "[1]", "The example is not an object"),
        (Way.EXAMPLES, "1" * (4 * 1024 * 1024 + 1), "longer than"),
        (Way.EXAMPLES, '{"a": ' * 70 + "1" + "}" * 70, "cannot be used"),
        (Way.CSV, "a,a\n1,2", "more than once"),
        (Way.CSV, ",".join(f"c{index}" for index in range(1_001)), "at most 1,000"),
        (Way.CSV, "a\n" + '"' + "x" * 200_000, "line"),
        (Way.JSON_SCHEMA, "{" + " " * 1024 * 1024, "longer than"),
        (Way.JSON_SCHEMA, '{"type": "object", "$schema": "http://json-schema.org/draft-03/schema#"}', "draft"),
        (Way.JSON_SCHEMA, json.dumps({"type": "object", "title": "x" * 300_000}), "256 KB"),
        (Way.PYDANTIC, "x" * 200_001, "longer than"),
        (Way.PYDANTIC, "class A:\n  b: int", "no Pydantic model"),
        (Way.PYDANTIC, "class A(RootModel[list[int]]): pass", "object"),
    ],
)
def test_what_cannot_be_used_is_refused_in_words(way: Way, text: str, said: str) -> None:
    reading = read_way(way, text)

    assert reading.proposal is None
    assert reading.error is not None
    assert said in reading.error.message


def test_models_of_a_source_are_offered_also_when_one_cannot_be_read() -> None:
    source = "class Colour(Enum):\n  RED = 1\nclass A(BaseModel):\n  b: int\nclass C(BaseModel):\n  d: Unknown\n"

    reading = read_way(Way.PYDANTIC, source)
    chosen = read_way(Way.PYDANTIC, source, model="A")

    assert reading.models == ("A", "C")
    assert reading.error is not None
    assert chosen.proposal is not None
    assert list(chosen.proposal.schema["properties"]) == ["b"]


def test_model_that_is_gone_from_the_source_gives_way_to_the_last_one() -> None:
    reading = read_way(Way.PYDANTIC, "class A(BaseModel):\n  b: int", model="Removed")

    assert reading.proposal is not None
    assert list(reading.proposal.schema["properties"]) == ["b"]


def test_one_example_says_that_more_would_tell_more() -> None:
    assert "Give several" in read_examples('{"a": 1}').notes[0]
    assert "Give several" not in read_examples('{"a": 1} {"a": 2}').notes[0]


def test_long_lists_of_notes_are_cut() -> None:
    pairs = {f"p{index}": {"type": "array", "items": [{}]} for index in range(300)}
    schema = {"$schema": "https://json-schema.org/draft/2019-09/schema", "type": "object", "properties": pairs}

    reading = read_way(Way.JSON_SCHEMA, json.dumps(schema))

    assert reading.proposal is not None
    assert len(reading.proposal.notes) == 201
    assert reading.proposal.notes[-1] == "There is more of this kind."


def test_file_is_read_as_utf_8_with_or_without_a_mark() -> None:
    assert read_file("a.csv", b"\xef\xbb\xbfgr\xc3\xb6\xc3\x9fe") == SentFile("a.csv", "größe")


@pytest.mark.parametrize(
    ("content", "said"),
    [(b"a\nb\n\xff", "line 3"), (b"x" * (MAX_FILE_MEGABYTES * 1024 * 1024 + 1), f"{MAX_FILE_MEGABYTES} MB")],
    ids=["not UTF-8", "too large"],
)
def test_file_that_cannot_be_read_says_why(content: bytes, said: str) -> None:
    file = read_file("a.csv", content)

    assert file.text == ""
    assert isinstance(file.error, InvalidInputError)
    assert said in file.error.message


def test_dropping_a_file_brings_the_typed_text_back() -> None:
    start = StartState(texts={Way.CSV: "typed"})

    start.take_file(Way.CSV, SentFile("a.csv", "sent"))
    start.drop_file(Way.CSV)

    assert start.files == {}
    assert start.texts == {Way.CSV: "typed"}


def test_fields_are_listed_with_their_paths_and_types_in_words() -> None:
    line = {"type": "object", "properties": {"amount": {"type": "number", "description": "Net."}}}
    schema = {
        "type": "object",
        "properties": {
            "lines": {"type": "array", "items": line},
            "state": {"enum": ["open", "in progress, on hold", None]},
            "tags": {"type": ["array", "null"], "items": {"type": "string"}},
            "pay": {"oneOf": [{"type": "object", "properties": {"iban": {"type": "string"}}}, {"type": "string"}]},
            "next": {"$ref": "#/$defs/node"},
            "kind": {"const": "invoice"},
        },
        "required": ["lines"],
        "$defs": {"node": {"type": "object", "properties": {"value": {"type": "integer"}}}},
    }

    rows = field_rows(from_json_schema(schema))

    assert [(row["Field"], row["Type"], row["Required"]) for row in rows] == [
        ("lines", "list of object", "yes"),
        ("lines[].amount", "number", "no"),
        ("state", "choice: open | in progress, on hold or null", "no"),
        ("tags", "list of string or null", "no"),
        ("pay", "one of", "no"),
        ("pay, shape 1", "object", ""),
        ("pay, shape 1.iban", "string", "no"),
        ("pay, shape 2", "string", ""),
        ("next", "node", "no"),
        ("kind", "always invoice", "no"),
        ("$defs.node", "object", ""),
        ("$defs.node.value", "integer", "no"),
    ]
    assert rows[1]["Description"] == "Net."


def test_comparison_counts_what_comes_and_goes() -> None:
    found = compare("a\nb\nc", "a\nB\nc\nd")

    assert found.lines == ("@@ -1,3 +1,4 @@", " a", "-b", "+B", " c", "+d")
    assert (found.added, found.removed) == (2, 1)


def test_schema_is_empty_until_something_is_described() -> None:
    described = new_draft().change_field((), description="An answer.")

    assert is_empty(new_draft())
    assert not is_empty(described)
