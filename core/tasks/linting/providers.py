"""Lint of what a provider makes of a schema: the one table of dialects, and the limits of OpenAI's strict mode.

Whatever a provider ignores, the judge still holds every answer to; a model that is not held to it while it writes
just needs more attempts.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from core.tasks.linting.findings import Finding, Part, Rule, finding
from core.tasks.schemas.json_values import JsonObject, Loc
from core.tasks.schemas.schema_edits import Edit, EditKind


class Dialect(StrEnum):
    """How a provider turns a schema into what it holds the model to. The values are also the types of providers."""

    OPENAI = "openai"
    """OpenAI's strict mode."""
    OLLAMA = "ollama"
    """A grammar made by llama.cpp, as in Ollama."""
    BUILTIN = "builtin"
    """The built-in model: the same grammar."""


@dataclass(frozen=True)
class DialectRules:
    """What a dialect makes of keywords, each with the reason or the scope to name in a sentence."""

    name: str
    refused: frozenset[str] = frozenset()
    """With one of these the provider cannot hold the model to the schema at all."""
    ignored: frozenset[str] = frozenset()
    ignored_on_number: frozenset[str] = frozenset()
    """Ignored beside `type: number`, yet followed beside `type: integer`."""
    formats: frozenset[str] = frozenset()
    """The formats it follows."""
    is_strict: bool = False


_UNSUPPORTED_ANYWHERE = frozenset(
    {"not", "if", "then", "else", "dependentRequired", "dependentSchemas", "dependencies", "patternProperties"}
    | {"unevaluatedProperties", "unevaluatedItems", "propertyNames", "minProperties", "maxProperties", "contains"}
    | {"minContains", "maxContains", "uniqueItems"}
)
_GRAMMAR = DialectRules(
    name="llama.cpp's grammar",
    ignored=_UNSUPPORTED_ANYWHERE | {"multipleOf", "contentEncoding", "contentMediaType", "contentSchema"},
    ignored_on_number=frozenset({"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"}),
    formats=frozenset({"date", "time", "date-time", "uuid"}),
)
# OpenAI: what its guide lists, and what pydantic-ai takes for a reason to leave strict mode. llama.cpp: what its
# converter (common/json-schema-to-grammar.cpp) reads.
DIALECTS: Final[Mapping[Dialect, DialectRules]] = {
    Dialect.OPENAI: DialectRules(
        name="OpenAI's strict mode",
        refused=_UNSUPPORTED_ANYWHERE | {"oneOf", "allOf", "default", "prefixItems"},
        formats=frozenset({"date-time", "time", "date", "duration", "email", "hostname", "ipv4", "ipv6", "uuid"}),
        is_strict=True,
    ),
    Dialect.OLLAMA: _GRAMMAR,
    Dialect.BUILTIN: _GRAMMAR,
}

MAX_STRICT_DEPTH = 10
MAX_STRICT_FIELDS = 5_000
MAX_STRICT_CHOICES = 1_000
MAX_STRICT_CHARACTERS = 120_000
MAX_LONG_CHOICE_CHARACTERS = 15_000
_LONG_CHOICE = 250
_ESCAPE: Final = re.compile(r"\\.", re.DOTALL)
_UNKNOWN_ESCAPES: Final = frozenset("dDwWsSbBpP")
_SPELLED_OUT: Final[Mapping[str, str]] = {r"\d": "0-9", r"\w": "A-Za-z0-9_"}
_TYPE_KEYS: Final = ("type", "$ref", "anyOf", "oneOf", "allOf", "enum", "const")


def lint_provider(parts: list[Part], dialect: Dialect) -> Iterator[Finding]:
    """Yield what the dialect refuses or ignores."""
    rules = DIALECTS[dialect]
    for part in parts:
        yield from _lint_keywords(part, rules)
        if rules.is_strict:
            yield from _lint_strict_object(part)
            yield from _lint_strict_items(part)
        else:
            yield from _lint_grammar(part, rules)
    if rules.is_strict:
        yield from _lint_strict_root(parts)
        yield from _lint_strict_sizes(parts)


def _lint_keywords(part: Part, rules: DialectRules) -> Iterator[Finding]:
    number_only = rules.ignored_on_number if _types(part.words) == {"number"} else frozenset()
    for key in part.words:
        loc = (*part.loc, key)
        if key in rules.refused:
            message = f"{part.title} has {key}, which {rules.name} does not take; the shape is then only asked for."
            fix, edits = _refused_fix(part, key)
            yield finding(loc, Rule.PROVIDER_REFUSES, message, fix=fix, edits=edits)
        elif key in rules.ignored | number_only:
            message = f"{part.title} has {key}, which {rules.name} ignores: only the judge looks at it, afterwards."
            yield finding(loc, Rule.PROVIDER_IGNORES, message)
    given = part.words.get("format")
    has_pattern = "pattern" in part.words and not rules.is_strict
    if isinstance(given, str) and given not in rules.formats and not has_pattern:
        rule = Rule.PROVIDER_REFUSES if rules.is_strict else Rule.PROVIDER_IGNORES
        verb = "does not take" if rules.is_strict else "ignores"
        message = f"{part.title} has the format {given[:40]}, which {rules.name} {verb}."
        yield finding((*part.loc, "format"), rule, message)


def _refused_fix(part: Part, key: str) -> tuple[str | None, tuple[Edit, ...]]:
    loc = (*part.loc, key)
    if key == "default":
        return "Take the default away.", (Edit(EditKind.REMOVE, loc),)
    if key == "oneOf" and "anyOf" not in part.words and isinstance(part.words[key], list):
        return "Use anyOf instead, which also takes a value that fits several.", (Edit(EditKind.RENAME, loc, "anyOf"),)
    return None, ()


def _types(words: JsonObject) -> set[str]:
    named = words.get("type")
    names = named if isinstance(named, list) else [named]
    return {name for name in names if isinstance(name, str) and name != "null"}


def _lint_grammar(part: Part, rules: DialectRules) -> Iterator[Finding]:
    pattern = part.words.get("pattern")
    if isinstance(pattern, str):
        yield from _lint_grammar_pattern(part, pattern, rules)
        for key in ("minLength", "maxLength"):
            if key in part.words:
                message = f"{part.title} has {key} beside a pattern; {rules.name} follows only the pattern."
                yield finding((*part.loc, key), Rule.PROVIDER_IGNORES, message)
    if "oneOf" in part.words:
        message = f"{part.title} has oneOf, which {rules.name} takes for anyOf."
        yield finding((*part.loc, "oneOf"), Rule.PROVIDER_IGNORES, message)
    if "prefixItems" in part.words and "items" in part.words:
        message = f"{part.title} has prefixItems beside items; {rules.name} follows only items."
        yield finding((*part.loc, "prefixItems"), Rule.PROVIDER_IGNORES, message)


def _lint_grammar_pattern(part: Part, pattern: str, rules: DialectRules) -> Iterator[Finding]:
    loc = (*part.loc, "pattern")
    if not (pattern.startswith("^") and pattern.endswith("$")):
        message = f"{part.title} has a pattern that {rules.name} refuses: it must start with ^ and end with $."
        yield finding(loc, Rule.PROVIDER_REFUSES, message)
    unknown = list(dict.fromkeys(found[0] for found in _ESCAPE.finditer(pattern) if found[0][1] in _UNKNOWN_ESCAPES))
    if unknown:
        message = f"{part.title} has a pattern with {' and '.join(unknown)}, which {rules.name} does not know."
        is_fixable = all(found in _SPELLED_OUT for found in unknown)
        edits = (Edit(EditKind.SET, loc, _spell_out(pattern)),) if is_fixable else ()
        yield finding(loc, Rule.PROVIDER_REFUSES, message, fix="Spell it out." if is_fixable else None, edits=edits)


def _spell_out(pattern: str) -> str:
    """Write the pattern with ranges in the place of named classes."""
    written, position, is_in_class = "", 0, False
    while position < len(pattern):
        piece = pattern[position : position + 2] if pattern[position] == "\\" else pattern[position]
        ranges = _SPELLED_OUT.get(piece)
        if ranges is not None:
            written += ranges if is_in_class else f"[{ranges}]"
        else:
            written += piece
        is_in_class = piece != "]" and (is_in_class or piece == "[")
        position += len(piece)
    return written


def _lint_strict_object(part: Part) -> Iterator[Finding]:
    words = part.words
    if "object" not in _types(words) and "properties" not in words:
        return
    if words.get("additionalProperties") is not False:
        message = f"{part.title} allows other fields, which OpenAI's strict mode does not take."
        is_plain = words.get("additionalProperties", True) is True and "patternProperties" not in words
        edits = (Edit(EditKind.SET, (*part.loc, "additionalProperties"), False),)
        fix = "Allow no other fields." if is_plain else None
        yield finding(part.loc, Rule.OPEN_OBJECT, message, fix=fix, edits=edits if is_plain else ())
    fields, required = words.get("properties"), words.get("required", [])
    if not isinstance(fields, dict) or not isinstance(required, list):
        return
    for name, inner in fields.items():
        if name not in required:
            loc = (*part.loc, "properties", name)
            message = f"The field “{name}” is not required, but OpenAI's strict mode requires every field."
            changes = (Edit(EditKind.ADD, (*part.loc, "required"), name), *_nullable(loc, inner))
            yield finding(loc, Rule.NOT_REQUIRED, message, fix="Require it, and let it be null.", edits=changes)


def _nullable(loc: Loc, schema: Any) -> tuple[Edit, ...]:  # Any: JSON the user wrote
    """Return the edits that let a field be null."""
    if schema is True or schema == {}:
        return ()
    words: JsonObject = schema if isinstance(schema, dict) else {}
    named, entries = words.get("type"), words.get("enum", [None])
    names = named if isinstance(named, list) else [named]
    is_simple = all(isinstance(name, str) for name in names) and isinstance(entries, list) and "const" not in words
    if is_simple and "null" in names and None in entries:
        return ()
    if is_simple:
        null = () if "enum" not in words else (Edit(EditKind.ADD, (*loc, "enum"), None),)
        return (Edit(EditKind.SET, (*loc, "type"), [*(name for name in names if name != "null"), "null"]), *null)
    about = {key: value for key, value in words.items() if key in ("title", "description")}
    rest = {key: value for key, value in words.items() if key not in about} if isinstance(schema, dict) else schema
    return (Edit(EditKind.SET, loc, {**about, "anyOf": [rest, {"type": "null"}]}),)


def _lint_strict_items(part: Part) -> Iterator[Finding]:
    if "array" not in _types(part.words):
        return
    items = part.words.get("items")
    if not isinstance(items, dict) or not any(key in items for key in _TYPE_KEYS):
        message = f"{part.title} is a list that does not say what it holds, which OpenAI's strict mode requires."
        yield finding(part.loc, Rule.NO_TYPE, message)


def _lint_strict_root(parts: list[Part]) -> Iterator[Finding]:
    root = parts[0].words if parts else {}
    if _types(root) != {"object"} or "anyOf" in root:
        message = "OpenAI's strict mode takes only an object at the root, and no alternatives there."
        yield finding((), Rule.ROOT_NOT_OBJECT, message)


def _lint_strict_sizes(parts: list[Part]) -> Iterator[Finding]:
    depth, loc = max(_object_depths(parts), key=lambda found: found[0], default=(0, ()))
    if depth > MAX_STRICT_DEPTH:
        message = f"Objects are nested {depth} levels deep here; OpenAI's strict mode takes {MAX_STRICT_DEPTH}."
        yield finding(loc, Rule.TOO_LARGE, message)
    fields = [name for part in parts for name in _list_at(part.words, "properties")]
    choices = [entry for part in parts for entry in _list_at(part.words, "enum")]
    texts = [*fields, *choices, *(part.words["const"] for part in parts if "const" in part.words)]
    texts += [name for part in parts for key in ("$defs", "definitions") for name in _list_at(part.words, key)]
    characters = sum(len(text) for text in texts if isinstance(text, str))
    for count, most, what in (
        (len(fields), MAX_STRICT_FIELDS, "fields"),
        (len(choices), MAX_STRICT_CHOICES, "choices"),
        (characters, MAX_STRICT_CHARACTERS, "characters of names, choices and constants"),
    ):
        if count > most:
            message = f"The schema has {count:,} {what} in all; OpenAI's strict mode takes {most:,}."
            yield finding((), Rule.TOO_LARGE, message)
    yield from (_long_choice(part) for part in parts if _is_long_choice(part))


def _object_depths(parts: list[Part]) -> Iterator[tuple[int, Loc]]:
    """Yield how many objects each part lies in, itself counted; a definition starts anew, as OpenAI counts."""
    depths: dict[Loc, int] = {}
    for part in parts:
        is_definition = len(part.loc) > 1 and part.loc[-2] in ("$defs", "definitions")
        holder = next(
            (part.loc[:end] for end in (len(part.loc) - 1, len(part.loc) - 2) if part.loc[:end] in depths), ()
        )
        around = 0 if is_definition else depths.get(holder, 0)
        depths[part.loc] = around + ("properties" in part.words)
        yield depths[part.loc], part.loc


def _list_at(words: JsonObject, key: str) -> list[Any]:  # Any: JSON the user wrote
    held = words.get(key)
    return list(held) if isinstance(held, dict | list) else []


def _is_long_choice(part: Part) -> bool:
    entries = [entry for entry in _list_at(part.words, "enum") if isinstance(entry, str)]
    return len(entries) > _LONG_CHOICE and sum(map(len, entries)) > MAX_LONG_CHOICE_CHARACTERS


def _long_choice(part: Part) -> Finding:
    message = (
        f"{part.title} has more than {_LONG_CHOICE} choices of over {MAX_LONG_CHOICE_CHARACTERS:,} characters "
        "together, which OpenAI's strict mode does not take."
    )
    return finding((*part.loc, "enum"), Rule.TOO_LARGE, message)
