"""Keeps the form, the JSON text and the history of a schema editor in step. Draws nothing.

The browser's form sends numbered edits and the JSON tab holds what was typed last; `absorb` moves both into the draft,
before anything is drawn and before any button acts, so that neither a click nor the other tab can lose it.
"""

import json
from dataclasses import replace
from typing import Any

from core.errors import Detail, InvalidSchemaError
from core.tasks.builder import SchemaDraft, expand_short_form, from_json_schema, new_draft
from core.tasks.drafts.history import DraftHistory
from core.tasks.schema_rules import check_response_schema, parse_schema_text
from pages.ui.builder.edits import apply_edits
from pages.ui.builder.form_state import FormState
from pages.ui.state import SchemaEditor, widget_value

_UNFINISHED = ("needs ", "has an empty choice")


def open_editor(prefix: str, schema: dict[str, Any] | None = None) -> SchemaEditor:  # Any: a JSON Schema
    """Start editing a schema, or an empty object. `prefix` begins the keys of all its widgets."""
    draft = new_draft() if schema is None else from_json_schema(schema)
    return SchemaEditor(prefix=prefix, form=FormState(DraftHistory(draft)), original=draft)


def form_key(editor: SchemaEditor) -> str:
    """Return the key of the form's component."""
    return f"{editor.prefix}.form"


def json_key(editor: SchemaEditor) -> str:
    """Return the key of the JSON text area."""
    return f"{editor.prefix}.json.{editor.json_round}"


def absorb(editor: SchemaEditor) -> None:
    """Move what the browser holds into the draft: the JSON text if it was changed, else the edits of the form."""
    text = widget_value(json_key(editor))
    if isinstance(text, str) and text != shown_json(editor):
        take_json(editor, text)
        return
    sent = getattr(widget_value(form_key(editor)), "edits", None)
    if editor.json_error is not None or not sent:
        return
    before = editor.draft
    editor.form = apply_edits(editor.form, sent)
    if editor.draft is not before:
        settle_json(editor)


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
        schema = expand_short_form(parse_schema_text(text))
        check_response_schema(schema)
    except InvalidSchemaError as error:
        editor.json_error = error
        return
    editor.json_error = None
    editor.form = replace(editor.form.go_on(from_json_schema(schema), label="Edit of the JSON"), held=())


def take_schema(editor: SchemaEditor, schema: dict[str, Any], *, label: str) -> None:  # Any: a JSON Schema
    """Go on with another schema, as one step that undo takes back. `label` says what it was: `Schema from CSV`."""
    absorb(editor)
    editor.json_error = None
    editor.form = editor.form.go_on(from_json_schema(schema), label=label)
    editor.form = replace(editor.form, selected=None, search="", refusal=None, held=())
    editor.marks = ()
    settle_json(editor)


def settle_json(editor: SchemaEditor) -> None:
    """Let the JSON tab show the draft again, tidily written. A text that cannot be used stays as it is."""
    if editor.json_error is None:
        editor.json_text = None
        editor.json_round += 1


def discard_json(editor: SchemaEditor) -> None:
    """Throw away a JSON text that cannot be used, and go on with the draft."""
    editor.json_error = None
    settle_json(editor)


def finished_schema(editor: SchemaEditor) -> dict[str, Any]:  # Any: a JSON Schema
    """Return the schema to save.

    Raises: InvalidSchemaError: the JSON text cannot be used, or the form has gaps; `details` say where.
    """
    absorb(editor)
    editor.is_tried = not is_finished(editor)
    if editor.json_error is not None:
        raise editor.json_error
    if editor.form.held:
        raise InvalidSchemaError(
            "Something typed in the form could not be taken over.", hint="It is marked in red: mend it or clear it."
        )
    if problems := editor.draft.problems():
        raise InvalidSchemaError(f"The schema is not finished: {say(problems[0])}.", details=problems)
    schema: dict[str, Any] = editor.draft.to_json_schema()  # Any: a JSON Schema
    return schema


def is_finished(editor: SchemaEditor) -> bool:
    """Return whether nothing that the editor itself can see keeps the schema from being saved."""
    return editor.json_error is None and not editor.form.held and not editor.draft.problems()


def is_changed(editor: SchemaEditor) -> bool:
    """Return whether something would be lost by leaving now."""
    return editor.json_error is not None or bool(editor.form.held) or editor.draft.is_changed(editor.original)


def problems_to_show(editor: SchemaEditor) -> list[Detail]:
    """Return what the schema lacks: what is simply not finished yet only once a save was tried."""
    problems = editor.draft.problems()
    return problems if editor.is_tried else [one for one in problems if not one.message.startswith(_UNFINISHED)]


def say(problem: Detail) -> str:
    """Return a problem as half a sentence that names the field by its dotted path, as results do."""
    steps = [part.replace("~1", "/").replace("~0", "~") for part in problem.place.split("/")[1:]]
    names: list[str] = []
    while steps:
        if steps.pop(0) in ("properties", "$defs", "definitions") and steps:
            names.append(steps.pop(0))
    if names and not names[-1].strip():
        inside = ".".join(names[:-1])
        return f"a field{f' of {inside}' if inside else ''} {problem.message}"
    return f"{'.'.join(names) or 'the whole'} {problem.message}"
