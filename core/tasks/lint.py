"""Lint of a schema: what is legal, yet will be read wrongly, refused by a provider, or never satisfied.

The gate (`core.tasks.schema_rules`) decides what may be stored; nothing here forbids anything.
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from urllib.parse import unquote

from core.errors import InvalidInputError
from core.tasks.linting.findings import Finding, Part, Rule, finding, holders_of, walk
from core.tasks.linting.limits import lint_limits
from core.tasks.linting.providers import Dialect, lint_provider
from core.tasks.linting.words import lint_words
from core.tasks.schemas.json_values import JsonSchema, find_unusable, to_pointer
from core.tasks.schemas.pattern_shape import read_pattern
from core.tasks.schemas.schema_edits import EditKind, apply_edits
from core.tasks.schemas.validators import pattern_compiles

__all__ = ["Dialect", "Finding", "Rule", "apply_fix", "lint"]

MAX_FINDINGS = 500
_MAX_JSON_DEPTH = 192
_MAX_JSON_NODES = 256 * 1024
_MAX_PATTERNS = 100


def lint(schema: JsonSchema, *, dialect: str | None = None) -> list[Finding]:
    """Return what to look at in a schema, in reading order, at most 500 findings. Takes any JSON, also no schema.

    `dialect` is one of `Dialect` and adds what that provider refuses or ignores; None: no provider is chosen yet.
    Raises: InvalidInputError: the dialect is not known.
    """
    if dialect is not None and dialect not in list(Dialect):
        known = ", ".join(Dialect)
        raise InvalidInputError(f"The dialect “{dialect}” is not known.", hint=f"Choose one of: {known}.")
    unusable = find_unusable(schema, max_depth=_MAX_JSON_DEPTH, max_nodes=_MAX_JSON_NODES)
    if unusable:
        loc, reason = unusable
        return [finding(loc, Rule.TOO_LARGE, f"The schema cannot be looked at: it {reason}.")]
    parts = list(walk(schema))
    found = [*lint_words(parts), *lint_limits(parts), *_lint_patterns(parts)]
    if dialect is not None:
        found += lint_provider(parts, Dialect(dialect))
    targets = _targets(parts)
    holders = holders_of(targets)
    found = [_without_dangling(one, targets, holders) for one in found]
    order = {to_pointer(part.loc): index for index, part in enumerate(parts)}
    return sorted(found, key=lambda one: _reading_order(one.place, order))[:MAX_FINDINGS]


def apply_fix(schema: JsonSchema, finding: Finding) -> Any:  # Any: the schema, or what JSON stood for it
    """Return the schema with the fix of a finding made; the order of keys stays.

    Raises: InvalidInputError: there is no fix for it, or the schema has changed so that it fits no more.
    """
    if finding.fix is None:
        raise InvalidInputError("There is no ready fix for this; change it by hand.")
    return apply_edits(schema, finding.edits)


def _reading_order(place: str, order: dict[str, int]) -> tuple[int, str]:
    """Sort by the part of the schema a place lies in, the innermost."""
    pointer = place
    while pointer not in order and pointer:
        pointer = pointer.rpartition("/")[0]
    return order.get(pointer, 0), place


def _targets(parts: list[Part]) -> set[str]:
    """Return the pointers that the schema refers to."""
    written = [part.words.get(key) for part in parts for key in ("$ref", "$dynamicRef")]
    return {unquote(one[1:]) for one in written if isinstance(one, str) and one.startswith("#/")}


def _without_dangling(found: Finding, targets: set[str], holders: set[str]) -> Finding:
    """Take a fix away that would leave a reference without its target."""
    for edit in found.edits:
        pointer = to_pointer(edit.loc)
        moves = edit.kind in (EditKind.REMOVE, EditKind.RENAME)
        if pointer in holders or (moves and pointer in targets):
            return replace(found, fix=None, edits=())
    return found


def _lint_patterns(parts: list[Part]) -> Iterator[Finding]:
    patterns: dict[str, tuple[Part, tuple[str | int, ...]]] = {}
    for part in parts:
        pattern, named = part.words.get("pattern"), part.words.get("patternProperties")
        if isinstance(pattern, str):
            patterns.setdefault(pattern, (part, (*part.loc, "pattern")))
        for name in named if isinstance(named, dict) else ():
            patterns.setdefault(name, (part, (*part.loc, "patternProperties", name)))
    for text, (part, loc) in list(patterns.items())[:_MAX_PATTERNS]:
        shape = read_pattern(text)
        slow = shape.slow_parts if shape else ()
        if slow:
            message = f"{part.title} has a pattern with {' and '.join(slow)}, which is not linear-time safe."
            yield finding(loc, Rule.PATTERN_UNSAFE, message)
        elif not pattern_compiles(text):
            message = f"{part.title} has a pattern that cannot be checked in linear time, or is too large."
            yield finding(loc, Rule.PATTERN_UNSAFE, message)
