"""Says in a few short texts what a field allows beside its type. Knows no Streamlit."""

import json
from collections.abc import Iterator
from typing import Final

from core.tasks.builder import NOTHING, Field, FieldType
from core.tasks.drafts.constraints import Bound, Setting
from core.tasks.drafts.field_types import NUMERIC
from core.tasks.schemas.json_values import show_value

ANYTHING: Final = "anything"
"""The badge of a schema that allows every value."""

_LONGEST: Final = 60
_LONGEST_VALUE: Final = 40
_COUNTED: Final = (
    ("min_length", "max_length", "character"),
    ("min_items", "max_items", "item"),
    ("min_properties", "max_properties", "field"),
)
_EDITED_ELSEWHERE: Final = frozenset({"title", "description", "default", "examples"})


def badges_of(field: Field, kind: FieldType) -> list[str]:
    """Return the badges of a field of this type, each on one line and cut where it is long."""
    return [_cut(text) for text in _badges(field, kind)]


def _badges(field: Field, kind: FieldType) -> Iterator[str]:
    if kind is FieldType.OTHER:
        yield _shown_whole(field)
        return
    if field.nullable:
        yield "or null"
    if kind is FieldType.CHOICE:
        yield _choices(field)
    elif kind is FieldType.CONSTANT:
        yield f"always {show_value(field.constant, limit=_LONGEST_VALUE)}"
    elif kind in NUMERIC:
        yield from _bounds(field)
    if settings := field.constraints:
        yield from _settings(settings)
    default = field.default
    if default is not NOTHING:
        yield f"default {show_value(default, limit=_LONGEST_VALUE)}"
    if kept := field.kept_keywords:
        yield f"also {', '.join(kept)}"


def _choices(field: Field) -> str:
    choices = field.choices
    words = [_choice(choice) for choice in choices[:20]]
    if not choices:
        return "no choices"
    return f"{len(choices)} choice{'s' if len(choices) > 1 else ''}: {', '.join(words)}"


def _choice(choice: object) -> str:
    """Return a choice as it stands in a list; one that has a comma of its own between quotation marks."""
    if not isinstance(choice, str):
        return show_value(choice, limit=_LONGEST_VALUE)
    return f"“{choice}”" if "," in choice else choice


def _bounds(field: Field) -> Iterator[str]:
    for bound, sign, strict_sign in ((field.lower, "≥", ">"), (field.upper, "≤", "<")):
        if isinstance(bound, Bound):
            yield f"{strict_sign if bound.is_exclusive else sign} {json.dumps(bound.value)}"


def _settings(settings: dict[str, Setting]) -> Iterator[str]:
    if "multiple_of" in settings:
        yield f"multiple of {json.dumps(settings['multiple_of'])}"
    for least, most, noun in _COUNTED:
        if least in settings or most in settings:
            yield _counted(settings.get(least), settings.get(most), noun)
    if "pattern" in settings:
        yield "pattern"
    if settings.get("unique_items") is True:
        yield "items differ"
    if settings.get("allows_others") is True:
        yield "other fields too"


def _counted(least: Setting | None, most: Setting | None, noun: str) -> str:
    last = least if most is None else most
    words = noun if last == 1 else f"{noun}s"
    if most is None:
        return f"at least {least} {words}"
    if least is None:
        return f"at most {most} {words}"
    return f"exactly {most} {words}" if least == most else f"{least}–{most} {words}"


def _shown_whole(field: Field) -> str:
    """Return the schema itself, without what its row says anyway."""
    words = {key: value for key, value in field.words.items() if key not in _EDITED_ELSEWHERE}
    if field.keywords is True or (isinstance(field.keywords, dict) and not words):
        return ANYTHING
    return show_value(words if isinstance(field.keywords, dict) else field.keywords, limit=_LONGEST)


def _cut(text: str) -> str:
    flat = " ".join(text[: 4 * _LONGEST].split())
    return flat if len(flat) <= _LONGEST else f"{flat[: _LONGEST - 1].rstrip()}…"
