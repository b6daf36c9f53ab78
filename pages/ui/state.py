"""What must outlive a rerun, in one typed class per page. The only place that touches Streamlit's session state.

Widget values come from the widgets themselves; form callbacks, which run before the widgets are drawn again, read
them with `form_values`.
"""

import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

import streamlit as st

from core.errors import DashboardError
from core.tasks.builder import SchemaDraft
from pages.ui.builder.describe_state import Describing
from pages.ui.builder.form_state import FormState, Mark
from pages.ui.builder.row_ids import RowIds
from pages.ui.builder.start_state import StartState
from pages.ui.builder.tried import Trial

State = TypeVar("State")


@dataclass
class Drawer:
    """An open drawer. `item_id` None means a new thing; `version` and `was_active` are what the form was filled from.

    `error` is what the last save met; it stays until the next one.
    """

    item_id: uuid.UUID | None = None
    version: int | None = None
    was_active: bool | None = None
    error: DashboardError | None = None


@dataclass
class Deletion:
    """A delete dialog that is open for one thing."""

    item_id: uuid.UUID
    name: str
    error: DashboardError | None = None


@dataclass
class UndoOffer:
    """What was deleted last and can be restored."""

    item_id: uuid.UUID
    name: str


@dataclass
class ListPageState:
    """What a page with a list, a drawer and a delete dialog remembers."""

    drawer: Drawer | None = None
    deletion: Deletion | None = None
    undo: UndoOffer | None = None
    error: DashboardError | None = None
    """What a row action met; shown above the list until the next action."""
    toast: str = ""
    """A quiet word to say once on the next run."""

    def open_drawer(
        self, item_id: uuid.UUID | None = None, *, version: int | None = None, was_active: bool | None = None
    ) -> None:
        self.deletion, self.error = None, None
        self.drawer = Drawer(item_id=item_id, version=version, was_active=was_active)

    def close_drawer(self) -> None:
        self.drawer = None

    def attempt(self, act: Callable[[], object]) -> None:
        """Do what a row was asked to do, and remember what it met."""
        self.error = None
        try:
            act()
        except DashboardError as error:
            self.error = error

    def ask_deletion(self, item_id: uuid.UUID, name: str) -> None:
        self.drawer, self.error = None, None
        self.deletion = Deletion(item_id=item_id, name=name)

    def close_deletion(self) -> None:
        self.deletion = None

    def finish_deletion(self) -> None:
        """Close the delete dialog and offer to restore what it deleted."""
        if self.deletion is not None:
            self.undo = UndoOffer(item_id=self.deletion.item_id, name=self.deletion.name)
        self.deletion = None

    def take_toast(self) -> str:
        said, self.toast = self.toast, ""
        return said


@dataclass
class AssigningState(ListPageState):
    """A page whose drawer assigns agents and tasks. `assignment_error` is what the last change met.

    `drawn` are the assignments that stand there: of a switch that is gone the browser sends the value once more.
    """

    assignment_error: DashboardError | None = None
    drawn: frozenset[uuid.UUID] = frozenset()

    def open_drawer(
        self, item_id: uuid.UUID | None = None, *, version: int | None = None, was_active: bool | None = None
    ) -> None:
        self.assignment_error = None
        super().open_drawer(item_id, version=version, was_active=was_active)


@dataclass
class ProvidersState(ListPageState):
    """The Providers page. `details_id` is the provider whose details are open, None while none are."""

    details_id: uuid.UUID | None = None

    def open_drawer(
        self, item_id: uuid.UUID | None = None, *, version: int | None = None, was_active: bool | None = None
    ) -> None:
        self.details_id = None
        super().open_drawer(item_id, version=version, was_active=was_active)

    def ask_deletion(self, item_id: uuid.UUID, name: str) -> None:
        self.details_id = None
        super().ask_deletion(item_id, name)

    def open_details(self, provider_id: uuid.UUID) -> None:
        self.drawer, self.deletion, self.error = None, None, None
        self.details_id = provider_id

    def close_details(self) -> None:
        self.details_id = None


@dataclass
class AgentsState(AssigningState):
    """The Agents page."""


@dataclass
class SchemaEditor:
    """A schema being edited by form and as JSON. `original` is what it was when it was opened or last saved.

    `json_round` is part of the text area's key: a new one makes it start from the draft again. `json_text` is what
    stands there, None while it is simply the draft; `json_error` says why the text cannot be taken over. `is_tried` is
    True once a save was tried, which is when gaps are pointed out. `marks` are the errors of the value tried last.
    `trial` is that value, as text, with what came of it.
    """

    prefix: str
    form: FormState
    original: SchemaDraft
    json_round: int = 0
    json_text: str | None = None
    json_error: DashboardError | None = None
    is_tried: bool = False
    marks: tuple[Mark, ...] = ()
    row_ids: RowIds = field(default_factory=RowIds)
    trial: Trial = field(default_factory=Trial)
    start: StartState = field(default_factory=StartState)
    describing: Describing = field(default_factory=Describing)

    @property
    def draft(self) -> SchemaDraft:
        return self.form.draft


@dataclass
class TaskEditor:
    """The task being edited; `task_id` None is a new one. `error` is what the last save met.

    `opened` is what name, description and the three switches were at first; `is_asked` is True while the dialog asks
    whether the changes may be discarded.
    """

    response: SchemaEditor
    request: SchemaEditor
    task_id: uuid.UUID | None = None
    version: int | None = None
    name: str = ""
    description: str = ""
    asks_by_form: bool = False
    mends_answers: bool = True
    stores_content: bool = True
    opened: tuple[str, str, bool, bool, bool] = ("", "", False, True, True)
    is_asked: bool = False
    error: DashboardError | None = None

    def stay(self) -> None:
        self.is_asked = False

    def forget_error(self) -> None:
        self.error = None


@dataclass
class TasksState(AssigningState):
    """The Tasks page. `drawer` shows one task and its agents; `editor` fills the page."""

    editor: TaskEditor | None = None
    editor_count: int = 0


def page_state(kind: type[State], *, factory: Callable[[], State] | None = None) -> State:
    """Return this session's one object of a state class, made on first use."""
    key = f"state.{kind.__name__}"
    if key not in st.session_state:
        st.session_state[key] = (factory or kind)()
    found: State = st.session_state[key]
    return found


def form_values(prefix: str) -> dict[str, object]:
    """Return the values of all widgets drawn under keys `prefix.field`, by field."""
    start = f"{prefix}."
    return {
        str(key).removeprefix(start): value for key, value in st.session_state.items() if str(key).startswith(start)
    }


def widget_value(key: str, default: object = None) -> object:
    """Return what a keyed widget holds, for a callback; `default` when it is not on the page."""
    return st.session_state.get(key, default)


def set_widget_value(key: str, value: object) -> None:
    """Give a keyed widget a value before it is drawn (in a callback or earlier in the script)."""
    st.session_state[key] = value


def fill_widget(key: str, value: object) -> None:
    """Give a keyed widget its first value, just before it is drawn.

    Only a number whose own value is None can be emptied; so what is stored goes in here, not as its `value`.
    """
    if key not in st.session_state:
        st.session_state[key] = value
