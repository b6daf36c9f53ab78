"""Lint of shapes that no value fits, as far as that can be found out in bounded time."""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from jsonschema_rs import canonical

from core.errors import InvalidSchemaError
from core.tasks.linting.findings import Finding, Part, Rule, holders_of
from core.tasks.schemas.json_values import JsonObject, to_pointer
from core.tasks.schemas.schema_graph import SchemaGraph, Weight
from core.tasks.schemas.validators import is_draft_07

# Finding out takes exponential time on alternatives inside alternatives: 50 branches took seconds, 30 some 10 ms.
_MAX_NODES = 600
_MAX_BRANCHES = 30
_MAX_PIECES = 300


class _Reason(NamedTuple):
    """Why nothing fits, and the piece of the document that its pointers start from."""

    why: canonical.UnsatisfiableReason
    piece: str


def lint_unsatisfiable(parts: list[Part], said: set[str]) -> Iterator[Finding]:
    """Yield the parts that no value fits, unless a plainer cause was `said` there or inside.

    Of a document that is too heavy to look at as a whole, its pieces are looked at, each by itself.
    """
    titles = {to_pointer(part.loc): part.title for part in parts}
    reasons = {at: reason for at, reason in _reasons(parts).items() if at in titles}
    told = said | {at for at, (why, _) in reasons.items() if not isinstance(why, canonical.UnsatisfiableReason.Literal)}
    # What holds a part that nothing fits often fits nothing either: the inner one is the cause.
    holders = holders_of(told)
    for pointer, (why, piece) in reasons.items():
        if pointer in said or pointer in holders:
            continue
        if isinstance(why, canonical.UnsatisfiableReason.Conflict):
            keywords = list(dict.fromkeys(_cause_words(cause, pointer, piece) for cause in why.causes))
            message = f"{titles[pointer]} fits no value: {' and '.join(keywords)} rule each other out."
            yield Finding(pointer, Rule.NOTHING_FITS, message)
        elif isinstance(why, canonical.UnsatisfiableReason.Empty):
            message = f"{titles[pointer]} fits no value, because of {_cause_words(why.cause, pointer, piece)}."
            yield Finding(pointer, Rule.NOTHING_FITS, message)


def _reasons(parts: list[Part]) -> dict[str, _Reason]:
    """Return by pointer why nothing fits, from the largest pieces that are light enough."""
    if not parts:
        return {}
    weights = _weigh(parts[0].words)
    draft = 7 if is_draft_07(parts[0].words) else 20
    referring = {to_pointer(part.loc) for part in parts if {"$ref", "$dynamicRef", "$id"} & part.words.keys()}
    referring |= holders_of(referring)
    reasons: dict[str, _Reason] = {}
    solved: list[str] = []
    for part in parts:
        pointer = to_pointer(part.loc)
        if len(solved) >= _MAX_PIECES or any(pointer.startswith(done + "/") for done in solved[-1:]):
            continue
        weight = weights.get(pointer)
        is_whole = not pointer or pointer not in referring
        if is_whole and weight and weight.nodes <= _MAX_NODES and weight.branches <= _MAX_BRANCHES:
            solved.append(pointer)
            found = _solve(part.words, draft=draft)
            reasons |= {pointer + at: _Reason(why, pointer) for at, why in found.items()}
    return reasons


def _weigh(schema: JsonObject) -> Mapping[str, Weight]:
    try:
        return SchemaGraph(schema).weigh()
    except InvalidSchemaError:
        return {}


def _solve(schema: JsonObject, *, draft: int) -> Mapping[str, canonical.UnsatisfiableReason]:
    try:
        return canonical.find_unsatisfiable(schema, draft=draft, validate_formats=True, offline=True)
    except Exception:  # noqa: BLE001  any document may stand here, and what cannot be solved has no finding
        return {}


def _cause_words(cause: canonical.Cause, pointer: str, piece: str) -> str:
    keywords = " and ".join(cause.keywords)
    place = piece + cause.pointer
    if place == pointer and keywords:
        return keywords
    return f"{keywords} at {place}" if keywords else f"the part at {place}"
