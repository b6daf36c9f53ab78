"""How a result is laid out for reading."""

from datetime import date

from pages.ui.result_rows import ResultLine, ResultTable, lay_out

SCHEMA = {
    "type": "object",
    "properties": {
        "due": {"type": "string", "format": "date"},
        "mood": {"enum": ["good", "bad"]},
        "note": {"type": ["string", "null"]},
        "company": {"$ref": "#/$defs/company"},
        "emails": {"type": "array", "items": {"type": "string", "format": "email"}},
        "lines": {"type": "array", "items": {"type": "object", "properties": {"on": {"format": "date"}}}},
    },
    "$defs": {"company": {"type": "object", "properties": {"founded": {"type": "string", "format": "date"}}}},
}


def test_values_read_by_their_type() -> None:
    result = {"due": "2026-05-04", "mood": "good", "note": None, "count": 3, "share": 0.5, "is_open": True}

    lines = lay_out(result, SCHEMA)

    assert [(line.place, line.text, line.kind) for line in lines if isinstance(line, ResultLine)] == [
        ("due", "4 May 2026", "date"),
        ("mood", "good", "choice"),
        ("note", "—", "nothing"),
        ("count", "3", "integer"),
        ("share", "0.5", "number"),
        ("is_open", "yes", "yes or no"),
    ]


def test_nested_fields_get_dotted_paths_and_follow_references() -> None:
    assert lay_out({"company": {"founded": "1999-12-31"}}, SCHEMA) == [
        ResultLine(place="company.founded", text="31 Dec 1999", kind="date")
    ]


def test_list_of_words_is_one_line() -> None:
    assert lay_out({"emails": ["a@example.com", "b@example.com"]}, SCHEMA) == [
        ResultLine(place="emails", text="a@example.com\nb@example.com", kind="list of email")
    ]


def test_list_of_objects_is_a_table_with_typed_cells() -> None:
    (table,) = lay_out({"lines": [{"item": "x", "on": "2026-01-02"}, {"item": "y", "count": 2}]}, SCHEMA)

    assert table == ResultTable(
        place="lines",
        columns=("item", "on", "count"),
        rows=(("x", date(2026, 1, 2), None), ("y", None, 2)),
    )


def test_anything_unforeseen_is_shown_as_json() -> None:
    (line,) = lay_out(
        {
            "matrix": [[1], [2]],
        },
        {},
    )

    assert isinstance(line, ResultLine)
    assert line.text == "[[1], [2]]"


def test_reference_that_leads_in_a_circle_ends() -> None:
    schema = {"properties": {"a": {"$ref": "#/properties/a"}}}

    assert lay_out({"a": "x"}, schema) == [ResultLine(place="a", text="x", kind="text")]
