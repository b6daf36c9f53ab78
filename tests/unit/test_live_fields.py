"""The fields of an answer while it is written."""

import time
from typing import Any

import pytest

from core.runs.progress import EarlierAttempt, RunProgress
from pages.ui.live_fields import LineState, LiveLine, build_live_lines, find_plain_text, say_live_figures

PENDING, WRITING, FILLED = LineState.PENDING, LineState.WRITING, LineState.FILLED
SCHEMA: dict[str, Any] = {  # Any: a JSON Schema
    "type": "object",
    "properties": {
        "kind": {"enum": ["invoice", "reminder"], "description": "What it is"},
        "due": {"type": "string", "format": "date"},
        "seller": {"type": "object", "properties": {"name": {"type": "string"}, "city": {"type": "string"}}},
        "items": {"type": "array", "items": {"type": "object", "properties": {"text": {"type": "string"}}}},
        "tags": {"type": "array", "items": {"type": "string"}},
    },
}


def lines_of(text: str, schema: dict[str, Any] = SCHEMA) -> list[LiveLine]:  # Any: a JSON Schema
    return build_live_lines(RunProgress(attempt_number=1, text=text), schema)


def states_of(text: str) -> dict[str, LineState]:
    return {line.name: line.state for line in lines_of(text)}


@pytest.mark.parametrize("text", ["", "Let me think.", "```json\n", "{", '{"ki'])
def test_every_field_stands_there_from_the_start(text: str) -> None:
    lines = lines_of(text)

    assert [line.name for line in lines] == ["kind", "due", "seller", "name", "city", "items", "tags"]
    assert {line.state for line in lines} == {PENDING}
    assert [line.depth for line in lines] == [0, 0, 0, 1, 1, 0, 0]
    assert lines[0].hover == "What it is"


def test_field_being_written_is_marked_and_those_before_are_filled() -> None:
    states = states_of('{"kind": "invoice", "due": "2026-0')

    assert (states["kind"], states["due"], states["items"]) == (FILLED, WRITING, PENDING)


def test_nested_field_is_marked_with_the_object_around_it() -> None:
    states = states_of('{"kind": "invoice", "seller": {"name": "A", "city": ')

    assert (states["seller"], states["name"], states["city"]) == (WRITING, FILLED, WRITING)


def test_values_are_typed_once_they_are_whole() -> None:
    half, whole = lines_of('{"due": "2026-05-0'), lines_of('{"due": "2026-05-04", "kind": "invoice"}')

    assert half[1].text == "2026-05-0"
    assert (whole[1].text, whole[0].text, whole[0].look.value) == ("4 May 2026", "invoice", "choice")


def test_lists_grow() -> None:
    lines = {line.name: line for line in lines_of('{"tags": ["a", "b"], "items": [{"text": "Screw"}, {"text": "Nu')}

    assert lines["tags"].text == "a, b"
    assert lines["items"].text == "1. Screw\n2. Nu"
    assert lines["items"].state is WRITING


def test_fields_keep_their_place_whatever_the_model_writes_first() -> None:
    lines = lines_of('{"extra": 1, "tags": []}')

    assert [line.name for line in lines] == ["kind", "due", "seller", "name", "city", "items", "tags", "extra"]


def test_long_text_shows_its_end_while_it_is_written_and_its_beginning_afterwards() -> None:
    schema = {"properties": {"text": {"type": "string"}}}
    text = "begin " + "x" * 1000 + " end"

    (half,), (whole,) = lines_of(f'{{"text": "{text}', schema), lines_of(f'{{"text": "{text}"}}', schema)

    assert half.text.endswith(" end")
    assert whole.text.startswith("begin ")
    assert max(len(half.text), len(whole.text)) < 700


def test_schema_that_holds_itself_ends() -> None:
    schema = {"properties": {"next": {"$ref": "#"}, "name": {"type": "string"}}}

    assert len(lines_of("", schema)) < 20


def test_text_that_is_no_json_is_shown_as_it_comes() -> None:
    assert find_plain_text(RunProgress(text="I cannot **do** that.")) == "I cannot **do** that."
    assert find_plain_text(RunProgress(text="x" * 5000 + " end")).endswith("x end")
    assert len(find_plain_text(RunProgress(text="x" * 5000))) == 2000
    assert find_plain_text(RunProgress(text='Sure: {"due": "')) == ""


def test_figures_say_what_is_counted_and_what_is_estimated() -> None:
    earlier = (EarlierAttempt(number=1, token_count=1234),)

    said = say_live_figures(RunProgress(attempt_number=2, text="Some words of an answer.", earlier=earlier))

    assert said == "1,234 tokens in 1 earlier attempt · about 5 to 9 tokens written · 24 characters"
    assert say_live_figures(RunProgress()) == ""


def test_drawing_thirty_fields_is_fast() -> None:
    schema = {"properties": {f"field_{number}": {"type": "string"} for number in range(30)}}
    text = "{" + ", ".join(f'"field_{number}": "{"word " * 40}"' for number in range(30))

    began = time.process_time()
    for _ in range(20):
        lines_of(text, schema)

    assert (time.process_time() - began) / 20 < 0.015
