"""Providers: the places that serve models, and whether they answer."""

from pages.ui.door import open_door
from pages.ui.errors import page_errors
from pages.ui.layout import Action, delete_dialog, empty_state, page_header, say_once, undo_bar
from pages.ui.live_list import LiveList, live_list
from pages.ui.provider_form import provider_drawer
from pages.ui.provider_list import PROVIDERS, provider_acts
from pages.ui.state import ProvidersState, page_state

door = open_door()
state = page_state(ProvidersState)
services, actor = door.services, door.actor


def render_empty(_: bool) -> None:
    empty_state(
        "No providers yet",
        "Add the built-in model, an Ollama server, or anything with the OpenAI API. Agents then use its models.",
        key="providers.empty",
    )


page_header(
    "Providers",
    "The places that serve models: connect one, and Benchtop checks it at once.",
    action=Action("Add provider", key="providers.add", on_click=state.open_drawer, icon=":material/add:"),
)
say_once(state)
undo_bar(state, restore=lambda provider_id: services.providers.restore_provider(actor, provider_id))

live_list(door, LiveList(PROVIDERS, provider_acts(door, state), render_empty=render_empty))
with page_errors():
    provider_drawer(door, state)
    delete_dialog(
        state,
        noun="provider",
        delete=lambda provider_id: services.providers.delete_provider(actor, provider_id),
        note="Past runs keep what they recorded.",
    )
