"""The worked examples in a prompt, as JSON, against the response schema."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final

from core.errors import InvalidSchemaError
from core.runs.preflight.nearness import find_nearest, look
from core.runs.preflight.notices import Notice, NoticeKind, NoticeLevel, NoticePlace, Subject
from core.runs.preflight.object_fields import ObjectFields
from core.tasks.judge import FieldError, check
from core.tasks.schemas.json_values import show_value, to_pointer

MAX_READ: Final = 50_000
_MAX_TRIES: Final = 40
_MAX_EXAMPLE: Final = 20_000
_MAX_NOTICES: Final = 10
_MAX_JUDGED: Final = 12
_MAX_PATH: Final = 120
_MISSING: Final = "is required"
_UNEXPECTED: Final = "is not expected here"
_BRACKETS: Final = re.compile(r"[{}]")
# What people write where a value belongs.
_STAND_IN: Final = re.compile(
    r"^\s*(?:\.\.\.|…|<.*>|\[.*\]|\{.*\}|string|str|text|number|integer|int|float|boolean|bool|null|array|list|object"
    r"|date|value|x+|-+|_+|\?+)?\s*$",
    re.I | re.S,
)

Json = Any  # Any: JSON somebody wrote into a prompt


@dataclass(frozen=True, slots=True)
class WorkedExample:
    """A JSON object in a prompt, at `text[start:end]`."""

    value: dict[str, Json]
    start: int
    end: int


def find_examples(text: str) -> list[WorkedExample]:
    """Return the JSON objects that stand in the first 50,000 characters of a text, 40 at most.

    What is no JSON is passed over with all it holds: a part of it is no example of an answer.
    """
    text = text[:MAX_READ]
    found: list[WorkedExample] = []
    decoder = json.JSONDecoder()
    position = depth = tries = 0
    while tries < _MAX_TRIES and (bracket := _BRACKETS.search(text, position)):
        position = bracket.end()
        if bracket[0] == "}":
            depth = max(0, depth - 1)
        elif depth:
            depth += 1
        else:
            tries += 1
            try:
                value, end = decoder.raw_decode(text[bracket.start() : bracket.start() + _MAX_EXAMPLE])
            except (ValueError, RecursionError):
                depth = 1
            else:
                position = bracket.start() + end
                found.append(WorkedExample(value, bracket.start(), position))
    return found


def blank_examples(text: str, examples: list[WorkedExample]) -> str:
    """Return the text with its examples blanked, everything else staying in its place.

    One that lists what a value may be, as “yes|no”, is left: it is judged like prose.
    """
    pieces, position = [], 0
    for one in examples:
        if "|" in text[one.start : one.end]:
            continue
        pieces += [text[position : one.start], " " * (one.end - one.start)]
        position = one.end
    return "".join([*pieces, text[position:]])


def check_examples(
    examples: list[WorkedExample],
    schema: dict[str, Json],
    subject: Subject,
    *,
    answer: ObjectFields,
    request: ObjectFields | None,
) -> Iterator[Notice]:
    """Yield what the schema refuses of the examples that are plainly answers, and the names it does not know.

    What several examples have in common is told of the first.
    """
    causes: dict[tuple[str, str], list[tuple[WorkedExample, FieldError]]] = {}
    unknown: dict[str, WorkedExample] = {}
    for one in islice((one for one in examples if _is_answer(one.value, answer, request)), _MAX_JUDGED):
        try:
            errors = check(schema, one.value)
        except InvalidSchemaError:
            return  # said where the schema is written
        for error in errors:
            if not _is_stand_in(error):
                causes.setdefault(_cause(error), []).append((one, error))
        for name in one.value if answer.is_open else ():
            if name not in answer.pointers:
                unknown.setdefault(name, one)
    for found in islice(causes.values(), _MAX_NOTICES):
        yield _tell_refused(found, subject)
    for name, one in islice(unknown.items(), _MAX_NOTICES):
        yield _tell_unknown(name, one, subject, answer)


def _cause(error: FieldError) -> tuple[str, str]:
    """Return what two findings of one cause have in common: keyword and place, whichever item of a list it is."""
    place = to_pointer("*" if isinstance(step, int) else step for step in error.loc)
    return place, error.keyword


def _is_answer(value: dict[str, Json], answer: ObjectFields, request: ObjectFields | None) -> bool:
    """Say whether an object is an example of this answer, not of an input or of another task's answer."""
    looks = {look(name) for name in value}
    known = len(looks & answer.looks)
    asked = len(looks & request.looks) if request else 0
    return known > 0 and known * 2 >= len(looks) and known > asked


def _is_stand_in(error: FieldError) -> bool:
    """Say whether the refused value only stands for one, or names several at once."""
    if error.message == _MISSING:
        return False
    value = error.value
    return isinstance(value, str) and (_STAND_IN.match(value[:100]) is not None or "|" in value)


def _tell_refused(found: list[tuple[WorkedExample, FieldError]], subject: Subject) -> Notice:
    one, error = found[0]
    path = " › ".join(str(step) for step in error.loc) or "the whole"
    is_value = error.message not in (_MISSING, _UNEXPECTED)
    given = f", not {show_value(error.value, limit=60)}" if is_value else ""
    count = len({id(each) for each, _ in found})
    examples = f"{count} worked examples do" if count > 1 else "A worked example does"
    sentence = (
        f"{examples} not fit the schema: “{path[:_MAX_PATH]}” {error.message}{given}; a model that follows "
        f"{'them' if count > 1 else 'it'} is refused."
    )
    hint = "Change the example or the schema, so that both say the same."
    place = NoticePlace(subject, one.start, one.end, pointer=to_pointer(error.loc))
    return Notice(NoticeKind.EXAMPLE_REFUSED, NoticeLevel.WARNING, sentence, hint, place)


def _tell_unknown(name: str, one: WorkedExample, subject: Subject, answer: ObjectFields) -> Notice:
    """Tell of a name that an open schema takes but does not know; a closed one has refused it."""
    near = find_nearest(name, answer.pointers)
    sentence = f"A worked example uses the field {show_value(name, limit=60)}, which the schema does not know."
    meant = f"Did you mean {show_value(near)}? " if near else ""
    hint = f"{meant}Otherwise add it to the schema, or take it out of the example."
    place = NoticePlace(subject, one.start, one.end)
    return Notice(NoticeKind.EXAMPLE_FIELD_UNKNOWN, NoticeLevel.NOTE, sentence, hint, place)
