"""What JSON Schema a Python type annotation stands for, by the rules of Pydantic."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from core.tasks.schemas.json_values import JsonObject, copy_json

Json = Any  # Any: JSON of whatever shape


def _same(names: str, **schema: Json) -> Mapping[str, JsonObject]:
    return {name: dict(schema) for name in names.split()}


def _text(format_name: str, **more: Json) -> JsonObject:
    return {"type": "string", "format": format_name, **more}


_KNOWN: Final[Mapping[str, JsonObject]] = {
    **_same("str Text LiteralString StrictStr Json Base64Str", type="string"),
    **_same("int StrictInt", type="integer"),
    **_same("float StrictFloat FiniteFloat", type="number"),
    **_same("bool StrictBool", type="boolean"),
    **_same("None NoneType", type="null"),
    **_same("Any object JsonValue Hashable"),
    **dict.fromkeys(("bytes", "StrictBytes"), _text("binary")),
    **dict.fromkeys(("date", "PastDate", "FutureDate"), _text("date")),
    **dict.fromkeys(
        ("datetime", "AwareDatetime", "NaiveDatetime", "PastDatetime", "FutureDatetime"), _text("date-time")
    ),
    "time": _text("time"),
    "timedelta": _text("duration"),
    "Decimal": {"anyOf": [{"type": "number"}, {"type": "string"}]},
    **dict.fromkeys(("UUID", *(f"UUID{version}" for version in range(1, 9))), _text("uuid")),
    "EmailStr": _text("email"),
    "NameEmail": _text("name-email"),
    **dict.fromkeys(("AnyUrl", "AnyHttpUrl", "AnyWebsocketUrl", "FileUrl", "FtpUrl"), _text("uri", minLength=1)),
    **dict.fromkeys(("HttpUrl", "WebsocketUrl"), _text("uri", minLength=1, maxLength=2083)),
    **dict.fromkeys(("Path", "PurePath"), _text("path")),
    "FilePath": _text("file-path"),
    "DirectoryPath": _text("directory-path"),
    "IPv4Address": _text("ipv4"),
    "IPv6Address": _text("ipv6"),
    "IPvAnyAddress": _text("ipvanyaddress"),
    "SecretStr": _text("password", writeOnly=True),
    "Pattern": _text("regex"),
    "PositiveInt": {"type": "integer", "exclusiveMinimum": 0},
    "NegativeInt": {"type": "integer", "exclusiveMaximum": 0},
    "NonNegativeInt": {"type": "integer", "minimum": 0},
    "NonPositiveInt": {"type": "integer", "maximum": 0},
    "PositiveFloat": {"type": "number", "exclusiveMinimum": 0},
    "NegativeFloat": {"type": "number", "exclusiveMaximum": 0},
    "NonNegativeFloat": {"type": "number", "minimum": 0},
    "NonPositiveFloat": {"type": "number", "maximum": 0},
}
LISTS: Final = frozenset(
    {"list", "List", "Sequence", "MutableSequence", "Iterable", "Collection", "deque", "Deque", "Generator"}
)
SETS: Final = frozenset({"set", "Set", "frozenset", "FrozenSet", "AbstractSet", "MutableSet"})
TUPLES: Final = frozenset({"tuple", "Tuple"})
MAPS: Final = frozenset(
    {"dict", "Dict", "Mapping", "MutableMapping", "OrderedDict", "defaultdict", "DefaultDict", "Counter"}
)
# Calls such as `constr(min_length=1)`, and the type each constrains.
CALLS: Final[Mapping[str, str]] = {
    "constr": "str",
    "conint": "int",
    "confloat": "float",
    "conbytes": "bytes",
    "condecimal": "Decimal",
    "condate": "date",
    "conlist": "list",
    "conset": "set",
    "confrozenset": "set",
}
# Markers in Annotated, and which constraint their one argument is.
MARKERS: Final[Mapping[str, str]] = {
    "Gt": "gt",
    "Ge": "ge",
    "Lt": "lt",
    "Le": "le",
    "MultipleOf": "multiple_of",
    "MinLen": "min_length",
    "MaxLen": "max_length",
}
_BOUNDS = {"gt": "exclusiveMinimum", "ge": "minimum", "lt": "exclusiveMaximum", "le": "maximum"}
_BOUNDS |= {"multiple_of": "multipleOf"}
_LENGTHS = {"string": ("minLength", "maxLength"), "array": ("minItems", "maxItems")}
_LENGTHS |= {"object": ("minProperties", "maxProperties")}
CONSTRAINTS: Final = frozenset({*_BOUNDS, "min_length", "max_length", "min_items", "max_items", "pattern", "regex"})


def known_schema(name: str) -> JsonObject | None:
    """Return the schema of a type by its name alone, None when it is not known."""
    if name in LISTS | TUPLES:
        return {"type": "array"}
    if name in SETS:
        return {"type": "array", "uniqueItems": True}
    if name in MAPS:
        return {"type": "object"}
    found = _KNOWN.get(name)
    return None if found is None else dict(copy_json(found))


def constrain(schema: JsonObject, constraints: Mapping[str, Json]) -> JsonObject:
    """Return the schema with constraints by their names in Pydantic, at those of its alternatives that they fit."""
    if "anyOf" in schema:
        return {**schema, "anyOf": [constrain(one, constraints) for one in schema["anyOf"]]}
    named = schema.get("type", ())
    types = {named} if isinstance(named, str) else set(named)
    written = dict(schema)
    for name, value in constraints.items():
        for fits, keyword in _keywords(name, types):
            if fits and value is not None:
                written[keyword] = value
    return written


def _keywords(name: str, types: set[str]) -> list[tuple[bool, str]]:
    if name in _BOUNDS:
        return [(bool(types & {"integer", "number"}), _BOUNDS[name])]
    if name in ("pattern", "regex"):
        return [("string" in types, "pattern")]
    ends = {"min_length": 0, "min_items": 0, "max_length": 1, "max_items": 1}
    return [(kind in types, words[ends[name]]) for kind, words in _LENGTHS.items()] if name in ends else []


def choices_schema(values: list[Json]) -> JsonObject:
    """Return the schema of one of these values, with their type where they share one."""
    kinds: Mapping[str, Callable[[Json], bool]] = {
        "string": lambda value: isinstance(value, str),
        "integer": lambda value: isinstance(value, int) and not isinstance(value, bool),
    }
    shared = next((kind for kind, is_kind in kinds.items() if values and all(map(is_kind, values))), None)
    return {"type": shared, "enum": values} if shared else {"enum": values}


def union_schema(schemas: list[JsonObject]) -> JsonObject:
    """Return the schema of either; “or null” is said by the type where that is enough."""
    flat: list[JsonObject] = []
    for schema in schemas:
        inner = schema["anyOf"] if schema.keys() == {"anyOf"} else [schema]
        flat += [one for one in inner if one not in flat]
    rest = [one for one in flat if one != {"type": "null"}]
    if len(flat) == 1:
        return flat[0]
    if len(rest) == 1 and len(flat) == 2 and isinstance(rest[0].get("type"), str):
        nullable = {**rest[0], "type": [rest[0]["type"], "null"]}
        return {**nullable, "enum": [*nullable["enum"], None]} if "enum" in nullable else nullable
    return {"anyOf": flat}
