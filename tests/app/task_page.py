"""The editor of a task, used without a browser."""

from collections.abc import Callable

from streamlit.testing.v1 import AppTest

from core.actors import LOCAL_USER
from core.services import Services
from core.tasks.records import TaskRecord
from tests.app.browser_form import BrowserForm
from tests.app.rows import press

OpenPage = Callable[..., AppTest]
ANSWER = "tasks.1.answer"
INPUT = "tasks.1.input"


def open_new(open_page: OpenPage, *, name: str = "") -> AppTest:
    app = open_page("tasks")
    app.button(key="tasks.add").click().run()
    return app.text_input(key="tasks.name").set_value(name).run() if name else app


def open_stored(open_page: OpenPage, task: TaskRecord) -> AppTest:
    app = open_page("tasks")
    return press(app, "tasks", "edit", task.id)


def answer_form(app: AppTest) -> BrowserForm:
    return BrowserForm(app, ANSWER)


def input_form(app: AppTest) -> BrowserForm:
    return BrowserForm(app, INPUT)


def turn_to(app: AppTest, tab: str) -> None:
    """Choose Answer or Input; the next run shows it."""
    app.session_state[f"{ANSWER}.part"] = tab


def open_tab(app: AppTest, name: str) -> AppTest:
    """Open the Form or the JSON of the answer."""
    app.session_state[f"{ANSWER}.tab"] = name
    return app.run()


def type_json(app: AppTest, text: str) -> AppTest:
    """Open the JSON of the answer and replace its text."""
    open_tab(app, "JSON")
    return app.text_area[0].set_value(text).run()


def is_editing(app: AppTest) -> bool:
    return any(button.key == "tasks.save" for button in app.button)


def save(app: AppTest) -> AppTest:
    return app.button(key="tasks.save").click().run()


def list_tasks(services: Services) -> list[TaskRecord]:
    return services.tasks.list_tasks(LOCAL_USER)


def texts(app: AppTest) -> str:
    """Return what is said on the page, without the backslashes that keep Markdown from reading it."""
    spoken = [*app.text, *app.caption, *app.markdown, *app.error, *app.warning, *app.info]
    said = "\n".join(f"{getattr(element.proto, 'title', '')} {element.value}" for element in spoken)
    return said.replace("\\", "")
