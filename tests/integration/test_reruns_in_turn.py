"""What was drawn, pressed or typed outlives a rerun that is asked for at a bad moment, in Streamlit's own runtime."""

import asyncio
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from streamlit.proto.AppPage_pb2 import AppPage
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState
from streamlit.runtime import Runtime, RuntimeConfig
from streamlit.runtime.memory_media_file_storage import MemoryMediaFileStorage
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager

from tests.mended_reruns import mend_for_a_test

DEADLINE_SECONDS = 20

TWO_PARTS = """
import streamlit as st

@st.fragment
def draw(name):
    st.session_state[name] = st.session_state.get(name, 0) + 1
    st.text(f"{name} {st.session_state[name]}")
    st.button(name)

draw("one")
draw("two")
"""
A_SLOW_PAGE = """
import streamlit as st
from tests.integration.test_reruns_in_turn import GATE, REACHED

st.text_input("field")
REACHED.set()
GATE.wait(20)
if st.button("press"):
    st.session_state["presses"] = st.session_state.get("presses", 0) + 1
st.text(f"presses {st.session_state.get('presses', 0)}")
"""
A_PAGE_THAT_ENDS_ITSELF = A_SLOW_PAGE + "st.stop()"
TWO_PAGES = """
import streamlit as st
from tests.integration.test_reruns_in_turn import GATE, REACHED

def first():
    st.text_input("field")
    REACHED.set()
    GATE.wait(20)
    st.text("first")

def second():
    st.text("second")

st.navigation([st.Page(first), st.Page(second)]).run()
"""
A_FIELD_BESIDE_A_PART = """
import streamlit as st

def fill():
    st.session_state["field"] = "filled"

@st.fragment
def draw():
    st.button("news")
    st.text(f"seen={st.session_state['field']}")

field = st.text_input("field", key="field")
st.button("fill", on_click=fill)
st.text(f"field={field}")
draw()
"""
GATE = threading.Event()
"""Open while the slow page need not wait."""
REACHED = threading.Event()
"""Set when the slow page has come to the gate."""


class Tab:
    """A browser's tab, as the runtime knows it: what it was sent, and what is pressed in it."""

    client_context = None

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self.received: list[ForwardMsg] = []
        self._session_id = runtime.connect_session(self, {})
        self._session = runtime.get_app_session(self._session_id)

    def write_forward_msg(self, msg: ForwardMsg) -> None:
        self.received.append(msg)

    @property
    def texts(self) -> list[str]:
        return [each.delta.new_element.text.body for each in self.received if each.delta.new_element.HasField("text")]

    def ask(self, *widgets: WidgetState, fragment_id: str = "", page: str = "") -> None:
        """Ask for a rerun of a fragment, or of a page by the name in its address; of the page shown without one."""
        shown = self._session.page_script_hash if self._session else ""
        pages = {each.url_pathname: each.page_script_hash for each in self._pages} | {"": shown}
        message = BackMsg()
        message.rerun_script.fragment_id = fragment_id
        message.rerun_script.page_script_hash = pages[page]
        message.rerun_script.widget_states.widgets.extend(widgets)
        self._runtime.handle_backmsg(self._session_id, message)

    @property
    def _pages(self) -> list[AppPage]:
        found = [each.navigation.app_pages for each in self.received if each.HasField("navigation")]
        return list(found[-1]) if found else []

    def press(self, label: str, *along: WidgetState) -> None:
        """Press a button as the browser does: in the fragment it stands in, with the values of fields along."""
        delta = next(each.delta for each in self.received if each.delta.new_element.button.label == label)
        pressed = WidgetState(id=delta.new_element.button.id, trigger_value=True)
        self.ask(pressed, *along, fragment_id=delta.fragment_id)

    def field(self, label: str, text: str) -> WidgetState:
        delta = next(each.delta for each in self.received if each.delta.new_element.text_input.label == label)
        return WidgetState(id=delta.new_element.text_input.id, string_value=text)

    def wait_for_thread(self) -> None:
        """Wait until the script's thread has ended, and let nothing be heard of it meanwhile."""
        assert self._session is not None
        assert self._session._scriptrunner is not None
        thread = self._session._scriptrunner._script_thread
        assert thread is not None
        thread.join(DEADLINE_SECONDS)
        assert not thread.is_alive()

    async def settle(self) -> None:
        assert self._session is not None
        await asyncio.wait_for(self._session.wait_until_settled(), DEADLINE_SECONDS)


@pytest.fixture(autouse=True)
def mended_runtime(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """As in the app; no other runtime of this process is seen meanwhile."""
    monkeypatch.setattr(Runtime, "_instance", None)
    mend_for_a_test(monkeypatch)
    GATE.set()
    yield
    GATE.set()


def close_gate() -> None:
    REACHED.clear()
    GATE.clear()


async def open_tab(script: str, folder: Path) -> Tab:
    path = folder / "page.py"
    path.write_text(script)
    runtime = Runtime(
        RuntimeConfig(
            script_path=str(path),
            media_file_storage=MemoryMediaFileStorage("/media"),
            uploaded_file_manager=MemoryUploadedFileManager("/upload"),
        )
    )
    await runtime.start()
    tab = Tab(runtime)
    assert tab._session is not None
    tab._session.track_settling()
    tab.ask()
    await tab.settle()
    return tab


def test_what_a_part_drew_is_handed_over_though_another_asks_as_it_ends(tmp_path: Path) -> None:
    async def run() -> Tab:
        tab = await open_tab(TWO_PARTS, tmp_path)
        tab.press("one")
        tab.wait_for_thread()
        tab.press("two")
        await tab.settle()
        return tab

    assert asyncio.run(run()).texts == ["one 1", "two 1", "one 2", "two 2"]


@pytest.mark.parametrize("script", [A_SLOW_PAGE, A_PAGE_THAT_ENDS_ITSELF])
def test_a_press_counts_once_though_a_rerun_goes_on_and_another_follows(script: str, tmp_path: Path) -> None:
    async def run() -> Tab:
        tab = await open_tab(script, tmp_path)
        close_gate()
        tab.ask(tab.field("field", "typed"))
        assert REACHED.wait(DEADLINE_SECONDS)
        tab.press("press", tab.field("field", "typed"))
        tab.ask(tab.field("field", "typed on"))
        GATE.set()
        await tab.settle()
        return tab

    assert asyncio.run(run()).texts[-1] == "presses 1"


def test_a_press_counts_though_a_rerun_is_asked_for_before_it_is_dealt_with(tmp_path: Path) -> None:
    async def run() -> Tab:
        tab = await open_tab(A_SLOW_PAGE, tmp_path)
        close_gate()
        tab.press("press")
        assert REACHED.wait(DEADLINE_SECONDS)
        tab.ask(tab.field("field", "typed"))
        GATE.set()
        await tab.settle()
        return tab

    assert asyncio.run(run()).texts[-1] == "presses 1"


@pytest.mark.parametrize(("is_typed", "shown"), [(True, "second"), (False, "first")])
def test_the_page_that_was_chosen_last_is_shown_though_the_one_before_tells_of_a_field(
    is_typed: bool, shown: str, tmp_path: Path
) -> None:
    async def run() -> Tab:
        tab = await open_tab(TWO_PAGES, tmp_path)
        close_gate()
        tab.ask()
        assert REACHED.wait(DEADLINE_SECONDS)
        tab.ask(page="second")
        tab.ask(*([tab.field("field", "typed")] if is_typed else []))
        GATE.set()
        await tab.settle()
        return tab

    assert asyncio.run(run()).texts[-1] == shown


def test_a_part_that_asks_with_old_values_undoes_none(tmp_path: Path) -> None:
    async def run() -> Tab:
        tab = await open_tab(A_FIELD_BESIDE_A_PART, tmp_path)
        old = tab.field("field", "typed")
        tab.ask(old)
        await tab.settle()
        tab.press("fill", old)
        await tab.settle()
        tab.press("news", old)  # the browser has not heard of the new value yet
        await tab.settle()
        return tab

    drawn = ["field=", "seen=", "field=typed", "seen=typed", "field=filled", "seen=filled", "seen=filled"]
    assert asyncio.run(run()).texts == drawn


def test_what_was_typed_counts_though_a_part_asks_with_it(tmp_path: Path) -> None:
    async def run() -> Tab:
        tab = await open_tab(A_FIELD_BESIDE_A_PART, tmp_path)
        tab.press("news", tab.field("field", "typed"))
        await tab.settle()
        return tab

    assert asyncio.run(run()).texts == ["field=", "seen=", "field=typed", "seen=typed"]


def test_what_was_typed_counts_though_a_part_asks_before_it_is_run(tmp_path: Path) -> None:
    async def run() -> Tab:
        tab = await open_tab(A_FIELD_BESIDE_A_PART, tmp_path)
        typed = tab.field("field", "typed")
        tab.ask(tab.field("field", "typing"))
        tab.ask(typed)
        tab.press("news", typed)
        await tab.settle()
        return tab

    assert asyncio.run(run()).texts[-2:] == ["field=typed", "seen=typed"]


def test_what_was_typed_counts_with_the_next_part_that_asks_though_the_first_is_gone(tmp_path: Path) -> None:
    async def run() -> Tab:
        tab = await open_tab(A_FIELD_BESIDE_A_PART, tmp_path)
        typed = tab.field("field", "typed")
        tab.ask(typed, fragment_id="gone")
        tab.press("news", typed)
        await tab.settle()
        return tab

    assert asyncio.run(run()).texts == ["field=", "seen=", "field=typed", "seen=typed"]
