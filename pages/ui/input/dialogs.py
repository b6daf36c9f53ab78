"""The dialogs about an input, and the menu that opens them. One is open at a time, by the state."""

from collections.abc import Callable, Sequence
from enum import StrEnum

from core.tasks.records import FixtureRecord, TaskRecord
from pages.ui.door import Door
from pages.ui.input.assembling import InputForm
from pages.ui.input.dialog_context import DialogContext
from pages.ui.input.earlier import render_earlier
from pages.ui.input.keep import render_keep
from pages.ui.input.manage import render_manage
from pages.ui.input.paste import render_paste
from pages.ui.input.state import DialogName, InputState


class MenuEntry(StrEnum):
    """What the menu beside the input offers."""

    KEEP = "Keep this input…"
    MANAGE = "Manage fixtures…"
    PASTE = "Paste JSON…"
    EARLIER = "From an earlier run…"

    @property
    def dialog(self) -> DialogName:
        return _NAMES[self]

    def fits(self, *, has_form: bool, has_fixtures: bool) -> bool:
        """Return whether there is anything it could do now."""
        return {MenuEntry.PASTE: has_form, MenuEntry.MANAGE: has_fixtures}.get(self, True)


_NAMES: dict[MenuEntry, DialogName] = {
    MenuEntry.KEEP: "keep",
    MenuEntry.MANAGE: "manage",
    MenuEntry.PASTE: "paste",
    MenuEntry.EARLIER: "earlier",
}
_DRAWN: dict[DialogName, Callable[[DialogContext], None]] = {
    "keep": render_keep,
    "manage": render_manage,
    "paste": render_paste,
    "earlier": render_earlier,
}


def render_dialog(
    door: Door,
    state: InputState,
    task: TaskRecord,
    *,
    given: InputForm | str,
    fixtures: Sequence[FixtureRecord],
    fill: Callable[[object], None],
    key: str,
) -> None:
    """Open the dialog that is asked for, if any. `fill` has the input start again from a value."""
    if state.dialog is not None:
        context = DialogContext(door, state, task, given, tuple(fixtures), fill, key)
        _DRAWN[state.dialog.name](context)
