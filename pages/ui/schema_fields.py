"""Draws the fields of a schema for editing: a box for each, nested ones inside."""

import json
from collections.abc import Callable

import streamlit as st

from core.tasks.builder import ITEM, Field, FieldType, SchemaDraft, make_field
from core.tasks.drafts.constraints import BY_NAME
from pages.ui.schema_editor import NUMERIC, Path, edit, field_key
from pages.ui.state import SchemaEditor
from pages.ui.text import cut, label

_TYPE_WORDS = {
    FieldType.STRING: "string",
    FieldType.INTEGER: "integer",
    FieldType.NUMBER: "number",
    FieldType.BOOLEAN: "boolean",
    FieldType.DATE: "date",
    FieldType.DATE_TIME: "date and time",
    FieldType.TIME: "time",
    FieldType.EMAIL: "email",
    FieldType.URL: "url",
    FieldType.UUID: "uuid",
    FieldType.CHOICE: "choice list",
    FieldType.CONSTANT: "constant",
    FieldType.ARRAY: "array",
    FieldType.OBJECT: "object",
    FieldType.ONE_OF: "one of",
    FieldType.REFERENCE: "reference",
    FieldType.OTHER: "other",
}
_ONLY_SHOWN = frozenset({FieldType.CONSTANT, FieldType.ONE_OF, FieldType.REFERENCE, FieldType.OTHER})
_TYPE_WIDTH = 140
_BOUND_WIDTH = 84
_LARGEST_SHOWN_BOUND = 2**53 - 1


def render_fields(editor: SchemaEditor, parent: Path) -> None:
    """Draw the fields of the object at a path, and the button that adds one."""
    holder = editor.draft.get_field(parent)
    fields = holder.fields or ()
    with st.container(gap="xsmall"):
        for index, field in enumerate(fields):
            with st.container(border=True, gap="xsmall", key=field_key(editor, (*parent, index), "box")):
                _render_field(editor, (*parent, index), field, is_last=index == len(fields) - 1)
    where = f" to {cut(holder.name, 30)}" if holder.name else ""
    st.button(
        label(f"Add field{where}"),
        key=field_key(editor, parent, "add"),
        icon=":material/add:",
        on_click=_change,
        args=(editor, lambda draft: draft.add_field(make_field(""), parent=parent)),
    )


def _render_field(editor: SchemaEditor, path: Path, field: Field, *, is_last: bool) -> None:
    title = _title(path)
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.text_input(
            f"{title} name",
            value=field.name,
            key=field_key(editor, path, "name"),
            placeholder="Field name",
            label_visibility="collapsed",
        )
        _render_type(editor, path, field, title=f"{title} type")
        st.checkbox("Required", value=field.required, key=field_key(editor, path, "required"))
        _render_row_buttons(editor, path, is_last=is_last)
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.text_input(
            f"{title} description",
            value=field.description,
            key=field_key(editor, path, "description"),
            placeholder="Description, which the model reads",
            label_visibility="collapsed",
        )
        if field.type in NUMERIC:
            _render_bounds(editor, path, field, title)
        if field.type is not FieldType.OTHER:
            st.checkbox("May be null", value=field.nullable, key=field_key(editor, path, "nullable"))
    _render_inside(editor, path, field, title)


def _title(path: Path) -> str:
    """Return what assistive technology calls a field: `Field 2.1` is the first field of the second."""
    return "Field " + ".".join("item" if step == ITEM else str(int(step) + 1) for step in path)


def _render_type(editor: SchemaEditor, path: Path, field: Field, *, title: str) -> None:
    options = [kind for kind in FieldType if kind not in _ONLY_SHOWN or kind is field.type]
    st.selectbox(
        title,
        options,
        index=options.index(field.type),
        format_func=lambda kind: _TYPE_WORDS[kind],
        key=field_key(editor, path, "type"),
        label_visibility="collapsed",
        width=_TYPE_WIDTH,
    )


def _render_row_buttons(editor: SchemaEditor, path: Path, *, is_last: bool) -> None:
    steps: tuple[tuple[str, str, str, bool, Callable[[SchemaDraft], SchemaDraft]], ...] = (
        ("up", "arrow_upward", "Move up", path[-1] == 0, lambda draft: draft.move_field(path, -1)),
        ("down", "arrow_downward", "Move down", is_last, lambda draft: draft.move_field(path, 1)),
        ("remove", "close", "Remove", False, lambda draft: draft.remove_field(path)),
    )
    with st.container(horizontal=True, gap="xxsmall", width="content"):
        for name, icon, said, is_off, change in steps:
            st.button(
                f":material/{icon}:",
                key=field_key(editor, path, name),
                help=said,
                type="tertiary",
                disabled=is_off,
                on_click=_change,
                args=(editor, change),
            )


def _change(editor: SchemaEditor, change: Callable[[SchemaDraft], SchemaDraft]) -> None:
    edit(editor, change)


def _render_bounds(editor: SchemaEditor, path: Path, field: Field, title: str) -> None:
    for part, words, bound in (("minimum", "from", field.minimum), ("maximum", "to", field.maximum)):
        if bound is not None and abs(bound) > _LARGEST_SHOWN_BOUND:
            st.caption(f"{words} {bound}", width="content")
            continue
        st.caption(words, width="content")
        is_whole = field.type is FieldType.INTEGER and (bound is None or float(bound).is_integer())
        st.number_input(
            f"{title} {part}",
            value=None if bound is None else int(bound) if is_whole else float(bound),
            step=1 if is_whole else 0.1,
            format="%d" if is_whole else "%g",
            key=field_key(editor, path, part),
            placeholder="any",
            label_visibility="collapsed",
            width=_BOUND_WIDTH,
        )


def _render_inside(editor: SchemaEditor, path: Path, field: Field, title: str) -> None:
    """Draw what belongs to the type: choices, what a list holds, the fields of an object."""
    if field.type is FieldType.CHOICE and all(isinstance(choice, str) for choice in field.choices):
        st.multiselect(
            f"{title} choices",
            list(field.choices),
            default=list(field.choices),
            key=field_key(editor, path, "choices"),
            accept_new_options=True,
            placeholder="Type a choice and press Enter",
            label_visibility="collapsed",
        )
    elif field.type is FieldType.ARRAY:
        _render_item(editor, (*path, ITEM), editor.draft.get_field(path).item, title)
    elif field.type is FieldType.OBJECT:
        render_fields(editor, path)
    else:
        _render_only_shown(field)
    kept = [_keyword(*pair) for pair in {**_more_constraints(field), **field.kept_keywords}.items()]
    if field.type not in _ONLY_SHOWN and kept:
        whose = "Each item also has" if path[-1] == ITEM else "Also set"
        st.caption(label(cut(f"{whose}: {', '.join(kept)}", 160)))


def _render_only_shown(field: Field) -> None:
    if field.type in _ONLY_SHOWN or field.type is FieldType.CHOICE:
        st.caption("The form cannot edit this one; it is kept as it is. Change it in the JSON tab.")
        st.code(json.dumps(field.to_json_schema(), indent=2, ensure_ascii=False), language="json", wrap_lines=True)


def _more_constraints(field: Field) -> dict[str, object]:
    """Return the constraints that have no widget here."""
    shown = ("minimum", "maximum", "allows_others")
    return {BY_NAME[name].keyword: value for name, value in field.constraints.items() if name not in shown}


def _keyword(name: str, value: object) -> str:
    return f"{name} {json.dumps(value, ensure_ascii=False)}"


def _render_item(editor: SchemaEditor, path: Path, item: Field | None, title: str) -> None:
    if item is None:
        st.caption("It may hold anything. Say what it holds in the JSON tab.")
        return
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.caption("Each item is", width="content")
        _render_type(editor, path, item, title=f"{title} item type")
        if item.type in NUMERIC:
            _render_bounds(editor, path, item, f"{title} item")
    _render_inside(editor, path, item, f"{title} item")
