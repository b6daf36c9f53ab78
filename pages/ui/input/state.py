"""What the input of a task remembers between reruns."""

import uuid
from dataclasses import dataclass, field
from typing import Literal

from core.errors import DashboardError, Detail
from core.tasks.schemas.json_values import JsonObject
from pages.ui.input.marks import Marks
from pages.ui.input.nodes import FormTree

DialogName = Literal["keep", "manage", "paste", "earlier"]


@dataclass
class TaskForm:
    """The form of one task. `number` and `generation`, counted up with each new tree, are part of its widgets' keys.

    In the JSON view, `json_text` is what stands there, `json_start` what its widget was first drawn with, and
    `json_origin` what the form's values read as, None when they came from elsewhere. `refusal` says why the other
    view was not opened.
    """

    task_id: uuid.UUID
    tree: FormTree
    number: int
    generation: int = 0
    is_json: bool = False
    json_text: str = ""
    json_start: str = ""
    json_origin: str | None = None
    json_round: int = 0
    refusal: str = ""
    marks: Marks = field(default_factory=Marks)

    @property
    def schema(self) -> JsonObject:
        return self.tree.schema


@dataclass
class InputDialog:
    """An open dialog about the input. `deleted` is the fixture deleted in it, by id and name."""

    name: DialogName
    error: DashboardError | None = None
    said: str = ""
    fixture_id: uuid.UUID | None = None
    deleted: tuple[uuid.UUID, str] | None = None
    round: int = 0


@dataclass
class InputState:
    """The input of a task: what it was filled with, what was typed, and the open dialog.

    `form_value` is what the form of the task `form_task_id` starts from, and of no other: the values of one task must
    not reach another. `form_round` counts the fillings. `errors` are what the judge said of the input when it was
    last sent, with JSON pointers into it; the form shows them at their fields. `laid_aside` are the forms of
    other tasks, as they were left. `text` is the input of a task that takes plain text.
    """

    form_value: object = None
    form_task_id: uuid.UUID | None = None
    form_round: int = 0
    errors: tuple[Detail, ...] = ()
    form: TaskForm | None = None
    laid_aside: dict[uuid.UUID, TaskForm] = field(default_factory=dict)
    form_count: int = 0
    filled_round: int = 0
    text: str = ""
    dialog: InputDialog | None = None
    toast: str = ""

    def open_dialog(self, name: DialogName) -> None:
        self.dialog = InputDialog(name)

    def close_dialog(self) -> None:
        self.dialog = None

    def take_toast(self) -> str:
        said, self.toast = self.toast, ""
        return said
