"""Makes a schema of what a model drafted, and describes a schema to a model that is to change it.

What a model answers is taken as what it most likely means: names are tidied and made different, choices that a text
brought along make it a choice, repetitions are left out. Every liberty taken is told in the notes.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

from core.errors import InvalidInputError
from core.tasks.builder import Field, FieldType, Path, SchemaDraft, from_json_schema, make_field, new_draft
from core.tasks.schema_rules import check_response_schema
from core.tasks.schemas.json_values import JsonObject
from core.tasks.sources.drafted_reading import Notes, SaidField, read_fields, read_list
from core.tasks.sources.drafted_words import Kind, sharpen, tidy_name, tidy_text

__all__ = ["DraftedSchema", "build_schema", "can_be_changed", "change_schema", "describe_fields"]

_MAX_DESCRIBED_CHARACTERS: Final = 4_000
_SAYABLE: Final = frozenset(FieldType) - {
    FieldType.CONSTANT,
    FieldType.ONE_OF,
    FieldType.REFERENCE,
    FieldType.OTHER,
}
_INSIDE: Final = "  "


@dataclass(frozen=True, slots=True)
class DraftedSchema:
    """A schema that passes the gate, and what was made of the model's words on the way."""

    schema: JsonObject
    notes: tuple[str, ...] = ()


def build_schema(answer: object) -> DraftedSchema:
    """Return the schema of what a model drafted, in the shape of `DRAFT_SHAPE` or close to it.

    Raises: InvalidInputError: it names no field.
    """
    notes = Notes()
    said = read_fields(read_list(answer, "fields"), notes=notes)
    if not said:
        raise InvalidInputError("The model named no field.", hint="Say in other words what the answer is to hold.")
    draft = new_draft()
    for one in said:
        draft = draft.add_field(_make(one))
    return _finished(draft, notes)


def change_schema(present: JsonObject, answer: object) -> DraftedSchema:
    """Return the schema with what a model changed, an answer in the shape of `CHANGE_SHAPE` or close to it.

    Everything the answer does not name stays exactly as it is, in place and in words.
    Raises: InvalidInputError: it changes nothing. InvalidSchemaError: the present schema is not fit to be stored.
    """
    notes = Notes()
    start = from_json_schema(present)
    said = read_fields(read_list(answer, "fields"), notes=notes)
    named = {one.name.casefold() for one in said}
    # A model that both gives and removes a field means it to be replaced.
    removed = [name for name in read_list(answer, "remove") if tidy_name(name).casefold() not in named]
    merged = _remove(_merge(start, (), said, notes=notes), removed, notes=notes)
    if not merged.is_changed(start):
        raise InvalidInputError("The model changed nothing.", hint="Say in other words what is to be different.")
    return _finished(merged, notes)


def can_be_changed(schema: object) -> bool:
    """Say whether a schema is an object with fields, which is what words can change."""
    draft = from_json_schema(schema) if isinstance(schema, dict) else new_draft()
    return draft.root.type is FieldType.OBJECT and bool(draft.fields)


def describe_fields(schema: JsonObject) -> str:
    """Return the fields of a schema in a few words each, for a prompt; a long list is cut."""
    lines: list[str] = []
    room = _MAX_DESCRIBED_CHARACTERS
    for line in _describe(from_json_schema(schema).fields, indent="- "):
        room -= len(line) + 1
        if room < 0:
            lines.append("- …")
            break
        lines.append(line)
    return "\n".join(lines)


def _finished(draft: SchemaDraft, notes: Notes) -> DraftedSchema:
    schema = draft.to_json_schema()
    check_response_schema(schema)
    return DraftedSchema(schema, notes.tell())


def _make(said: SaidField) -> Field:
    """Return a new field, required unless the model says otherwise."""
    kind = sharpen(said.kind, said.name)
    field = make_field(said.name, kind.type, description=said.description, required=said.required is not False)
    if kind.item is not None:
        return field.with_item(_filled(make_field("", kind.item), said))
    return _filled(field, said)


def _filled(field: Field, said: SaidField) -> Field:
    if field.type is FieldType.CHOICE:
        return field.changed(choices=said.choices)
    if field.type is FieldType.OBJECT:
        return field.with_children(tuple(_make(one) for one in said.fields))
    return field


def _merge(draft: SchemaDraft, holder: Path, said: list[SaidField], *, notes: Notes) -> SchemaDraft:
    """Put fields into an object: a known name changes the field there is, a new one is added at the end."""
    for one in said:
        fields = enumerate(draft.get_field(holder).fields or ())
        known = {tidy_name(field.name).casefold(): index for index, field in fields}
        index = known.get(one.name.casefold())
        if index is None:
            draft = draft.add_field(_make(one), parent=holder)
        else:
            draft = _change(draft, (*holder, index), one, notes=notes)
    return draft


def _change(draft: SchemaDraft, path: Path, said: SaidField, *, notes: Notes) -> SchemaDraft:
    field = draft.get_field(path)
    if said.description:
        draft = draft.change_field(path, description=said.description)
    if said.required is not None:
        draft = draft.change_field(path, required=said.required)
    present = _kind_of(field)
    if present is None:
        notes.add(f"The shape of “{field.name}” stays as it is: it cannot be told in words.")
        return draft
    if present == said.kind:
        place = path if present.item is None else (*path, "[]")
        if FieldType.OBJECT in present:
            return _merge(draft, place, said.fields, notes=notes)
        is_other = bool(said.choices) and set(said.choices) != set(draft.get_field(place).choices)
        return draft.change_field(place, choices=said.choices) if is_other else draft
    changed = draft.get_field(path)
    renewed = replace(said, description=changed.description, required=changed.required)
    fresh = replace(_make(renewed), name=field.name)
    return draft.replace_field(path, fresh.changed(nullable=True) if field.nullable else fresh)


def _kind_of(field: Field) -> Kind | None:
    """Return the type of a field as a model could say it; None when it could not."""
    item = field.item.type if field.type is FieldType.ARRAY and field.item is not None else None
    is_sayable = field.type in _SAYABLE and (field.type is not FieldType.ARRAY or item in _SAYABLE - {FieldType.ARRAY})
    return Kind(field.type, item) if is_sayable else None


def _remove(draft: SchemaDraft, names: list[object], *, notes: Notes) -> SchemaDraft:
    """Take out the fields of these names, `address.city` for one inside another."""
    for name in names:
        path = _find(draft, name)
        if path is not None:
            draft = draft.remove_field(path)
        elif tidy_text(name):
            notes.add(f"There is no field “{tidy_text(name, limit=60)}” to remove.")
    return draft


def _find(draft: SchemaDraft, name: object) -> Path | None:
    path: Path = ()
    for step in name.split(".") if isinstance(name, str) else [""]:
        holder = draft.get_field(path)
        if holder.type is FieldType.ARRAY and holder.item is not None:
            path, holder = (*path, "[]"), holder.item
        names = [field.name.casefold() for field in holder.fields or ()]
        wanted = next((one for one in (step.strip().casefold(), tidy_name(step).casefold()) if one in names), None)
        if wanted is None:
            return None
        path = (*path, names.index(wanted))
    return path


def _describe(fields: tuple[Field, ...], *, indent: str) -> Iterator[str]:
    for field in fields:
        inner = field.item if field.type is FieldType.ARRAY and field.item is not None else field
        yield f"{indent}{_describe_one(field, inner)}"
        yield from _describe(inner.fields or (), indent=_INSIDE + indent)


def _describe_one(field: Field, inner: Field) -> str:
    kind = field.type.value if inner is field else f"list of {inner.type.value}s"
    choices = f" of {', '.join(str(choice) for choice in inner.choices[:12])}" if inner.choices else ""
    needed = "" if field.required else ", optional"
    about = f": {tidy_text(field.description, limit=100)}" if field.description else ""
    return tidy_text(f"{field.name} ({kind}{choices}{needed}){about}", limit=300)
