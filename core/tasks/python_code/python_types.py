"""Pieces of generated Python: the type of a value with what constrains it, and the checks a type may need."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from pydantic_core import SchemaError, SchemaValidator, core_schema

from core.tasks.python_code.python_text import MAX_LITERAL_DEPTH, depth_of, literal, quote_pattern
from core.tasks.schemas.json_values import JsonObject

Json = Any  # Any: JSON of whatever shape

UNCHECKED: Final = "not checked by this code"
MISSING: Final = "not in this code"
_BRANCHES = ("allOf", "anyOf", "oneOf")
# Words that mean something only beside the others of their group, and those a comment need not name.
_TOGETHER = (
    frozenset({"items", "prefixItems"}),
    frozenset({"contains", "minContains", "maxContains"}),
    frozenset({"if", "then", "else"}),
    frozenset({"patternProperties", "additionalProperties"}),
)
_COMPANIONS = frozenset({"minContains", "maxContains", "then", "else"})
_MAX_LENGTH = 2**31 - 1
_LENGTHS = {
    "string": {"minLength": "min_length", "maxLength": "max_length"},
    "array": {"minItems": "min_length", "maxItems": "max_length"},
    "object": {"minProperties": "min_length", "maxProperties": "max_length"},
}
_BOUNDS = {"minimum": "ge", "maximum": "le", "exclusiveMinimum": "gt", "exclusiveMaximum": "lt"}
# Written as one literal: the code runs by itself.
_SUB_DELIMITERS = r"[A-Za-z0-9._~:/?#\[\]@!$&'()*+,;=-]"
_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?"
_CLOCK = r"\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)"
_HEX = "[0-9A-Fa-f]"


@dataclass(frozen=True, slots=True)
class TextFormat:
    """A format that generated code checks: its alias, the Python type, the pattern to be written in, and an error."""

    alias: str
    type_text: str
    pattern: str
    words: str
    needs: tuple[str, ...] = ()


FORMATS: Final[Mapping[str, TextFormat]] = {
    "date": TextFormat("Date", "dt.date", r"\d{4}-\d\d-\d\d", "must be a date like 2026-03-31", ("dt",)),
    "date-time": TextFormat(
        "DateTime",
        "AwareDatetime",
        rf"\d{{4}}-\d\d-\d\d[Tt]{_CLOCK}",
        "must be a time like 2026-03-31T14:05:00Z",
        ("AwareDatetime",),
    ),
    "time": TextFormat("Time", "dt.time", _CLOCK, "must be a time like 14:05:00Z", ("dt",)),
    "uuid": TextFormat(
        "Uuid", "uuid.UUID", f"{_HEX}{{8}}(-{_HEX}{{4}}){{3}}-{_HEX}{{12}}", "must be a UUID", ("uuid",)
    ),
    "email": TextFormat(
        "Email",
        "str",
        rf'({_ATOM}(\.{_ATOM})*|"[^"]*")@({_LABEL}(\.{_LABEL})*|\[(IPv6:)?[0-9A-Fa-f.:]+\])',
        "must be an email address",
    ),
    "uri": TextFormat(
        "Url",
        "str",
        rf"[A-Za-z][A-Za-z0-9+.-]*:({_SUB_DELIMITERS}|%{_HEX}{{2}})*",
        "must be a full URL",
    ),
}
_ONLY_NAMED = {"hostname", "idn-hostname", "idn-email", "ipv4", "ipv6", "iri", "iri-reference", "uri-reference"}
_ONLY_NAMED |= {"uri-template", "json-pointer", "relative-json-pointer", "regex", "duration"}


@dataclass(frozen=True, slots=True)
class PythonType:
    """A type as source text.

    `arguments` constrain it as arguments of `Field`, `checks` are further annotations, `extra` goes into its JSON
    Schema without being checked. `unchecked` and `missing` name the keywords left to a comment. `is_plain` says that
    a JSON value may stand as a default as it is.
    """

    text: str
    arguments: tuple[tuple[str, str], ...] = ()
    checks: tuple[str, ...] = ()
    extra: JsonObject = field(default_factory=dict)
    unchecked: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    needs: frozenset[str] = frozenset()
    is_plain: bool = True
    refers: bool = False
    """Whether a class is in it, which may stand further below."""

    def annotated(self) -> "PythonType":
        """Return the type with its constraints written into its text."""
        inside = field_call([*self.arguments, *extra_argument(self.extra)])
        notes = [inside] * bool(self.arguments or self.extra) + list(self.checks)
        if not notes:
            return self
        needs = self.needs | {"Annotated"} | ({"Field"} if self.arguments or self.extra else set())
        text = f"Annotated[{self.text}, {', '.join(notes)}]"
        return replace(self, text=text, arguments=(), checks=(), extra={}, needs=frozenset(needs))

    def with_extra(self, words: JsonObject, *, is_draft_07: bool) -> "PythonType":
        """Return the type with keywords that its JSON Schema shall carry though no code checks them."""
        lost = {key for key, value in words.items() if not can_carry(value, is_draft_07=is_draft_07)}
        # Pydantic says something of every field and item, so that none would be left for these.
        lost |= words.keys() & {"unevaluatedProperties", "unevaluatedItems"}
        lost |= {key for group in _TOGETHER if group & lost for key in group & words.keys()}
        carried = {key: value for key, value in words.items() if key not in lost}
        extra = {**self.extra, **{key: value for key, value in carried.items() if key not in _BRANCHES}}
        branches = [{key: carried[key]} for key in _BRANCHES if key in carried and key != "allOf"]
        if branches or "allOf" in carried:  # beside the type's own anyOf
            extra["allOf"] = [*self.extra.get("allOf", []), *carried.get("allOf", []), *branches]
        return replace(
            self,
            extra=extra,
            unchecked=(*self.unchecked, *(key for key in carried if key not in _COMPANIONS)),
            missing=(*self.missing, *(key for key in words if key in lost)),
        )

    def holding(self, inner: Iterable["PythonType"]) -> "PythonType":
        """Return the type, with what the types inside it need and leave out."""
        inner = list(inner)
        return replace(
            self,
            unchecked=(*self.unchecked, *(name for one in inner for name in one.unchecked)),
            missing=(*self.missing, *(name for one in inner for name in one.missing)),
            needs=self.needs.union(*(one.needs for one in inner)),
            is_plain=self.is_plain and all(one.is_plain for one in inner),
            refers=self.refers or any(one.refers for one in inner),
        )


def union_of(types: list[PythonType]) -> PythonType:
    """Return the type that accepts what any of these accepts."""
    if len(types) == 1:
        return types[0]
    written = [one.annotated() for one in types]
    texts = list(dict.fromkeys(one.text for one in written))
    if "Any" in texts:
        return PythonType("Any", needs=frozenset({"Any"}))
    texts = [text for text in texts if text != "None"] + ["None"] * ("None" in texts)
    return PythonType(" | ".join(texts)).holding(written)


def field_call(arguments: Iterable[tuple[str, str]]) -> str:
    """Write a call of `Field` on one line."""
    return "Field(" + ", ".join(f"{name}={value}" for name, value in arguments) + ")"


def extra_argument(extra: JsonObject) -> list[tuple[str, str]]:
    """Return the argument of `Field` or `ConfigDict` that carries keywords, if there are any."""
    return [("json_schema_extra", literal(extra))] if extra else []


def comment_on(found: PythonType) -> str:
    """Return the comment that says what the code leaves out, blank when nothing is."""
    missing = sorted(set(found.missing))
    unchecked = sorted(set(found.unchecked) - set(missing))
    parts = [f"{words}: {', '.join(names)}" for words, names in ((UNCHECKED, unchecked), (MISSING, missing)) if names]
    return "# " + "; ".join(parts) if parts else ""


def can_carry(value: Json, *, is_draft_07: bool) -> bool:
    """Say whether a keyword's value means the same inside another JSON Schema document and can be written."""
    if depth_of(value) > MAX_LITERAL_DEPTH:
        return False
    todo = [value]
    while todo:
        node = todo.pop()
        if isinstance(node, dict):
            if "$ref" in node or (is_draft_07 and ({"dependencies", "additionalItems"} & node.keys())):
                return False
            if is_draft_07 and isinstance(node.get("items"), list):
                return False
            todo += node.values()
        elif isinstance(node, list):
            todo += node
    return True


def string_type(words: JsonObject, *, is_draft_07: bool) -> PythonType:
    """Return the type of a text."""
    found = _with_lengths(PythonType("str"), words, "string", is_draft_07=is_draft_07)
    pattern, name = words.get("pattern"), words.get("format")
    if isinstance(pattern, str):
        if _compiles(pattern):
            found = replace(found, arguments=(*found.arguments, ("pattern", quote_pattern(pattern))))
        else:
            found = found.with_extra({"pattern": pattern}, is_draft_07=is_draft_07)
    if isinstance(name, str) and name in FORMATS and not (is_draft_07 and name == "uuid"):
        return _with_format(found, name, is_draft_07=is_draft_07)
    if name in _ONLY_NAMED and not (is_draft_07 and name == "duration"):
        return found.with_extra({"format": name}, is_draft_07=is_draft_07)
    return replace(found, extra={**found.extra, "format": name}) if isinstance(name, str) else found


def _with_format(found: PythonType, name: str, *, is_draft_07: bool) -> PythonType:
    known = FORMATS[name]
    if not found.arguments and not found.extra:
        needs = frozenset({"Annotated", "BeforeValidator", "Field", f"format:{name}", *known.needs})
        return PythonType(known.alias, needs=needs, is_plain=known.type_text == "str")
    if known.type_text != "str":  # a date has no length and no pattern
        return found.with_extra({"format": name}, is_draft_07=is_draft_07)
    check = f"BeforeValidator({check_name(name)})"
    needs = frozenset({"BeforeValidator", f"format:{name}"})
    return replace(found, extra={**found.extra, "format": name}, checks=(check,), needs=found.needs | needs)


def check_name(name: str) -> str:
    """Return the name of the check of a format in generated code."""
    return f"_{name.replace('-', '_')}"


def number_type(words: JsonObject, *, whole: bool, is_draft_07: bool) -> PythonType:
    """Return the type of a number, as `int` when it must be whole."""
    found = PythonType("int" if whole else "float")
    arguments: list[tuple[str, str]] = []
    for key, argument in _BOUNDS.items():
        if key in words:
            arguments.append((argument, _bound(key, words[key], whole=whole)))
    if "multipleOf" in words:
        arguments.append(("multiple_of", _multiple(words["multipleOf"], whole=whole)))
    unwritten = {
        key: words[key]
        for key, argument in (*_BOUNDS.items(), ("multipleOf", "multiple_of"))
        if (argument, "") in arguments
    }
    found = replace(found, arguments=tuple(one for one in arguments if one[1]))
    return found.with_extra(unwritten, is_draft_07=is_draft_07)


def _bound(key: str, value: Json, *, whole: bool) -> str:
    """Write a bound so that Pydantic takes it, blank when it cannot."""
    if not whole:
        return _float(value)
    if key in ("minimum", "exclusiveMaximum"):
        return repr(math.ceil(value))
    return repr(math.floor(value))


def _multiple(value: Json, *, whole: bool) -> str:
    if not whole:
        return _float(value)
    return repr(int(value)) if float(value).is_integer() else ""


def _float(value: Json) -> str:
    try:
        return repr(value) if math.isfinite(float(value)) else ""
    except OverflowError:
        return ""


def _with_lengths(found: PythonType, words: JsonObject, kind: str, *, is_draft_07: bool) -> PythonType:
    known = {key: words[key] for key in _LENGTHS[kind] if key in words}
    arguments = tuple((_LENGTHS[kind][key], repr(int(value))) for key, value in known.items() if value <= _MAX_LENGTH)
    too_long = {key: value for key, value in known.items() if value > _MAX_LENGTH}
    return replace(found, arguments=(*found.arguments, *arguments)).with_extra(too_long, is_draft_07=is_draft_07)


def list_type(item: PythonType, words: JsonObject, *, is_draft_07: bool) -> PythonType:
    """Return the type of a list of these items."""
    written = item.annotated()
    found = PythonType(f"list[{written.text}]").holding([written])
    return _with_lengths(found, words, "array", is_draft_07=is_draft_07)


def map_type(value: PythonType, words: JsonObject, *, is_draft_07: bool) -> PythonType:
    """Return the type of an object whose fields have any name."""
    written = value.annotated()
    found = PythonType(f"dict[str, {written.text}]").holding([written])
    return _with_lengths(found, words, "object", is_draft_07=is_draft_07)


def _compiles(pattern: str) -> bool:
    """Say whether Pydantic's own engine takes the pattern; it differs in places from the judge's."""
    try:
        SchemaValidator(core_schema.str_schema(pattern=pattern))
    except SchemaError:
        return False
    return True
