"""Reads the live tables of a page and presses what stands in them, as a browser would."""

import json
import uuid
from typing import Any

from streamlit.proto.WidgetStates_pb2 import WidgetStates
from streamlit.testing.v1 import AppTest


def rows(app: AppTest, name: str) -> list[dict[str, Any]]:  # Any: see pages/ui/cells.py
    """Return the rows of a table; none when it is not on the page."""
    tables = [each for each in app.get("bidi_component") if each.key == f"{name}.table"]
    return json.loads(tables[0].proto.json)["rows"] if tables else []


def row_texts(app: AppTest, name: str) -> str:
    """Return all that stands in the rows of a table."""
    return json.dumps(rows(app, name), ensure_ascii=False)


def find_press(app: AppTest, name: str, act: str, item_id: uuid.UUID) -> dict[str, Any]:  # Any: see pages/ui/cells.py
    """Return a button of a row."""
    (row,) = [row for row in rows(app, name) if row["id"] == str(item_id)]
    found: list[dict[str, Any]]  # Any: as above
    found = [press for cell in row["cells"] for press in cell["presses"] if press["act"] == act]
    assert len(found) == 1, f"{act} stands {len(found)} times"
    return found[0]


def press(app: AppTest, name: str, act: str, item_id: uuid.UUID, **more: object) -> AppTest:
    """Press a button of a row, or move its switch with `is_on`, and run the page."""
    (table,) = [each for each in app.get("bidi_component") if each.key == f"{name}.table"]
    states = app._tree.get_widget_states()
    _add_trigger(states, table.proto.id, {"act": act, "id": str(item_id), **more})
    return app._run(states)


def _add_trigger(states: WidgetStates, component_id: str, value: object) -> None:
    # The id under which Streamlit collects what a component triggers; its own tests have no other way in either.
    trigger = states.widgets.add(id=f"$$STREAMLIT_INTERNAL_KEY_{component_id}__events")
    trigger.json_trigger_value = json.dumps([{"event": "pressed", "value": value}])
