"""Clients and agents are built once, shared by all runs that need them, and closed when nobody does."""

from concurrent.futures import ThreadPoolExecutor

from core.actors import LOCAL_USER
from core.providers.records import ProviderDraft
from core.runs.engine import RunEngine
from core.runs.records import RunStatus
from core.runs.registry import AgentRegistry
from core.services import Services
from core.settings import Settings
from db.session import Database
from tests.factories import Workshop, wait_until
from tests.fake_model_server import FakeModelServer
from tests.integration.own_services import running

RUNS = 200


def registry_of(services: Services) -> AgentRegistry:
    engine = services.background.submit(services.executor.get_engine()).result()
    assert isinstance(engine, RunEngine)
    return engine.registry


def test_two_hundred_runs_at_once_build_each_client_and_each_agent_once_and_leak_none(
    database: Database, settings: Settings, model_server: FakeModelServer
) -> None:
    with running(settings, run_timeout_seconds=120, request_timeout_seconds=60) as services:
        registry = registry_of(services)
        workshop = Workshop(services)
        providers = [workshop.make_provider(model_server.base_url) for _ in range(2)]
        pairs = []
        for provider in (providers[0], providers[0], providers[1]):
            pairs.append((workshop.make_agent(provider), workshop.make_task()))
            workshop.assign(*pairs[-1])

        with ThreadPoolExecutor(8) as threads:
            started = list(threads.map(lambda number: workshop.start_run(*pairs[number % 3]), range(RUNS)))
        runs = [workshop.wait_for_end(run.id, seconds=100) for run in started]
        figures = registry.figures
        built, closed_before = figures.clients_built, figures.clients_closed

    assert [run.status for run in runs] == [RunStatus.PASSED] * RUNS
    assert len(model_server.chat_requests) == RUNS
    assert (built, closed_before, figures.agents_built) == (2, 0, 3)
    assert registry.open_client_count == 0
    assert figures.clients_closed == figures.clients_built


def _save(services: Services, agent_provider: object, **changes: object) -> None:
    (provider,) = [one for one in services.providers.list_providers(LOCAL_USER) if one.id == agent_provider]
    values = {"name": provider.name, "type": provider.type, "base_url": provider.base_url} | changes
    services.providers.update_provider(LOCAL_USER, provider.id, ProviderDraft.model_validate(values))


def test_after_a_new_key_the_old_client_is_closed_once_its_last_run_has_ended(
    services: Services, workshop: Workshop, model_server: FakeModelServer
) -> None:
    registry = registry_of(services)
    agent, task = workshop.make_pair(model_server.base_url, model_name="hang")
    long_one = workshop.start_run(agent, task)
    model_server.wait_until(lambda _: len(model_server.chat_requests) == 1, timeout_seconds=20)

    _save(services, agent.provider_id, api_key="sk-new-key")
    model_server.set_mode("ok")
    short_one = workshop.run(agent, task)
    while_both = registry.open_client_count, registry.figures.clients_closed
    services.runs.cancel_run(LOCAL_USER, long_one.id)
    workshop.wait_for_end(long_one.id)
    wait_until(lambda: registry.open_client_count == 1, what="the old client to be closed")

    assert short_one.status is RunStatus.PASSED
    assert while_both == (2, 0)
    assert (registry.figures.clients_built, registry.figures.clients_closed) == (2, 1)
    assert [request.key for request in model_server.chat_requests] == ["no-key", "sk-new-key"]


def test_after_a_new_address_the_next_run_goes_there_with_a_new_client(
    services: Services, workshop: Workshop, model_server: FakeModelServer
) -> None:
    registry = registry_of(services)
    agent, task = workshop.make_pair(model_server.base_url)
    workshop.run(agent, task)

    with FakeModelServer() as other:
        _save(services, agent.provider_id, base_url=other.base_url)
        run = workshop.run(agent, task)
        reached = len(other.chat_requests)

    assert run.status is RunStatus.PASSED
    assert reached == 1
    wait_until(lambda: registry.figures.clients_closed == 1, what="the old client to be closed")
    assert registry.figures.clients_built == 2


def test_renaming_a_provider_keeps_its_client(
    services: Services, workshop: Workshop, model_server: FakeModelServer
) -> None:
    registry = registry_of(services)
    agent, task = workshop.make_pair(model_server.base_url)
    workshop.run(agent, task)

    _save(services, agent.provider_id, name="Renamed")
    workshop.run(agent, task)

    assert (registry.figures.clients_built, registry.figures.agents_built) == (1, 1)


def test_a_new_version_of_agent_or_task_is_a_new_agent_on_the_same_client(
    services: Services, workshop: Workshop, model_server: FakeModelServer
) -> None:
    registry = registry_of(services)
    agent, task = workshop.make_pair(model_server.base_url)
    workshop.run(agent, task)

    draft = agent.draft().model_copy(update={"system_prompt": "Changed."})
    services.agents.update_agent(LOCAL_USER, agent.id, draft)
    workshop.run(agent, task)

    assert (registry.figures.clients_built, registry.figures.agents_built) == (1, 2)
    assert "Changed." in str(model_server.chat_requests[-1].body)
