"""Opens the form of a provider and reads what stands in it, as a browser would."""

from collections.abc import Callable

from streamlit.testing.v1 import AppTest

from core.actors import LOCAL_USER
from core.providers.records import ProviderRecord
from core.services import Services
from pages.ui.text import label
from tests.app.rows import press

OpenPage = Callable[..., AppTest]


def open_new(open_page: OpenPage, kind: str, *, preset: str = "") -> AppTest:
    """Open the form for a new provider of a type."""
    app = open_page("providers")
    app.button(key="providers.add").click().run()
    app.selectbox(key="provider.type").set_value(kind).run()
    if preset:
        app.selectbox(key=f"provider.preset.{kind}").set_value(preset).run()
    assert not app.exception
    return app


def open_stored(open_page: OpenPage, provider: ProviderRecord) -> AppTest:
    """Open the form of a stored provider."""
    app = open_page("providers")
    press(app, "providers", "edit", provider.id)
    assert not app.exception
    return app


def save(app: AppTest) -> None:
    """Press Save, and expect no fault."""
    app.button(key="provider.save").click().run()
    assert not app.exception


def read(services: Services, name: str) -> ProviderRecord:
    """Return the stored provider of that name."""
    (found,) = [one for one in services.providers.list_providers(LOCAL_USER) if one.name == name]
    return found


def is_marked(app: AppTest, message: str) -> bool:
    """Say whether the message stands at a field."""
    return any(label(message) in block.value and ":red[" in block.value for block in app.markdown)


def heads(app: AppTest) -> list[str]:
    """Return the heads of the folded parts."""
    return [part.label for part in app.expander]


def everything(app: AppTest) -> str:
    """Return all that was sent to the browser."""
    return str(app._tree)
