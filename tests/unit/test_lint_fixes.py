"""Whatever JSON the lint is given, it answers, and what it mends can still be loaded and stored."""

import json
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.errors import InvalidSchemaError
from core.tasks.builder import from_json_schema
from core.tasks.judge import check
from core.tasks.lint import Dialect, Rule, apply_fix, lint
from core.tasks.schema_rules import check_schema

Json = Any  # Any: tests handle arbitrary JSON

SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-3, 5),
    st.floats(-1, 3),
    st.sampled_from(["", "a", "A", "a ", "x y", "(a+)+"]),
)
ANYTHING = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abc"), inner, max_size=3)
)
TYPES = st.sampled_from(["string", "integer", "number", "boolean", "array", "object", "null"])
FIELDS = st.sampled_from(["a", "A", "x y", "class", "due", "type", "properties", "$ref", ""])
LIMITS = ["minimum", "maximum", "exclusiveMinimum", "minLength", "maxLength", "minItems", "maxItems", "minProperties"]


def extend(inner: st.SearchStrategy[Json]) -> st.SearchStrategy[Json]:
    """Return keywords around subschemas, mostly of the right shape."""
    lists, maps = st.lists(inner, max_size=3), st.dictionaries(FIELDS, inner, max_size=3)
    keywords = {
        **dict.fromkeys(LIMITS, st.integers(0, 4)),
        **dict.fromkeys(["properties", "$defs", "patternProperties", "dependentSchemas"], maps),
        **dict.fromkeys(["anyOf", "oneOf", "allOf", "prefixItems"], lists),
        **dict.fromkeys(["items", "additionalProperties", "not", "if", "then", "contains", "propertyNames"], inner),
        **dict.fromkeys(["enum", "examples"], st.lists(SCALARS, max_size=4)),
        **dict.fromkeys(["const", "default"], SCALARS),
        "type": TYPES | st.lists(TYPES, max_size=2),
        "required": st.lists(FIELDS, max_size=3),
        "pattern": st.sampled_from(["^a$", "(a+)+", "^a{4}$", "(", r"\1", "(?=a)", r"^\d+$"]),
        "format": st.sampled_from(["date", "uri", "odd"]),
        "title": st.just("T"),
        "description": st.just("d"),
        "$ref": st.sampled_from(["#", "#/$defs/a", "#/properties/x%20y", "#/oneOf/0", "#/properties/a/items"]),
        "uniqueItems": st.booleans(),
    }
    pairs = st.sampled_from(list(keywords)).flatmap(lambda key: st.tuples(st.just(key), keywords[key]))
    odd_pairs = st.tuples(st.sampled_from(list(keywords)), ANYTHING)
    return st.lists(pairs | pairs | pairs | odd_pairs, max_size=5).map(dict)


SCHEMAS = st.recursive(st.booleans() | st.just({}), extend, max_leaves=8)


UNCHANGING = {Rule.NO_EFFECT, Rule.VALUE_REFUSED, Rule.NO_DESCRIPTION}
VALUES: list[Json] = [None, True, 0, 2, 2.5, "a", "A", "aaaa", [], ["a", "a"], [1], {}, {"a": 1}, {"a": "a", "due": []}]


@settings(max_examples=600, deadline=None, suppress_health_check=list(HealthCheck))
@given(SCHEMAS | ANYTHING, st.sampled_from([None, *Dialect]))
def test_lint_never_raises_and_each_fix_keeps_the_schema_loadable(schema: Json, dialect: str | None) -> None:
    before = json.dumps(schema)
    is_usable = passes_gate(schema)

    for found in lint(schema, dialect=dialect):
        assert found.message.endswith(".")
        if found.fix is not None:
            fixed = apply_fix(schema, found)
            assert from_json_schema(fixed).to_json_schema() == fixed
            assert found not in lint(fixed, dialect=dialect)
            assert not is_usable or passes_gate(fixed)
            if is_usable and found.rule in UNCHANGING:
                assert [check(fixed, value) == [] for value in VALUES] == [
                    check(schema, value) == [] for value in VALUES
                ]
    assert json.dumps(schema) == before


def verdicts(schema: Json) -> list[bool]:
    return [check(schema, value) == [] for value in VALUES]


def passes_gate(schema: Json) -> bool:
    try:
        check_schema(schema)
    except InvalidSchemaError:
        return False
    return True
