"""Make a value that satisfies a JSON Schema, always the same one, and one that does not."""

import json
import math
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import unquote

import jsonschema_rs

from tests.fake_server.patterns import make_matching_text

Json = Any  # whatever JSON can hold
Schema = dict[str, Json] | bool

_DEEPEST = 6
"""Optional properties and list items are left out below this depth, so that recursive schemas end."""

_FORMATS = {
    "date": "2026-01-31",
    "date-time": "2026-01-31T09:30:00Z",
    "time": "09:30:00Z",
    "duration": "P1DT2H",
    "email": "ada{n}@example.com",
    "idn-email": "ada{n}@example.com",
    "hostname": "host{n}.example.com",
    "idn-hostname": "host{n}.example.com",
    "ipv4": "192.0.2.{n}",
    "ipv6": "2001:db8::{n}",
    "uri": "https://example.com/{n}",
    "url": "https://example.com/{n}",
    "uri-reference": "/path/{n}",
    "iri": "https://example.com/{n}",
    "uuid": "00000000-0000-4000-8000-{n:012d}",
    "json-pointer": "/field/{n}",
    "regex": "^a{{{n}}}$",
}


def make_valid_value(schema: Schema) -> Json:
    """Return a value the schema accepts; the usual keywords are understood, `not` and `if` are not."""
    return _Maker(schema).make(schema, depth=0, number=0)


def make_wrong_value(schema: Schema) -> Json:
    """Return a value as close to a valid one as can be that the schema refuses (an object if possible)."""
    validator = jsonschema_rs.validator_for(schema, validate_formats=True)
    valid = make_valid_value(schema)
    candidates: list[Json] = []
    if isinstance(valid, dict) and valid:
        first = next(iter(valid))
        candidates.append({**valid, first: {"wrong": True} if not isinstance(valid[first], dict) else "wrong"})
        candidates.append({name: value for name, value in valid.items() if name != first})
    candidates += [{"unexpected": True}, ["wrong"], "wrong", -1.5, None]
    return next((value for value in candidates if not validator.is_valid(value)), {"unexpected": True})


class _Maker:
    def __init__(self, root: Schema) -> None:
        self._root = root
        self._makers: dict[str, Callable[[Mapping[str, Json], int, int], Json]] = {
            "object": self._make_object,
            "array": self._make_array,
            "string": lambda schema, _depth, number: _make_text(schema, number),
            "integer": lambda schema, _depth, number: _make_number(schema, number, is_whole=True),
            "number": lambda schema, _depth, number: _make_number(schema, number, is_whole=False),
            "boolean": lambda _schema, _depth, number: number % 2 == 0,
            "null": lambda _schema, _depth, _number: None,
        }

    def make(self, schema: Schema, *, depth: int, number: int) -> Json:
        """`number` asks for the n-th distinct value, for lists of unique items."""
        if depth > 50:
            raise ValueError("The schema requires itself without end.")
        if isinstance(schema, bool):
            return f"example {number}" if number else "example"
        flat = self._flatten(schema)
        if "const" in flat:
            return flat["const"]
        if "enum" in flat:
            return flat["enum"][number % len(flat["enum"])]
        return self._makers[_type_of(flat)](flat, depth, number)

    def _flatten(self, schema: Mapping[str, Json]) -> dict[str, Json]:
        """Return the schema with its reference, every allOf and the first anyOf/oneOf branch merged in."""
        flat = dict(schema)
        for _ in range(50):
            parts: list[Schema] = list(flat.pop("allOf", []))
            parts += [self._find(flat.pop("$ref"))] if "$ref" in flat else []
            parts += [flat.pop(word)[0] for word in ("anyOf", "oneOf") if word in flat]
            if not parts:
                break
            for part in parts:
                flat = flat if isinstance(part, bool) else _merge(flat, part)
        return flat

    def _find(self, reference: str) -> Schema:
        place: Json = self._root
        for step in [unquote(step) for step in reference.removeprefix("#").split("/") if step]:
            step = step.replace("~1", "/").replace("~0", "~")
            place = place[int(step)] if isinstance(place, list) else place[step]
        return place  # type: ignore[no-any-return]  # a JSON pointer leads anywhere

    def _make_object(self, schema: Mapping[str, Json], depth: int, number: int) -> dict[str, Json]:
        properties: dict[str, Schema] = schema.get("properties", {})
        required = list(schema.get("required", []))
        others: Schema = schema.get("additionalProperties", True)
        names = list(properties) if depth < _DEEPEST else []
        names += [name for name in required if name not in names]
        names += [f"key{i}" for i in range(int(schema.get("minProperties", 0)) - len(names))]
        optional = [name for name in names if name not in required]
        while optional and len(names) > schema.get("maxProperties", math.inf):
            names.remove(optional.pop())
        made = {}
        for name in names:
            inner: Schema = properties.get(name, others)
            if inner is not False:
                made[name] = self.make(inner, depth=depth + 1, number=number)
        return made

    def _make_array(self, schema: Mapping[str, Json], depth: int, _number: int) -> list[Json]:
        firsts: list[Schema] = schema.get("prefixItems", [])
        rest: Schema = schema.get("contains", True) if "items" not in schema else schema["items"]
        wanted = len(firsts) + (1 if rest not in (True, False) and depth < _DEEPEST else 0)
        wanted = max(wanted, int(schema.get("minItems", 0)), int(schema.get("minContains", 0)))
        wanted = min(wanted, int(schema.get("maxItems", wanted)))
        return [self.make(firsts[i] if i < len(firsts) else rest, depth=depth + 1, number=i) for i in range(wanted)]


def _merge(first: dict[str, Json], second: Mapping[str, Json]) -> dict[str, Json]:
    merged = {**second, **first}
    if "properties" in first or "properties" in second:
        merged["properties"] = {**second.get("properties", {}), **first.get("properties", {})}
    if "required" in first or "required" in second:
        merged["required"] = list(dict.fromkeys([*first.get("required", []), *second.get("required", [])]))
    return merged


def _type_of(schema: Mapping[str, Json]) -> str:
    named = schema.get("type")
    if isinstance(named, list):
        named = next((name for name in named if name != "null"), "null")
    if isinstance(named, str):
        return named
    signs = {
        "object": ("properties", "required", "additionalProperties", "minProperties"),
        "array": ("items", "prefixItems", "minItems", "contains"),
        "number": ("minimum", "maximum", "multipleOf", "exclusiveMinimum", "exclusiveMaximum"),
    }
    return next((kind for kind, words in signs.items() if any(word in schema for word in words)), "string")


def _make_text(schema: Mapping[str, Json], number: int) -> str:
    if schema.get("format") in _FORMATS:
        return _FORMATS[schema["format"]].format(n=number + 1)
    if "pattern" in schema:
        return make_matching_text(schema["pattern"], number=number, min_length=int(schema.get("minLength", 0)))
    text = f"{number} example" if number else "example"
    text = text.ljust(int(schema.get("minLength", 0)), "x")
    return text[: int(schema.get("maxLength", len(text)))]


def _make_number(schema: Mapping[str, Json], number: int, *, is_whole: bool) -> int | float:
    step = schema.get("multipleOf", 1 if is_whole else None)
    low = schema.get("minimum", schema.get("exclusiveMinimum"))
    high = schema.get("maximum", schema.get("exclusiveMaximum"))
    if step is None:
        if low is not None and high is not None:
            return float(low + (high - low) * (number % 100 + 1) / 102) if low < high else float(low)
        return float(low + 1 + number if low is not None else high - 1 - number if high is not None else 1.5 + number)
    count = math.ceil(low / step) if low is not None else math.floor(high / step) - number if high is not None else 1
    count += number if low is not None or high is None else 0
    count += 1 if "exclusiveMinimum" in schema and count * step <= schema["exclusiveMinimum"] else 0
    count -= 1 if "exclusiveMaximum" in schema and count * step >= schema["exclusiveMaximum"] else 0
    value = json.loads(json.dumps(round(count * step, 10)))
    return int(value) if is_whole else float(value)
