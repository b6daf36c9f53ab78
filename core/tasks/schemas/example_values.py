"""A small example of a value that a schema asks for: always the same one, for previews and placeholders."""

import math
from collections.abc import Callable, Mapping
from urllib.parse import unquote

from core.tasks.schemas.json_values import JsonObject, JsonSchema, copy_json
from core.tasks.schemas.pattern_texts import text_for

_FORMAT_EXAMPLES: Mapping[str, str] = {
    "date": "2026-03-31",
    "date-time": "2026-03-31T14:05:00Z",
    "time": "14:05:00Z",
    "duration": "P3D",
    "email": "name@example.com",
    "idn-email": "name@example.com",
    "uri": "https://example.com/page",
    "iri": "https://example.com/page",
    "uri-reference": "/page",
    "uuid": "7f3c1f0e-52ad-4a6e-9c41-0b5b5d1f8a10",
    "hostname": "example.com",
    "ipv4": "192.0.2.1",
    "ipv6": "2001:db8::1",
    "json-pointer": "/name",
    "regex": "^[a-z]+$",
}
# Required parts may nest this deep; optional ones are left out from half of it on, which ends most recursion.
_MAX_DEPTH = 12
_MAX_ITEMS = 50
_MAX_PARTS = 2_000


def example_value(schema: JsonSchema) -> object:
    """Return a JSON value that satisfies the schema for the usual keywords; unusual ones may be missed.

    A given example, default, constant or choice is used as it stands. Every optional field is filled in, as far as
    a recursive schema allows.
    """
    return _Maker(schema).make(schema, depth=0)


class _Maker:
    def __init__(self, document: JsonSchema) -> None:
        self._document = document
        self._parts_left = _MAX_PARTS

    def make(self, schema: object, *, depth: int) -> object:
        self._parts_left -= 1
        if not isinstance(schema, dict) or depth > _MAX_DEPTH or self._parts_left < 0:
            return None
        found, given = _given(schema)
        if found:
            return copy_json(given)
        merged = self._merged(schema, depth=depth)
        if merged is not None:
            return self.make(merged, depth=depth + 1)
        by_type: Mapping[str, Callable[[], object]] = {
            "object": lambda: self._make_object(schema, depth=depth),
            "array": lambda: self._make_array(schema, depth=depth),
            "string": lambda: _make_string(schema),
            "integer": lambda: _make_bounded(schema, step=1),
            "number": lambda: _make_bounded(schema, step=0),
            "boolean": lambda: True,
        }
        return by_type.get(_type_to_make(schema), lambda: None)()

    def _merged(self, schema: JsonObject, *, depth: int) -> JsonObject | None:
        """Return the schema with its reference, its alternatives or its parts laid together; None when it has none."""
        if isinstance(schema.get("$ref"), str):
            rest = {key: value for key, value in schema.items() if key != "$ref"}
            return _together([self._resolve(schema["$ref"]), rest])
        if schema.get("allOf") and isinstance(schema["allOf"], list):
            parts = [self._flat(part, depth=depth) for part in schema["allOf"]]
            return _together([*parts, {key: value for key, value in schema.items() if key != "allOf"}])
        for key in ("oneOf", "anyOf"):
            if schema.get(key) and isinstance(schema[key], list):
                rest = {name: value for name, value in schema.items() if name != key}
                return _together([rest, _first_telling(schema[key])])
        return None

    def _flat(self, schema: object, *, depth: int) -> object:
        if not isinstance(schema, dict) or depth > _MAX_DEPTH:
            return schema
        merged = self._merged(schema, depth=depth + 1)
        return schema if merged is None else self._flat(merged, depth=depth + 1)

    def _resolve(self, reference: str) -> object:
        node: object = self._document
        for token in unquote(reference.removeprefix("#")).split("/")[1:]:
            name = token.replace("~1", "/").replace("~0", "~")
            if isinstance(node, dict):
                node = node.get(name)
            elif isinstance(node, list) and name.isdecimal() and int(name) < len(node):
                node = node[int(name)]
            else:
                return {}
        return node if reference.startswith("#") else {}

    def _make_object(self, schema: JsonObject, *, depth: int) -> JsonObject:
        properties = schema.get("properties")
        properties = properties if isinstance(properties, dict) else {}
        listed = schema.get("required")
        required = [name for name in listed if isinstance(name, str)] if isinstance(listed, list) else []
        wanted = properties if depth * 2 <= _MAX_DEPTH else [name for name in properties if name in required]
        made: JsonObject = {}
        for name in [*wanted, *(name for name in required if name not in properties)]:
            inner = properties.get(name, schema.get("additionalProperties", {}))
            if inner is not False:
                made[name] = self.make(inner, depth=depth + 1)
        return made

    def _make_array(self, schema: JsonObject, *, depth: int) -> list[object]:
        items = schema.get("items")
        firsts = schema.get("prefixItems", items if isinstance(items, list) else [])
        made = [self.make(inner, depth=depth + 1) for inner in firsts] if isinstance(firsts, list) else []
        lowest = _whole(schema.get("minItems"), 0)
        count = max(lowest, 0 if made or depth * 2 > _MAX_DEPTH or items is False else 1)
        count = min(count, _whole(schema.get("maxItems"), _MAX_ITEMS), _MAX_ITEMS)
        inner = items if isinstance(items, dict) else schema.get("contains", {})
        while len(made) < count:
            made.append(_varied(self.make(inner, depth=depth + 1), len(made), schema))
        return made


def _given(schema: JsonObject) -> tuple[bool, object]:
    if isinstance(schema.get("examples"), list) and schema["examples"]:
        return True, schema["examples"][0]
    for key in ("default", "const"):
        if key in schema and (schema[key] is not None or key == "const"):
            return True, schema[key]
    if isinstance(schema.get("enum"), list) and schema["enum"]:
        return True, schema["enum"][0]
    return False, None


def _type_to_make(schema: JsonObject) -> str:
    named = schema.get("type")
    if isinstance(named, list):
        named = next((name for name in named if name != "null"), "null")
    if isinstance(named, str):
        return named
    signs = {
        "object": ("properties", "required", "additionalProperties"),
        "array": ("items", "prefixItems", "minItems"),
        "number": ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"),
    }
    return next((name for name, keys in signs.items() if any(key in schema for key in keys)), "string")


def _first_telling(schemas: list[object]) -> object:
    return next((one for one in schemas if isinstance(one, dict) and one.get("type") != "null"), schemas[0])


def _together(schemas: list[object]) -> JsonObject:
    """Lay schemas over one another: fields and required names add up, of anything else the last wins."""
    result: JsonObject = {}
    for schema in schemas:
        for key, value in schema.items() if isinstance(schema, dict) else ():
            old = result.get(key)
            if key == "properties" and isinstance(old, dict) and isinstance(value, dict):
                result[key] = {**old, **value}
            elif key in ("required", "allOf") and isinstance(old, list) and isinstance(value, list):
                result[key] = [*old, *(entry for entry in value if entry not in old)]
            else:
                result[key] = value
    return result


def _make_string(schema: JsonObject) -> str:
    text = _FORMAT_EXAMPLES.get(str(schema.get("format")), "")
    if text:
        return text
    lowest, highest = _whole(schema.get("minLength"), 0), _whole(schema.get("maxLength"), 1_000)
    pattern = schema.get("pattern")
    if isinstance(pattern, str) and (found := text_for(pattern, shortest=min(lowest, 1_000))) is not None:
        return found
    return ("text" * (min(lowest, 1_000) // 4 + 1))[: max(min(highest, max(lowest, 4)), 0)]


def _make_bounded(schema: JsonObject, *, step: int) -> int | float:
    try:
        return _make_number(schema, step=step)
    except OverflowError:  # bounds beyond what a float holds
        return 0


def _make_number(schema: JsonObject, *, step: int) -> int | float:
    """Return a number between the bounds: 0 when it fits, else the nearest; `step` 1 makes it whole."""
    low = _bound(schema, "minimum", -math.inf)
    high = _bound(schema, "maximum", math.inf)
    above, below = _bound(schema, "exclusiveMinimum", -math.inf), _bound(schema, "exclusiveMaximum", math.inf)
    multiple = _bound(schema, "multipleOf", step) or step
    if multiple > 0:
        low = max(low, (math.floor(above / multiple) + 1) * multiple if above > -math.inf else low)
        high = min(high, (math.ceil(below / multiple) - 1) * multiple if below < math.inf else high)
        value = min(max(0, low), high)
        value = math.ceil(value / multiple) * multiple if value > 0 else math.floor(value / multiple) * multiple
    else:
        value = _between(max(low, above), min(high, below))
    return int(value) if float(value).is_integer() else value


def _between(low: float, high: float) -> float:
    if low > -math.inf and high < math.inf:
        return (low + high) / 2
    if low > -math.inf:
        return max(0, low + 1)
    return min(0, high - 1)


def _bound(schema: JsonObject, key: str, missing: float) -> float:
    value = schema.get(key)
    return value if isinstance(value, int | float) and not isinstance(value, bool) else missing


def _whole(value: object, missing: int) -> int:
    return int(value) if isinstance(value, int | float) and not isinstance(value, bool) else missing


def _varied(value: object, index: int, schema: JsonObject) -> object:
    """Make items differ where they must be unique."""
    if schema.get("uniqueItems") is not True or index == 0:
        return value
    if isinstance(value, str):
        return f"{value} {index + 1}"
    return value + index if isinstance(value, int | float) and not isinstance(value, bool) else value
