"""The advice on a schema being edited: places by name, rules together, and many fixes at once."""

from typing import Any

from core.tasks.builder import ITEM, FieldType, from_json_schema, make_field
from core.tasks.lint import Rule, lint
from pages.ui.builder.advised import TITLES, find_advice, fix_all, grouped, may_fix, nearest, place_of, shown_paths
from pages.ui.builder.previews import example_of, python_of

Json = Any  # Any: a JSON Schema


def make_plain(count: int, **words: Json) -> Json:
    return {"type": "object", "properties": {f"field_{n}": {"type": "string", **words} for n in range(count)}}


def rules_of(schema: Json, dialect: str | None = None) -> set[Rule]:
    return {one.rule for one in lint(schema, dialect=dialect)}


def test_a_place_is_told_by_the_names_of_its_fields() -> None:
    assert place_of("") == ""
    assert place_of("/properties/lines/items/properties/amount/enum/0") == "lines[].amount"
    assert place_of("/$defs/node/anyOf/1/properties/a~1b") == "node.a/b"
    assert place_of("/properties/properties") == "properties"


def test_a_place_leads_to_the_field_in_whose_details_it_stands() -> None:
    tags = {"type": "array", "items": {"type": "array", "items": {"type": "string", "enum": ["a"]}}}
    rows = {"type": "array", "items": {"type": "object", "properties": {"b": {"type": "string"}}}}
    paths = shown_paths(from_json_schema({"type": "object", "properties": {"tags": tags, "a/b": rows}}))

    assert nearest(paths, "/properties/tags/items/items/enum/0") == (0,)
    assert nearest(paths, "/properties/a~1b/items/properties/b/pattern") == (1, ITEM, 0)
    assert nearest(paths, "/required") == ()


def test_findings_come_by_rule() -> None:
    findings = find_advice(make_plain(3, minimum=1), dialect=None)

    groups = grouped(findings)

    assert {group.rule: len(group.findings) for group in groups} == {Rule.NO_DESCRIPTION: 3, Rule.NO_EFFECT: 3}
    assert {group.rule for group in groups if group.can_fix_all} == {Rule.NO_EFFECT}


def test_every_rule_has_a_title() -> None:
    assert set(TITLES) == set(Rule)


def test_all_fixes_of_a_rule_are_made_and_nothing_else() -> None:
    schema = make_plain(200, minimum=1)

    fixed = fix_all(schema, rule=Rule.NO_EFFECT, dialect=None)

    assert fixed == make_plain(200)
    assert schema == make_plain(200, minimum=1)


def test_fixes_that_get_in_each_others_way_are_looked_at_anew() -> None:
    inner = {"type": "object", "properties": {"due date": {"const": 1}}}
    schema = {"type": "object", "properties": {"a b": inner, "a-b": inner, "c": {**inner, "const": {}}}}

    renamed = fix_all(schema, rule=Rule.UNUSUAL_NAME, dialect=None)
    required = fix_all(schema, rule=Rule.NOT_REQUIRED, dialect="openai")

    assert list(renamed["properties"]) == ["a_b", "a-b", "c"]
    assert list(renamed["properties"]["a_b"]["properties"]) == ["due_date"]
    assert Rule.NOT_REQUIRED not in rules_of(required, "openai")


def test_no_fix_is_made_while_two_fields_share_a_name() -> None:
    draft = from_json_schema(make_plain(2))

    twins = draft.rename_field((0,), "field_1")

    assert may_fix(draft.add_field(make_field("", FieldType.STRING)))
    assert not may_fix(twins)


def test_a_schema_that_cannot_be_used_has_a_sentence_in_place_of_code_and_example() -> None:
    schema = {"type": "object", "properties": {"a": {"type": "string", "pattern": "("}}}

    for preview in (python_of(schema, name="Answer"), example_of(schema)):
        assert preview.text == ""
        assert preview.error is not None
        assert preview.error.__traceback__ is None


def test_an_example_that_does_not_fit_is_not_shown() -> None:
    preview = example_of({"type": "object", "properties": {"a": False}, "required": ["a"]})

    assert preview.error is not None
    assert "No example" in preview.error.message
