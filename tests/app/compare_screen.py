"""Reads the tables of the Compare page and presses what stands in them, as a browser would."""

import json
import uuid
from typing import Any

from streamlit.testing.v1 import AppTest

from core.actors import LOCAL_USER
from core.runs.comparing.records import ComparisonRecord
from core.services import Services
from tests.factories import wait_until

FIGURES = "compare.figures"
ANSWERS = "compare.answers"


def table(app: AppTest, key: str) -> dict[str, Any]:  # Any: see pages/ui/compare/grid.py
    """Return the data of a table; an empty one when it is not on the page."""
    found = [each for each in app.get("bidi_component") if each.key == key]
    return json.loads(found[0].proto.json) if found else {"head": [], "rows": []}


def cell_text(cell: dict[str, Any]) -> str:  # Any: as above
    """Return what stands in a cell, its parts side by side."""
    lines, badges = [line["text"] for line in cell["lines"]], [badge["word"] for badge in cell["badges"]]
    return " ".join([*lines, *badges, *(press["text"] for press in cell["presses"])])


def column_texts(app: AppTest) -> list[str]:
    """Return what stands in each row of the figures, which is one for each column."""
    return [" | ".join(map(cell_text, row["cells"])) for row in table(app, FIGURES)["rows"]]


def answer_row(app: AppTest, place: str) -> list[dict[str, Any]]:  # Any: as above
    """Return the cells of a field, without the one that names it."""
    (row,) = [row for row in table(app, ANSWERS)["rows"] if row["id"] == place]
    return list(row["cells"][1:])


def press_in(app: AppTest, key: str, act: str, value: str) -> AppTest:
    """Press a button or a link of a table and run the page."""
    (found,) = [each for each in app.get("bidi_component") if each.key == key]
    assert f'"act": "{act}"' in found.proto.json or f'"act":"{act}"' in found.proto.json, f"nothing there can {act}"
    states = app._tree.get_widget_states()
    # The id under which Streamlit collects what a component triggers; its own tests have no other way in either.
    trigger = states.widgets.add(id=f"$$STREAMLIT_INTERNAL_KEY_{found.proto.id}__events")
    trigger.json_trigger_value = json.dumps([{"event": "pressed", "value": {"act": act, "value": value}}])
    return app._run(states)


def wait_until_over(services: Services, comparison_id: uuid.UUID) -> ComparisonRecord:
    """Return a comparison once all of its runs are over."""

    def read() -> ComparisonRecord:
        return services.comparisons.get_comparison(LOCAL_USER, comparison_id)

    wait_until(lambda: read().is_over, seconds=30, what="the comparison to end")
    return read()


def texts(app: AppTest) -> str:
    """Return what is said on the page, without the backslashes that keep Markdown from reading it."""
    spoken = [*app.text, *app.caption, *app.markdown, *app.subheader, *app.error, *app.warning, *app.info]
    said = "\n".join(f"{getattr(element.proto, 'title', '')} {element.value}" for element in spoken)
    return said.replace("\\", "")
