"""Reruns of a part of a page: a late one changes nothing, and one that carries more is seen as such."""

from collections.abc import Callable
from types import SimpleNamespace

import pytest
from streamlit.proto.ClientState_pb2 import ClientState
from streamlit.proto.WidgetStates_pb2 import WidgetState, WidgetStates
from streamlit.runtime.scriptrunner_utils.script_requests import (
    RerunData,
    ScriptRequest,
    ScriptRequests,
    ScriptRequestType,
)
from streamlit.runtime.state.common import WidgetMetadata
from streamlit.runtime.state.session_state import SessionState

from pages.ui.reruns import turns
from pages.ui.reruns.messages import carries_more, without_old
from tests.mended_reruns import mend_for_a_test

RunAfterOwn = Callable[[RerunData, RerunData], RerunData]


@pytest.fixture(autouse=True)
def mended_reruns(monkeypatch: pytest.MonkeyPatch) -> None:
    mend_for_a_test(monkeypatch)


@pytest.fixture
def in_script(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """From the call on, what is asked for is asked for by the script of "page" itself."""
    context = SimpleNamespace(page_script_hash="page")
    return lambda: monkeypatch.setattr(turns, "get_script_run_ctx", lambda **_: context)


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


def test_a_run_is_not_cut_short_by_what_is_asked_for_later() -> None:
    requests = ScriptRequests()
    assert requests.request_rerun(RerunData(page_script_hash="page"))

    assert requests.on_scriptrunner_yield() is None
    assert requests.on_scriptrunner_ready().rerun_data.page_script_hash == "page"


@pytest.fixture
def run_after_own(in_script: Callable[[], None]) -> RunAfterOwn:
    """What is run when something waits, and the script then asks for a rerun itself: it ends for that."""

    def run_after_own(waiting: RerunData, own: RerunData) -> RerunData:
        requests = ScriptRequests()
        requests.request_rerun(waiting)
        in_script()
        requests.request_rerun(own)
        found = requests.on_scriptrunner_yield()
        assert found is not None
        return found.rerun_data

    return run_after_own


def test_what_was_typed_meanwhile_outlives_a_rerun_of_the_script_itself(run_after_own: RunAfterOwn) -> None:
    typed = sent(WidgetState(id="name", string_value="after"))

    found = run_after_own(
        RerunData(page_script_hash="page", widget_states=typed),
        RerunData(page_script_hash="page", query_string="run=2"),
    )

    assert (found.widget_states, found.query_string) == (typed, "run=2")


def test_a_script_that_asks_for_itself_does_not_undo_a_choice_of_another_page(run_after_own: RunAfterOwn) -> None:
    found = run_after_own(RerunData(page_script_hash="next"), RerunData(page_script_hash="page"))

    assert found.page_script_hash == "next"


def test_a_script_may_open_another_page_though_something_on_its_own_was_done(run_after_own: RunAfterOwn) -> None:
    typed = sent(WidgetState(id="name", string_value="after"))

    found = run_after_own(RerunData(page_script_hash="page", widget_states=typed), RerunData(page_script_hash="next"))

    assert (found.page_script_hash, found.widget_states) == ("next", typed)


def test_the_address_somebody_went_back_to_outlives_a_rerun_of_the_script_itself(run_after_own: RunAfterOwn) -> None:
    found = run_after_own(
        RerunData(page_script_hash="page", query_string="run=1", is_history_navigation=True),
        RerunData(page_script_hash="page", query_string="run=2"),
    )

    assert (found.query_string, found.is_history_navigation) == ("run=1", True)


def test_a_request_that_comes_just_as_a_script_looks_does_not_cut_it_short(monkeypatch: pytest.MonkeyPatch) -> None:
    requests = ScriptRequests()
    looked = turns._give_way

    def ask_then_look(requests: ScriptRequests) -> ScriptRequest | None:
        requests.request_rerun(RerunData(page_script_hash="page"))
        return looked(requests)

    monkeypatch.setattr(turns, "_give_way", ask_then_look)

    assert requests.on_scriptrunner_yield() is None


def test_a_stop_ends_a_script_at_once() -> None:
    requests = ScriptRequests()
    requests.request_rerun(RerunData(page_script_hash="page"))
    requests.request_stop()

    assert requests.on_scriptrunner_yield() == ScriptRequest(ScriptRequestType.STOP)
    assert requests.on_scriptrunner_ready() == ScriptRequest(ScriptRequestType.STOP)


def test_what_was_asked_for_is_run_after_a_script_that_ended_itself(in_script: Callable[[], None]) -> None:
    requests = ScriptRequests()
    requests.request_rerun(RerunData(page_script_hash="page", query_string="run=1"))
    in_script()
    requests.request_stop()

    assert requests.on_scriptrunner_yield() == ScriptRequest(ScriptRequestType.STOP)
    assert requests.on_scriptrunner_ready().rerun_data.query_string == "run=1"


def test_a_part_knows_nothing_of_the_address() -> None:
    found = run_of(
        RerunData(page_script_hash="page", query_string="run=1"), RerunData(page_script_hash="page", fragment_id="part")
    )

    assert found.query_string == "run=1"


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


@pytest.mark.parametrize(
    ("asked_with", "left"),
    [
        ({"press": True}, ["press"]),
        ({"press": True, "name": "new"}, ["press", "name=new"]),
        ({"own": "new"}, ["own=new"]),
        ({}, ["own=old", "own too=old"]),
        ({"name": "new"}, ["own=old", "own too=old", "name=new"]),
    ],
)
def test_what_is_as_before_is_left_out_unless_nothing_else_tells_why_it_asks(
    asked_with: dict[str, str | bool], left: list[str], page: SessionState
) -> None:
    fields = ("own", "own too", "name")
    for name in fields[:2]:
        add_widget(page, name, "string_value", value="set since", fragment_id="part")
    before = {name: WidgetState(id=name, string_value="old") for name in fields}
    asked = ClientState(fragment_id="part")
    if asked_with.get("press"):
        asked.widget_states.widgets.add(id="press", trigger_value=True)
    for name in fields:
        asked.widget_states.widgets.add(id=name, string_value=str(asked_with.get(name, "old")))

    found = without_old(page, asked, before).widget_states.widgets

    assert [f"{each.id}={each.string_value}".rstrip("=") for each in found] == left
