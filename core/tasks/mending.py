"""Mending an answer before a retry is spent on it, and telling what was mended.

Only what the schema refuses is touched, only where one mend alone makes it fit, and never a value that fits already:
a number or true/false written as text, a lone item where a list is asked for, and JSON inside a code fence or prose.
"""

import re
from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Any, Final, NamedTuple

from pydantic import BaseModel, ConfigDict

from core.tasks.judge import MAX_VALUE_DEPTH, FieldError, check
from core.tasks.judging.answer_text import Found, find_json, read_json
from core.tasks.schemas.json_values import JsonSchema, Loc, copy_json, find_unusable, show_value, to_pointer

Json = Any  # Any: JSON of whatever shape

# Each round judges the value a few times, and finds up to a hundred places.
_MAX_ROUNDS = 8
_ROUNDS_IF_LARGE = 2
_LARGE = 2_000
_MAX_MENDS = 500
_SHOWN = 200
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]{0,29})(?:\.[0-9]{1,30})?(?:[eE][+-]?[0-9]{1,3})?", re.ASCII)
_FLAGS: Final = {"true": True, "false": False}
# Findings that another kind of value could settle; a text too long or a number too large is the model's to change.
_ABOUT_KIND = frozenset({"type", "enum", "const", "anyOf", "oneOf", "false", "schema"})


class MendRule(StrEnum):
    """What was mended."""

    CODE_FENCE = "code_fence"
    PROSE = "prose"
    NUMBER = "number"
    BOOLEAN = "boolean"
    LIST = "list"


class Mend(BaseModel):
    """One thing mended. `place` is a JSON pointer into the answer ("" means the whole); the values are shortened."""

    model_config = ConfigDict(frozen=True)

    place: str
    rule: MendRule
    message: str
    before: str
    after: str


class Mended(NamedTuple):
    """A value with what was mended in it, in order; `mends` is empty when it is what was given."""

    value: Json
    mends: tuple[Mend, ...]


_SENTENCES: Mapping[MendRule, str] = {
    MendRule.CODE_FENCE: "The JSON was taken out of a code fence.",
    MendRule.PROSE: "The JSON was taken out of the text around it.",
    MendRule.NUMBER: "A number written as text was read as a number.",
    MendRule.BOOLEAN: "True or false written as text was read as true or false.",
    MendRule.LIST: "A lone item was put into a list.",
}


def mend(schema: JsonSchema, answer: Json) -> Mended:
    """Return the answer as the schema wants it, as far as mends allow. The answer given is not changed.

    `answer` is the text a model wrote or a value read already. Text that is JSON counts as its value, without a mend,
    unless the schema takes the text itself. What cannot be read comes back as it is. An answer may still be refused
    afterwards; a mend is kept only where it leaves fewer things wrong. Takes bounded time.

    Raises: InvalidSchemaError: the schema cannot be used.
    """
    if not isinstance(answer, str):
        return _mend_value(schema, answer)
    if not check(schema, answer):
        return Mended(answer, ())
    is_json, value = read_json(answer)
    return _mend_value(schema, value) if is_json else _mend_text(schema, answer)


def _mend_text(schema: JsonSchema, text: str) -> Mended:
    """Take the JSON out of a text, when exactly one value in it fits, or there is only one."""
    tried: list[tuple[Found, Mended, bool]] = []
    for found in find_json(text):
        if all(found.value != other.value for other, _, _ in tried):
            mended = _mend_value(schema, found.value)
            tried.append((found, mended, not check(schema, mended.value)))
    chosen = [one for one in tried if one[2]] or tried
    if len(chosen) != 1:
        return Mended(text, ())
    found, mended, _ = chosen[0]
    rule = MendRule.CODE_FENCE if found.is_fenced else MendRule.PROSE
    return Mended(mended.value, (_tell(rule, (), text, found.value), *mended.mends))


def _mend_value(schema: JsonSchema, value: Json) -> Mended:
    mended, left = _mend_rounds(schema, value, barred=frozenset())
    # A lone object is put into a list before what is in it is mended; where that failed it was no item.
    failed = {one.place for one in mended.mends if one.rule is MendRule.LIST and _holds(one.place, left)}
    return _mend_rounds(schema, value, barred=frozenset(failed))[0] if failed else mended


def _holds(place: str, errors: Sequence[FieldError]) -> bool:
    return any(to_pointer(error.loc).startswith(f"{place}/") for error in errors)


def _mend_rounds(schema: JsonSchema, value: Json, *, barred: frozenset[str]) -> tuple[Mended, list[FieldError]]:
    """Mend until nothing more can be, no lone object at the `barred` places; return what is still wrong, too."""
    errors = check(schema, value)
    mended, mends = value, list[Mend]()
    is_large = bool(errors) and find_unusable(value, max_depth=MAX_VALUE_DEPTH, max_nodes=_LARGE) is not None
    for _ in range(_ROUNDS_IF_LARGE if is_large else _MAX_ROUNDS):
        if not errors or len(mends) >= _MAX_MENDS:
            break
        made = _mend_places(schema, mended, errors, barred=barred)
        left = check(schema, made.value) if made.mends else errors
        if not made.mends or not _is_better(left, errors, made.mends):
            break
        mended, errors = made.value, left
        mends += made.mends
    return Mended(mended, tuple(mends)), errors


def _is_better(left: Sequence[FieldError], errors: Sequence[FieldError], mends: Sequence[Mend]) -> bool:
    """Say whether less is wrong; at a hundred findings more may have been waiting, so that places must differ."""
    if len(left) < len(errors):
        return True
    mended = {mend.place for mend in mends}
    return not any(to_pointer(error.loc) in mended for error in left)


class _Step(NamedTuple):
    """A value in another form, and the one or two rules that made it so."""

    value: Json
    rules: tuple[MendRule, ...]

    @property
    def is_lone_object(self) -> bool:
        return self.rules == (MendRule.LIST,) and isinstance(self.value[0], dict)


def _mend_places(schema: JsonSchema, value: Json, errors: Sequence[FieldError], *, barred: frozenset[str]) -> Mended:
    """Mend each place that is refused for its kind, where just one of the shortest ways settles it."""
    places = {error.loc: held for error in errors if error.keyword in _ABOUT_KIND for held in _at(value, error.loc)}
    ways = {
        loc: [step for step in _ways(held) if not (step.is_lone_object and to_pointer(loc) in barred)]
        for loc, held in places.items()
    }
    settled: dict[Loc, list[_Step]] = {}
    # The same way is tried everywhere at once, so that a long list costs a handful of judgements.
    for length in (1, 2):
        open_ways = {loc: steps for loc, steps in ways.items() if loc not in settled}
        for rules in dict.fromkeys(step.rules for steps in open_ways.values() for step in steps):
            if len(rules) == length:
                tried = {loc: step for loc, steps in open_ways.items() for step in steps if step.rules == rules}
                for loc in _settled(schema, value, tried):
                    settled.setdefault(loc, []).append(tried[loc])
    chosen = {loc: steps[0] for loc, steps in settled.items() if len(steps) == 1}
    mends = [told for loc, step in chosen.items() for told in _tell_steps(loc, places[loc], step)]
    return Mended(_with(value, chosen), tuple(mends))


def _settled(schema: JsonSchema, value: Json, tried: Mapping[Loc, _Step]) -> list[Loc]:
    """Return the places about which nothing is said any more; inside of a new list something may be."""
    errors = check(schema, _with(value, tried))
    at = {error.loc for error in errors}
    inside = {error.loc[:length] for error in errors for length in range(len(error.loc))}
    return [loc for loc, step in tried.items() if loc not in at and (loc not in inside or step.is_lone_object)]


def _ways(value: Json) -> list[_Step]:
    """Return the forms a value might have been meant in, those with the fewest mends first."""
    ways = [_Step(read, (rule,)) for rule, read in _read_text(value)] if isinstance(value, str) else []
    if _may_be_item(value):
        wrapped = [_Step([step.value], (MendRule.LIST, *step.rules)) for step in ways]
        ways = [*ways, _Step([value], (MendRule.LIST,)), *wrapped]
    return ways


def _read_text(text: str) -> list[tuple[MendRule, Json]]:
    plain = text.strip() if len(text) <= _SHOWN else ""
    if plain.lower() in _FLAGS:
        return [(MendRule.BOOLEAN, _FLAGS[plain.lower()])]
    is_number, value = read_json(plain) if _NUMBER.fullmatch(plain) else (False, None)
    return [(MendRule.NUMBER, value)] if is_number else []


def _may_be_item(value: Json) -> bool:
    """Say whether a value might be the one item of a list: not when it is nothing, nor when it is a list in writing."""
    if isinstance(value, str):
        return bool(value.strip()) and value.lstrip()[0] not in "[{"
    return value is not None and not isinstance(value, list)


def _tell_steps(loc: Loc, before: Json, step: _Step) -> list[Mend]:
    if len(step.rules) == 1:
        return [_tell(step.rules[0], loc, before, step.value)]
    return [
        _tell(step.rules[0], loc, before, [before]),
        _tell(step.rules[1], (*loc, 0), before, step.value[0]),
    ]


def _tell(rule: MendRule, loc: Loc, before: Json, after: Json) -> Mend:
    return Mend(
        place=to_pointer(loc),
        rule=rule,
        message=_SENTENCES[rule],
        before=show_value(before, limit=_SHOWN),
        after=show_value(after, limit=_SHOWN),
    )


def _at(value: Json, loc: Loc) -> tuple[Json, ...]:
    """Return what stands at a place, alone in a tuple; an empty one when nothing does."""
    for step in loc:
        is_there = (isinstance(value, dict) and step in value) or (
            isinstance(value, list) and isinstance(step, int) and step < len(value)
        )
        if not is_there:
            return ()
        value = value[step]
    return (value,)


def _with(value: Json, steps: Mapping[Loc, _Step]) -> Json:
    """Return a copy with other values at some places, the innermost put in first."""
    if not steps:
        return value
    root: Json = [copy_json(value)]
    for loc in sorted(steps, key=len, reverse=True):
        path: Loc = (0, *loc)
        holder = root
        for step in path[:-1]:
            holder = holder[step]
        holder[path[-1]] = steps[loc].value
    return root[0]
