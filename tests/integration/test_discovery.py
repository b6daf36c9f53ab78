"""The models that providers list: what is kept of them, and said of the agents that use them."""

import uuid
from datetime import UTC, datetime, timedelta

import pytest

from core.actors import LOCAL_USER
from core.agents.records import AgentFilter, AgentRecord
from core.errors import InvalidInputError, NotFoundError
from core.providers.diagnoses import Diagnosis
from core.providers.discovery.records import ModelTrouble, ProviderModelRecord
from core.providers.records import ProviderRecord
from core.services import Services
from db.queries import provider_models as model_queries
from db.session import Database
from tests.factories import Workshop, wait_until
from tests.fake_model_server import FakeModelServer
from tests.fake_server.traits import ModelDetails
from tests.integration.test_providers import draft_of, settled
from tests.integration.test_repeated_checks import count_checks, read_events


def recheck(services: Services, provider_id: uuid.UUID) -> ProviderRecord:
    services.providers.check_provider(LOCAL_USER, provider_id)
    return settled(services, provider_id)


def list_models(services: Services, provider: ProviderRecord) -> dict[str, ProviderModelRecord]:
    return {model.name: model for model in services.models.list_models(LOCAL_USER, provider.id)}


def test_models_are_kept_with_when_they_were_first_and_last_seen(services: Services, workshop: Workshop) -> None:
    with FakeModelServer(models=["b", "a"], details={"a": ModelDetails(extra={"context_length": 9})}) as server:
        provider = workshop.make_provider(server.base_url)
        settled(services, provider.id)
        agent = workshop.make_agent(provider, model_name="a")
        before = list_models(services, provider)
        server.state.models[:] = ["c", "b"]
        found = recheck(services, provider.id)
        after = list_models(services, provider)

    assert list(after) == ["b", "c", "a"]
    assert (after["a"].is_listed, after["a"].last_seen_at) == (False, before["a"].last_seen_at)
    assert (after["a"].context_tokens, after["a"].agent_count) == (9, 1)
    assert after["b"].first_seen_at == before["b"].first_seen_at < after["b"].last_seen_at
    assert after["c"].first_seen_at > before["b"].first_seen_at
    assert found.model_names == ("b", "c")
    assert agent.model_trouble is None


def test_a_failed_check_and_a_silent_server_take_nothing_away(services: Services, workshop: Workshop) -> None:
    with FakeModelServer(models=["a"], details={"a": ModelDetails(extra={"context_length": 9})}) as server:
        provider = workshop.make_provider(server.base_url)
        settled(services, provider.id)
        server.state.details.clear()
        recheck(services, provider.id)
        silent = list_models(services, provider)
        server.set_mode("server-error")
        recheck(services, provider.id)

    assert silent["a"].context_tokens == 9
    assert list_models(services, provider) == silent


def test_another_server_has_other_models(services: Services, workshop: Workshop) -> None:
    with FakeModelServer(models=["a"]) as first, FakeModelServer(models=["b"]) as second:
        provider = workshop.make_provider(first.base_url)
        settled(services, provider.id)
        services.providers.update_provider(LOCAL_USER, provider.id, draft_of(provider, base_url=second.base_url))
        settled(services, provider.id)

    assert list(list_models(services, provider)) == ["b"]


def test_the_models_of_a_provider_that_is_not_there_are_not_found(services: Services) -> None:
    with pytest.raises(NotFoundError):
        services.models.list_models(LOCAL_USER, uuid.uuid4())


def test_the_window_of_a_model_is_found_under_the_name_an_agent_has(
    services: Services, workshop: Workshop, database: Database
) -> None:
    details = {"big:latest": ModelDetails(context_tokens=123)}
    with FakeModelServer(kind="vllm", models=["big:latest"], details=details) as server:
        provider = workshop.make_provider(server.base_url, provider_type="compatible")
        settled(services, provider.id)

    with database.reading() as session:
        found = [model_queries.find_context_tokens(session, provider.id, name) for name in ("big", "big:latest", "x")]

    assert found == [123, 123, None]


def read_agents(services: Services, agent: AgentRecord) -> list[AgentRecord]:
    """Return the agent as each way to read it has it."""
    page = services.agents.page_agents(LOCAL_USER, AgentFilter(search=agent.name))
    listed = [one for one in services.agents.list_agents(LOCAL_USER) if one.id == agent.id]
    oldest = [one for one in services.agents.list_agents(LOCAL_USER, oldest=50) if one.id == agent.id]
    return [services.agents.get_agent(LOCAL_USER, agent.id), *page.items, *listed, *oldest]


def test_agents_whose_model_is_gone_or_retires_are_told(services: Services, workshop: Workshop) -> None:
    soon = datetime.now(UTC).date() + timedelta(days=80)
    late = datetime.now(UTC).date() + timedelta(days=120)
    details = {name: ModelDetails(shutdown_date=str(day)) for name, day in (("soon", soon), ("late", late))}
    with FakeModelServer(models=["soon", "late", "fine", "going"], details=details) as server:
        provider = workshop.make_provider(server.base_url, name="Ours")
        settled(services, provider.id)
        names = ("soon", "late", "fine", "going", "never")
        agents = {name: workshop.make_agent(provider, name=name.title(), model_name=name) for name in names}
        server.state.models.remove("going")
        recheck(services, provider.id)
        troubled = services.models.list_troubled_agents(LOCAL_USER)
        retiring, gone = (read_agents(services, agents[name]) for name in ("soon", "going"))
        server.set_mode("server-error")
        recheck(services, provider.id)
        unknown = services.models.list_troubled_agents(LOCAL_USER, provider.id)

    told = [(one.agent_name, one.trouble, one.retires_on, one.last_seen_at is None) for one in troubled]
    assert told == [
        ("Going", ModelTrouble.GONE, None, False),
        ("Never", ModelTrouble.GONE, None, True),
        ("Soon", ModelTrouble.RETIRING, soon, False),
    ]
    assert len(retiring) == len(gone) == 4
    assert {(one.model_trouble, one.model_retires_on) for one in retiring} == {(ModelTrouble.RETIRING, soon)}
    assert {one.model_trouble for one in gone} == {ModelTrouble.GONE}
    assert read_agents(services, agents["late"])[0].model_retires_on == late
    assert unknown == ()
    assert services.models.list_troubled_agents(LOCAL_USER, uuid.uuid4()) == ()


def test_a_model_that_is_listed_under_its_tag_is_no_trouble(services: Services, workshop: Workshop) -> None:
    with FakeModelServer(kind="ollama", models=["llama3.2:latest"]) as server:
        provider = workshop.make_provider(server.root_url, provider_type="ollama")
        settled(services, provider.id)
        agent = workshop.make_agent(provider, model_name="llama3.2")
        found = list_models(services, provider)

    assert services.models.list_troubled_agents(LOCAL_USER) == ()
    assert services.agents.get_agent(LOCAL_USER, agent.id).model_trouble is None
    assert found["llama3.2:latest"].agent_count == 1


def test_a_model_is_warmed_up_in_the_background_and_found_loaded(services: Services, workshop: Workshop) -> None:
    with FakeModelServer(kind="ollama", models=["big"]) as server:
        provider = workshop.make_provider(server.root_url, provider_type="ollama")
        settled(services, provider.id)
        workshop.make_agent(provider, model_name="big")
        waiting = recheck(services, provider.id)
        services.models.warm_up(LOCAL_USER, provider.id, waiting.waiting_model)
        wait_until(lambda: list_models(services, provider)["big"].is_loaded is True, what="the model to load")
        asked = [request.body for request in server.requests if request.path == "/api/generate"]
        found = settled(services, provider.id)

    assert (waiting.diagnosis, waiting.waiting_model) == (Diagnosis.MODEL_LOADING, "big")
    assert asked == [{"model": "big", "keep_alive": "10m", "stream": False}]
    assert (found.diagnosis, found.waiting_model) == (Diagnosis.CONNECTED, "")


def test_warming_up_that_fails_ends_with_a_check_too(
    services: Services, workshop: Workshop, database: Database
) -> None:
    with FakeModelServer(kind="ollama", models=["big"]) as server:
        provider = workshop.make_provider(server.root_url, provider_type="ollama")
        settled(services, provider.id)
        services.models.warm_up(LOCAL_USER, provider.id, "no-such-model")
        wait_until(lambda: count_checks(database) == 2, what="the check afterwards")

    words = [event for topic, event in read_events(database) if topic == "providers"]
    assert words[words.index("warming") :] == ["warming", "warmed", "validating", "validated"]


def test_what_loads_by_itself_is_not_warmed_up(
    services: Services, workshop: Workshop, model_server: FakeModelServer
) -> None:
    provider = workshop.make_provider(model_server.base_url)

    with pytest.raises(InvalidInputError, match="cannot be asked to load"):
        services.models.warm_up(LOCAL_USER, provider.id, "ok")
