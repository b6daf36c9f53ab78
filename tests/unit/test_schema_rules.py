"""The gate refuses what cannot be judged safely, within a second and with a place and a reason."""

import json
import time
import tracemalloc
from typing import Any

import pytest

from core.errors import InvalidSchemaError
from core.tasks.schema_rules import check_response_schema, check_schema, fingerprint, parse_schema_text

Json = Any  # Any: tests handle arbitrary JSON
DRAFT_07 = "http://json-schema.org/draft-07/schema#"


def make_nested(levels: int) -> Json:
    schema: Json = {"type": "string"}
    for _ in range(levels):
        schema = {"type": "object", "properties": {"a": schema}}
    return schema


def make_ladder(levels: int, keyword: str = "anyOf") -> Json:
    defs: Json = {"a0": {"type": "string"}}
    for level in range(levels):
        defs[f"a{level + 1}"] = {keyword: [{"$ref": f"#/$defs/a{level}"}, {"$ref": f"#/$defs/a{level}"}]}
    return {"$ref": f"#/$defs/a{levels}", "$defs": defs}


def make_bomb(levels: int, width: int) -> Json:
    defs: Json = {"a0": {"type": "string"}}
    for level in range(levels):
        inner = {"$ref": f"#/$defs/a{level}"}
        defs[f"a{level + 1}"] = {"type": "object", "properties": {f"p{n}": inner for n in range(width)}}
    return {"$ref": f"#/$defs/a{levels}", "$defs": defs}


def make_chain(length: int, *, closed: bool) -> Json:
    defs: Json = {f"a{n}": {"$ref": f"#/$defs/a{n + 1}"} for n in range(length)}
    defs[f"a{length}"] = {"$ref": "#/$defs/a0"} if closed else {"type": "string"}
    return {"$ref": "#/$defs/a0", "$defs": defs}


def make_patterns() -> Json:
    return {"properties": {f"f{n}": {"pattern": f"{n}" + "(\\p{L}{9}){9}" * 300} for n in range(50)}}


def make_anchors() -> Json:
    anchors = {f"d{n}": {"$anchor": f"a{n}"} for n in range(2_000)}
    return {"$defs": anchors, "properties": {f"f{n}": {"$ref": f"#a{n}"} for n in range(1_500)}}


def make_shared(users: int) -> Json:
    big: Json = {"properties": {f"p{n}": {} for n in range(2_400)}}
    return {"$defs": {"big": big, **{f"d{n}": {"$ref": "#/$defs/big"} for n in range(users)}}}


TREE = {
    "type": "object",
    "properties": {"name": {"type": "string"}, "children": {"type": "array", "items": {"$ref": "#"}}},
    "required": ["name"],
}
GOOD: list[Json] = [
    True,
    {},
    {"type": "object", "properties": {"a": {"type": "string", "pattern": r"^\w{1,64}$"}}},
    {"type": "object", "properties": {"model_config": {}, "a b": {}, "ünï": {}, "$ref": {"type": "string"}}},
    {"properties": {"tags": {"type": "array", "items": {"type": "string"}, "uniqueItems": True}}},
    TREE,
    {"$ref": "#/$defs/a%20b", "$defs": {"a b": {"type": "object"}}},
    {"$ref": "#/components/schemas/a", "components": {"schemas": {"a": {"type": "object"}}}},
    {"$ref": "#there", "$defs": {"x": {"$anchor": "there", "type": "object"}}},
    {"$schema": DRAFT_07, "definitions": {"a": {"$id": "#x", "type": "string"}}, "items": [{"$ref": "#x"}]},
    {"$schema": "https://json-schema.org/draft/2020-12/schema", "type": "object"},
    {"$defs": {"inner": {"$id": "https://a.example/b", "$defs": {"c": {}}, "items": {"$ref": "#/$defs/c"}}}},
    {"const": {"$ref": "http://not.a/reference"}, "enum": [{"$ref": "x"}], "examples": [{"pattern": "("}]},
    {"x-unknown": {"$ref": "file:///etc/passwd"}, "type": "object"},
    {"anyOf": [{"type": "object", "properties": {"v": {"anyOf": [{"$ref": "#"}, {"type": "null"}]}}}]},
    make_nested(60),
    make_anchors(),
    make_shared(2_000),
    make_chain(30, closed=False),
    {"type": "object", "properties": {f"f{n}": {"type": "string"} for n in range(400)}},
]


@pytest.mark.parametrize("schema", GOOD, ids=lambda schema: json.dumps(schema)[:60])
def test_a_sound_schema_passes_and_stays_as_it_was(schema: Json) -> None:
    before = json.dumps(schema)
    started = time.process_time()

    check_schema(schema)

    assert time.process_time() - started < 1
    assert json.dumps(schema) == before


BAD: list[tuple[str, Json, str, str]] = [
    ("not an object", ["x"], "", "JSON object"),
    ("nothing", None, "", "JSON object"),
    ("text", "string", "", "JSON object"),
    ("unknown type", {"properties": {"a/b": {"type": "strin"}}}, "/properties/a~1b/type", "not “strin”"),
    ("properties is a list", {"properties": []}, "/properties", "must be an object"),
    ("required is text", {"required": "a"}, "/required", "must be a list"),
    ("bound is text", {"items": {"minimum": "1"}}, "/items/minimum", "must be a number"),
    ("draft-07 rules", {"$schema": DRAFT_07, "items": 3}, "/items", "must be true or false, an object or a list"),
    ("draft-07 tuple in 2020-12", {"items": [{}]}, "/items", "must be"),
    ("another draft", {"$schema": "https://json-schema.org/draft/2019-09/schema"}, "/$schema", "2020-12 or draft-07"),
    ("an unknown draft", {"$schema": "http://127.0.0.1:1/schema"}, "/$schema", "understood"),
    ("a file", {"items": {"$ref": "file:///etc/hostname"}}, "/items/$ref", "outside this schema"),
    ("a server", {"$ref": "http://127.0.0.1:1/x"}, "/$ref", "outside this schema"),
    ("a neighbour", {"$ref": "other.json#/a"}, "/$ref", "outside this schema"),
    ("a dynamic server", {"$dynamicRef": "http://127.0.0.1:1/x"}, "/$dynamicRef", "outside this schema"),
    ("nowhere", {"properties": {"a": {"$ref": "#/$defs/no"}}}, "/properties/a/$ref", "not in this schema"),
    ("no such anchor", {"$ref": "#no"}, "/$ref", "not in this schema"),
    ("not a schema", {"$ref": "#/required", "required": ["a"]}, "/$ref", "not in this schema"),
    ("raw space", {"$ref": "#/$defs/a b", "$defs": {"a b": {}}}, "/$ref", "percent-encoded"),
    ("itself", {"$ref": "#"}, "", "back to itself"),
    ("itself by allOf", {"allOf": [{"$ref": "#"}]}, "", "back to itself"),
    ("itself by not", {"$defs": {"a": {"not": {"$ref": "#/$defs/a"}}}}, "/$defs/a", "back to itself"),
    ("closed chain", make_chain(50, closed=True), "/$defs/a0", "back to itself"),
    ("long closed chain", make_chain(2_000, closed=True), "", "levels deep"),
    ("many mistakes", {"properties": {f"f{n}": {"type": "x"} for n in range(4_000)}}, "/properties/f0/type", "one of"),
    ("one list of mistakes", {"required": list(range(30_000))}, "/required/0", "must be a string"),
    ("a long pattern", {"pattern": "a?" * 100_000}, "/pattern", "too large"),
    ("patterns as long as may be", make_patterns(), "", "too large"),
    ("long chain", make_chain(2_000, closed=False), "", "levels deep"),
    ("ladder", make_ladder(22), "", "parts"),
    ("ladder of allOf", make_ladder(10, "allOf"), "", "branches"),
    ("tall ladder", make_ladder(31, "oneOf"), "", "billions of parts"),
    ("ladder in a definition", {"$defs": make_ladder(10)["$defs"]}, "/$defs/a9", "branches"),
    ("bomb", make_bomb(8, 8), "", "billions of|parts"),
    ("small bomb", make_bomb(5, 6), "", "parts"),
    ("65 levels", make_nested(65), "", "levels deep"),
    ("5,000 levels", make_nested(5_000), "", "levels deep"),
    ("5,000 lists", {"default": json.loads("[" * 900 + "]" * 900)}, "", "levels deep"),
    ("too many parts", {"properties": {f"f{n}": {} for n in range(6_000)}}, "", "parts"),
    ("too long", {"description": "x" * 300_000}, "", "KB"),
    ("too many patterns", {"properties": {f"f{n}": {"pattern": f"^{n}"} for n in range(60)}}, "", "patterns"),
    ("lookahead", {"properties": {"a": {"pattern": "(?=x)"}}}, "/properties/a/pattern", "linear time"),
    ("back-reference", {"pattern": r"(a)\1"}, "/pattern", "linear time"),
    ("a pattern of a name", {"patternProperties": {"(?!x)": {}}}, "/patternProperties/(?!x)", "linear time"),
    ("broken pattern", {"pattern": "("}, "/pattern", "regular expression"),
    ("huge pattern", {"pattern": r"(\p{L}{100}){100}"}, "/pattern", "too large"),
    ("NaN", {"minimum": float("nan")}, "/minimum", "number JSON can hold"),
    ("a huge integer", {"const": 10**5_000}, "/const", "too long"),
    ("a Python value", {"const": {1, 2}}, "/const", "Python set"),
    ("a key that is no text", {"properties": {1: {}}}, "/properties", "field name"),
    ("broken text", {"const": "\ud800"}, "/const", "Unicode"),
]


@pytest.mark.parametrize(("schema", "place", "reason"), [row[1:] for row in BAD], ids=[row[0] for row in BAD])
def test_an_unusable_schema_is_refused_in_time_with_place_and_reason(schema: Json, place: str, reason: str) -> None:
    started = time.process_time()
    with pytest.raises(InvalidSchemaError, match=reason) as caught:
        check_schema(schema)

    assert time.process_time() - started < 1
    assert caught.value.message.endswith(".")
    assert place in ("", *(detail.place for detail in caught.value.details))
    assert "root:" not in caught.value.message


def test_every_finding_is_listed() -> None:
    with pytest.raises(InvalidSchemaError) as caught:
        check_schema({"properties": {"a": {"type": "x"}, "b": {"minLength": -1}, "c": {"required": 1}}})

    assert {detail.place for detail in caught.value.details} == {
        "/properties/a/type",
        "/properties/b/minLength",
        "/properties/c/required",
    }


def test_a_hostile_schema_takes_little_memory() -> None:
    hostile = [make_ladder(60), make_bomb(60, 8), make_nested(5_000), make_chain(2_000, closed=True)]
    tracemalloc.start()
    try:
        for schema in hostile:
            with pytest.raises(InvalidSchemaError):
                check_schema(schema)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()

    assert peak < 50_000_000


@pytest.mark.parametrize(
    "schema",
    [
        TREE,
        {"type": "object"},
        {"$ref": "#/$defs/a", "$defs": {"a": {"$ref": "#/$defs/b"}, "b": {"type": "object"}}},
    ],
)
def test_a_response_schema_may_be_any_object(schema: Json) -> None:
    check_response_schema(schema)


@pytest.mark.parametrize(
    "schema",
    [
        True,
        {},
        {"type": "array"},
        {"type": "string"},
        {"type": ["object", "null"]},
        {"properties": {"a": {}}},
        {"$ref": "#/$defs/a", "$defs": {"a": {"type": "array"}}},
        {"category": "string"},
    ],
)
def test_a_response_schema_with_another_root_is_refused_with_the_remedy(schema: Json) -> None:
    with pytest.raises(InvalidSchemaError, match="must be an object") as caught:
        check_response_schema(schema)

    assert "wrap" in caught.value.hint


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "empty"),
        ("  \n ", "empty"),
        ("{", "line 1, column 2"),
        ('{\n  "a": 1,\n  oops\n}', "line 3, column 3"),
        ('{"a": 1} x', "line 1, column 10"),
        ('{"a": {"b": 1, "b": 2}}', "“b” stands twice"),
        ('{"minimum": NaN}', "NaN"),
        ('{"minimum": -Infinity}', "-Infinity"),
        ('{"minimum": 1e999}', "1e999"),
        ('{"const": ' + "1" * 5_000 + "}", "too long"),
        ('{"a":' * 200_000, "too deep"),
        ("[1]", "curly brackets"),
        ("true", "curly brackets"),
        ("x" * 2_000_000, "longer than"),
    ],
)
def test_text_that_is_no_schema_is_refused_with_a_sentence(text: str, reason: str) -> None:
    with pytest.raises(InvalidSchemaError, match=reason) as caught:
        parse_schema_text(text)

    assert caught.value.message.endswith(".")


def test_text_is_read_with_its_order() -> None:
    parsed = parse_schema_text('\ufeff{"type": "object", "properties": {"z": {}, "a": {}}}')

    assert json.dumps(parsed) == '{"type": "object", "properties": {"z": {}, "a": {}}}'


def test_the_fingerprint_knows_meaning_from_order() -> None:
    one = {"type": "object", "properties": {"a": {}, "b": {"enum": [1, 2]}}}
    other = {"properties": {"b": {"enum": [1, 2]}, "a": {}}, "type": "object"}

    assert fingerprint(one) == fingerprint(other)
    assert len(fingerprint(one)) == 64
    assert fingerprint(one) != fingerprint({**one, "properties": {"a": {}, "b": {"enum": [2, 1]}}})
    assert fingerprint({"const": 1}) != fingerprint({"const": True})


def test_what_is_not_json_has_no_fingerprint() -> None:
    for schema in ({"const": {1}}, {"minimum": float("nan")}, make_nested(5_000)):
        with pytest.raises(InvalidSchemaError):
            fingerprint(schema)


@pytest.mark.parametrize(
    ("schema", "place"),
    [
        ({"type": "object", "properties": {"a": {"description": "x\x00y"}}}, "/properties/a/description"),
        ({"type": "object", "properties": {"a\x00": {}}}, "/properties"),
    ],
)
def test_a_nul_character_is_refused_because_it_cannot_be_stored(schema: dict[str, object], place: str) -> None:
    with pytest.raises(InvalidSchemaError, match="NUL") as caught:
        check_schema(schema)

    assert [detail.place for detail in caught.value.details] == [place]
