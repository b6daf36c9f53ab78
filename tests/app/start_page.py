"""A page with two builders that can be started from something, and how it is used without a browser."""

from streamlit.testing.v1 import AppTest

from pages.ui.state import SchemaEditor

ANSWER = "page.answer"
INPUT = "page.input"
STORED = {"type": "object", "properties": {"topic": {"type": "string"}}, "required": ["topic"]}


def start_page() -> None:
    """Two builders as on the Tasks page: an empty answer, and an input with a field."""
    import streamlit as st

    from pages.ui.builder.editor import absorb, open_editor
    from pages.ui.builder.start_from import render_empty_start, render_start
    from pages.ui.door import open_door
    from pages.ui.state import SchemaEditor
    from tests.app.start_page import ANSWER, INPUT, STORED

    door = open_door()
    if "editors" not in st.session_state:
        st.session_state["editors"] = [open_editor(ANSWER), open_editor(INPUT, STORED)]

    @st.fragment
    def draw(editor: SchemaEditor, noun: str) -> None:
        absorb(editor)
        if editor.draft.fields:
            render_start(door, editor, noun=noun)
        else:
            render_empty_start(door, editor, noun=noun)

    for editor, noun in zip(st.session_state["editors"], ("an answer", "an input"), strict=True):
        draw(editor, noun)


def answer(app: AppTest) -> SchemaEditor:
    found: SchemaEditor = app.session_state["editors"][0]
    return found


def open_way(app: AppTest, way: str) -> None:
    app.button(key=f"{ANSWER}.start.{way}.open").click().run()


def type_text(app: AppTest, way: str, text: str, *, prefix: str = ANSWER) -> None:
    app.text_area(key=f"{prefix}.start.{way}.text").set_value(text).run()


def look_at(app: AppTest, title: str) -> None:
    app.segmented_control(key=f"{ANSWER}.start.way").set_value(title).run()


def use(app: AppTest, way: str, *, prefix: str = ANSWER) -> None:
    app.button(key=f"{prefix}.start.{way}.use").click().run()


def upload(app: AppTest, way: str, name: str, content: bytes, *, number: int = 0) -> None:
    app.file_uploader(key=f"{ANSWER}.start.{way}.file.{number}").set_value((name, content, "text/plain")).run()


def shown_fields(app: AppTest) -> dict[str, str]:
    """Return the types of the proposed fields by their names."""
    table = app.dataframe[0].value
    return dict(zip(table["Field"], table["Type"], strict=True))


def texts(app: AppTest) -> str:
    """Return what is said on the page, without the backslashes that keep Markdown from reading it."""
    spoken = [*app.text, *app.caption, *app.error, *app.warning]
    said = "\n".join(f"{getattr(element.proto, 'title', '')} {element.value}" for element in spoken)
    return said.replace("\\", "")


def is_open(app: AppTest) -> bool:
    return bool(app.segmented_control)


def offers(app: AppTest, way: str) -> bool:
    return any(button.key == f"{ANSWER}.start.{way}.use" for button in app.button)


def fields(editor: SchemaEditor) -> list[str]:
    return [field.name for field in editor.draft.fields]
