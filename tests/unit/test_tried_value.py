"""Judging the value that is tried: plain words for broken JSON, errors at their fields, mends a run would make."""

import json
from typing import Any

import pytest

from core.errors import InvalidInputError
from core.tasks.builder import ITEM, from_json_schema
from pages.ui.builder.tried import MAX_CHARACTERS, Trial, dotted, judge_text, marks_of, read_value

LINES: dict[str, Any] = {  # Any: a JSON Schema
    "type": "object",
    "properties": {
        "name": {"type": "string"},
        "lines": {
            "type": "array",
            "items": {"type": "object", "properties": {"amount": {"type": "integer"}}, "required": ["amount"]},
        },
    },
    "required": ["name", "lines"],
}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('{"a": 1 "b": 2}', "line 1, column 9, a comma or a closing bracket is missing"),
        ('{\n  "a" 1}', "line 2, column 7, a colon is missing"),
        ("{a: 1}", "line 1, column 2, a name in double quotes is missing"),
        ('{"a": }', "line 1, column 7, a value is expected"),
        ("{} {}", "line 1, column 4, something follows"),
        ('{"a": "b}', "line 1, column 7, the text that begins here"),
        ('{"a": "\n"}', "line 1, column 8, a text holds a line break"),
        ('{"a": "\\p"}', "line 1, column 8, a backslash"),
        ('{"a": 1, "a": 2}', "“a” stands twice"),
        ("NaN", "NaN is not a number"),
        ("9" * 5_000, "too long to read"),
        ("[" * 100_000, "too deep"),
        (" " * (MAX_CHARACTERS + 1), "longer than"),
    ],
)
def test_broken_json_is_told_in_plain_words_with_its_place(text: str, said: str) -> None:
    with pytest.raises(InvalidInputError) as caught:
        read_value(text)

    assert said in caught.value.message


def test_an_error_names_its_place_and_is_marked_at_its_field() -> None:
    draft = from_json_schema(LINES)

    trial = Trial().typed('{"lines": [{"amount": 1}, {"amount": "x"}]}').settled(draft)

    assert trial.verdict is not None
    assert {dotted(error.loc) for error in trial.verdict.errors} == {"name", "lines[1].amount"}
    marks = {mark.path: mark.text for mark in marks_of(draft, trial)}
    assert marks[(0,)] == "is required"
    assert marks[(1, ITEM, 0)].startswith("lines[1].amount: must be")


def test_what_a_run_would_mend_is_told_only_if_it_fits_then() -> None:
    mendable = judge_text(LINES, '{"name": "a", "lines": [{"amount": "41"}]}')
    hopeless = judge_text(LINES, '{"lines": [{"amount": "41"}]}')
    fenced = judge_text(LINES, 'Here:\n```json\n{"name": "a", "lines": []}\n```')

    assert not mendable.is_valid
    assert [mend.place for mend in mendable.mends] == ["/lines/0/amount"]
    assert not hopeless.mends
    assert fenced.problem is not None
    assert len(fenced.mends) == 1


def test_a_schema_that_cannot_be_used_gives_its_sentence() -> None:
    verdict = judge_text({"type": "object", "properties": {"a": {"$ref": "https://example.com/x"}}}, "{}")

    assert verdict.problem is not None
    assert "cannot be used" in verdict.problem.message


def test_a_verdict_is_kept_for_the_same_draft_and_made_again_for_another() -> None:
    draft = from_json_schema(LINES)
    trial = Trial().typed('{"name": 1, "lines": []}').settled(draft)

    eased = trial.settled(draft.remove_field(("name",)))

    assert trial.settled(draft) is trial
    assert trial.typed(trial.text) is trial
    assert eased.verdict is not None
    assert eased.verdict.is_valid
    assert trial.typed(" ").settled(draft).verdict is None


def test_what_the_example_replaced_can_be_put_back() -> None:
    filled = Trial(text="mine").filled("{}")

    back = filled.filled(filled.set_aside)

    assert (filled.text, filled.set_aside) == ("{}", "mine")
    assert (back.text, back.set_aside, back.round) == ("mine", "{}", 2)


def test_a_value_that_spells_half_a_character_is_refused_not_fatal() -> None:
    verdict = judge_text(LINES, json.dumps({"name": "\ud800", "lines": []}))

    assert "Unicode" in verdict.errors[0].message
