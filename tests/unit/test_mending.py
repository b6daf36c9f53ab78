"""Mending answers: what is mended, what is left alone, and that each mend is told."""

import time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.tasks.judge import check
from core.tasks.mending import MendRule, mend
from tests.unit.pydantic_corpus import CASES
from tests.unit.schema_cases import Case, object_of

Json = Any  # Any: tests handle arbitrary JSON

WHOLE = {"type": "integer"}
YES_NO = {"type": "boolean"}
TEXTS = {"type": "array", "items": {"type": "string"}}
WHOLES = {"type": "array", "items": WHOLE}
PERSON = object_of("name age", False, name={"type": "string"}, age=WHOLE)
PEOPLE = object_of("people", people={"type": "array", "items": PERSON})


@pytest.mark.parametrize(
    ("schema", "value", "expected", "told"),
    [
        (WHOLE, "41", 41, [("", "number")]),
        (WHOLE, " -7 ", -7, [("", "number")]),
        ({"type": "number"}, "4.5e1", 45.0, [("", "number")]),
        ({"type": ["integer", "null"]}, "3", 3, [("", "number")]),
        ({"anyOf": [WHOLE, {"type": "null"}]}, "3", 3, [("", "number")]),
        ({"enum": [1, 2, 3]}, "2", 2, [("", "number")]),
        (YES_NO, "true", True, [("", "boolean")]),
        (YES_NO, "False", False, [("", "boolean")]),
        (TEXTS, "a", ["a"], [("", "list")]),
        (WHOLES, 3, [3], [("", "list")]),
        (WHOLES, "3", [3], [("", "list"), ("/0", "number")]),
        (WHOLES, [1, "2", "3"], [1, 2, 3], [("/1", "number"), ("/2", "number")]),
        (object_of("a/b", **{"a/b": WHOLE}), {"a/b": "1"}, {"a/b": 1}, [("/a~1b", "number")]),
        (
            PEOPLE,
            {"people": {"name": "A", "age": "4"}},
            {"people": [{"name": "A", "age": 4}]},
            [("/people", "list"), ("/people/0/age", "number")],
        ),
        (
            object_of("", a={"anyOf": [PERSON, {"type": "null"}]}),
            {"a": {"name": "A", "age": "4"}},
            {"a": {"name": "A", "age": 4}},
            [("/a/age", "number")],
        ),
    ],
)
def test_what_was_plainly_meant_is_mended_and_told(schema: Json, value: Json, expected: Json, told: Json) -> None:
    mended = _mend_held(schema, value)

    assert mended[0] == expected
    assert type(mended[0]) is type(expected)
    assert mended[1] == told


def _mend_held(schema: Json, value: Json) -> tuple[Json, list[tuple[str, str]]]:
    """Mend the value as a field's, so that a text is a value and not an answer to be read."""
    mended = mend({"type": "object", "properties": {"held": schema}}, {"held": value})
    return mended.value["held"], [(one.place.removeprefix("/held"), one.rule.value) for one in mended.mends]


@pytest.mark.parametrize(
    ("schema", "value"),
    [
        ({"type": "string"}, "41"),
        ({"type": ["integer", "string"]}, "41"),
        ({"anyOf": [YES_NO, {"type": "string"}]}, "true"),
        ({}, "true"),
        (WHOLES, [1]),
        ({"type": "string", "maxLength": 1}, "41"),
        ({"type": "string", "enum": ["a"]}, "41"),
        (WHOLE, "041"),
        (WHOLE, "1,000"),
        (WHOLE, "+1"),
        (WHOLE, "4.5"),
        (WHOLE, "about 3"),
        (WHOLE, "١"),
        (WHOLE, "9" * 5_000),
        ({"type": "number"}, "NaN"),
        ({"type": "number"}, "1e999"),
        ({**WHOLE, "maximum": 9}, "41"),
        (YES_NO, "yes"),
        (YES_NO, 1),
        (YES_NO, "1"),
        ({"type": "null"}, "null"),
        (TEXTS, None),
        (TEXTS, ""),
        (TEXTS, 3),
        (TEXTS, '["a", "b"]'),
        ({"type": "array"}, None),
        ({"anyOf": [WHOLE, TEXTS]}, "41"),
        (PERSON, {"name": 41, "age": 3}),
        (PERSON, {"name": "A"}),
    ],
)
def test_what_fits_or_is_not_plain_is_left_alone(schema: Json, value: Json) -> None:
    assert _mend_held(schema, value) == (value, [])


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_value_that_fits_is_never_changed(case: Case) -> None:
    for value in case.valid:
        mended = mend(case.schema, value)

        assert mended.value is value
        assert mended.mends == ()


GOOD = '{"name": "A", "age": 4}'


@pytest.mark.parametrize(
    ("text", "rules"),
    [
        (GOOD, []),
        (f"\n {GOOD}\n", []),
        (f"```json\n{GOOD}\n```", ["code_fence"]),
        (f"```\n{GOOD}\n```", ["code_fence"]),
        (f"Here it is:\n```json\n{GOOD}\n```\nAnything {{else}}?", ["code_fence"]),
        (f"Sure! {GOOD} Hope it helps.", ["prose"]),
        (f"Sets {{like this}} are no JSON. {GOOD}", ["prose"]),
        (f"I looked at [1] and {{}}: {GOOD}", ["prose"]),
        (f"{GOOD}\n\n{GOOD}", ["prose"]),
        ('Answer: {"name": "A", "age": "4"}', ["prose", "number"]),
    ],
)
def test_json_is_taken_out_of_what_stands_around_it(text: str, rules: list[str]) -> None:
    mended = mend(PERSON, text)

    assert mended.value == {"name": "A", "age": 4}
    assert [one.rule.value for one in mended.mends] == rules


@pytest.mark.parametrize(
    "text",
    [
        "",
        "I cannot answer.",
        '{"name": "A", "age": 4',
        '{"first": {"name": "A", "age": 4}, "second": {"na',
        f'{GOOD} or {{"name": "B", "age": 5}}',
        "[" * 100_000,
        "{" * 100_000 + GOOD,
        "```\n" + " " * 500_000,
        "```\n" * 100_000,
        '{"name": NaN, "age": 1}',
    ],
)
def test_text_without_one_plain_answer_comes_back_as_it_is(text: str) -> None:
    mended = mend(PERSON, text)

    assert mended.value == text
    assert mended.mends == ()


def test_text_that_the_schema_takes_is_not_read() -> None:
    assert mend({"type": "string"}, '{"a": 1}').value == '{"a": 1}'
    assert mend({"type": "object"}, '{"a": 1}').value == {"a": 1}


def test_a_mend_tells_place_reason_and_both_values() -> None:
    (told,) = mend(PERSON, {"name": "A", "age": "4"}).mends

    assert told.place == "/age"
    assert told.rule is MendRule.NUMBER
    assert told.message == "A number written as text was read as a number."
    assert (told.before, told.after) == ("“4”", "4")


def test_what_can_be_mended_is_though_other_things_stay_wrong() -> None:
    mended = mend(PERSON, {"age": "4"})

    assert mended.value == {"age": 4}
    assert [one.place for one in mended.mends] == ["/age"]
    assert [error.loc for error in check(PERSON, mended.value)] == [("name",)]


def test_the_answer_given_is_not_changed() -> None:
    answer = {"people": [{"name": "A", "age": "4"}]}

    mend(PEOPLE, answer)

    assert answer == {"people": [{"name": "A", "age": "4"}]}


def test_a_long_list_is_mended_in_bounded_time() -> None:
    began = time.process_time()
    mended = mend(object_of("n", n=WHOLES), {"n": [str(number) for number in range(300)]})
    endless = mend(object_of("n", n=WHOLES), {"n": [str(number) for number in range(20_000)]})

    assert mended.value == {"n": list(range(300))}
    assert len(mended.mends) == 300
    assert len(endless.mends) <= 600
    assert time.process_time() - began < 10


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=4) | st.sampled_from(["41", "true", "a", "[]"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("xab"), inner, max_size=3),
    max_leaves=6,
)


@settings(max_examples=200, deadline=None)
@given(case=st.sampled_from(CASES), value=JSON)
def test_mending_never_makes_an_answer_worse_and_is_done_at_once(case: Case, value: Json) -> None:
    mended = mend(case.schema, {"x": value})

    before, after = check(case.schema, {"x": value}), check(case.schema, mended.value)
    assert len(after) <= len(before)
    assert mended.mends or mended.value == {"x": value}
    if not isinstance(mended.value, str):
        again = mend(case.schema, mended.value)
        assert again.value == mended.value
