"""The drawer of a provider, without a browser."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import text
from streamlit.testing.v1 import AppTest

from core.actors import LOCAL_USER
from core.providers.dialects import WHOLE_PROVIDER, DialectFindings, SchemaSupport, Support
from core.providers.records import ProviderRecord
from core.services import Services
from pages.ui.state import ProvidersState
from tests.app.rows import press
from tests.factories import Workshop, wait_until
from tests.fake_model_server import FakeModelServer
from tests.integration.own_services import execute
from tests.integration.stored_runs import StoredRuns

OpenPage = Callable[..., AppTest]


def texts(app: AppTest) -> str:
    return "\n".join(str(element.value) for element in [*app.text, *app.caption, *app.markdown])


def errors(app: AppTest) -> str:
    return "\n".join(str(error.proto) for error in app.error)


def keys(app: AppTest) -> list[str | None]:
    return [button.key for button in app.button]


def open_details(open_page: OpenPage, provider: ProviderRecord) -> AppTest:
    app = open_page("providers")
    press(app, "providers", "open", provider.id)
    assert not app.exception
    return app


def open_tab(app: AppTest, name: str) -> AppTest:
    app.session_state["details.tab"] = name
    app.run()
    assert not app.exception
    return app


def wait_until_settled(services: Services, provider: ProviderRecord) -> ProviderRecord:
    def read() -> ProviderRecord:
        return services.providers.get_provider(LOCAL_USER, provider.id)

    wait_until(lambda: read().validation_status.is_settled, what="the check to end")
    return read()


def model_cells(app: AppTest) -> dict[str, list[Any]]:
    """Return the cells of the Models tab by column."""
    (found,) = [each.value for each in app.dataframe if "Model" in each.value]
    return {str(name): list(cells) for name, cells in found.items()}


def test_drawer_says_what_is_wrong_and_offers_the_next_step(
    open_page: OpenPage, workshop: Workshop, services: Services, unused_port: int
) -> None:
    provider = wait_until_settled(services, workshop.make_provider(f"http://127.0.0.1:{unused_port}/v1"))

    app = open_details(open_page, provider)

    assert provider.validation_message.split(" ")[0] in errors(app)
    assert {"details.test", "details.edit"} <= set(keys(app))
    assert not {"details.use_address", "details.warm_up"} & set(keys(app))
    assert "No run used this provider" in texts(app)
    assert "No agent uses it yet." in texts(app)


def test_suggested_address_and_waiting_model_are_offered_as_buttons(
    open_page: OpenPage, workshop: Workshop, services: Services, unused_port: int
) -> None:
    provider = wait_until_settled(services, workshop.make_provider(f"http://127.0.0.1:{unused_port}"))
    address = f"http://127.0.0.1:{unused_port}/v1"
    execute(
        services.database,
        "UPDATE llm_providers SET suggested_base_url = :address, waiting_model = 'llama3'",
        address=address,
    )

    app = open_details(open_page, provider)
    app.button(key="details.use_address").click().run()

    assert not app.exception
    assert services.providers.get_provider(LOCAL_USER, provider.id).base_url == address


def test_edit_leaves_the_details_for_the_form(open_page: OpenPage, workshop: Workshop) -> None:
    provider = workshop.make_provider()
    app = open_details(open_page, provider)

    app.button(key="details.edit").click().run()

    assert not app.exception
    assert "details.edit" not in keys(app)
    assert "provider.save" in keys(app)


def test_provider_that_was_deleted_meanwhile_closes_the_drawer_with_a_word(
    open_page: OpenPage, workshop: Workshop, services: Services
) -> None:
    provider = workshop.make_provider()
    app = open_details(open_page, provider)
    services.providers.delete_provider(LOCAL_USER, provider.id)

    app.run()

    assert not app.exception
    assert "not there any more" in errors(app)
    assert app.session_state[f"state.{ProvidersState.__name__}"].details_id is None


def test_health_shows_figures_charts_and_who_uses_it(
    open_page: OpenPage, workshop: Workshop, services: Services
) -> None:
    runs = StoredRuns(workshop)
    now = datetime.now(UTC)
    for age in range(3):
        runs.add(queued_at=now - timedelta(days=age))
    runs.add(queued_at=now, status="failed", reason="timeout")
    provider = services.providers.get_provider(LOCAL_USER, runs.agent.provider_id)

    app = open_details(open_page, provider)

    assert "25 %" in texts(app)
    assert r"took too long \(1\)" in texts(app)
    assert len(app.get("vega_lite_chart") or app.get("arrow_vega_lite_chart")) == 2
    assert runs.agent.name in [link.value for link in app.page_link]


def test_models_tab_lists_what_is_known_and_marks_what_is_gone(
    open_page: OpenPage, workshop: Workshop, services: Services, model_server: FakeModelServer
) -> None:
    provider = wait_until_settled(services, workshop.make_provider(model_server.base_url))
    name = provider.model_names[0]
    add_known_models(services, provider, gone="old-model", retiring=name)

    app = open_tab(open_details(open_page, provider), "Models")

    shown = model_cells(app)
    assert shown["Model"][-1] == "old-model"
    assert shown["State"][-1] == "gone"
    assert "retires 11 Dec 2190" in shown["State"]
    assert "1 gone" in texts(app)


def test_many_models_can_be_searched(
    open_page: OpenPage, workshop: Workshop, services: Services, model_server: FakeModelServer
) -> None:
    provider = wait_until_settled(services, workshop.make_provider(model_server.base_url))
    execute(
        services.database,
        "INSERT INTO provider_models (provider_id, name, first_seen_at, last_seen_at, is_listed, parameter_size,"
        " quantization, modalities) SELECT :id, 'maker/model-' || n, now(), now(), true, '', '', '[]'"
        " FROM generate_series(1, 30) n",
        id=provider.id,
    )
    app = open_tab(open_details(open_page, provider), "Models")

    app.text_input(key="details.models.search").set_value("MODEL-7").run()
    found = model_cells(app)["Model"]
    app.text_input(key="details.models.search").set_value("no such").run()

    assert found == ["maker/model-7"]
    assert "No model fits" in texts(app)


def test_provider_without_models_says_what_to_do(
    open_page: OpenPage, workshop: Workshop, services: Services, unused_port: int
) -> None:
    provider = wait_until_settled(services, workshop.make_provider(f"http://127.0.0.1:{unused_port}/v1"))

    app = open_tab(open_details(open_page, provider), "Models")

    assert "No list of models" in texts(app)


def test_capability_is_set_by_hand_and_taken_back(open_page: OpenPage, workshop: Workshop, services: Services) -> None:
    provider = workshop.make_provider()
    app = open_tab(open_details(open_page, provider), "Dialect")
    assert "usual for this kind of server" in texts(app)

    app.selectbox(key="details.dialect..0.json_schema").set_value(SchemaSupport.REFUSED)
    app.selectbox(key="details.dialect..0.seed").set_value(Support.NO)
    app.button(key="details.dialect.save").click().run()

    assert not app.exception
    kept = services.dialects.get_dialect(LOCAL_USER, provider.id).kept.edited
    assert kept == DialectFindings(json_schema=SchemaSupport.REFUSED, seed=Support.NO)
    assert texts(app).count("set by hand") == 2

    app.button(key="details.dialect.take_back").click().run()

    assert not app.exception
    assert services.dialects.get_dialect(LOCAL_USER, provider.id).kept.edited == DialectFindings()
    assert "set by hand" not in texts(app)


def test_dialect_of_one_model_says_what_is_taken_from_the_provider(
    open_page: OpenPage, workshop: Workshop, services: Services, model_server: FakeModelServer
) -> None:
    provider = wait_until_settled(services, workshop.make_provider(model_server.base_url))
    by_hand = DialectFindings(tools=Support.NO)
    services.dialects.edit_dialect(LOCAL_USER, provider.id, WHOLE_PROVIDER, by_hand)
    app = open_tab(open_details(open_page, provider), "Dialect")

    app.selectbox(key="details.dialect.model").set_value(provider.model_names[0]).run()

    assert not app.exception
    assert "set by hand for the provider" in texts(app)


def test_probe_fills_the_table(
    open_page: OpenPage, workshop: Workshop, services: Services, model_server: FakeModelServer
) -> None:
    provider = wait_until_settled(services, workshop.make_provider(model_server.base_url))
    app = open_tab(open_details(open_page, provider), "Dialect")
    assert "Not probed yet" in texts(app)

    app.button(key="details.probe").click().run()
    wait_until(lambda: not services.dialects.get_dialect(LOCAL_USER, provider.id).is_probing, what="the probe to end")
    app.run()

    assert not app.exception
    assert "Probed" in texts(app)
    assert "found by the probe" in texts(app)


def test_probe_without_a_known_model_is_not_offered(
    open_page: OpenPage, workshop: Workshop, services: Services, unused_port: int
) -> None:
    provider = wait_until_settled(services, workshop.make_provider(f"http://127.0.0.1:{unused_port}/v1"))

    app = open_tab(open_details(open_page, provider), "Dialect")

    assert "details.probe" not in keys(app)
    assert "A probe needs a model" in texts(app)


def test_probe_that_goes_on_says_so_after_a_reload(
    open_page: OpenPage, workshop: Workshop, services: Services, model_server: FakeModelServer
) -> None:
    provider = wait_until_settled(services, workshop.make_provider(model_server.base_url))
    model_server.set_mode("hang")
    services.dialects.start_probe(LOCAL_USER, provider.id, provider.model_names[0])

    app = open_tab(open_details(open_page, provider), "Dialect")

    assert "being asked what it can do" in texts(app)
    assert "details.probe" not in keys(app)


def test_hostile_names_are_shown_as_they_are(open_page: OpenPage, workshop: Workshop, services: Services) -> None:
    name = "**bold** :red[x] ![i](http://x)"
    provider = workshop.make_provider(name=name)
    workshop.make_agent(provider, name=name, model_name="m:red[x]")

    app = open_details(open_page, provider)

    assert not app.exception
    assert all("**bold**" not in str(link.value) for link in app.page_link)


def add_known_models(services: Services, provider: ProviderRecord, *, gone: str, retiring: str) -> None:
    """Have one model that is not listed any more, and one that will be retired."""
    with services.database.transaction() as session:
        connection = session.connection()
        connection.execute(
            text(
                "INSERT INTO provider_models (provider_id, name, first_seen_at, last_seen_at, is_listed,"
                " parameter_size, quantization, modalities) VALUES (:id, :name, now(), now(), false, '', '', '[]')"
            ),
            {"id": provider.id, "name": gone},
        )
        connection.execute(
            text("UPDATE provider_models SET retires_on = '2190-12-11' WHERE provider_id = :id AND name = :name"),
            {"id": provider.id, "name": retiring},
        )
