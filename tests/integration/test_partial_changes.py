"""Partial changes: what is set changes, what is not stays, and nobody's change is lost or overwritten unseen."""

import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from pydantic import ValidationError

from core.actors import LOCAL_USER
from core.agents.records import AgentChange
from core.changes import Change
from core.errors import (
    InvalidInputError,
    InvalidSchemaError,
    NameTakenError,
    NotFoundError,
    OutdatedError,
    StateConflictError,
)
from core.providers.records import ProviderChange
from core.requests import parse_request
from core.services import Services
from core.tasks.records import TaskChange
from tests.factories import Workshop

AGENT_NEEDS = ("name", "description", "provider_id", "model_name", "system_prompt", "user_prompt_template")
REQUEST_SCHEMA = {"type": "object", "properties": {"subject": {"type": "string"}}}


def test_a_change_of_an_agent_keeps_what_it_does_not_set(services: Services, workshop: Workshop) -> None:
    agent = workshop.make_agent(description="Sorts", temperature=0.5, max_tokens=100, is_active=False)

    changed = services.agents.change_agent(LOCAL_USER, agent.id, AgentChange(temperature=0.7))

    assert changed.draft() == agent.draft().model_copy(update={"temperature": 0.7})
    assert changed.version == 2


def test_null_clears_what_may_be_empty(services: Services, workshop: Workshop) -> None:
    agent = workshop.make_agent(temperature=0.5, max_tokens=100)
    task = workshop.make_task(request_schema=REQUEST_SCHEMA)

    changed = services.agents.change_agent(LOCAL_USER, agent.id, AgentChange(temperature=None, max_tokens=None))
    plain = services.tasks.change_task(LOCAL_USER, task.id, TaskChange(request_schema=None))

    assert (changed.temperature, changed.max_tokens) == (None, None)
    assert plain.request_schema is None
    assert plain.response_schema == task.response_schema


@pytest.mark.parametrize(
    ("kind", "field"),
    [
        *((AgentChange, field) for field in (*AGENT_NEEDS, "retries", "is_active")),
        *((TaskChange, field) for field in ("name", "description", "response_schema")),
        *((ProviderChange, field) for field in ("name", "type", "base_url")),
    ],
)
def test_null_is_refused_for_what_cannot_be_empty(kind: type[Change], field: str) -> None:
    with pytest.raises(InvalidInputError) as caught:
        parse_request(kind, {field: None})

    assert [detail.place for detail in caught.value.details] == [field]


@pytest.mark.parametrize(
    ("kind", "values"),
    [
        (AgentChange, {"version": 3}),
        (AgentChange, {"temperature": 2.1}),
        (AgentChange, {"system_prompt": " "}),
        (TaskChange, {"schema": {}}),
        (TaskChange, {"name": "x" * 121}),
        (ProviderChange, {"has_key": False}),
        (ProviderChange, {"api_key": "****"}),
        (ProviderChange, {"type": "no_such_type"}),
    ],
)
def test_a_change_is_judged_like_a_draft_and_takes_no_unknown_field(
    kind: type[Change], values: dict[str, object]
) -> None:
    with pytest.raises(ValidationError):
        kind.model_validate(values)


def test_the_schema_of_a_change_promises_no_default() -> None:
    properties = AgentChange.model_json_schema()["properties"]

    assert set(properties) == set(AgentChange.model_fields)
    assert not any("default" in described for described in properties.values())


def test_a_change_that_changes_nothing_leaves_the_etag(services: Services, workshop: Workshop) -> None:
    agent, task = workshop.make_agent(), workshop.make_task()
    provider = services.providers.get_provider(LOCAL_USER, agent.provider_id)

    same_agent = services.agents.change_agent(LOCAL_USER, agent.id, AgentChange(name=agent.name, is_active=True))
    same_task = services.tasks.change_task(LOCAL_USER, task.id, TaskChange())
    same_provider = services.providers.change_provider(LOCAL_USER, provider.id, ProviderChange(name=provider.name))

    assert (same_agent.etag, same_task.etag, same_provider.etag) == (agent.etag, task.etag, provider.etag)
    assert (same_agent.version, same_task.version, same_provider.revision) == (1, 1, provider.revision)


def test_every_change_of_an_agent_is_another_etag(services: Services, workshop: Workshop) -> None:
    agent = workshop.make_agent()

    etags = [
        agent.etag,
        services.agents.set_agent_active(LOCAL_USER, agent.id, is_active=False).etag,
        services.agents.set_agent_active(LOCAL_USER, agent.id, is_active=True).etag,
        services.agents.change_agent(LOCAL_USER, agent.id, AgentChange(name="Renamed")).etag,
        services.agents.change_agent(LOCAL_USER, agent.id, AgentChange(name=agent.name)).etag,
    ]

    assert len(set(etags)) == len(etags)
    assert services.agents.get_agent(LOCAL_USER, agent.id).etag == etags[-1]
    assert services.agents.page_agents(LOCAL_USER).items[0].etag == etags[-1]


def test_an_outdated_change_is_refused(services: Services, workshop: Workshop) -> None:
    agent, task = workshop.make_agent(name="Sorter"), workshop.make_task(name="Triage")
    provider = workshop.make_provider(name="Cloud")
    services.agents.change_agent(LOCAL_USER, agent.id, AgentChange(retries=3), expected_etag=agent.etag)
    services.tasks.change_task(LOCAL_USER, task.id, TaskChange(description="x"), expected_etag=task.etag)
    services.providers.change_provider(LOCAL_USER, provider.id, ProviderChange(name="C"), expected_etag=provider.etag)

    refused: list[Callable[[], object]] = [
        lambda: services.agents.change_agent(LOCAL_USER, agent.id, AgentChange(retries=4), expected_etag=agent.etag),
        lambda: services.agents.delete_agent(LOCAL_USER, agent.id, expected_etag=agent.etag),
        lambda: services.tasks.change_task(LOCAL_USER, task.id, TaskChange(), expected_etag=task.etag),
        lambda: services.tasks.delete_task(LOCAL_USER, task.id, expected_etag=task.etag),
        lambda: services.providers.change_provider(
            LOCAL_USER, provider.id, ProviderChange(), expected_etag=provider.etag
        ),
        lambda: services.providers.delete_provider(LOCAL_USER, provider.id, expected_etag=provider.etag),
    ]

    for refusal in refused:
        with pytest.raises(OutdatedError, match="changed by somebody else") as caught:
            refusal()
        assert isinstance(caught.value, StateConflictError)
        assert caught.value.code == "outdated"
    assert services.agents.get_agent(LOCAL_USER, agent.id).retries == 3


def test_a_delete_of_the_state_that_was_read_is_done(services: Services, workshop: Workshop) -> None:
    agent, task = workshop.make_agent(), workshop.make_task()
    provider = services.providers.get_provider(LOCAL_USER, agent.provider_id)

    services.agents.delete_agent(LOCAL_USER, agent.id, expected_etag=agent.etag)
    services.tasks.delete_task(LOCAL_USER, task.id, expected_etag=task.etag)
    services.providers.delete_provider(LOCAL_USER, provider.id, expected_etag=provider.etag)

    assert services.agents.list_agents(LOCAL_USER) == []
    assert services.tasks.list_tasks(LOCAL_USER) == []
    assert services.providers.list_providers(LOCAL_USER) == []


def test_changes_of_different_fields_at_once_lose_nothing(services: Services, workshop: Workshop) -> None:
    agent, task = workshop.make_agent(), workshop.make_task()
    changes = [
        AgentChange(description="New"),
        AgentChange(temperature=0.1),
        AgentChange(max_tokens=7),
        AgentChange(retries=5),
        AgentChange(is_active=False),
        AgentChange(system_prompt="New."),
    ]
    wanted = [TaskChange(description="New"), TaskChange(name="New"), TaskChange(request_schema=REQUEST_SCHEMA)]

    with ThreadPoolExecutor(8) as threads:
        first = [threads.submit(services.agents.change_agent, LOCAL_USER, agent.id, one) for one in changes]
        second = [threads.submit(services.tasks.change_task, LOCAL_USER, task.id, one) for one in wanted]
        for done in (*first, *second):
            done.result()

    found = services.agents.get_agent(LOCAL_USER, agent.id)
    assert (found.description, found.temperature, found.max_tokens, found.retries) == ("New", 0.1, 7, 5)
    assert (found.is_active, found.system_prompt, found.version) == (False, "New.", 6)
    changed = services.tasks.get_task(LOCAL_USER, task.id)
    assert (changed.description, changed.name, changed.request_schema, changed.version) == (
        *("New", "New", REQUEST_SCHEMA, 4),
    )


def test_of_changes_that_expect_the_same_state_one_is_made(services: Services, workshop: Workshop) -> None:
    agent = workshop.make_agent()

    def change(number: int) -> bool:
        try:
            wanted = AgentChange(retries=number)
            services.agents.change_agent(LOCAL_USER, agent.id, wanted, expected_etag=agent.etag)
        except OutdatedError:
            return False
        return True

    with ThreadPoolExecutor(8) as threads:
        made = list(threads.map(change, range(3, 11)))

    assert sum(made) == 1
    assert services.agents.get_agent(LOCAL_USER, agent.id).retries == made.index(True) + 3


def test_a_refused_change_stores_nothing(services: Services, workshop: Workshop) -> None:
    agent, task = workshop.make_agent(name="Sorter"), workshop.make_task(name="Triage")
    provider = services.providers.get_provider(LOCAL_USER, agent.provider_id)
    workshop.make_agent(name="Taken")

    with pytest.raises(NameTakenError, match="“TAKEN”"):
        services.agents.change_agent(LOCAL_USER, agent.id, AgentChange(name="TAKEN", retries=9))
    with pytest.raises(InvalidInputError, match="placeholder"):
        services.agents.change_agent(LOCAL_USER, agent.id, AgentChange(user_prompt_template="{{a"))
    with pytest.raises(InvalidInputError, match="provider is not there"):
        services.agents.change_agent(LOCAL_USER, agent.id, AgentChange(provider_id=uuid.uuid4()))
    with pytest.raises(InvalidSchemaError) as caught:
        services.tasks.change_task(LOCAL_USER, task.id, TaskChange(request_schema={"type": "objekt"}))
    with pytest.raises(InvalidInputError, match="http"):
        services.providers.change_provider(LOCAL_USER, provider.id, ProviderChange(base_url="ftp://example.org"))

    assert caught.value.details[0].place == "request_schema/type"
    assert services.agents.get_agent(LOCAL_USER, agent.id) == agent
    assert services.tasks.get_task(LOCAL_USER, task.id) == task
    assert services.providers.get_provider(LOCAL_USER, provider.id).etag == provider.etag


def test_what_is_not_there_cannot_be_changed(services: Services) -> None:
    with pytest.raises(NotFoundError):
        services.agents.change_agent(LOCAL_USER, uuid.uuid4(), AgentChange(), expected_etag="1")
    with pytest.raises(NotFoundError):
        services.tasks.change_task(LOCAL_USER, uuid.uuid4(), TaskChange(), expected_etag="1")
    with pytest.raises(NotFoundError):
        services.providers.change_provider(LOCAL_USER, uuid.uuid4(), ProviderChange(), expected_etag="1")
