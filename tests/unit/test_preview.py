"""The preview of a request: every stretch of a message is marked, and long inputs cost little."""

import time

import pytest

from core.errors import InvalidInputError
from core.runs.preview import MAX_SHOWN_CHARACTERS, NOT_GIVEN, MarkKind, preview_request, preview_system, preview_user
from tests.unit.preflight_cases import ANSWER, Agent, Json, Task

FILLED, UNFILLED = MarkKind.FILLED, MarkKind.UNFILLED

CASES: dict[str, tuple[str, Json, str, list[tuple[MarkKind, str, str]]]] = {
    "a field": ("Sort {{a}}!", {"a": "x"}, "Sort x!", [(FILLED, "a", "x")]),
    "a field that is not there": (
        "{{a}}, {{ b }}.",
        {"a": 1},
        "1, {{ b }}.",
        [(FILLED, "a", "1"), (UNFILLED, "b", "{{ b }}")],
    ),
    "no input yet": ("<{{input}}>", NOT_GIVEN, "<{{input}}>", [(UNFILLED, "input", "{{input}}")]),
    "no input and no template": ("", NOT_GIVEN, "{{input}}", [(UNFILLED, "input", "{{input}}")]),
    "no template": (" \n", "Help", "Help", [(FILLED, "input", "Help")]),
    "a field in a text": ("{{a}}", "Help", "{{a}}", [(UNFILLED, "a", "{{a}}")]),
    "null is a value": ("{{a}}", {"a": None}, "null", [(FILLED, "a", "null")]),
    "an empty text": ("<{{a}}>", {"a": ""}, "<>", [(FILLED, "a", "")]),
    "inserted braces are text": ("{{a}}", {"a": "{{b}}"}, "{{b}}", [(FILLED, "a", "{{b}}")]),
}


@pytest.mark.parametrize(("template", "value", "text", "marks"), CASES.values(), ids=CASES)
def test_every_stretch_is_marked(template: str, value: Json, text: str, marks: list[tuple[MarkKind, str, str]]) -> None:
    message = preview_user(template, value)

    assert message.text == text
    assert [(mark.kind, mark.name, text[mark.start : mark.end]) for mark in message.marks] == marks
    assert message.unfilled == tuple(name for kind, name, _ in marks if kind is UNFILLED)
    assert message.total_characters == len(text)


def test_a_placeholder_in_the_system_prompt_is_marked_where_it_is_sent() -> None:
    message = preview_system("\n Sort {{a}}.\n")

    assert message.text == "Sort {{a}}."
    assert [message.text[mark.start : mark.end] for mark in message.marks] == ["{{a}}"]


def test_an_input_used_many_times_is_not_held_many_times() -> None:
    template, value = "{{a}}" * 20_000, {"a": "x" * 200_000}
    started = time.process_time()

    message = preview_user(template, value)

    assert time.process_time() - started < 1
    assert len(message.text) == MAX_SHOWN_CHARACTERS
    assert message.is_cut
    assert message.total_characters == 20_000 * 200_000
    with pytest.raises(InvalidInputError, match="more than 400,000"):
        preview_request(Agent(user_prompt_template=template), Task(ANSWER), value).body()


def test_an_input_that_is_no_json_is_refused() -> None:
    with pytest.raises(InvalidInputError, match="cannot be written as JSON"):
        preview_user("", {"a": object()})


def test_the_preview_leaves_the_schema_of_the_task_alone() -> None:
    schema: Json = {"type": "object", "description": "About.", "properties": {"next": {"$ref": "#"}}}

    preview = preview_request(Agent(), Task(schema), "x")
    preview.schema.clear()

    assert list(schema) == ["type", "description", "properties"]
    assert preview.is_verbatim
    assert preview.schema_description == "About."
