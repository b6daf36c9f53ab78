"""The lint knows what each provider makes of a schema, and the limits of OpenAI's strict mode."""

from typing import Any

import pytest

from core.examples import EXAMPLE_WORKSPACE
from core.tasks.judge import check
from core.tasks.lint import Dialect, Rule, apply_fix, lint
from tests.unit.test_lint import TOLD, find, make_field, make_object, rules

Json = Any  # Any: tests handle arbitrary JSON


def test_openai_strict_mode_wants_closed_objects_with_every_field_required() -> None:
    schema: Json = {
        "type": "object",
        "properties": {
            "kind": {**TOLD, "type": "string", "enum": ["a"]},
            "of": {**TOLD, "$ref": "#/$defs/x"},
            "list": {**TOLD, "type": "array"},
        },
        "$defs": {"x": {"type": "string"}},
    }
    while fixable := [one for one in lint(schema, dialect="openai") if one.fix]:
        schema = apply_fix(schema, fixable[0])

    assert schema["additionalProperties"] is False
    assert schema["required"] == ["kind", "of", "list"]
    assert schema["properties"]["kind"] == {**TOLD, "type": ["string", "null"], "enum": ["a", None]}
    assert check(schema, {"kind": None, "of": None, "list": None}) == []
    assert rules(schema, dialect="openai") == [("/properties/list", "no_type")]


@pytest.mark.parametrize(
    ("words", "dialect", "rule"),
    [
        ({"type": "string", "format": "uri"}, "openai", "provider_refuses"),
        ({"type": "string", "oneOf": [{"maxLength": 3}]}, "openai", "provider_refuses"),
        ({"type": "array", "items": {"type": "string"}, "uniqueItems": True}, "openai", "provider_refuses"),
        ({"type": "string", "format": "email"}, "openai", None),
        ({"type": "string", "maxLength": 5}, "openai", None),
        ({"type": "number", "minimum": 0}, "openai", None),
        ({"type": "number", "minimum": 0}, "builtin", "provider_ignores"),
        ({"type": ["number", "null"], "maximum": 0}, "ollama", "provider_ignores"),
        ({"type": "integer", "minimum": 0}, "ollama", None),
        ({"type": "string", "format": "email"}, "ollama", "provider_ignores"),
        ({"type": "string", "format": "date"}, "ollama", None),
        ({"type": "string", "pattern": "a"}, "ollama", "provider_refuses"),
        ({"type": "string", "pattern": r"^\s$"}, "ollama", "provider_refuses"),
        ({"type": "string", "pattern": "^a{1,2}$", "maxLength": 2}, "ollama", "provider_ignores"),
        ({"type": "array", "items": {"type": "string"}, "uniqueItems": True}, "ollama", "provider_ignores"),
    ],
    ids=str,
)
def test_each_dialect_names_what_it_refuses_or_ignores(words: Json, dialect: str, rule: str | None) -> None:
    schema = make_field(**words)

    assert [found for _, found in rules(schema, dialect=dialect)] == ([rule] if rule else [])
    assert lint(schema) == []


def test_named_classes_are_spelled_out_for_a_grammar() -> None:
    schema = make_field(type="string", pattern=r"^\d{3}[\d\w-]\\d$")

    fixed = apply_fix(schema, find(schema, Rule.PROVIDER_REFUSES, dialect="ollama"))

    assert fixed["properties"]["a"]["pattern"] == r"^[0-9]{3}[0-9A-Za-z0-9_-]\\d$"


def make_nested(levels: int) -> Json:
    schema: Json = {"type": "string"}
    for _ in range(levels):
        schema = make_object({"a": {**schema, **TOLD}})
    return schema


@pytest.mark.parametrize(
    ("schema", "words"),
    [
        (make_nested(11), "11 levels deep"),
        (make_object({f"f{number}": {**TOLD, "type": "string"} for number in range(5_001)}), "5,001 fields"),
        (make_field(type="string", enum=[f"c{number}" for number in range(1_001)]), "1,001 choices"),
        (make_field(type="string", const="x" * 120_001), "characters"),
        (make_field(type="string", enum=[f"{number:0100}" for number in range(251)]), "more than 250 choices"),
    ],
    ids=["depth", "fields", "choices", "characters", "long choices"],
)
def test_the_sizes_of_openai_strict_mode_are_told(schema: Json, words: str) -> None:
    assert words in find(schema, Rule.TOO_LARGE, dialect="openai").message
    assert lint(schema) == []


def test_ten_levels_and_a_definition_counted_anew_are_fine() -> None:
    schema = make_nested(10)
    schema["$defs"] = {"more": make_nested(10)}

    assert lint(schema, dialect="openai") == []


@pytest.mark.parametrize("dialect", [None, *Dialect])
def test_the_shipped_examples_have_no_finding_but_the_bounds_a_grammar_ignores(dialect: str | None) -> None:
    # The prompt's worked examples keep the small model within 0 to 1 (see core/examples.py).
    known = {"/properties/confidence/minimum", "/properties/confidence/maximum"}
    schemas = [schema for task in EXAMPLE_WORKSPACE.tasks for schema in (task.response_schema, task.request_schema)]

    found = [one for schema in schemas if schema is not None for one in lint(schema, dialect=dialect)]

    is_grammar = dialect in (Dialect.OLLAMA, Dialect.BUILTIN)
    assert {one.place for one in found} == (known if is_grammar else set())
