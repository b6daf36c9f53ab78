"""The Providers page, without a browser."""

from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest

from core.actors import LOCAL_USER
from core.providers.allowances import SETTING
from core.providers.records import ProviderDraft, ProviderRecord, ValidationStatus
from core.services import Services
from core.settings import Settings
from db.session import Database
from db.tables import ProviderRow
from pages.ui.providers.private_addresses import say_private_addresses
from pages.ui.text import label
from tests.app.rows import find_press, press, row_texts, rows
from tests.factories import Workshop, wait_until
from tests.fake_model_server import FakeModelServer

OpenPage = Callable[..., AppTest]


def wait_until_settled(services: Services, provider: ProviderRecord) -> ProviderRecord:
    def read() -> ProviderRecord:
        return services.providers.get_provider(LOCAL_USER, provider.id)

    wait_until(lambda: read().validation_status.is_settled, what="the check to end")
    return read()


def texts(app: AppTest) -> str:
    return "\n".join(str(element.value) for element in [*app.text, *app.caption, *app.markdown, *app.error])


def list_names(services: Services) -> list[str]:
    return [provider.name for provider in services.providers.list_providers(LOCAL_USER)]


def test_empty_page_offers_to_add_a_provider(open_page: OpenPage) -> None:
    app = open_page("providers")

    assert not app.exception
    assert app.subheader[0].value == "No providers yet"
    assert app.button(key="providers.add").label == "Add provider"


def test_list_shows_what_to_do_about_a_provider_that_does_not_answer(
    open_page: OpenPage, workshop: Workshop, services: Services, unused_port: int
) -> None:
    provider = wait_until_settled(services, workshop.make_provider(f"http://127.0.0.1:{unused_port}/v1"))

    app = open_page("providers")

    assert not app.exception
    (row,) = rows(app, "providers")
    assert row["note"] == f"{provider.validation_message} {provider.validation_hint}"
    assert "Error" in row_texts(app, "providers")


def test_saving_the_drawer_adds_a_provider(open_page: OpenPage, services: Services, unused_port: int) -> None:
    app = open_page("providers")
    app.button(key="providers.add").click().run()

    app.text_input(key="provider.name").set_value("Lab")
    app.text_input(key="provider.base_url").set_value(f"http://127.0.0.1:{unused_port}")
    app.button(key="provider.save").click().run()

    assert not app.exception
    assert list_names(services) == ["Lab"]
    assert app.toast[0].value == "Saved “Lab”."


def test_refused_save_marks_the_field_and_keeps_what_was_typed(open_page: OpenPage, services: Services) -> None:
    app = open_page("providers")
    app.button(key="providers.add").click().run()

    app.text_input(key="provider.base_url").set_value("http://127.0.0.1:9")
    app.button(key="provider.save").click().run()

    assert not app.exception
    assert "Give it a name" in texts(app)
    assert app.text_input(key="provider.base_url").value == "http://127.0.0.1:9"
    assert list_names(services) == []


def test_stored_key_is_never_filled_in_and_stays_when_left_blank(
    open_page: OpenPage, workshop: Workshop, services: Services
) -> None:
    provider = workshop.make_provider(api_key="sk-secret")
    app = open_page("providers")
    press(app, "providers", "edit", provider.id)
    shown_key = app.text_input(key="provider.api_key").value

    app.text_input(key="provider.name").set_value("Renamed")
    app.button(key="provider.save").click().run()

    assert shown_key == ""
    renamed = services.providers.get_provider(LOCAL_USER, provider.id)
    assert (renamed.name, renamed.has_key) == ("Renamed", True)


def test_changed_origin_asks_for_the_key_again(open_page: OpenPage, workshop: Workshop, services: Services) -> None:
    provider = workshop.make_provider(api_key="sk-secret")
    app = open_page("providers")
    press(app, "providers", "edit", provider.id)

    app.text_input(key="provider.base_url").set_value("http://127.0.0.1:10/v1")
    app.button(key="provider.save").click().run()

    assert "key must be entered again" in texts(app)
    assert app.text_input(key="provider.base_url").value == "http://127.0.0.1:10/v1"
    assert services.providers.get_provider(LOCAL_USER, provider.id).base_url == provider.base_url


def test_stale_drawer_says_so_and_keeps_what_was_typed(
    open_page: OpenPage, workshop: Workshop, services: Services
) -> None:
    provider = workshop.make_provider()
    app = open_page("providers")
    press(app, "providers", "edit", provider.id)
    other = {"name": "Theirs", "type": provider.type, "base_url": "http://127.0.0.1:11/v1"}
    services.providers.update_provider(LOCAL_USER, provider.id, ProviderDraft.model_validate(other))

    app.text_input(key="provider.name").set_value("Mine")
    app.button(key="provider.save").click().run()

    assert not app.exception
    assert app.error
    assert app.text_input(key="provider.name").value == "Mine"
    assert list_names(services) == ["Theirs"]


def test_deleted_provider_can_be_restored(open_page: OpenPage, workshop: Workshop, services: Services) -> None:
    provider = workshop.make_provider(name="Lab")
    app = open_page("providers")

    press(app, "providers", "delete", provider.id)
    app.button(key="deletion.confirm").click().run()
    after_delete = (list_names(services), texts(app))
    app.button(key="undo.button").click().run()

    assert after_delete[0] == []
    assert "Deleted “Lab”." in after_delete[1]
    assert list_names(services) == ["Lab"]


def test_provider_in_use_is_not_deleted_and_the_dialog_names_the_agents(
    open_page: OpenPage, workshop: Workshop, services: Services
) -> None:
    provider = workshop.make_provider()
    workshop.make_agent(provider, name="Invoice reader")
    app = open_page("providers")

    press(app, "providers", "delete", provider.id)
    app.button(key="deletion.confirm").click().run()

    assert not app.exception
    assert "Invoice reader" in str(app.error[0].proto)
    assert list_names(services) == [provider.name]


def test_cancelled_deletion_deletes_nothing(open_page: OpenPage, workshop: Workshop, services: Services) -> None:
    provider = workshop.make_provider()
    app = open_page("providers")

    press(app, "providers", "delete", provider.id)
    app.button(key="deletion.cancel").click().run()

    assert list_names(services) == [provider.name]
    assert "deletion.confirm" not in [button.key for button in app.button]


def test_hostile_name_is_shown_as_it_is(open_page: OpenPage, workshop: Workshop) -> None:
    name = "**bold** :red[x] <b>y</b> ![i](http://x)"
    provider = workshop.make_provider(name=name)

    app = open_page("providers")
    press(app, "providers", "edit", provider.id)

    assert not app.exception
    (row,) = rows(app, "providers")
    assert row["cells"][0]["lines"][0]["text"] == name


def test_check_that_hangs_can_be_started_again(
    open_page: OpenPage, workshop: Workshop, services: Services, model_server: FakeModelServer
) -> None:
    model_server.set_mode("hang")
    provider = workshop.make_provider(model_server.base_url)
    services.providers.check_provider(LOCAL_USER, provider.id)
    app = open_page("providers")
    assert "Validating" in row_texts(app, "providers")
    model_server.set_mode(None)

    press(app, "providers", "check", provider.id)

    assert not app.exception
    assert wait_until_settled(services, provider).validation_status is ValidationStatus.CONNECTED


def test_refused_save_keeps_the_key_and_the_type_that_were_entered(open_page: OpenPage, services: Services) -> None:
    app = open_page("providers")
    app.button(key="providers.add").click().run()
    app.selectbox(key="provider.type").set_value("openai").run()

    app.text_input(key="provider.api_key").set_value("sk-typed")
    app.text_input(key="provider.base_url").set_value("not an address")
    app.text_input(key="provider.name").set_value("Lab")
    app.button(key="provider.save").click().run()

    assert not app.exception
    assert app.selectbox(key="provider.type").value == "openai"
    kept = {field.key: field.value for field in app.text_input if field.value}
    assert kept == {"provider.name": "Lab", "provider.base_url": "not an address", "provider.api_key": "sk-typed"}
    assert list_names(services) == []


def find(database: Database, provider: ProviderRecord, **columns: str) -> None:
    """Note what a check would have found."""
    with database.transaction() as session:
        row = session.get(ProviderRow, provider.id)
        assert row is not None
        for name, value in columns.items():
            setattr(row, name, value)


def test_row_says_which_server_it_is(open_page: OpenPage, services: Services) -> None:
    draft = {"name": "Lab", "type": "compatible", "preset": "vllm", "base_url": "http://127.0.0.1:9/v1"}
    provider = services.providers.create_provider(LOCAL_USER, ProviderDraft.model_validate(draft))
    wait_until_settled(services, provider)

    (row,) = rows(open_page("providers"), "providers")

    assert [line["text"] for line in row["cells"][0]["lines"]] == ["Lab", "vLLM · no key", provider.base_url]
    assert [each["text"] for each in row["cells"][-1]["presses"]] == ["Open", "Test", "Edit", "Delete"]
    assert row["cells"][0]["presses"] == row["cells"][1]["presses"] == []


def test_address_that_a_check_found_is_offered_and_taken(
    open_page: OpenPage, workshop: Workshop, services: Services, database: Database, model_server: FakeModelServer
) -> None:
    provider = wait_until_settled(services, workshop.make_provider(model_server.root_url, api_key="sk-kept"))
    find(database, provider, validation_status="error", suggested_base_url=model_server.base_url)
    app = open_page("providers")
    offer = find_press(app, "providers", "use_suggested", provider.id)

    press(app, "providers", "use_suggested", provider.id)

    assert not app.exception
    assert offer["text"] == f"Use {model_server.base_url}"
    moved = wait_until_settled(services, provider)
    assert (moved.base_url, moved.has_key) == (model_server.base_url, True)
    assert moved.validation_status is ValidationStatus.CONNECTED


def test_offer_that_was_taken_already_does_no_harm(
    open_page: OpenPage, workshop: Workshop, services: Services, database: Database
) -> None:
    provider = wait_until_settled(services, workshop.make_provider())
    find(database, provider, suggested_base_url="http://127.0.0.1:9/api", waiting_model="qwen3:8b")
    app = open_page("providers")
    find(database, provider, suggested_base_url="", waiting_model="")

    press(app, "providers", "use_suggested", provider.id)
    press(app, "providers", "warm_up", provider.id)

    assert not app.exception
    assert services.providers.get_provider(LOCAL_USER, provider.id).base_url == provider.base_url


def test_model_that_is_not_in_memory_can_be_warmed_up(
    open_page: OpenPage, workshop: Workshop, services: Services, database: Database, model_server: FakeModelServer
) -> None:
    provider = wait_until_settled(services, workshop.make_provider(model_server.root_url, provider_type="ollama"))
    find(database, provider, diagnosis="model_loading", waiting_model="ok", validation_hint="Warm it up.")
    app = open_page("providers")
    (row,) = rows(app, "providers")

    press(app, "providers", "warm_up", provider.id)

    assert not app.exception
    assert row["note"].endswith("Warm it up.")
    assert [each["text"] for each in row["cells"][1]["presses"]] == ["Warm up ok"]
    assert app.toast[0].value == "“ok” is being loaded."
    checked_before = provider.validated_at
    wait_until(
        lambda: services.providers.get_provider(LOCAL_USER, provider.id).validated_at != checked_before,
        what="the check that follows",
    )


def test_details_are_opened_and_give_way_to_the_form(
    open_page: OpenPage, workshop: Workshop, services: Services
) -> None:
    provider = wait_until_settled(services, workshop.make_provider())
    app = open_page("providers")

    press(app, "providers", "open", provider.id)
    shown = [button.key for button in app.button]
    press(app, "providers", "edit", provider.id)

    assert not app.exception
    assert "details.test" in shown
    assert "details.test" not in [button.key for button in app.button]
    assert app.text_input(key="provider.name").value == provider.name


def test_list_can_be_searched(open_page: OpenPage, workshop: Workshop) -> None:
    workshop.make_provider(name="Lab GPU")
    workshop.make_provider(name="Desk")
    app = open_page("providers")

    app.text_input(key="providers.search").set_value("gpu").run()
    found = row_texts(app, "providers")
    app.text_input(key="providers.search").set_value("nothing like it").run()

    assert ("Lab GPU" in found, "Desk" in found) == (True, False)
    assert "No provider fits" in [title.value for title in app.subheader]


def test_page_tells_whether_private_addresses_may_be_called(open_page: OpenPage, services: Services) -> None:
    app = open_page("providers")

    assert label(say_private_addresses(services.settings)) in [caption.value for caption in app.caption]


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        (Settings(allow_private_addresses=True), f"Private addresses: allowed on this set-up ({SETTING})"),
        (Settings(allow_private_addresses=False), f"Private addresses: not allowed on this set-up ({SETTING})"),
        (
            Settings(allow_private_addresses=False, allowed_addresses=("10.1.0.0/16",)),
            f"Private addresses: not allowed, with 1 exception: 10.1.0.0/16 ({SETTING})",
        ),
    ],
)
def test_private_addresses_are_said_as_they_are_set(settings: Settings, said: str) -> None:
    assert say_private_addresses(settings) == said
