"""The lint says in a sentence what is wrong with a schema, and its fixes leave a schema that can be loaded."""

import time
from typing import Any

import pytest

from core.errors import InvalidInputError
from core.tasks.lint import Finding, Rule, apply_fix, lint

Json = Any  # Any: tests handle arbitrary JSON

TOLD: Json = {"description": "d"}


def make_object(fields: Json, **more: Json) -> Json:
    return {"type": "object", "properties": fields, "required": list(fields), "additionalProperties": False, **more}


def make_field(**words: Json) -> Json:
    return make_object({"a": {**TOLD, **words}})


def rules(schema: Json, *, dialect: str | None = None) -> list[tuple[str, str]]:
    return [(found.place, found.rule.value) for found in lint(schema, dialect=dialect)]


def find(schema: Json, rule: Rule, *, dialect: str | None = None) -> Finding:
    """Return the one finding of a rule."""
    found = [one for one in lint(schema, dialect=dialect) if one.rule is rule]
    assert len(found) == 1, found
    return found[0]


def test_a_field_without_a_description_is_named() -> None:
    found = find(make_object({"due": {"type": "string"}}), Rule.NO_DESCRIPTION)

    assert (found.place, found.fix) == ("/properties/due", None)
    assert "“due” has no description" in found.message


def test_a_description_is_taken_from_the_title_or_from_what_is_referred_to() -> None:
    titled = make_object({"due": {"type": "string", "title": "Due day"}})
    referred = make_object({"due": {"$ref": "#/$defs/day"}}, **{"$defs": {"day": {"type": "string", **TOLD}}})

    fixed = apply_fix(titled, find(titled, Rule.NO_DESCRIPTION))

    assert fixed["properties"]["due"] == {"type": "string", "title": "Due day", "description": "Due day"}
    assert lint(fixed) == lint(referred) == []


@pytest.mark.parametrize(
    ("name", "renamed"),
    [("due date", "due_date"), ("class", "class_"), ("2nd", "field_2nd"), ("größe (cm)", "größe_cm"), ("!?", None)],
)
def test_an_odd_name_is_renamed_in_place_with_its_entry_in_required(name: str, renamed: str | None) -> None:
    schema = make_object({"x": {**TOLD, "type": "string"}, name: {**TOLD, "type": "string"}, "y": {**TOLD}})
    found = find(schema, Rule.UNUSUAL_NAME)

    if renamed is None:
        assert found.fix is None
    else:
        fixed = apply_fix(schema, found)
        assert list(fixed["properties"]) == fixed["required"] == ["x", renamed, "y"]
        assert list(schema["properties"]) == ["x", name, "y"]


@pytest.mark.parametrize(
    "more",
    [
        {"dependentRequired": {"a b": ["x"]}},
        {"allOf": [{"required": ["a b"]}]},
        {"$defs": {"copy": {"$ref": "#/properties/a%20b"}}},
        {"properties": {"a b": TOLD, "a_b": TOLD}},
    ],
    ids=lambda more: next(iter(more)),
)
def test_a_name_that_is_meant_elsewhere_is_not_renamed(more: Json) -> None:
    schema = {"type": "object", "properties": {"a b": {**TOLD, "type": "string"}}, **more}

    assert find(schema, Rule.UNUSUAL_NAME).fix is None


def test_names_that_differ_only_in_case_and_spacing_collide() -> None:
    schema = make_object({"due_date": TOLD, "DueDate": TOLD, "paid": TOLD})

    assert "differs from “due_date” only in case" in find(schema, Rule.NAMES_COLLIDE).message


@pytest.mark.parametrize(
    ("choices", "fixed"),
    [
        (["Bug", "bug"], ["Bug"]),
        (["in progress", "in  progress"], ["in progress"]),
        (["Bug", "Bug", "x", "Bug"], ["Bug", "x"]),
        (["Bug "], ["Bug"]),
        ([1, 1.0], [1]),
    ],
    ids=str,
)
def test_near_duplicates_among_choices_are_told_and_dropped(choices: list[Json], fixed: list[Json]) -> None:
    schema = make_field(enum=choices)
    found = next(one for one in lint(schema) if one.rule is Rule.NEAR_DUPLICATES)

    assert apply_fix(schema, found)["properties"]["a"]["enum"] == fixed


@pytest.mark.parametrize(
    "choices", [["a", "b"], [1, True, "1", None], ["in progress, on hold", "in progress"]], ids=str
)
def test_choices_that_differ_are_left_alone(choices: list[Json]) -> None:
    assert lint(make_field(enum=choices)) == []


@pytest.mark.parametrize(
    ("words", "rule", "fixed"),
    [
        ({"type": "integer", "minimum": 5, "maximum": 3}, Rule.BOUNDS_CROSS, {"minimum": 3, "maximum": 5}),
        ({"type": "string", "minLength": 5, "maxLength": 3}, Rule.BOUNDS_CROSS, {"minLength": 3, "maxLength": 5}),
        ({"type": "array", "minItems": 2, "maxItems": 1, "items": {}}, Rule.BOUNDS_CROSS, {"minItems": 1}),
        ({"type": "number", "exclusiveMinimum": 3, "maximum": 3}, Rule.BOUNDS_CROSS, None),
        ({"type": "string", "enum": ["x", 3]}, Rule.VALUE_REFUSED, {"enum": ["x"]}),
        ({"type": "string", "enum": ["long", "s"], "maxLength": 2}, Rule.VALUE_REFUSED, {"enum": ["s"]}),
        ({"enum": ["x"], "const": "y"}, Rule.VALUE_REFUSED, None),
        ({"type": "integer", "default": "x"}, Rule.VALUE_REFUSED, {"default": None}),
        ({"type": "integer", "examples": [1, "x"]}, Rule.VALUE_REFUSED, {"examples": [1]}),
        ({"type": "string", "anyOf": []}, Rule.EMPTY_LIST, {"anyOf": None}),
        ({"type": "string", "pattern": "^abc$", "maxLength": 2}, Rule.PATTERN_LENGTH, None),
        ({"type": "string", "pattern": "^a{1,3}$", "minLength": 4}, Rule.PATTERN_LENGTH, None),
        ({"type": "integer", "maxLength": 3}, Rule.NO_EFFECT, {"maxLength": None}),
        ({"type": "integer", "multipleOf": 5, "minimum": 1, "maximum": 4}, Rule.NOTHING_FITS, None),
        ({"allOf": [{"type": "string"}, {"type": "integer"}]}, Rule.NOTHING_FITS, None),
        ({"type": "array", "items": {"type": "null"}, "minItems": 2, "uniqueItems": True}, Rule.NOTHING_FITS, None),
    ],
    ids=str,
)
def test_a_contradiction_is_told_once_and_mended_where_it_can_be(words: Json, rule: Rule, fixed: Json) -> None:
    schema = make_field(**words)
    found = lint(schema)

    assert {one.rule for one in found} == {rule}
    if fixed is None:
        assert all(one.fix is None for one in found)
    else:
        mended = apply_fix(schema, found[0])["properties"]["a"]
        assert {key: mended.get(key) for key in fixed} == fixed


@pytest.mark.parametrize(
    "words",
    [
        {"type": "string", "pattern": "b{3}", "minLength": 4},
        {"type": "string", "pattern": "^a|b$", "minLength": 4},
        {"type": "string", "pattern": "^a{3}$", "minLength": 3, "maxLength": 3},
        {"type": ["integer", "null"], "enum": [1, None], "minimum": 1},
        {"type": ["string", "integer"], "maxLength": 3, "minimum": 2},
        {"$ref": "#/$defs/x"},
        {"type": "array", "items": {"type": "string"}, "minItems": 1, "maxItems": 1},
    ],
    ids=str,
)
def test_what_can_be_satisfied_is_left_alone(words: Json) -> None:
    assert lint(make_object({"a": {**TOLD, **words}}, **{"$defs": {"x": {"type": "string"}}})) == []


def test_a_required_field_that_cannot_be_there_is_taken_off() -> None:
    schema = make_object({"a": TOLD})
    schema["required"] = ["a", "ghost"]

    assert apply_fix(schema, find(schema, Rule.REQUIRED_UNKNOWN))["required"] == ["a"]
    assert lint({**schema, "additionalProperties": True}) == []


@pytest.mark.parametrize(
    ("pattern", "words"),
    [
        (r"^(a)\1$", "back-reference"),
        ("^(?=a)a$", "lookaround"),
        ("^(?<!a)b$", "lookaround"),
        ("^(a+)+$", "repeat inside a repeat"),
        (r"^(\s*\d+)*$", "repeat inside a repeat"),
        ("^(x|y*)+$", "repeat inside a repeat"),
        ("^((a*)*)*$", "repeat inside a repeat"),
        ("^((a{100}){100}){100}$", "too large"),
        ("(", "cannot be checked"),
    ],
)
def test_a_pattern_that_is_not_linear_time_safe_is_told(pattern: str, words: str) -> None:
    found = find(make_field(type="string", pattern=pattern), Rule.PATTERN_UNSAFE)

    assert (found.place, words in found.message) == ("/properties/a/pattern", True)


@pytest.mark.parametrize("pattern", ["^[a-z]+(,[a-z]+)*$", r"^\d{3}-\d{4}$", r"^[^@]+@[^@]+\.[a-z]{2,6}$", "(a{1,3})+"])
def test_a_harmless_pattern_is_left_alone(pattern: str) -> None:
    assert lint(make_field(type="string", pattern=pattern)) == []


def test_an_unknown_dialect_and_a_finding_without_a_fix_are_refused_in_words() -> None:
    schema = make_object({"a": {}})
    with pytest.raises(InvalidInputError, match="not known"):
        lint(schema, dialect="morse")
    with pytest.raises(InvalidInputError, match="no ready fix"):
        apply_fix(schema, find(schema, Rule.NO_DESCRIPTION))


def test_a_fix_for_a_schema_that_has_changed_since_is_refused() -> None:
    schema = make_object({"due date": TOLD})
    found = find(schema, Rule.UNUSUAL_NAME)

    with pytest.raises(InvalidInputError, match="has changed since"):
        apply_fix(apply_fix(schema, found), found)


def test_hostile_schemas_are_looked_at_quickly() -> None:
    ladder: Json = {"type": "string"}
    for _ in range(11):
        ladder = {"anyOf": [ladder, {"type": "object", "properties": {"a": ladder}}]}
    wide = make_object({f"field {number}": {"enum": ["A", "a", 3], "type": "string"} for number in range(3_000)})
    deep: Json = {}
    for _ in range(5_000):
        deep = {"not": deep}

    started = time.process_time()
    for schema in (ladder, wide, deep, make_field(type="string", pattern="(" * 3_000)):
        lint(schema, dialect="openai")

    assert time.process_time() - started < 5
