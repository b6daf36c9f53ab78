"""Reads what a model answered when it was asked for fields, and takes it as what it most likely means."""

import dataclasses
from dataclasses import dataclass
from typing import Any, Final

from core.tasks.drafts.field_types import FieldType
from core.tasks.sources.drafted_words import (
    Kind,
    as_integers,
    read_kind,
    tidy_choices,
    tidy_name,
    tidy_text,
)

MAX_FIELDS: Final = 50
_MAX_LEVELS: Final = 6


@dataclass(slots=True)
class Notes:
    """What is told about the conversion."""

    sentences: list[str] = dataclasses.field(default_factory=list)
    repetitions: int = 0

    def add(self, sentence: str) -> None:
        self.sentences.append(sentence)

    def tell(self) -> tuple[str, ...]:
        """Return each note once."""
        lost = {0: [], 1: ["A field that only repeated another was left out."]}.get(
            self.repetitions, [f"{self.repetitions} fields that only repeated others were left out."]
        )
        return tuple(dict.fromkeys([*self.sentences, *lost]))


@dataclass(slots=True)
class SaidField:
    """One field as the model meant it; blank or None is what it did not say."""

    name: str
    kind: Kind
    description: str
    required: bool | None
    choices: tuple[Any, ...]  # Any: texts, or whole numbers
    fields: list["SaidField"]
    spoken: str
    """The name before it was made different from the others."""

    def repeats(self, other: "SaidField") -> bool:
        """Say whether it is another field over again: a small model may write `steps`, `steps_1`, `steps_2`, …"""
        mine, theirs = self.spoken.casefold(), other.spoken.casefold()
        if self.kind != other.kind or not mine.startswith(theirs):
            return False
        is_alike = self.choices == other.choices and self.description.casefold() == other.description.casefold()
        return mine == theirs or (is_alike and bool(self.description))


def read_fields(entries: list[object], *, notes: Notes, level: int = 1) -> list[SaidField]:
    """Return the fields of one object, each of another name."""
    said: list[SaidField] = []
    for entry in entries:
        one = _read_field(entry, notes=notes, level=level)
        if one is None:
            continue
        if any(one.repeats(other) for other in said):
            notes.repetitions += 1
        elif len(said) >= MAX_FIELDS:
            notes.add(f"Only the first {MAX_FIELDS} fields were taken.")
        else:
            one.name = _free_name(one.name, taken={other.name.casefold() for other in said})
            said.append(one)
    return said


def _read_field(entry: object, *, notes: Notes, level: int) -> SaidField | None:
    if not isinstance(entry, dict):
        return None
    name = tidy_name(entry.get("name"))
    if not name:
        return None
    inner = read_fields(read_list(entry, "fields"), notes=notes, level=level + 1) if level < _MAX_LEVELS else []
    choices = tidy_choices(entry.get("choices"))
    kind = read_kind(entry.get("type"), entry.get("item_type"))
    kind, values = _fit(name, kind, choices, has_fields=bool(inner), notes=notes)
    is_needed = entry.get("required")
    return SaidField(
        name,
        kind,
        tidy_text(entry.get("description")),
        is_needed if isinstance(is_needed, bool) else None,
        values,
        inner if FieldType.OBJECT in kind else [],
        spoken=name,
    )


def _fit(
    name: str, kind: Kind, choices: tuple[str, ...], *, has_fields: bool, notes: Notes
) -> tuple[Kind, tuple[Any, ...]]:  # Any: texts, or whole numbers
    """Return the type that fits what came along, and the choices where it is a choice."""
    innermost = kind.type if kind.item is None else kind.item
    wanted = innermost
    if has_fields and innermost is FieldType.STRING:
        wanted = FieldType.OBJECT
    elif len(choices) > 1 and innermost in (FieldType.STRING, FieldType.INTEGER):
        wanted = FieldType.CHOICE
    elif innermost is FieldType.CHOICE and len(choices) < 2:
        notes.add(f"“{name}” was to be a choice, but came without choices: it is a text.")
        wanted = FieldType.STRING
    elif innermost is FieldType.OBJECT and not has_fields:
        notes.add(f"“{name}” was to hold fields, but came without any: it is a text.")
        wanted = FieldType.STRING
    values: tuple[Any, ...] = choices if wanted is FieldType.CHOICE else ()  # Any: as above
    if values and innermost is FieldType.INTEGER:
        values = as_integers(choices) or choices
    return (Kind(wanted) if kind.item is None else Kind(FieldType.ARRAY, wanted)), values


def _free_name(name: str, *, taken: set[str]) -> str:
    candidate, number = name, 2
    while candidate.casefold() in taken:
        candidate, number = f"{name}_{number}", number + 1
    return candidate


def read_list(value: object, key: str) -> list[object]:
    """Return the list at a key; an empty one when there is none."""
    found = value.get(key) if isinstance(value, dict) else None
    return found if isinstance(found, list) else []
