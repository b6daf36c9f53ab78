"""Draws the advice on a schema: what the lint finds, rule by rule, with a fix where there is one."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

import streamlit as st

from core.tasks.builder import Path
from core.tasks.lint import Dialect, Finding, Rule, apply_fix
from pages.ui.builder.advised import (
    TITLES,
    Group,
    find_advice,
    fix_all,
    grouped,
    may_fix,
    nearest,
    place_of,
    shown_paths,
)
from pages.ui.builder.editor import absorb, take_schema
from pages.ui.builder.previews import plain_text
from pages.ui.state import SchemaEditor, set_widget_value, widget_value
from pages.ui.text import cut, label

_SHOWN = 20
_OPEN_IF_AT_MOST = 10
_ANY: Final = "any"
_PROVIDERS: Final[Mapping[str, str]] = {
    _ANY: "Any provider",
    Dialect.OPENAI: "OpenAI strict mode",
    Dialect.OLLAMA: "Ollama",
    Dialect.BUILTIN: "Built-in",
}


def render_advice(editor: SchemaEditor) -> None:
    """Draw whom the advice is for, and the findings."""
    st.selectbox(
        "For",
        list(_PROVIDERS),
        format_func=lambda dialect: _PROVIDERS[dialect],
        key=_dialect_key(editor),
        persist_state="page",
    )
    findings = find_advice(editor.draft.without_unnamed().to_json_schema(), dialect=_dialect(editor))
    if not findings:
        st.caption("Nothing to mend.")
        return
    can_fix = editor.json_error is None and may_fix(editor.draft)
    if not can_fix:
        st.caption(_why_not(editor))
    paths = shown_paths(editor.draft)
    for number, group in enumerate(grouped(findings)):
        is_open = number == 0 or len(findings) <= _OPEN_IF_AT_MOST
        _render_group(editor, group, paths, is_open=is_open, can_fix=can_fix)


def _why_not(editor: SchemaEditor) -> str:
    if editor.json_error is not None:
        return "Mend or discard the text in the JSON tab first; then fixes can be made."
    return "Give every field a name of its own first; then fixes can be made."


def _render_group(
    editor: SchemaEditor, group: Group, paths: Mapping[str, Path], *, is_open: bool, can_fix: bool
) -> None:
    key = f"{editor.prefix}.advice.{group.rule}"
    # The count is a part of the label, and with another label Streamlit would forget whether it is open.
    set_widget_value(key, bool(widget_value(key, is_open)))
    expander = st.expander(f"{group.title} ({len(group.findings):,})", key=key, on_change="rerun")
    if not expander.open:
        return
    with expander:
        if group.can_fix_all:
            args = (editor, group.rule)
            st.button("Fix all", key=f"{key}.all", on_click=_fix_all, args=args, disabled=not can_fix)
        for number, finding in enumerate(group.findings[:_SHOWN]):
            can_show = bool(nearest(paths, finding.place))
            _render_finding(editor, finding, key=f"{key}.{number}", can_fix=can_fix, can_show=can_show)
        if len(group.findings) > _SHOWN:
            st.caption(f"and {len(group.findings) - _SHOWN:,} more")


def _render_finding(editor: SchemaEditor, finding: Finding, *, key: str, can_fix: bool, can_show: bool) -> None:
    place = place_of(finding.place)
    is_named = not place or f"“{place}”" in finding.message
    named = "" if is_named else f"**{label(plain_text(cut(place)))}** "
    with st.container(gap="xxsmall", key=key):
        st.caption(f"{named}{label(plain_text(finding.message))}")
        if finding.fix is None and not can_show:
            return
        with st.container(horizontal=True, gap="small"):
            if finding.fix is not None:
                st.button(
                    "Fix",
                    key=f"{key}.fix",
                    help=label(plain_text(finding.fix)),
                    on_click=_fix,
                    args=(editor, finding),
                    disabled=not can_fix,
                )
            if can_show:
                st.button("Show", key=f"{key}.show", type="tertiary", on_click=_show, args=(editor, finding))


def _show(editor: SchemaEditor, finding: Finding) -> None:
    absorb(editor)
    if path := nearest(shown_paths(editor.draft), finding.place):
        editor.form = replace(editor.form, selected=path)


def _fix(editor: SchemaEditor, finding: Finding) -> None:
    absorb(editor)
    schema = editor.draft.to_json_schema()
    # What was typed in the meantime may have settled it, or have moved it away.
    is_there = finding in find_advice(editor.draft.without_unnamed().to_json_schema(), dialect=_dialect(editor))
    if is_there and may_fix(editor.draft) and editor.json_error is None:
        place = plain_text(cut(place_of(finding.place), 40))
        label_of_step = f"Fix of “{place}”" if place else f"Fix of “{TITLES[finding.rule]}”"
        _go_on(editor, apply_fix(schema, finding), label=label_of_step)


def _fix_all(editor: SchemaEditor, rule: Rule) -> None:
    absorb(editor)
    if may_fix(editor.draft) and editor.json_error is None:
        fixed = fix_all(editor.draft.to_json_schema(), rule=rule, dialect=_dialect(editor))
        _go_on(editor, fixed, label=f"Fixes of “{TITLES[rule]}”")


def _go_on(editor: SchemaEditor, schema: dict[str, object], *, label: str) -> None:
    """Go on with the mended schema, and with the same field open where the fields are still the same."""
    before = editor.form
    take_schema(editor, schema, label=label)
    if [path for path, _ in before.draft.walk()] == [path for path, _ in editor.draft.walk()]:
        editor.form = replace(editor.form, selected=before.selected, search=before.search)


def _dialect_key(editor: SchemaEditor) -> str:
    return f"{editor.prefix}.advice.for"


def _dialect(editor: SchemaEditor) -> str | None:
    chosen = widget_value(_dialect_key(editor), _ANY)
    return chosen if isinstance(chosen, str) and chosen in list(Dialect) else None
