"""What the Compare page remembers between its reruns."""

from dataclasses import dataclass, field

from core.errors import DashboardError
from pages.ui.compare.kept import Kept, Shown
from pages.ui.compare.setup_state import CompareSetup
from pages.ui.input.state import InputState
from pages.ui.state import ListPageState


@dataclass
class CompareState(ListPageState):
    """The Compare page. `seen` is the URL that was last taken over into the set-up.

    `start_error` is what the last start met. `changing` is the number of the column whose drawer is open; `picking`
    and `saving` are the positions of the columns a dialog is open for; `dialog_error` is what the open one met.
    """

    seen: dict[str, str] = field(default_factory=dict)
    setup: CompareSetup = field(default_factory=CompareSetup)
    input: InputState = field(default_factory=InputState)
    start_error: DashboardError | None = None
    changing: int | None = None
    change_round: int = 0
    picking: int | None = None
    saving: int | None = None
    dialog_error: DashboardError | None = None
    kept: Kept = field(default_factory=Kept)
    shown: Shown = field(default_factory=Shown)

    def open_change(self, number: int) -> None:
        self.close_dialogs()
        self.changing, self.change_round = number, self.change_round + 1

    def open_picking(self, position: int) -> None:
        self.close_dialogs()
        self.picking = position

    def open_saving(self, position: int) -> None:
        self.close_dialogs()
        self.saving = position

    def close_dialogs(self) -> None:
        self.changing = self.picking = self.saving = self.deletion = self.dialog_error = None
