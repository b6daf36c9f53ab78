"""One part of a field changed in the form. Knows no Streamlit."""

from collections.abc import Callable, Mapping
from typing import Any, Final, Literal, cast

from core.errors import InvalidInputError
from core.tasks.builder import DEFINITIONS, Field, FieldChanges, FieldType, Path, SchemaDraft
from core.tasks.drafts.constraints import BY_NAME, SettingKind
from pages.ui.builder.field_words import say_change
from pages.ui.builder.form_state import FormState
from pages.ui.builder.selection import follow
from pages.ui.builder.sent_edit import FieldEdit
from pages.ui.builder.sent_shape import read_shape, reshaped
from pages.ui.builder.sent_values import (
    lone_change,
    read_bound,
    read_choices,
    read_constant,
    read_default,
    read_examples,
    read_flag,
    read_number,
    read_text,
)

_OF_A_NAMED_FIELD: Final = ("name", "required")
_SWITCHED: Final = ("type", "shape", "required", "nullable", "target")


class ChangeEdit(FieldEdit):
    """Give a part of a field another value, as typed."""

    do: Literal["change"]
    part: str
    value: Any = None  # Any: checked by its part

    @property
    def part_changed(self) -> str:
        return self.part

    def made(self, form: FormState) -> FormState:
        draft = form.draft
        path = self.at(draft)
        field = draft.get_field(path)
        changed = _changed(draft, path, self.part, self.value)
        if changed.root == draft.root:
            return form
        label = say_change(draft, path, self.part)
        after = form.go_on(changed, label=label, key=_merge_key(self.part, path, field, changed.get_field(path)))
        return self.select(after, follow(draft.root, changed.root, form.selected))


def _changed(draft: SchemaDraft, path: Path, part: str, value: object) -> SchemaDraft:
    field = draft.get_field(path)
    if part in _OF_A_NAMED_FIELD:
        _check_is_named(draft, path, part)
    if part == "name" and path[:-1] == (DEFINITIONS,):
        return draft.rename_definition(field.name, read_text(value))
    if part == "type":
        return _retyped(draft, path, value)
    if part == "shape":
        return reshaped(draft, path, read_shape(value))
    if part == "target":
        return _retargeted(draft, path, value)
    if part == "choices":
        choices = read_choices(value)
        return draft.change_field(path, choices=choices.values, notes=choices.notes)
    read = _READERS.get(part)
    if read is None:
        raise InvalidInputError("The form knows no such part of a field. Load the page again.")
    # The parts are the keys of the changes, and each reader returns what its key takes.
    return draft.change_field(path, **cast(FieldChanges, {part: read(field, value)}))


def _check_is_named(draft: SchemaDraft, path: Path, part: str) -> None:
    is_definition = path[:-1] == (DEFINITIONS,)
    is_field = bool(path) and not is_definition and draft.get_field(path[:-1]).type is FieldType.OBJECT
    if is_field or (is_definition and part == "name"):
        return
    raise InvalidInputError(
        "Only a field or a definition has a name." if part == "name" else "Only a field of an object can be required."
    )


def _retyped(draft: SchemaDraft, path: Path, value: object) -> SchemaDraft:
    kind = read_type(value)
    is_new = draft.get_field(path).type is not kind
    changed = draft.change_field(path, type=kind)
    return with_first_target(changed, path) if is_new else changed


def read_type(value: object) -> FieldType:
    """Return the type of this name. Raises: InvalidInputError: the form offers none."""
    if isinstance(value, str) and value in list(FieldType):
        return FieldType(value)
    raise InvalidInputError("There is no such type.")


def with_first_target(draft: SchemaDraft, path: Path) -> SchemaDraft:
    """Let a new reference refer to the first definition, where there is one."""
    field = draft.get_field(path)
    if field.type is not FieldType.REFERENCE or not draft.definitions or draft.target_of(path):
        return draft
    return draft.change_field(path, reference=draft.reference_to(draft.definitions[0].name))


def _retargeted(draft: SchemaDraft, path: Path, value: object) -> SchemaDraft:
    name = read_text(value)
    if all(field.name != name for field in draft.definitions):
        raise InvalidInputError(f"There is no definition “{name}”.")
    return draft.change_field(path, reference=draft.reference_to(name))


def _merge_key(part: str, path: Path, old: Field, new: Field) -> str:
    """Return what letters typed in a row have in common; blank for a change that is a step of its own."""
    if part in _SWITCHED or (part in BY_NAME and BY_NAME[part].kind is SettingKind.FLAG):
        return ""
    if part == "choices":
        was, now = list(zip(old.choices, old.notes, strict=True)), list(zip(new.choices, new.notes, strict=True))
    elif part == "examples":
        was, now = list(old.examples), list(new.examples)
    else:
        return f"{part}:{path}"
    place = lone_change(was, now)
    return "" if place is None else f"{part}:{path}:{place}"


def _read_setting(name: str) -> Callable[[Field, object], object]:
    kind = BY_NAME[name].kind

    def read(field: Field, value: object) -> object:
        if kind in (SettingKind.NUMBER, SettingKind.COUNT):
            return read_number(value)
        return None if value is None else read_flag(value) if kind is SettingKind.FLAG else read_text(value)

    return read


_READERS: Final[Mapping[str, Callable[[Field, object], object]]] = {
    "name": lambda _, value: read_text(value),
    "required": lambda _, value: read_flag(value),
    "nullable": lambda _, value: read_flag(value),
    "title": lambda _, value: read_text(value),
    "description": lambda _, value: read_text(value),
    "default": read_default,
    "constant": read_constant,
    "examples": read_examples,
    "lower": lambda _, value: read_bound(value),
    "upper": lambda _, value: read_bound(value),
    **{name: _read_setting(name) for name in BY_NAME},
}
