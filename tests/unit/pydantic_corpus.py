"""Schemas with values that fit and values that do not, for what turns schemas into Python code and back."""

from typing import Any

from core.examples import EXAMPLE_WORKSPACE
from tests.unit.schema_cases import (
    ANY_JSON,
    BOX,
    CIRCLE,
    DRAFT_07,
    NUMBER,
    PERSON,
    TEXT,
    TREE,
    WHOLE,
    YES_NO,
    Case,
    in_field,
    object_of,
)

Json = Any  # Any: arbitrary JSON

SHIPPED = {task.name: task.response_schema for task in EXAMPLE_WORKSPACE.tasks}
SHIPPED_CASES = [
    Case(
        "contact extraction",
        SHIPPED["Contact extraction"],
        [
            {
                "name": "Robin Vale",
                "email": "robin.vale@example.com",
                "company": {"name": "Lakeside Example", "role": "lead"},
                "interests": ["alerts"],
                "follow_up_on": "2026-05-11",
            }
        ],
        [
            {},
            {
                "name": "Robin Vale",
                "email": "nobody",
                "company": {"name": "Lakeside Example", "role": "lead"},
                "interests": ["alerts"],
                "follow_up_on": "2026-05-11",
            },
            {
                "name": "Robin Vale",
                "email": "robin.vale@example.com",
                "company": {"name": "Lakeside Example"},
                "interests": [""],
                "follow_up_on": "2026-05-32",
            },
        ],
    ),
    Case(
        "feedback sentiment",
        SHIPPED["Feedback sentiment"],
        [
            {"sentiment": "positive", "stars": None, "topic": "search"},
            {"sentiment": "neutral", "stars": 5, "topic": ""},
        ],
        [
            {"sentiment": "positive", "stars": 6, "topic": "search"},
            {"sentiment": "glad", "stars": 5, "topic": "search"},
            {"sentiment": "positive", "stars": "5", "topic": "search"},
            {"sentiment": "positive", "topic": "search"},
            {"sentiment": "positive", "stars": None, "topic": "search", "more": 1},
        ],
    ),
]

FIELD_CASES = [
    in_field("string", TEXT, ["", "a"], [1, None, True, ["a"]]),
    in_field("integer", WHOLE, [0, -3, 10**20], ["41", 1.5, True, None]),
    in_field("number", NUMBER, [0, 1.5, -2], ["1.5", True, None]),
    in_field("boolean", YES_NO, [True, False], ["true", 1, 0, None]),
    in_field("null", {"type": "null"}, [None], [0, "", False]),
    in_field("nullable", {"type": ["string", "null"], "minLength": 2}, ["ab", None], ["a", 1]),
    in_field(
        "two types", {"type": ["string", "integer"], "minimum": 3, "minLength": 2}, [3, "ab"], [2, "a", None, 3.5]
    ),
    in_field("lengths", {"type": "string", "minLength": 2, "maxLength": 3}, ["ab", "äöü"], ["a", "abcd"]),
    in_field("pattern", {"type": "string", "pattern": "^[A-Z]{2}-[0-9]+$"}, ["AB-1"], ["ab-1", "AB-", "AB-1\n"]),
    in_field("bounds", {"type": "number", "minimum": 0, "exclusiveMaximum": 1}, [0, 0.99], [1, -0.1]),
    in_field("odd bounds of whole numbers", {"type": "integer", "minimum": 0.5, "maximum": 3.5}, [1, 3], [0, 4]),
    in_field("multiples", {"type": "number", "multipleOf": 0.5}, [0, 1.5, -2], [0.3]),
    in_field("multiples of whole numbers", {"type": "integer", "multipleOf": 5}, [0, 15, -10], [3]),
    in_field("date", {"type": "string", "format": "date"}, ["2026-03-31"], ["2026-02-30", "31.3.2026", 20260331, None]),
    in_field(
        "date and time",
        {"type": "string", "format": "date-time"},
        ["2026-03-31T14:05:00Z", "2026-03-31T14:05:00.5+02:00"],
        ["2026-03-31", "2026-03-31T14:05:00", "2026-03-31 14:05:00Z", 1_700_000_000],
    ),
    in_field("time", {"type": "string", "format": "time"}, ["14:05:00Z"], ["14:05", "14:05:00", "25:00:00Z", 3]),
    in_field(
        "email",
        {"type": "string", "format": "email"},
        ["a@example.com", "a.b+c@x-y.example"],
        ["a", "a b@example.com", "a..b@example.com", "a@-b.example", 1],
    ),
    in_field(
        "url",
        {"type": "string", "format": "uri"},
        ["https://example.com/a?b=c#d", "mailto:a@example.com"],
        ["example.com", "/a", "https://a b", "https://é.example/", "https://example.com/%zz"],
    ),
    in_field(
        "uuid",
        {"type": "string", "format": "uuid"},
        ["7f3c1f0e-52ad-4a6e-9c41-0b5b5d1f8a10", "7F3C1F0E-52AD-4A6E-9C41-0B5B5D1F8A10"],
        ["7f3c1f0e52ad4a6e9c410b5b5d1f8a10", "x", 1],
    ),
    in_field("choice", {"enum": ["in progress, on hold", 'it\'s "done"', "\\"]}, ["in progress, on hold", "\\"], ["x"]),
    in_field("nullable choice", {"type": ["string", "null"], "enum": ["a", None]}, ["a", None], ["None", 1]),
    in_field("choice of numbers", {"enum": [1, 2.5]}, [1, 2.5, 1.0], [True, "1", 2]),
    in_field("mixed choice", {"enum": [1, "1", True, None, [1]]}, [1, "1", True, None, [1]], [0, False, "", [2]]),
    in_field("constant", {"const": "yes"}, ["yes"], ["no", None]),
    in_field("constant object", {"const": {"a": [1]}}, [{"a": [1]}], [{"a": 1}, {}]),
    in_field(
        "list",
        {"type": "array", "items": WHOLE, "minItems": 1, "maxItems": 2},
        [[1], [1, 2]],
        [[], [1, 2, 3], ["1"], 1],
    ),
    in_field(
        "list of objects",
        {"type": "array", "items": PERSON},
        [[], [{"name": "A"}]],
        [[{}], [{"name": 1}], {"name": "A"}],
    ),
    in_field("list of choices", {"type": "array", "items": {"enum": ["a", "b"]}}, [["a"], []], [["c"], "a"]),
    in_field(
        "map", {"type": "object", "additionalProperties": WHOLE, "minProperties": 1}, [{"a": 1}], [{}, {"a": "1"}]
    ),
    in_field("anything", {}, [1, None, {"a": 1}], []),
    in_field("object or null", {"anyOf": [PERSON, {"type": "null"}]}, [{"name": "A"}, None], [{}, 3]),
    in_field("bounded without a type", {"minimum": 3}, [3, "a", None, [], True], [2]),
    in_field(
        "one of shapes",
        {"oneOf": [CIRCLE, BOX]},
        [{"kind": "box", "w": 1}],
        [{"kind": "star"}, {"kind": "box", "r": 1}],
    ),
    in_field(
        "all of", {"allOf": [{"type": "integer", "minimum": 2}, {"maximum": 4, "minimum": 1}]}, [2, 4], [1, 5, "3"]
    ),
    in_field(
        "all of objects",
        {"allOf": [object_of("a", a=TEXT), object_of("b", b=WHOLE)]},
        [{"a": "x", "b": 1}],
        [{"a": "x"}, {"b": 1}, {"a": 1, "b": 1}],
    ),
    in_field(
        "unique items", {"type": "array", "items": TEXT, "uniqueItems": True}, [["a", "b"]], [["a", "a"]], "uniqueItems"
    ),
    in_field("not", {"type": "string", "not": {"const": "no"}}, ["yes"], ["no"], "not"),
    in_field("tuple", {"type": "array", "prefixItems": [TEXT, WHOLE]}, [["a", 1], []], [[1, "a"]], "prefixItems"),
    in_field("contains", {"type": "array", "contains": {"const": 1}}, [[1]], [[2]], "contains"),
    in_field("host name", {"type": "string", "format": "hostname"}, ["a.example"], ["-a"], "format"),
    in_field("exactly one of", {"oneOf": [{"type": "number"}, {"type": "integer"}]}, [1.5], [1], "oneOf"),
    in_field("empty list", {"type": "array", "items": False}, [[]], [[1]]),
]

OBJECT_CASES = [
    Case("optional fields", object_of("", False, a=TEXT, b=WHOLE), [{}, {"a": "x"}, {"b": 1}], [{"a": None}, {"c": 1}]),
    Case("other fields allowed", object_of("a", a=TEXT), [{"a": "x", "b": [1]}], [{"b": 1}, {"a": 1}]),
    Case("other fields of a type", object_of("a", WHOLE, a=TEXT), [{"a": "x", "b": 1}], [{"a": "x", "b": "1"}]),
    Case("only a map", {"type": "object", "additionalProperties": YES_NO}, [{}, {"a": True}], [{"a": 1}, []]),
    Case("required but not described", object_of("z", a=TEXT), [{"z": 1}, {"z": None}], [{}, {"a": "x"}]),
    Case(
        "defaults",
        object_of(
            "d", False, a={**WHOLE, "default": 3}, b={**TEXT, "default": None}, c={"default": [1]}, d={"default": 1}
        ),
        [{"d": 1}, {"d": "x", "a": 4, "c": {}}],
        [{}, {"d": 1, "a": "3"}, {"d": 1, "b": None}],
    ),
    Case(
        "odd names",
        object_of(
            "class model_config first-name",
            False,
            **dict.fromkeys(("class", "model_config", "first-name", "_a", "1st", "", "date", "list", "str"), TEXT),
            **dict.fromkeys(
                ("schema", "json", "copy", "model_dump", "ﬁ", "first_name", "Field", "x'\"\\\n", "self"), TEXT
            ),
        ),
        [
            {
                "class": "a",
                "model_config": "b",
                "first-name": "c",
                "date": "d",
                "": "e",
                "_a": "f",
                "ﬁ": "g",
                "x'\"\\\n": "h",
            }
        ],
        [
            {},
            {"class": "a", "model_config": "b", "first_name": "c"},
            {"class": 1, "model_config": "b", "first-name": "c"},
        ],
    ),
    Case(
        "texts with quotes",
        {
            "title": 'A """title"""',
            "description": 'Quotes """ and \\ and\nlines',
            **object_of(
                "", False, a={**TEXT, "description": 'it\'s "so"\\\r\n\u2028\u202e', "examples": ["'", '"', "\\"]}
            ),
        },
        [{"a": "x"}],
        [{"a": 1}],
    ),
    Case("a tree", TREE, [{"name": "a", "children": [{"name": "b"}]}], [{"name": "a", "children": [{}]}, {}]),
    Case("any JSON", ANY_JSON, [{"value": [1, {"a": [None, "x"]}]}], [{}]),
    Case(
        "recursion through the root",
        object_of("name", False, name=TEXT, next={"anyOf": [{"$ref": "#"}, {"type": "null"}]}),
        [{"name": "a", "next": {"name": "b", "next": None}}],
        [{"name": "a", "next": {}}, {"name": "a", "next": 3}],
    ),
    Case(
        "shared definitions",
        {
            **object_of("who amount", False, who={"$ref": "#/$defs/a%20person"}, amount={"$ref": "#/$defs/percent"}),
            "$defs": {"a person": PERSON, "percent": {"type": "integer", "minimum": 0, "maximum": 100}},
        },
        [{"who": {"name": "A"}, "amount": 100}],
        [{"who": {}, "amount": 1}, {"who": {"name": "A"}, "amount": 101}],
    ),
    Case("draft-07", DRAFT_07, [{"who": {"name": "A"}, "more": 1}], [{"who": {}}, {"who": None}, {}]),
    Case(
        "alternatives with fields in common",
        {
            **object_of("id", id=WHOLE),
            "anyOf": [object_of("a", a=TEXT), object_of("b", b=TEXT)],
        },
        [{"id": 1, "a": "x"}, {"id": 1, "b": "x"}],
        [{"id": 1}, {"a": "x"}, {"id": "1", "a": "x"}],
    ),
    Case(
        "either field",
        {**object_of("", a=TEXT, b=TEXT), "anyOf": [{"required": ["a"]}, {"required": ["b"]}]},
        [{"a": "x"}, {"b": "x"}],
        [{}],
        frozenset({"anyOf"}),
    ),
    Case(
        "names by pattern",
        {"type": "object", "patternProperties": {"^x-": WHOLE}, "additionalProperties": False},
        [{}, {"x-a": 1}],
        [{"a": 1}, {"x-a": "1"}],
        frozenset({"patternProperties", "additionalProperties"}),
    ),
    Case(
        "conditions",
        {
            **object_of("kind", kind=TEXT),
            "if": {"properties": {"kind": {"const": "paid"}}},
            "then": {"required": ["amount"]},
        },
        [{"kind": "free"}, {"kind": "paid", "amount": 1}],
        [{"kind": "paid"}],
        frozenset({"if"}),
    ),
    Case(
        "needs its companion",
        {**object_of("", a=TEXT, b=TEXT), "dependentRequired": {"a": ["b"]}, "minProperties": 1},
        [{"b": "x"}, {"a": "x", "b": "y"}],
        [{"a": "x"}, {}],
        frozenset({"dependentRequired", "minProperties"}),
    ),
]
CASES = [*SHIPPED_CASES, *FIELD_CASES, *OBJECT_CASES]
