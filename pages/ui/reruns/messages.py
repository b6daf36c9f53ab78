"""What a tab's message carries besides what it asks for: fields and buttons of other parts of the page."""

from collections.abc import Collection, Mapping

from streamlit.proto.ClientState_pb2 import ClientState
from streamlit.proto.WidgetStates_pb2 import WidgetState, WidgetStates
from streamlit.runtime.scriptrunner_utils.script_requests import _TRIGGER_PROTO_FIELDS, _has_active_trigger_value
from streamlit.runtime.state.common import WidgetMetadata
from streamlit.runtime.state.session_state import SessionState, WStates


def list_values(sent: WidgetStates) -> dict[str, WidgetState]:
    """Return the values of the fields by their ids; what is pressed is none."""
    return {widget.id: widget for widget in sent.widgets if not _is_trigger(widget)}


def has_news(sent: WidgetStates, before: Mapping[str, WidgetState]) -> bool:
    """Whether something was pressed, or a field is not as in the tab's message before."""
    is_pressed = any(map(_has_active_trigger_value, sent.widgets))
    return is_pressed or any(value != before.get(name) for name, value in list_values(sent).items())


def without_old(state: SessionState, asked: ClientState, before: Mapping[str, WidgetState]) -> ClientState:
    """Return a fragment's request without the fields that are as in the tab's message before: they may be out of date.

    Where nothing else tells why the fragment asks, somebody gave one of its fields back what it had then: these stay.
    """
    known = state._new_widget_state.widget_metadata

    def is_own(widget: WidgetState) -> bool:
        return widget.id in known and known[widget.id].fragment_id == asked.fragment_id

    sent = asked.widget_states.widgets
    news = [widget for widget in sent if widget != before.get(widget.id)]
    is_told = any(_has_active_trigger_value(widget) or (is_own(widget) and not _is_trigger(widget)) for widget in news)
    kept = news if is_told else [widget for widget in sent if is_own(widget) or widget != before.get(widget.id)]
    trimmed = ClientState()
    trimmed.CopyFrom(asked)
    trimmed.widget_states.CopyFrom(WidgetStates(widgets=kept))
    return trimmed


def joined(old: WidgetStates | None, new: WidgetStates | None) -> WidgetStates | None:
    """Return the new states with those of the old fields that they leave out. Streamlit sees to buttons itself."""
    if old is None or new is None:
        return new
    named = {widget.id for widget in new.widgets}
    left_out = [widget for widget in old.widgets if widget.id not in named and not _is_trigger(widget)]
    return WidgetStates(widgets=[*new.widgets, *left_out])


def carries_more(state: SessionState, sent: WidgetStates | None, fragment_ids: Collection[str]) -> bool:
    """Whether a widget outside of these fragments was pressed, or changed since the last run, by what was sent."""
    known = state._new_widget_state.widget_metadata
    for widget in sent.widgets if sent else ():
        metadata = known.get(widget.id)
        if metadata is None or metadata.disabled or metadata.fragment_id in fragment_ids:
            continue
        if _has_active_trigger_value(widget) or _is_changed(state, widget, metadata):
            return True
    return False


def _is_changed(state: SessionState, widget: WidgetState, metadata: WidgetMetadata[object]) -> bool:
    """Whether a widget that is no button has another value now. It takes it over in the run, so a copy reads it."""
    if _is_trigger(widget) or widget.id not in state:
        return False
    read = WStates(widget_metadata={widget.id: metadata})
    read.set_widget_from_proto(widget)
    try:
        return bool(read[widget.id] != state[widget.id])
    except Exception:  # noqa: BLE001  # whatever a widget's reader raises, the run shows it; here it would end the thread
        return True


def _is_trigger(widget: WidgetState) -> bool:
    return widget.WhichOneof("value") in _TRIGGER_PROTO_FIELDS
