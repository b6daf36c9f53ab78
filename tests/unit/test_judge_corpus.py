"""The judge's verdict, keyword and place on a corpus of our own: every keyword, in both drafts."""

import json
from pathlib import Path
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from core.tasks.judge import check, output_type
from core.tasks.schema_rules import check_schema
from core.tasks.schemas.json_values import to_pointer

Json = Any  # Any: the corpus holds arbitrary JSON

GROUPS: list[Json] = [
    {**group, "file": path.stem}
    for path in sorted((Path(__file__).parent / "corpus").glob("*.json"))
    for group in json.loads(path.read_text(encoding="utf-8"))
]
IDS = [f"{group['file']}: {group['about']}" for group in GROUPS]
KEYWORDS = (
    {"type", "enum", "const", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"}
    | {"minLength", "maxLength", "pattern", "format", "minItems", "maxItems", "uniqueItems", "items", "contains"}
    | {"minContains", "maxContains", "unevaluatedItems", "additionalItems", "required", "additionalProperties"}
    | {"propertyNames", "minProperties", "maxProperties", "dependentRequired", "dependencies"}
    | {"unevaluatedProperties", "anyOf", "oneOf", "not", "else", "false"}
)


@pytest.mark.parametrize("group", GROUPS, ids=IDS)
def test_every_case_is_judged_as_written(group: Json) -> None:
    schema = group["schema"]
    check_schema(schema)

    assert [value for value in group["valid"] if check(schema, value)] == []
    for case in group["invalid"]:
        found = check(schema, case["value"])
        assert (case["keyword"], case["place"]) in [(error.keyword, to_pointer(error.loc)) for error in found], found
        assert all(error.message and not error.message.startswith("is refused") for error in found)


@pytest.mark.parametrize("group", GROUPS, ids=IDS)
def test_the_output_type_agrees(group: Json) -> None:
    adapter = TypeAdapter(output_type(group["schema"]))

    for value in group["valid"]:
        assert adapter.validate_json(json.dumps(value)) == value
    for case in group["invalid"]:
        with pytest.raises(ValidationError):
            adapter.validate_json(json.dumps(case["value"]))


def test_the_corpus_is_large_and_leaves_no_keyword_out() -> None:
    cases = sum(len(group["valid"]) + len(group["invalid"]) for group in GROUPS)

    assert cases >= 200
    assert {case["keyword"] for group in GROUPS for case in group["invalid"]} == KEYWORDS


def test_a_finding_carries_the_value_that_stood_there() -> None:
    schema = {"properties": {"rows": {"items": {"properties": {"n": {"type": "integer"}}, "required": ["id"]}}}}

    found = {to_pointer(error.loc): error.value for error in check(schema, {"rows": [{"n": "x"}]})}

    assert found == {"/rows/0/n": "x", "/rows/0/id": {"n": "x"}}
