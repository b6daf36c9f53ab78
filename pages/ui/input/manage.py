"""The dialog that renames, overwrites and deletes the fixtures of a task."""

import json
import uuid
from functools import partial

import streamlit as st

from core.requests import parse_request
from core.tasks.records import FixtureChange, FixtureRecord
from pages.ui.errors import show_field_error, show_form_error
from pages.ui.input.assembling import finished_input
from pages.ui.input.choice_names import tell_apart
from pages.ui.input.dialog_context import DialogContext
from pages.ui.input.fixture_pills import explain_misfit
from pages.ui.layout import then_rerun
from pages.ui.long_text import render_long
from pages.ui.state import widget_value
from pages.ui.text import cut, label

_NAME_LIMIT = 60


def render_manage(context: DialogContext) -> None:
    """Open the dialog."""

    @st.dialog("Manage fixtures", width="medium", on_dismiss=context.state.close_dialog)
    def show() -> None:
        dialog = context.dialog
        show_form_error(dialog.error, fields=frozenset({"name"}))
        if dialog.said:
            st.caption(f":green[:material/check:] {label(dialog.said)}")
        _render_undo(context)
        fixture = _choose(context)
        if fixture is None:
            st.caption("This task has no fixtures.")
        else:
            _render_fixture(context, fixture)

    show()


def _choose(context: DialogContext) -> FixtureRecord | None:
    by_id = {fixture.id: fixture for fixture in context.fixtures}
    if not by_id:
        return None
    ids = list(by_id)
    told = tell_apart([cut(fixture.name, _NAME_LIMIT) for fixture in context.fixtures])
    names = dict(zip(ids, told, strict=True))
    chosen = st.selectbox(
        "Fixture",
        ids,
        index=ids.index(context.dialog.fixture_id) if context.dialog.fixture_id in by_id else 0,
        format_func=names.__getitem__,
        key=f"{context.key}.manage.{context.dialog.round}.fixture",
    )
    return by_id[chosen]


def _render_fixture(context: DialogContext, fixture: FixtureRecord) -> None:
    key = f"{context.key}.manage.{fixture.id.hex}.v{fixture.version}"
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        st.text_input("Name", value=fixture.name, key=f"{key}.name")
        rename = partial(then_rerun, partial(_rename, context, fixture, f"{key}.name"))
        st.button("Rename", key=f"{context.key}.manage.rename", on_click=rename)
    show_field_error(context.dialog.error, "name")
    if not fixture.fits:
        st.warning(label(explain_misfit(fixture)), icon=":material/warning:")
    is_text = isinstance(fixture.input, str)
    text = fixture.input if is_text else json.dumps(fixture.input, indent=2, ensure_ascii=False)
    render_long(text, key=f"{key}.input", file_name="input.json", language=None if is_text else "json")
    with st.container(horizontal=True, gap="small"):
        overwrite = partial(then_rerun, partial(_overwrite, context, fixture))
        st.button(
            "Overwrite with the present input",
            key=f"{context.key}.manage.overwrite",
            icon=":material/save:",
            on_click=overwrite,
        )
        delete = partial(then_rerun, partial(_delete, context, fixture))
        st.button("Delete", key=f"{context.key}.manage.delete", icon=":material/delete:", on_click=delete)


def _render_undo(context: DialogContext) -> None:
    if context.dialog.deleted is None:
        return
    fixture_id, name = context.dialog.deleted
    with st.container(border=True, horizontal=True, vertical_alignment="center"):
        st.text(f"Deleted “{cut(name, _NAME_LIMIT)}”.", width="stretch")
        undo = partial(then_rerun, partial(_restore, context, fixture_id))
        st.button("Undo", key=f"{context.key}.manage.undo", icon=":material/undo:", on_click=undo)


def _rename(context: DialogContext, fixture: FixtureRecord, mark: str) -> None:
    with context.attempt():
        context.dialog.fixture_id = fixture.id
        change = parse_request(FixtureChange, {"name": widget_value(mark) or ""})
        _save(context, fixture, change)
        context.dialog.said = f"Renamed to “{change.name}”."


def _overwrite(context: DialogContext, fixture: FixtureRecord) -> None:
    with context.attempt():
        context.dialog.fixture_id = fixture.id
        _save(context, fixture, FixtureChange(input=finished_input(context.given)))
        context.dialog.said = f"“{fixture.name}” holds the present input now."


def _save(context: DialogContext, fixture: FixtureRecord, change: FixtureChange) -> None:
    services, actor = context.door.services, context.door.actor
    services.fixtures.change_fixture(actor, context.task.id, fixture.id, change, expected_etag=fixture.etag)


def _delete(context: DialogContext, fixture: FixtureRecord) -> None:
    with context.attempt():
        context.door.services.fixtures.delete_fixture(context.door.actor, context.task.id, fixture.id)
        context.dialog.deleted = (fixture.id, fixture.name)
        context.dialog.fixture_id = None
        context.dialog.round += 1


def _restore(context: DialogContext, fixture_id: uuid.UUID) -> None:
    with context.attempt():
        context.door.services.fixtures.restore_fixture(context.door.actor, context.task.id, fixture_id)
        context.dialog.deleted, context.dialog.fixture_id = None, fixture_id
        context.dialog.round += 1
