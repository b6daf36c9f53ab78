"""The Providers page, without a browser."""

from collections.abc import Callable

from streamlit.testing.v1 import AppTest

from core.actors import LOCAL_USER
from core.providers.records import ProviderDraft, ProviderRecord, ValidationStatus
from core.services import Services
from tests.app.rows import press, row_texts, rows
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
    kept = {field.key: field.value for field in app.text_input}
    assert kept == {"provider.name": "Lab", "provider.base_url": "not an address", "provider.api_key": "sk-typed"}
    assert list_names(services) == []
