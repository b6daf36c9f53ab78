"""What a model drafted becomes a schema that passes the gate, whatever small faults it has."""

from typing import Any

import pytest

from core.errors import InvalidInputError
from core.tasks.judge import check
from core.tasks.schema_rules import check_response_schema
from core.tasks.sources.drafted import build_schema, can_be_changed, change_schema, describe_fields
from core.tasks.sources.drafted_reading import MAX_FIELDS
from core.tasks.sources.drafted_shape import CHANGE_SHAPE, DRAFT_SHAPE, SMALL_CHANGE_SHAPE, SMALL_DRAFT_SHAPE
from core.tasks.sources.drafted_words import MAX_NAME, tidy_name

Json = dict[str, Any]  # Any: JSON of every shape

PRESENT: Json = {
    "$defs": {"place": {"type": "object", "properties": {"city": {"type": "string"}}}},
    "type": "object",
    "x-owner": "sales",
    "properties": {
        "title": {"maxLength": 50, "type": "string", "description": "The title."},
        "mood": {"type": ["string", "null"], "enum": ["good", "bad", None]},
        "address": {"type": "object", "properties": {"city": {"type": "string"}}, "additionalProperties": False},
        "lines": {"type": "array", "minItems": 1, "items": {"type": "object", "properties": {"sku": {}}}},
        "origin": {"$ref": "#/$defs/place"},
    },
    "required": ["title"],
}


def make_field(name: Any = "topic", kind: Any = "string", **more: Any) -> Json:  # Any: a model may write anything
    return {"name": name, "type": kind, "description": "", **more}


def properties_of(*fields: Any) -> Json:  # Any: as above
    schema = build_schema({"fields": list(fields)}).schema
    check_response_schema(schema)
    properties: Json = schema["properties"]
    return properties


def shape_of(field: Json) -> Json:
    (shape,) = properties_of(field).values()
    found: Json = shape
    return found


@pytest.mark.parametrize("shape", [DRAFT_SHAPE, CHANGE_SHAPE, SMALL_DRAFT_SHAPE, SMALL_CHANGE_SHAPE])
def test_each_shape_asked_for_is_a_schema_that_can_be_judged(shape: Json) -> None:
    check_response_schema(shape)


def test_shape_takes_fields_inside_fields_and_is_mild_about_what_does_not_belong() -> None:
    inner = make_field("lines", "list of objects", fields=[make_field("price", "number")])
    answer = {"fields": [make_field("order", "object", fields=[inner]), make_field(choices=["a", "b"], comment="?")]}

    assert check(DRAFT_SHAPE, answer) == []


def test_shape_refuses_a_type_nobody_knows_and_no_fields_at_all() -> None:
    assert check(DRAFT_SHAPE, {"fields": [make_field(kind="unicorn")]})
    assert check(DRAFT_SHAPE, {"fields": []})


def test_draft_becomes_a_closed_object_with_its_fields_in_order() -> None:
    drafted = build_schema(
        {
            "fields": [
                make_field("due", "date", description=" The  day. "),
                make_field("note", required=False),
                make_field("state", "choice", choices=["open", "in progress, on hold"]),
                make_field("lines", "list of objects", fields=[make_field("price", "number")]),
            ]
        }
    )

    line = {
        "type": "object",
        "properties": {"price": {"type": "number"}},
        "additionalProperties": False,
        "required": ["price"],
    }
    assert drafted.notes == ()
    assert drafted.schema == {
        "type": "object",
        "properties": {
            "due": {"type": "string", "format": "date", "description": "The day."},
            "note": {"type": "string"},
            "state": {"type": "string", "enum": ["open", "in progress, on hold"]},
            "lines": {"type": "array", "items": line},
        },
        "required": ["due", "state", "lines"],
        "additionalProperties": False,
    }
    assert list(drafted.schema["properties"]) == ["due", "note", "state", "lines"]


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("Text", {"type": "string"}),
        ("whole number", {"type": "integer"}),
        ("yes/no", {"type": "boolean"}),
        ("datetime", {"type": "string", "format": "date-time"}),
        ("e-mail", {"type": "string", "format": "email"}),
        ("List of Strings", {"type": "array", "items": {"type": "string"}}),
        ("array of ints", {"type": "array", "items": {"type": "integer"}}),
        ("string[]", {"type": "array", "items": {"type": "string"}}),
        ("list[date]", {"type": "array", "items": {"type": "string", "format": "date"}}),
        ("date list", {"type": "array", "items": {"type": "string", "format": "date"}}),
        ("list of lists", {"type": "array", "items": {"type": "string"}}),
        ("list", {"type": "array", "items": {"type": "string"}}),
        ("unicorn", {"type": "string"}),
        (None, {"type": "string"}),
        (7, {"type": "string"}),
    ],
)
def test_type_is_read_as_it_was_meant(kind: object, expected: Json) -> None:
    assert shape_of(make_field(kind=kind)) == expected


def test_list_takes_what_it_holds_from_a_word_of_its_own() -> None:
    assert shape_of(make_field(kind="array", item_type="number"))["items"] == {"type": "number"}


@pytest.mark.parametrize(
    ("name", "format_name"), [("email", "email"), ("sender_email", "email"), ("website", "uri"), ("due_date", "date")]
)
def test_text_whose_name_calls_for_a_format_gets_it(name: str, format_name: str) -> None:
    assert shape_of(make_field(name))["format"] == format_name


def test_choices_make_a_text_a_choice_and_are_each_kept_once() -> None:
    shape = shape_of(make_field(choices=["Bug", " bug ", "", "billing", "etc.", None, {"value": "other"}]))

    assert shape == {"type": "string", "enum": ["Bug", "billing", "other"]}


@pytest.mark.parametrize(
    ("kind", "choices", "expected"),
    [
        ("integer", ["1", 2, "3"], {"type": "integer", "enum": [1, 2, 3]}),
        ("integer", ["low", "high"], {"type": "string", "enum": ["low", "high"]}),
        ("boolean", ["yes", "no"], {"type": "boolean"}),
        ("date", ["2026-01-01", "2026-01-02"], {"type": "string", "format": "date"}),
        ("list of strings", ["a", "b"], {"type": "array", "items": {"type": "string", "enum": ["a", "b"]}}),
        ("choice", "red, green / blue", {"type": "string", "enum": ["red", "green", "blue"]}),
        ("choice", ["red|green"], {"type": "string", "enum": ["red", "green"]}),
    ],
)
def test_choices_go_with_the_type_they_fit(kind: str, choices: object, expected: Json) -> None:
    assert shape_of(make_field(kind=kind, choices=choices)) == expected


@pytest.mark.parametrize("field", [make_field(kind="choice"), make_field(kind="choice", choices=["only"])])
def test_choice_without_choices_is_a_text_and_says_so(field: Json) -> None:
    drafted = build_schema({"fields": [field]})

    assert drafted.schema["properties"] == {"topic": {"type": "string"}}
    assert drafted.notes == ("“topic” was to be a choice, but came without choices: it is a text.",)


def test_object_without_fields_is_a_text_and_a_text_with_fields_an_object() -> None:
    shapes = properties_of(make_field("empty", "object"), make_field("full", "string", fields=[make_field("inner")]))

    assert shapes["empty"] == {"type": "string"}
    assert shapes["full"]["properties"] == {"inner": {"type": "string"}}


@pytest.mark.parametrize(
    ("said", "name"),
    [
        ("Due date", "due_date"),
        ("dueDate", "dueDate"),
        (" the_company ", "company"),
        ("The company", "company"),
        ("2nd line", "field_2nd_line"),
        ("e-mail!", "e_mail"),
        ("Größe", "Größe"),
        ("!?", ""),
        ("", ""),
        (None, ""),
    ],
)
def test_name_is_made_an_identifier(said: object, name: str) -> None:
    assert tidy_name(said) == name


def test_overlong_name_is_cut() -> None:
    assert len(tidy_name("9" * 500)) == MAX_NAME


def test_same_name_of_another_type_gets_a_number_of_its_own() -> None:
    fields = (make_field("id"), make_field("ID", "integer"), make_field("id", "integer"), make_field("id", "boolean"))

    assert list(properties_of(*fields)) == ["id", "ID_2", "id_3"]


def test_repetitions_of_a_field_are_left_out_and_counted() -> None:
    steps = [make_field(f"steps{end}", "list of strings", description="The steps.") for end in ("", "_1", "_2")]

    drafted = build_schema({"fields": [*steps, make_field("start", "list of strings", description="The steps.")]})

    assert list(drafted.schema["properties"]) == ["steps", "start"]
    assert drafted.notes == ("2 fields that only repeated others were left out.",)


def test_unusable_entries_are_dropped_and_long_lists_end() -> None:
    many = [make_field(f"f{number}") for number in range(MAX_FIELDS + 5)]

    drafted = build_schema({"fields": ["text", None, make_field(""), *many]})

    assert len(drafted.schema["properties"]) == MAX_FIELDS
    assert drafted.notes == (f"Only the first {MAX_FIELDS} fields were taken.",)


@pytest.mark.parametrize("answer", [{}, None, [], "fields", {"fields": "a"}, {"fields": [{"name": " "}]}])
def test_answer_without_fields_is_refused(answer: object) -> None:
    with pytest.raises(InvalidInputError, match="named no field"):
        build_schema(answer)


def test_deep_nesting_ends() -> None:
    field = make_field("leaf")
    for _ in range(500):
        field = make_field("outer", "object", fields=[field])

    properties_of(field)


def test_change_adds_and_removes_and_keeps_the_rest_word_for_word() -> None:
    answer = {"fields": [make_field("due", "date", description="The day.")], "remove": ["mood", "address.city"]}

    changed = change_schema(PRESENT, answer).schema

    expected = PRESENT["properties"] | {"due": {"type": "string", "format": "date", "description": "The day."}}
    expected |= {"address": PRESENT["properties"]["address"] | {"properties": {}}}
    del expected["mood"]
    assert changed == PRESENT | {"properties": expected, "required": ["title", "due"]}
    assert list(changed) == list(PRESENT)
    assert list(changed["properties"]["title"]) == ["maxLength", "type", "description"]


def test_change_of_a_field_keeps_what_is_not_spoken_of() -> None:
    title = make_field("Title", description="The book.", required=False)
    lines = make_field("lines", "list of objects", fields=[make_field("price", "number")])

    changed = change_schema(PRESENT, {"fields": [title, lines], "remove": []}).schema

    assert changed["properties"]["title"] == {"maxLength": 50, "type": "string", "description": "The book."}
    assert changed["properties"]["lines"]["minItems"] == 1
    assert list(changed["properties"]["lines"]["items"]["properties"]) == ["sku", "price"]
    assert changed.get("required", []) == []


def test_change_of_choices_and_of_a_type_keeps_null() -> None:
    widened = change_schema(PRESENT, {"fields": [make_field("mood", "choice", choices=["good", "mixed", "bad"])]})
    retyped = change_schema(PRESENT, {"fields": [make_field("mood", "integer")], "remove": ["mood"]})

    assert widened.schema["properties"]["mood"] == {"type": ["string", "null"], "enum": ["good", "mixed", "bad", None]}
    assert retyped.schema["properties"]["mood"] == {"type": ["integer", "null"]}


def test_present_field_is_found_by_its_tidied_name_and_gets_no_format_it_never_had() -> None:
    present = {"type": "object", "properties": {"Due date": {"type": "string"}}}

    changed = change_schema(present, {"fields": [make_field("Due date", description="As written.")]})

    assert changed.schema["properties"] == {"Due date": {"type": "string", "description": "As written."}}


def test_shape_that_cannot_be_told_in_words_stays() -> None:
    changed = change_schema(PRESENT, {"fields": [make_field("origin", description="Where from."), make_field("new")]})

    assert changed.schema["properties"]["origin"]["$ref"] == "#/$defs/place"
    assert changed.notes == ("The shape of “origin” stays as it is: it cannot be told in words.",)


@pytest.mark.parametrize("answer", [{"fields": [], "remove": ["nothing"]}, {"fields": [], "remove": []}, None])
def test_change_that_changes_nothing_is_refused(answer: object) -> None:
    with pytest.raises(InvalidInputError, match="changed nothing"):
        change_schema(PRESENT, answer)


def test_fields_are_described_in_a_few_words_each() -> None:
    described = describe_fields(PRESENT)

    assert described.splitlines() == [
        "- title (string): The title.",
        "- mood (choice of good, bad, optional)",
        "- address (object, optional)",
        "  - city (string, optional)",
        "- lines (list of objects, optional)",
        "  - sku (other, optional)",
        "- origin (reference, optional)",
    ]


def test_description_of_a_large_schema_is_cut() -> None:
    large = {"type": "object", "properties": {f"field_{number}": {"type": "string"} for number in range(2_000)}}

    assert len(describe_fields(large)) < 5_000


def test_only_an_object_with_fields_can_be_changed_in_words() -> None:
    assert can_be_changed(PRESENT)
    assert not can_be_changed({"type": "object", "properties": {}})
    assert not can_be_changed({"$ref": "#/$defs/a", "$defs": {"a": {"type": "object"}}})
    assert not can_be_changed(True)
