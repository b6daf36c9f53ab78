"""The form of a request schema, as it is drawn and filled in."""

import time
from collections.abc import Callable
from datetime import date, datetime
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from core.tasks.records import TaskRecord
from tests.app.input_page import find, find_all, open_input, press, problems, texts, turn_to, value
from tests.factories import Workshop

MakeTask = Callable[..., TaskRecord]
LINE = {
    "type": "object",
    "properties": {"sku": {"type": "string", "maxLength": 9}, "count": {"type": "integer"}},
    "required": ["sku"],
}
CARD = {"type": "object", "properties": {"kind": {"const": "card"}, "number": {"type": "string"}}, "required": ["kind"]}
BANK = {"type": "object", "properties": {"kind": {"const": "bank"}, "iban": {"type": "string"}}, "required": ["kind"]}


def make_deep(levels: int) -> dict[str, Any]:  # Any: a JSON Schema
    schema: dict[str, Any] = {"type": "string", "maxLength": 9}  # Any: as above
    for level in range(levels, 0, -1):
        schema = {"type": "object", "properties": {f"level_{level}": schema}, "required": [f"level_{level}"]}
    return schema


def set_open(app: AppTest, *, is_open: bool) -> None:
    """Open or close every box that is drawn."""
    for box in app.expander:
        app.session_state[box.proto.id.split("-", 2)[2]] = is_open
    app.run()


@pytest.fixture
def make_task(workshop: Workshop) -> MakeTask:
    """Make a task whose input has these fields; names after them are required."""

    def make_task(properties: dict[str, Any], *required: str, **more: Any) -> TaskRecord:  # Any: JSON Schemas
        schema = {"type": "object", "properties": properties, "required": list(required), **more}
        return workshop.make_task(request_schema=schema)

    return make_task


def test_widgets_of_every_plain_type_give_their_values(make_task: MakeTask) -> None:
    app = open_input(
        make_task(
            {
                "text": {"type": "string"},
                "count": {"type": "integer"},
                "flag": {"type": "boolean"},
                "kind": {"enum": ["a", 2, None]},
                "day": {"type": "string", "format": "date"},
                "moment": {"type": "string", "format": "date-time"},
                "mail": {"type": "string", "format": "email"},
                "source": {"const": "web"},
            }
        )
    )

    find(app, "text_area", "text").set_value("Hello")
    find(app, "number_input", "count").set_value(3)
    find(app, "selectbox", "flag").select_index(1)
    find(app, "selectbox", "kind").select_index(2)
    find(app, "date_input", "day").set_value(date(2026, 3, 31))
    find(app, "datetime_input", "moment").set_value(datetime(2026, 3, 31, 14, 5))  # noqa: DTZ001  # as the widget gives
    find(app, "text_input", "mail").set_value("a@example.com")
    app.run()

    assert value(app) == {
        "text": "Hello",
        "count": 3,
        "flag": False,
        "kind": None,
        "day": "2026-03-31",
        "moment": "2026-03-31T14:05:00Z",
        "mail": "a@example.com",
        "source": "web",
    }


def test_blank_optional_fields_are_left_out_and_null_can_be_said(make_task: MakeTask) -> None:
    app = open_input(make_task({"text": {"type": "string"}, "score": {"type": ["number", "null"]}}))
    blank = value(app)

    find(app, "checkbox", "null").set_value(True).run()

    assert blank == {}
    assert value(app) == {"score": None}
    assert find(app, "number_input", "score").disabled


def test_required_defaults_are_filled_in_and_others_hinted_at(make_task: MakeTask) -> None:
    app = open_input(
        make_task(
            {
                "land": {"type": "string", "maxLength": 2, "default": "DE"},
                "size": {"type": "integer", "default": 5},
                "name": {"type": "string", "maxLength": 9, "examples": ["Robin"]},
            },
            "land",
        )
    )

    assert value(app) == {"land": "DE"}
    assert find(app, "number_input", "size").placeholder == "Default: 5"
    assert find(app, "text_input", "name").placeholder == "For example Robin"


def test_what_an_input_came_with_can_be_made_blank_again(make_task: MakeTask) -> None:
    fields = {"kind": {"enum": ["a", "b"]}, "n": {"type": "integer"}, "day": {"type": "string", "format": "date"}}
    app = open_input(make_task({**fields, "pay": {"oneOf": [CARD, BANK]}}), {"kind": "b", "n": 3, "day": "2026-03-31"})
    find(app, "selectbox", "pay").select_index(1).run()
    shown = value(app)

    for kind, name in (("selectbox", "kind"), ("number_input", "n"), ("date_input", "day"), ("selectbox", "pay")):
        find(app, kind, name).set_value(None)
    app.run()

    assert shown == {"kind": "b", "n": 3, "day": "2026-03-31", "pay": {"kind": "bank"}}
    assert value(app) == {}


def test_items_are_added_moved_and_removed_without_values_slipping(make_task: MakeTask) -> None:
    app = open_input(make_task({"lines": {"type": "array", "items": LINE}}))
    for place, sku in enumerate(("a", "b", "c")):
        press(app, ".add")
        find_all(app, "text_input", "sku")[place].set_value(sku).run()

    press(app, ".move-1", place=2)
    press(app, ".remove", place=0)
    find_all(app, "number_input", "count")[1].set_value(7).run()

    assert value(app) == {"lines": [{"sku": "c"}, {"sku": "b", "count": 7}]}


def test_lists_of_lists_have_rows_of_rows(make_task: MakeTask) -> None:
    grid = {"type": "array", "items": {"type": "array", "items": {"type": "number"}}}
    app = open_input(make_task({"grid": grid}))

    press(app, ".add")
    press(app, ".add", place=1)
    app.number_input[0].set_value(2.5).run()

    assert value(app) == {"grid": [[2.5]]}


def test_words_can_be_edited_as_rows(make_task: MakeTask) -> None:
    app = open_input(make_task({"tags": {"type": "array", "items": {"type": "string"}}}), {"tags": ["a", "b"]})

    press(app, ".as_rows")
    press(app, ".move+1")
    moved = value(app)
    press(app, ".as_words")

    assert moved == value(app) == {"tags": ["b", "a"]}
    assert find(app, "multiselect", "tags").value == ["b", "a"]


def test_a_shape_is_chosen_and_then_filled_in(make_task: MakeTask) -> None:
    app = open_input(make_task({"pay": {"oneOf": [CARD, BANK]}}))
    blank = value(app)

    find(app, "selectbox", "pay").select_index(1).run()
    find(app, "text_area", "iban").set_value("DE00").run()
    filled = value(app)
    find(app, "selectbox", "pay").select_index(0).run()
    other = value(app)
    find(app, "selectbox", "pay").select_index(1).run()

    assert blank == {}
    assert filled == value(app) == {"pay": {"kind": "bank", "iban": "DE00"}}
    assert other == {"pay": {"kind": "card"}}


def test_deep_objects_open_one_after_the_other_and_keep_what_was_typed_when_closed(make_task: MakeTask) -> None:
    app = open_input(make_task({"top": make_deep(6)}, "top"))
    for _ in range(6):
        set_open(app, is_open=True)
    find(app, "text_input", "level_6").set_value("found").run()

    set_open(app, is_open=False)

    held: Any = value(app)["top"]  # Any: JSON
    assert not find_all(app, "text_input", "level_6")
    for level in range(1, 7):
        held = held[f"level_{level}"]
    assert held == "found"


def test_a_recursive_schema_is_unfolded_on_demand(make_task: MakeTask) -> None:
    node = {
        "type": "object",
        "properties": {
            "name": {"type": "string", "maxLength": 9},
            "children": {"type": "array", "items": {"$ref": "#/$defs/node"}},
        },
        "required": ["name"],
    }
    app = open_input(make_task({"root": {"$ref": "#/$defs/node"}}, "root", **{"$defs": {"node": node}}))

    press(app, ".add")
    press(app, ".add", place=1)
    for place, name in enumerate(("a", "b", "c")):
        find_all(app, "text_input", "name")[place].set_value(name)
    app.run()

    assert value(app) == {"root": {"name": "a", "children": [{"name": "b", "children": [{"name": "c"}]}]}}


def test_errors_of_the_judge_stand_at_their_fields(make_task: MakeTask) -> None:
    task = make_task({"lines": {"type": "array", "items": LINE}, "name": {"type": "string"}}, "name")
    app = open_input(task, {"lines": [{"sku": "a"}, {"count": 1}]})

    app.button(key="send").click().run()
    marked = texts(app).count("is required")
    find(app, "text_area", "name").set_value("Robin").run()
    mended = texts(app).count("is required")
    app.button(key="send").click().run()

    assert (marked, mended) == (2, 1)
    assert texts(app).count("is required") == 1


def test_what_no_widget_fits_is_asked_for_as_json(make_task: MakeTask) -> None:
    app = open_input(make_task({"map": {"type": "object", "additionalProperties": {"type": "integer"}}}))

    find(app, "text_area", "map").set_value('{"a": 1}').run()
    good = value(app)
    find(app, "text_area", "map").set_value('{"a": ').run()

    assert good == {"map": {"a": 1}}
    assert "line 1" in problems(app)[0]
    assert "This is not JSON" in texts(app)


def test_thirty_fields_are_drawn_quickly(make_task: MakeTask) -> None:
    kinds: list[dict[str, Any]] = [{"type": "string"}, {"type": "integer"}, {"enum": ["a", "b"]}]  # Any: JSON Schemas
    app = open_input(make_task({f"field_{number}": kinds[number % 3] for number in range(30)}))

    started = time.process_time()
    for _ in range(5):
        app.run()
    seconds = (time.process_time() - started) / 5

    assert len(app.number_input) == 10
    assert seconds < 0.25  # AppTest's own part is most of it; the form's is some milliseconds


def test_a_page_left_and_opened_again_keeps_what_was_typed(make_task: MakeTask) -> None:
    task, other = make_task({"name": {"type": "string"}}), make_task({"else": {"type": "string"}})
    app = open_input(task)
    find(app, "text_area", "name").set_value("Robin").run()

    turn_to(app, "JSON")
    turn_to(app, "Form")
    kept = value(app)
    app.session_state["task_id"] = other.id
    app.run()

    assert kept == {"name": "Robin"}
    assert value(app) == {}


def test_a_field_without_a_name_can_be_told_from_nothing(make_task: MakeTask) -> None:
    app = open_input(make_task({"": {"type": "string", "maxLength": 9}}, ""), {"": "x"})

    assert find(app, "text_input", "Field without a name").value == "x"
    assert value(app) == {"": "x"}


def test_a_choice_that_reads_like_another_stays_the_one_that_was_made(make_task: MakeTask) -> None:
    app = open_input(make_task({"code": {"enum": [1, "1", True, "true"]}}), {"code": 1})

    app.run()
    assert value(app) == {"code": 1}
    find(app, "selectbox", "code").select('"true"').run()

    assert value(app) == {"code": "true"}
