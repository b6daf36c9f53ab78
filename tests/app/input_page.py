"""A page with nothing but the input of a task, and how it is used without a browser."""

import uuid
from typing import Any, cast

from streamlit.testing.v1 import AppTest

from core.tasks.records import TaskRecord
from pages.ui.input.assembling import InputForm
from pages.ui.input.state import InputState

KEY = "page"


def input_page() -> None:
    """The input of the task in the session, and a button that has the judge look at it."""
    import streamlit as st

    from core.tasks.inputs import find_misfits
    from pages.ui.door import open_door
    from pages.ui.input.state import InputState
    from pages.ui.input.task_input import fill_input, render_task_input
    from pages.ui.state import page_state
    from tests.app.input_page import KEY

    door = open_door()
    state = page_state(InputState)
    task = door.services.tasks.get_task(door.actor, st.session_state["task_id"])
    if "start" in st.session_state:
        fill_input(state, st.session_state.pop("start"), task_id=task.id, key=KEY)
    st.session_state["given"] = given = render_task_input(door, state, task, key=KEY)
    if st.button("Send", key="send"):
        state.errors = find_misfits(given if isinstance(given, str) else given.value, task.request_schema)
        st.rerun()


def open_input(task: TaskRecord, start: Any = None) -> AppTest:  # Any: JSON
    """Open the page for a task, filled with a value unless that is None."""
    app = AppTest.from_function(input_page, default_timeout=20)
    app.session_state["task_id"] = task.id
    if start is not None:
        app.session_state["start"] = start
    app.run()
    assert not app.exception
    return app


def value(app: AppTest) -> Any:  # Any: JSON
    """Return the input as far as it is typed."""
    assert not app.exception
    given = app.session_state["given"]
    return given if isinstance(given, str) else cast(InputForm, given).value


def problems(app: AppTest) -> list[str]:
    return [problem.message for problem in cast(InputForm, app.session_state["given"]).problems]


def state_of(app: AppTest) -> InputState:
    found: InputState = app.session_state["state.InputState"]
    return found


def find(app: AppTest, kind: str, label: str) -> Any:  # Any: AppTest's element of this kind
    """Return the first widget of a kind with this label, whether it is optional or not."""
    return find_all(app, kind, label)[0]


def find_all(app: AppTest, kind: str, label: str) -> list[Any]:  # Any: as above
    named = [(element.label.removesuffix(" (optional)").replace("\\", ""), element) for element in getattr(app, kind)]
    return [element for name, element in named if name == label]


def press(app: AppTest, ending: str, *, place: int = 0) -> AppTest:
    """Press the button, among those whose keys end so, at this place."""
    found = [button for button in app.button if str(button.key).endswith(ending)]
    found[place].click().run()
    assert not app.exception
    return app


def turn_to(app: AppTest, view: str) -> AppTest:
    """Choose “Form” or “JSON”."""
    switch = next(control for control in app.segmented_control if str(control.key).startswith(f"{KEY}.view."))
    switch.set_value(view).run()
    assert not app.exception
    return app


def choose(app: AppTest, entry: str) -> AppTest:
    """Choose an entry of the menu, which opens its dialog."""
    app.menu_button(key=f"{KEY}.menu").click(entry).run()
    assert not app.exception
    return app


def pick_fixture(app: AppTest, fixture_id: uuid.UUID) -> AppTest:
    app.pills(key=f"{KEY}.sample").set_value(fixture_id).run()
    assert not app.exception
    return app


def texts(app: AppTest) -> str:
    """Return what is said on the page, without the backslashes that keep Markdown from reading it."""
    spoken = [*app.text, *app.caption, *app.markdown, *app.error, *app.warning]
    said = "\n".join(f"{getattr(element.proto, 'title', '')} {element.value}" for element in spoken)
    return said.replace("\\", "")
