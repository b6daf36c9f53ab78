"""The part of the provider's form that says where its server is and what opens it. The type tells which fields."""

import streamlit as st

from core.providers.types.base import KeyUse, OptionField, ProviderType
from pages.ui.errors import show_field_error
from pages.ui.layout import field_group
from pages.ui.providers.form_view import FORM, FormView, field_key
from pages.ui.text import cut, label

_NEW_KEY_NOTE = "Sealed before it is stored, and never shown again."
_STORED_KEY_NOTE = (
    "Leave blank to keep the stored key. If the base URL changes to another server, enter the key again: "
    "a stored key is only sent to the server it was entered for."
)
_TITLE_LIMIT = 72
_KEEP = "Stored, leave blank to keep"
_KEY_PLACEHOLDERS = {KeyUse.OPTIONAL: "Blank if the server needs none", KeyUse.REQUIRED: "Paste your key"}


def render_connection(view: FormView) -> None:
    """Draw the address, the key and what the type cannot do without."""
    if view.kind.has_address:
        _render_address(view)
    for field in view.kind.fields:
        if field.is_required:
            _render_field(view, field)
    if view.kind.key is not KeyUse.NONE:
        _render_key(view)


def render_optional_fields(view: FormView) -> None:
    """Draw the type's own fields that may stay blank, folded away; nothing where it has none."""
    fields = [field for field in view.kind.fields if not field.is_required]
    if not fields:
        return
    names = ", ".join([fields[0].label, *(_lower(field.label) for field in fields[1:])])
    stored = [_say(view, field) for field in fields if view.is_stored(field)]
    title = f"{names} · {', '.join(stored)}" if stored else names
    is_refused = view.is_refused(*(field_key(field) for field in fields))
    with st.expander(label(cut(title, _TITLE_LIMIT)), expanded=is_refused, key=f"{FORM}_optional"):
        for field in fields:
            _render_field(view, field)


def render_obstacles(kind: ProviderType) -> None:
    """Say what keeps a type from working on this machine, with the command that mends it; draw nothing if it works."""
    obstacle = kind.find_obstacle()
    if obstacle:
        st.warning(label(obstacle), icon=":material/warning:")
    if kind.extra is not None and not kind.extra.is_installed:
        told = f"{kind.label} needs packages that are not installed here. Install them, then start Benchtop again:"
        st.warning(label(told), icon=":material/warning:")
        st.code(kind.extra.install_command, language="bash", wrap_lines=True)


def _render_address(view: FormView) -> None:
    with field_group():
        st.text_input(
            "Base URL",
            value=view.own_address,
            key=f"{FORM}.base_url",
            placeholder=view.usual_address or "https://",
            autocomplete="off",
        )
        show_field_error(view.error, "base_url")
        notes = [view.kind.address_help]
        if view.preset is not None:
            notes.append(f"Leave blank for the usual address of {view.preset.label}.")
        if any(notes):
            st.caption(label(" ".join(note for note in notes if note)))


def _render_key(view: FormView) -> None:
    with field_group():
        st.text_input(
            label(view.kind.key_label),
            type="password",
            key=f"{FORM}.api_key",
            autocomplete="new-password",
            placeholder="Leave blank to keep the stored key" if view.has_key else _KEY_PLACEHOLDERS[view.key_use],
        )
        show_field_error(view.error, "api_key")
        st.caption(_STORED_KEY_NOTE if view.has_key else _NEW_KEY_NOTE)


def _lower(words: str) -> str:
    """`Project` as it stands within a list; an abbreviation stays as it is."""
    return words if words[1:2].isupper() else words[:1].lower() + words[1:]


def _say(view: FormView, field: OptionField) -> str:
    return "stored" if field.is_secret else view.read_option(field.name)


def _render_field(view: FormView, field: OptionField) -> None:
    key = field_key(field)
    is_stored = view.is_stored(field)
    with field_group():
        st.text_input(
            label(field.label),
            value="" if field.is_secret else view.read_option(field.name),
            key=f"{FORM}.{key}",
            type="password" if field.is_secret else "default",
            placeholder=_KEEP if field.is_secret and is_stored else field.placeholder,
            autocomplete="new-password" if field.is_secret else "off",
        )
        show_field_error(view.error, key)
        if field.help:
            st.caption(label(field.help))
