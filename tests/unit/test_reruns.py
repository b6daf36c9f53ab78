"""Reruns of a part of a page: a late one changes nothing, and one that carries more is seen as such."""

import pytest
from streamlit.proto.WidgetStates_pb2 import WidgetState, WidgetStates
from streamlit.runtime.scriptrunner.script_runner import ScriptRunner
from streamlit.runtime.scriptrunner_utils.script_requests import RerunData, ScriptRequests
from streamlit.runtime.state.common import WidgetMetadata
from streamlit.runtime.state.session_state import SessionState

from pages.ui.reruns import carries_more, mend_reruns


@pytest.fixture(autouse=True)
def mended_reruns(monkeypatch: pytest.MonkeyPatch) -> None:
    """As in the app; Streamlit is as it was afterwards."""
    monkeypatch.setattr(ScriptRunner, "_run_script", ScriptRunner._run_script)
    monkeypatch.setattr(ScriptRequests, "_request_rerun_locked", ScriptRequests._request_rerun_locked)
    mend_reruns()


def run_of(*asked: RerunData) -> RerunData:
    requests = ScriptRequests()
    for each in asked:
        assert requests.request_rerun(each)
    return requests.on_scriptrunner_ready().rerun_data


def test_a_late_part_does_not_bring_the_old_page_back() -> None:
    next_page = RerunData(page_script_hash="next")

    found = run_of(next_page, RerunData(page_script_hash="left", fragment_id="part"))

    assert (found.page_script_hash, found.fragment_id_queue) == ("next", [])


def test_parts_of_the_same_page_are_still_run_together() -> None:
    found = run_of(
        RerunData(page_script_hash="page", fragment_id="one"), RerunData(page_script_hash="page", fragment_id="two")
    )

    assert found.fragment_id_queue == ["one", "two"]


def test_the_next_page_is_run_after_a_part_of_the_one_before() -> None:
    found = run_of(RerunData(page_script_hash="left", fragment_id="part"), RerunData(page_script_hash="next"))

    assert (found.page_script_hash, found.fragment_id_queue) == ("next", [])


@pytest.fixture
def page() -> SessionState:
    """A page with a button and a field of its own, and a button in a part of it, after its first run."""
    state = SessionState()
    add_widget(state, "save", "trigger_value", value=False)
    add_widget(state, "name", "string_value", value="before")
    add_widget(state, "off", "trigger_value", value=False, is_disabled=True)
    add_widget(state, "inside", "trigger_value", value=False, fragment_id="part")
    return state


def add_widget(
    state: SessionState,
    widget_id: str,
    value_type: str,
    *,
    value: object,
    fragment_id: str | None = None,
    is_disabled: bool = False,
) -> None:
    metadata = WidgetMetadata(
        id=widget_id,
        deserializer=lambda sent: sent,
        serializer=lambda kept: kept,
        value_type=value_type,  # type: ignore[arg-type]
        fragment_id=fragment_id,
        disabled=is_disabled,
    )
    state._new_widget_state.set_widget_metadata(metadata)
    state._new_widget_state.set_from_value(widget_id, value)


def sent(*widgets: WidgetState) -> WidgetStates:
    return WidgetStates(widgets=widgets)


@pytest.mark.parametrize(
    ("widget", "is_more"),
    [
        (WidgetState(id="save", trigger_value=True), True),
        (WidgetState(id="save", trigger_value=False), False),
        (WidgetState(id="name", string_value="after"), True),
        (WidgetState(id="name", string_value="before"), False),
        (WidgetState(id="inside", trigger_value=True), False),
        (WidgetState(id="off", trigger_value=True), False),
        (WidgetState(id="of another page", trigger_value=True), False),
    ],
)
def test_what_happened_outside_of_a_part_is_seen(widget: WidgetState, is_more: bool, page: SessionState) -> None:
    assert carries_more(page, sent(WidgetState(id="inside", trigger_value=True), widget), ["part"]) is is_more


def test_a_press_in_another_part_is_seen(page: SessionState) -> None:
    assert carries_more(page, sent(WidgetState(id="inside", trigger_value=True)), ["another part"])


def test_what_a_page_set_itself_is_no_change(page: SessionState) -> None:
    page._key_id_mapper["key of name"] = "name"
    page["key of name"] = "set"

    assert not carries_more(page, sent(WidgetState(id="name", string_value="set")), ["part"])
    assert carries_more(page, sent(WidgetState(id="name", string_value="before")), ["part"])


def test_a_request_without_widgets_carries_nothing(page: SessionState) -> None:
    assert not carries_more(page, None, ["part"])
