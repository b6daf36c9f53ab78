"""The form of a schema builder as a browser has it: reads what it was sent, and sends edits back."""

import json
from dataclasses import dataclass
from typing import Any

from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.element_tree import Block, Element

Json = Any  # Any: what is sent and received is JSON
Steps = list[str | int]


@dataclass(frozen=True)
class BrowserForm:
    """The form of one builder. `prefix` begins the keys of the builder's widgets."""

    app: AppTest
    prefix: str

    @property
    def is_shown(self) -> bool:
        return bool(self._components())

    @property
    def view(self) -> Json:
        """What the form was sent last: pages/ui/builder/view_types.py says what is in it."""
        return json.loads(self._component().proto.json)

    @property
    def names(self) -> list[str]:
        """The names of the rows from top to bottom, those of inner fields too."""
        return [row["name"] for row in self.view["rows"]]

    def row(self, name: str) -> Json:
        (found,) = [row for row in self.view["rows"] if row["name"] == name]
        return found

    def path(self, name: str) -> Steps:
        path: Steps = self.row(name)["path"]
        return path

    def send(self, *edits: Json) -> AppTest:
        """Send edits, numbered on from the last one that was taken, and run the page.

        What was clicked or typed on the page before and has not been run goes along, as it does in a browser.
        """
        first = self.view["applied"] + 1
        return self.send_numbered([{"n": number, **edit} for number, edit in enumerate(edits, start=first)])

    def send_numbered(self, edits: Json) -> AppTest:
        """Send exactly this."""
        states = self.app._tree.get_widget_states()  # Streamlit's tests reach a component's state no other way either
        states.widgets.add(id=self._component().proto.id, json_value=json.dumps({"edits": edits}))
        return self.app._run(states)

    def change(self, name: str, part: str, value: Json) -> AppTest:
        """Change a part of the field of this name."""
        return self.send(change(self.path(name), part, value))

    def add(self, name: str, kind: str = "string", *, parent: Steps | None = None, lists: int = 0) -> AppTest:
        """Add a field at the end of the root or of `parent`, name it, and choose its type, in one message."""
        holder = parent or []
        count = sum(row["path"][:-1] == holder for row in self.view["rows"])
        path = [*holder, count]
        kind_edits = [] if (kind, lists) == ("string", 0) else [change(path, "shape", shape(kind, lists=lists))]
        return self.send({"do": "add", "parent": holder, "index": count}, change(path, "name", name), *kind_edits)

    def _component(self) -> Element | Block:
        (found,) = self._components()
        return found

    def _components(self) -> list[Element | Block]:
        return [each for each in self.app.get("bidi_component") if each.key == f"{self.prefix}.form"]


def change(path: Steps, part: str, value: Json) -> Json:
    return {"do": "change", "path": path, "part": part, "value": value}


def shape(kind: str | None, *, lists: int = 0, target: str | None = None) -> Json:
    """Return what the list of types sends; `lists` stand around the type, None is anything."""
    return {"depth": lists, "type": kind, "target": target}
