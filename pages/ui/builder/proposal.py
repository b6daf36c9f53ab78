"""Shows a schema that somebody may go on with, before anything changes, and takes it over when it is accepted."""

import difflib
import json
from collections.abc import Callable, Sequence
from functools import partial
from itertools import islice
from typing import NamedTuple, TypedDict

import streamlit as st

from core.tasks.builder import DEFINITIONS, ITEM, Field, FieldType, Path, SchemaDraft, from_json_schema, new_draft
from pages.ui.builder.editor import schema_text, take_schema
from pages.ui.builder.start_state import OpenStart, Proposal
from pages.ui.layout import then_rerun
from pages.ui.long_text import SHOWN_CHARACTERS
from pages.ui.state import SchemaEditor, page_state
from pages.ui.text import counted, cut, label

__all__ = ["Proposal", "render_proposal"]

MAX_ROWS = 500
_HEIGHT = 280
_TALL_LINES = 13
_NOTES_HEIGHT = 160
_TALL_NOTES = 7
_CHOICES_LIMIT = 60  # characters
_CHANGES, _FIELDS = "What changes", "Its fields"


class FieldRow(TypedDict):
    """A field as a proposal shows it, in plain text."""

    Field: str
    Type: str
    Required: str
    Description: str


class Difference(NamedTuple):
    """How one text becomes another: the lines as `diff -u` writes them, without its head."""

    lines: tuple[str, ...]
    added: int
    removed: int


def render_proposal(editor: SchemaEditor, proposal: Proposal, *, key: str, on_accept: Callable[[], None]) -> None:
    """Draw what a proposal holds, or would change, and the button that takes it over as one step to undo.

    `on_accept` runs after that; the dialog “Start from” is then closed and the page drawn again.
    """
    draft = from_json_schema(proposal.schema)
    is_same = not editor.draft.is_changed(draft)
    with st.container(border=True, gap="small", key=f"{key}.proposal"):
        _render_notes(proposal.notes)
        if is_same:
            st.caption("The schema is this already.")
            _render_fields(draft)
        elif is_empty(editor.draft):
            _render_fields(draft)
        else:
            _render_changes(editor.draft, draft, key=key)
        if editor.json_error is not None:
            st.warning("The JSON tab holds a text that cannot be used yet. This would take its place.")
        with st.container(horizontal=True, vertical_alignment="center"):
            st.button(
                "Use it",
                key=f"{key}.use",
                type="primary",
                icon=":material/check:",
                disabled=is_same and editor.json_error is None,
                on_click=then_rerun,
                args=(partial(_accept, editor, proposal, on_accept),),
            )
            st.caption("Nothing is saved yet, and undo takes it back.")


def is_empty(draft: SchemaDraft) -> bool:
    """Return whether nothing was described yet."""
    return not draft.is_changed(new_draft())


def field_rows(draft: SchemaDraft) -> list[FieldRow]:
    """Return the fields in reading order, each by its dotted path; of a list of objects those of what it holds."""
    names: dict[Path, str] = {}
    rows: list[FieldRow] = []
    for path, field in draft.walk():
        names[path] = _name(path, field, names.get(path[:-1], ""))
        if path[-1] == ITEM:
            continue
        is_shape = not field.name
        rows.append(
            {
                "Field": names[path],
                "Type": type_words(field),
                "Required": "" if is_shape or path[:-1] == (DEFINITIONS,) else "yes" if field.required else "no",
                "Description": field.description,
            }
        )
    return rows


def type_words(field: Field) -> str:
    """Return the type of a field in words: `list of string`, `choice: open | done or null`."""
    words = field.type.value
    if field.type is FieldType.ARRAY and field.item is not None:
        words = f"list of {type_words(field.item)}"
    elif field.type is FieldType.CHOICE:
        words = f"choice: {cut(' | '.join(_plain(value) for value in field.choices), _CHOICES_LIMIT)}"
    elif field.type is FieldType.CONSTANT:
        words = f"always {cut(_plain(field.constant), _CHOICES_LIMIT)}"
    elif field.type is FieldType.REFERENCE:
        words = field.reference.rpartition("/")[2] or field.reference
    return f"{words} or null" if field.nullable else words


def compare(before: str, after: str) -> Difference:
    """Return how one text becomes the other, line by line."""
    lines = tuple(islice(difflib.unified_diff(before.splitlines(), after.splitlines(), lineterm=""), 2, None))
    added = sum(line.startswith("+") for line in lines)
    return Difference(lines, added, sum(line.startswith("-") for line in lines))


def _accept(editor: SchemaEditor, proposal: Proposal, on_accept: Callable[[], None]) -> None:
    take_schema(editor, proposal.schema, label=proposal.label)
    on_accept()
    page_state(OpenStart).close()


def _render_notes(notes: Sequence[str]) -> None:
    if len(notes) == 1:
        st.caption(label(notes[0]))
    elif notes:
        with st.container(height=_NOTES_HEIGHT if len(notes) > _TALL_NOTES else "content", border=False):
            st.caption("\n".join(f"- {label(note)}" for note in notes))


def _render_fields(draft: SchemaDraft) -> None:
    rows = field_rows(draft)
    if not rows:
        st.caption("It names no fields.")
        return
    st.dataframe(rows[:MAX_ROWS], hide_index=True, alt="The fields of the proposed schema")
    if len(rows) > MAX_ROWS:
        st.caption(f"These are the first {MAX_ROWS:,} of {len(rows):,}.")


def _render_changes(before: SchemaDraft, after: SchemaDraft, *, key: str) -> None:
    changes, fields = st.tabs([_CHANGES, _FIELDS], key=f"{key}.view", on_change="rerun")
    if fields.open:
        with fields:
            _render_fields(after)
    if changes.open:
        with changes:
            _render_difference(compare(schema_text(before), schema_text(after)))


def _render_difference(difference: Difference) -> None:
    text = "\n".join(difference.lines)
    is_tall = len(difference.lines) > _TALL_LINES
    st.caption(f"{counted(difference.added, 'line')} added, {difference.removed:,} removed.")
    st.code(text[:SHOWN_CHARACTERS], language="diff", wrap_lines=True, height=_HEIGHT if is_tall else "content")
    if len(text) > SHOWN_CHARACTERS:
        st.caption(f"These are the first {SHOWN_CHARACTERS:,} of {len(text):,} characters.")


def _name(path: Path, field: Field, parent: str) -> str:
    step = path[-1]
    if step == ITEM:
        return f"{parent}[]"
    if path[:-1] == (DEFINITIONS,):
        return f"{DEFINITIONS}.{field.name}"
    if not field.name and isinstance(step, int):
        return f"{parent}, shape {step + 1}".removeprefix(", ")
    return f"{parent}.{field.name}" if parent else field.name


def _plain(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
