"""Keeps a schema editor's form, its JSON text and its draft in step. Draws nothing.

The widgets hold what was typed last; `absorb` moves it into the draft, before anything is drawn and before any button
acts, so that neither a click nor the other tab can lose it.
"""

import json
from collections.abc import Callable
from typing import Any

from core.errors import DashboardError, Detail, InvalidInputError, InvalidSchemaError
from core.tasks.builder import ITEM, Field, FieldType, SchemaDraft, from_json_schema, new_draft
from core.tasks.builder import expand_short_form as expand
from core.tasks.schema_rules import check_response_schema, parse_schema_text
from core.tasks.schemas.example_values import example_value
from pages.ui.state import SchemaEditor, widget_value

Path = tuple[str | int, ...]
NUMERIC = (FieldType.INTEGER, FieldType.NUMBER)


def open_editor(prefix: str, schema: dict[str, Any] | None = None) -> SchemaEditor:  # Any: a JSON Schema
    """Start editing a schema, or an empty object. `prefix` begins the keys of all its widgets."""
    return SchemaEditor(prefix=prefix, draft=new_draft() if schema is None else from_json_schema(schema))


def field_key(editor: SchemaEditor, path: Path, part: str) -> str:
    """Return the key of the widget that edits one part of the field at a path."""
    steps = "-".join("item" if step == ITEM else str(step) for step in path)
    return f"{editor.prefix}.{editor.round}.{steps}.{part}"


def json_key(editor: SchemaEditor) -> str:
    """Return the key of the JSON text area."""
    return f"{editor.prefix}.json.{editor.json_round}"


def absorb(editor: SchemaEditor) -> None:
    """Move what the widgets hold into the draft: the JSON text if it was changed, else the form."""
    text = widget_value(json_key(editor))
    if isinstance(text, str) and text != shown_json(editor):
        take_json(editor, text)
    elif editor.json_error is None:
        editor.draft = _absorb_fields(editor, editor.draft, ())


def shown_json(editor: SchemaEditor) -> str:
    """Return what the JSON tab shows."""
    return schema_text(editor.draft) if editor.json_text is None else editor.json_text


def schema_text(draft: SchemaDraft) -> str:
    """Return the schema as indented JSON."""
    return json.dumps(draft.to_json_schema(), indent=2, ensure_ascii=False)


def take_json(editor: SchemaEditor, text: str) -> None:
    """Make the text the schema. A text that cannot be one is kept beside the old draft, with the reason."""
    editor.json_text = text
    try:
        schema = expand(parse_schema_text(text))
        check_response_schema(schema)
    except InvalidSchemaError as error:
        editor.json_error = error
        return
    editor.draft, editor.json_error = from_json_schema(schema), None
    editor.round += 1


def settle_json(editor: SchemaEditor) -> None:
    """Let the JSON tab show the draft again, tidily written. A text that cannot be used stays as it is."""
    if editor.json_error is None:
        editor.json_text = None
        editor.json_round += 1


def discard_json(editor: SchemaEditor) -> None:
    """Throw away a JSON text that cannot be used, and go on with the draft."""
    editor.json_error = None
    settle_json(editor)


def edit(editor: SchemaEditor, change: Callable[[SchemaDraft], SchemaDraft]) -> None:
    """Absorb what was typed, then change the draft and let the form start from it again."""
    absorb(editor)
    editor.draft = change(editor.draft)
    editor.round += 1
    settle_json(editor)


def finished_schema(editor: SchemaEditor) -> dict[str, Any]:  # Any: a JSON Schema
    """Return the schema to save.

    Raises: InvalidSchemaError: the JSON text cannot be used, or the form has gaps; `details` say where.
    """
    absorb(editor)
    editor.is_tried = not is_finished(editor)
    if editor.json_error is not None:
        raise editor.json_error
    if problems := editor.draft.problems():
        raise InvalidSchemaError(f"The schema is not finished: {say(problems[0])}.", details=problems)
    schema: dict[str, Any] = editor.draft.to_json_schema()  # Any: a JSON Schema
    return schema


def is_finished(editor: SchemaEditor) -> bool:
    """Return whether nothing that the editor itself can see keeps the schema from being saved."""
    return editor.json_error is None and not editor.draft.problems()


def say(problem: Detail) -> str:
    """Return a problem as half a sentence that names the field by its dotted path, as results do."""
    steps = [part.replace("~1", "/").replace("~0", "~") for part in problem.place.split("/")[1:]]
    names: list[str] = []
    while steps:
        if steps.pop(0) == "properties" and steps:
            names.append(steps.pop(0))
    if names and not names[-1].strip():
        inside = ".".join(names[:-1])
        return f"a field{f' of {inside}' if inside else ''} {problem.message}"
    return f"{'.'.join(names) or 'the whole'} {problem.message}"


def preview(editor: SchemaEditor) -> tuple[str, str]:
    """Return the schema so far as JSON text and an answer that would fit it; the answer is blank if none can be made.

    Fields without a name yet are left out.
    """
    draft = editor.draft.without_unnamed()
    try:
        example = json.dumps(example_value(draft.to_json_schema()), indent=2, ensure_ascii=False)
    except DashboardError:
        example = ""
    return schema_text(draft), example


def _absorb_fields(editor: SchemaEditor, draft: SchemaDraft, parent: Path) -> SchemaDraft:
    holder = draft.get_field(parent)
    paths: list[Path] = [(*parent, index) for index in range(len(holder.fields or ()))]
    if holder.type is FieldType.ARRAY and holder.item is not None:
        paths.append((*parent, ITEM))
    for path in paths:
        draft = _absorb_field(editor, draft, path)
        draft = _absorb_fields(editor, draft, path)
    return draft


def _absorb_field(editor: SchemaEditor, draft: SchemaDraft, path: Path) -> SchemaDraft:
    field = draft.get_field(path)

    def held(part: str, default: object) -> Any:  # Any: each widget holds its own type
        return widget_value(field_key(editor, path, part), default)

    changed = field.changed(name=held("name", field.name), required=held("required", field.required))
    changed = changed.changed(description=held("description", field.description))
    wanted = held("type", field.type)
    if wanted != field.type:
        return draft.replace_field(path, changed.changed(type=FieldType(wanted)))
    if field.type is not FieldType.OTHER:
        changed = changed.changed(nullable=held("nullable", field.nullable))
    if field.type is FieldType.CHOICE:
        changed = changed.changed(choices=tuple(held("choices", field.choices)))
    if field.type in NUMERIC:
        changed = _absorb_bounds(changed, held)
    return draft if changed == field else draft.replace_field(path, changed)


def _absorb_bounds(field: Field, held: Callable[[str, object], Any]) -> Field:  # Any: a number or None
    low, high = held("minimum", field.minimum), held("maximum", field.maximum)
    try:
        return field.changed(minimum=_tidy(low), maximum=_tidy(high))
    except InvalidInputError:
        return field


def _tidy(bound: int | float | None) -> int | float | None:
    """Write 5 for 5.0: the number field hands over floats."""
    return int(bound) if isinstance(bound, float) and bound.is_integer() else bound
