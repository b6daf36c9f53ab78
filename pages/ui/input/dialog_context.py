"""What every dialog about an input works with."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from core.errors import DashboardError
from core.tasks.records import FixtureRecord, TaskRecord
from pages.ui.door import Door
from pages.ui.input.assembling import InputForm
from pages.ui.input.state import InputDialog, InputState


@dataclass(frozen=True)
class DialogContext:
    """The task and the input as they stand. `fill` has the input start again from a value."""

    door: Door
    state: InputState
    task: TaskRecord
    given: InputForm | str
    fixtures: tuple[FixtureRecord, ...]
    fill: Callable[[object], None]
    key: str

    @property
    def dialog(self) -> InputDialog:
        """The open dialog; a fresh one where it was closed meanwhile."""
        return self.state.dialog or InputDialog("keep")

    @contextmanager
    def attempt(self) -> Iterator[None]:
        """Remember what an act met, for the dialog to show."""
        self.dialog.error, self.dialog.said = None, ""
        try:
            yield
        except DashboardError as error:
            self.dialog.error = error

    def fill_and_close(self, value: object) -> None:
        """Fill the input in and close the dialog."""
        self.fill(value)
        self.state.close_dialog()
