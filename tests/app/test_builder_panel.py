"""What stands beside the form of the schema builder, tab by tab."""

from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from core.tasks.builder import FieldType, make_field
from pages.ui.builder.editor import open_editor
from pages.ui.builder.form_state import Mark
from pages.ui.state import SchemaEditor
from tests.unit.test_schema_rules import make_ladder, make_nested

Json = Any  # Any: a JSON Schema
PERSON: Json = {
    "type": "object",
    "properties": {
        "name": {"type": "string", "description": "In full"},
        "age": {"type": "integer", "title": "Age in years", "minimum": 0},
    },
    "required": ["name", "age"],
    "additionalProperties": False,
}


def script() -> None:

    import streamlit as st

    from pages.ui.builder.editor import absorb
    from pages.ui.builder.panel import refresh_tried, render_panel

    @st.fragment
    def builder() -> None:
        editor = st.session_state["editor"]
        absorb(editor)
        refresh_tried(editor)
        render_panel(editor, noun="an answer")

    builder()


def open_panel(schema: Json = PERSON, tab: str = "JSON") -> AppTest:
    app = AppTest.from_function(script)
    app.session_state["editor"] = open_editor("b", schema)
    return go_to(app, tab)


def go_to(app: AppTest, tab: str) -> AppTest:
    app.session_state["b.panel.tab"] = tab
    app.run()
    assert not app.exception
    return app


def editor_of(app: AppTest) -> SchemaEditor:
    editor: SchemaEditor = app.session_state["editor"]
    return editor


def type_value(app: AppTest, text: str) -> AppTest:
    app.text_area[0].set_value(text).run()
    assert not app.exception
    return app


def edit(app: AppTest, path: tuple[int, ...], **changes: Json) -> AppTest:
    editor = editor_of(app)
    editor.form = editor.form.go_on(editor.draft.change_field(path, **changes), label="Edit")
    app.run()
    assert not app.exception
    return app


def press(app: AppTest, key: str) -> AppTest:
    app.button(key=key).click().run()
    assert not app.exception
    return app


def said(app: AppTest) -> str:
    shown = [*app.error, *app.info, *app.success, *app.warning, *app.caption]
    return "\n".join(f"{getattr(one, 'title', '')} {one.value}" for one in shown).replace("\\", "")


def test_the_json_leaves_out_fields_without_a_name() -> None:
    app = open_panel()
    editor = editor_of(app)
    editor.form = editor.form.go_on(editor.draft.add_field(make_field("", FieldType.STRING)), label="Add")

    app.run()

    assert '"name"' in app.code[0].value
    assert '"": {' not in app.code[0].value
    assert "without a name" in said(app)


def test_the_python_is_named_after_what_fits_the_schema() -> None:
    app = open_panel(tab="Python")

    assert "class Answer(BaseModel):" in app.code[0].value


@pytest.mark.parametrize("tab", ["Python", "Example"])
def test_a_sentence_stands_in_place_of_what_cannot_be_made(tab: str) -> None:
    app = open_panel({"type": "object", "properties": {"a": {"pattern": "(", "type": "string"}}}, tab=tab)

    assert not app.code
    assert "cannot be used" in said(app)


def test_the_example_fits() -> None:
    app = open_panel(tab="Example")

    assert '"age": 0' in app.code[0].value


def test_long_code_is_shown_without_colours() -> None:
    many = {"type": "object", "properties": {f"f{number}": {"type": "string"} for number in range(400)}}

    assert open_panel().code[0].language == "json"
    assert open_panel(many).code[0].language in ("", "plaintext", None)


def test_a_valid_value_is_said_to_be() -> None:
    app = type_value(open_panel(tab="Try"), '{"name": "Ada", "age": 36}')

    assert app.success[0].value == "Valid"
    assert editor_of(app).marks == ()


def test_each_error_is_told_with_its_place_and_marked_at_its_field() -> None:
    app = type_value(open_panel(tab="Try"), '{"age": -3}')

    assert "2 errors" in said(app)
    assert "**age** must be at least 0 (it is -3) (/age)" in said(app)
    assert "**name** is required (/name)" in said(app)
    assert set(editor_of(app).marks) == {Mark((0,), "is required"), Mark((1,), "must be at least 0")}


def test_emptying_the_text_clears_the_marks() -> None:
    app = type_value(open_panel(tab="Try"), "{}")

    type_value(app, "")

    assert editor_of(app).marks == ()
    assert not app.error


def test_the_verdict_follows_the_schema() -> None:
    app = type_value(open_panel(tab="Try"), '{"name": "Ada", "age": -3}')

    edit(app, (1,), minimum=-5)

    assert app.success[0].value == "Valid"
    assert editor_of(app).marks == ()
    edit(app, (1,), minimum=5)
    assert "must be at least 5" in said(app)


def test_what_was_typed_outlives_other_tabs_and_edits_and_keeps_its_marks() -> None:
    app = type_value(open_panel(tab="Try"), "{}")

    go_to(app, "JSON")
    edit(app, (0,), name="full_name")
    assert {mark.text for mark in editor_of(app).marks} == {"is required"}
    go_to(app, "Try")

    assert app.text_area[0].value == "{}"
    assert "full_name" in said(app)


def test_broken_json_is_told_by_line_and_column() -> None:
    app = type_value(open_panel(tab="Try"), '{"name": "Ada",\n "age" 3}')

    assert "line 2, column 8, a colon is missing" in said(app)


def test_what_a_run_would_mend_is_listed() -> None:
    app = type_value(open_panel(tab="Try"), '{"name": "Ada", "age": "36"}')

    assert "1 error" in said(app)
    assert "A run would mend this" in said(app)
    assert "“36” → 36" in said(app)


def test_the_example_takes_the_place_of_the_text_which_can_be_put_back() -> None:
    app = type_value(open_panel(tab="Try"), "[my work]")

    press(app, "b.try.fill")
    assert app.success[0].value == "Valid"
    press(app, "b.try.back")

    assert app.text_area[0].value == "[my work]"


def test_the_check_button_keeps_the_text() -> None:
    app = type_value(open_panel(tab="Try"), "{}")

    press(app, "b.try.check")

    assert app.text_area[0].value == "{}"
    assert "2 errors" in said(app)


@pytest.mark.parametrize(
    "hostile",
    [{"$ref": "file:///etc/passwd"}, make_ladder(28), make_nested(80), {"type": "string", "pattern": "(?=a)"}],
)
def test_a_hostile_schema_gives_a_sentence_in_every_tab(hostile: Json) -> None:
    app = open_panel({"type": "object", "properties": {"a": hostile}}, tab="Try")

    type_value(app, '{"a": 1}')

    assert "cannot be used" in said(app)
    assert editor_of(app).marks == ()
    for tab in ("JSON", "Python", "Example", "Advice"):
        go_to(app, tab)


def test_markup_in_schema_and_value_is_shown_as_it_is() -> None:
    name = "**x** :material/home: <b>"
    app = open_panel({"type": "object", "properties": {name: {"type": "integer"}}}, tab="Try")

    type_value(app, '{"**x** :material/home: <b>": "![](https://example.com)"}')
    assert r"\*\*x\*\*" in app.error[0].value
    assert r"\!\[\]\(https" in app.error[0].value
    go_to(app, "Advice")

    assert any(r"\*\*x\*\*" in caption.value for caption in app.caption)


def test_a_fix_is_made_at_its_button_and_undone_with_the_rest() -> None:
    app = open_panel(tab="Advice")
    assert "no description" in said(app)

    press(app, "b.advice.no_description.0.fix")

    assert editor_of(app).draft.get_field((1,)).description == "Age in years"
    assert "Nothing to mend" in said(app)
    history = editor_of(app).form.history
    assert history.undo_label == "Fix of “age”"
    assert history.undo().draft.to_json_schema() == PERSON


def test_a_fix_keeps_the_text_that_is_tried() -> None:
    app = type_value(open_panel(tab="Try"), "{}")
    go_to(app, "Advice")

    press(app, "b.advice.no_description.0.fix")

    assert len(editor_of(app).marks) == 2
    assert go_to(app, "Try").text_area[0].value == "{}"


def test_show_opens_the_field_in_the_form() -> None:
    app = open_panel(tab="Advice")

    press(app, "b.advice.no_description.0.show")

    assert editor_of(app).form.selected == (1,)


def test_many_findings_are_cut_and_fixed_at_once() -> None:
    plain = {"type": "string", "title": "A title"}
    app = open_panel({"type": "object", "properties": {f"f{number}": plain for number in range(200)}}, tab="Advice")
    assert "and 180 more" in said(app)

    press(app, "b.advice.no_description.all")

    assert "Nothing to mend" in said(app)
    assert editor_of(app).form.history.undo_label == "Fixes of “No description”"


def test_advice_is_for_the_provider_chosen_also_after_another_tab() -> None:
    app = open_panel(tab="Advice")
    assert app.selectbox[0].value == "any"

    app.selectbox[0].set_value("openai").run()
    edit(app, (0,), required=False)
    go_to(app, "JSON")
    go_to(app, "Advice")

    assert app.selectbox[0].value == "openai"
    assert "OpenAI's strict mode requires every field" in said(app)


def test_no_fix_is_offered_that_would_lose_a_field_or_a_text() -> None:
    app = open_panel(tab="Advice")
    edit(app, (0,), name="age")

    assert app.button(key="b.advice.no_description.0.fix").disabled
    assert "a name of its own" in said(app)
