"""Lists are filtered and cut in the database, and a walk through their pages sees every line once."""

import uuid
from collections.abc import Callable, Sequence
from typing import Protocol

import pytest
from pydantic import ValidationError

from core.actors import LOCAL_USER
from core.agents.records import AgentFilter, AgentRecord
from core.errors import InvalidInputError
from core.paging import parse_name, read_cursor, write_cursor
from core.providers.records import ProviderFilter, ValidationStatus
from core.services import Services
from core.tasks.records import TaskFilter
from db.session import Database
from tests.factories import Workshop
from tests.integration.own_services import execute


class Named(Protocol):
    @property
    def name(self) -> str: ...


class NamedPage(Protocol):
    @property
    def items(self) -> Sequence[Named]: ...

    @property
    def next_cursor(self) -> str | None: ...


def names(page: NamedPage) -> list[str]:
    return [item.name for item in page.items]


def walk(read: Callable[[str | None], NamedPage], *, between: Callable[[], object] = lambda: None) -> list[str]:
    """Return the names on all pages, doing something after each."""
    seen: list[str] = []
    cursor: str | None = None
    for _ in range(100):
        page = read(cursor)
        seen += names(page)
        cursor = page.next_cursor
        if cursor is None:
            return seen
        between()
    raise AssertionError("The list has no end.")


def make_agents(workshop: Workshop, *agent_names: str) -> list[AgentRecord]:
    provider = workshop.make_provider()
    return [workshop.make_agent(provider, name=name) for name in agent_names]


def test_a_walk_sees_every_agent_once_by_name_whatever_its_case(services: Services, workshop: Workshop) -> None:
    make_agents(workshop, "delta", "Alpha", "charlie", "Bravo", "echo")

    def read(cursor: str | None) -> NamedPage:
        return services.agents.page_agents(LOCAL_USER, limit=2, cursor=cursor)

    assert walk(read) == ["Alpha", "Bravo", "charlie", "delta", "echo"]


def test_a_walk_has_no_gaps_or_repeats_while_agents_come_and_go(services: Services, workshop: Workshop) -> None:
    agents = make_agents(workshop, *(f"Agent {number:02d}" for number in range(12)))
    stay = [agent.name for agent in agents[3:]]
    gone = iter(agents[:3])

    def disturb() -> None:
        services.agents.delete_agent(LOCAL_USER, next(gone).id)
        workshop.make_agent(name=f"A before all, {uuid.uuid4()}")

    def read(cursor: str | None) -> NamedPage:
        return services.agents.page_agents(LOCAL_USER, limit=4, cursor=cursor)

    seen = walk(read, between=disturb)

    assert [name for name in seen if name in stay] == stay
    assert len(seen) == len(set(seen)) == 12


def test_a_page_holds_what_the_list_holds(services: Services, workshop: Workshop) -> None:
    agents, task = make_agents(workshop, "One", "Two"), workshop.make_task()
    workshop.assign(agents[0], task)
    workshop.assign(agents[1], task)
    services.agents.delete_agent(LOCAL_USER, agents[1].id)

    page = services.agents.page_agents(LOCAL_USER)

    assert list(page.items) == services.agents.list_agents(LOCAL_USER)
    assert page.items == (services.agents.get_agent(LOCAL_USER, agents[0].id),)
    assert (page.items[0].task_count, page.total, page.next_cursor) == (1, 1, None)
    assert list(services.tasks.page_tasks(LOCAL_USER).items) == services.tasks.list_tasks(LOCAL_USER)
    assert services.tasks.page_tasks(LOCAL_USER).items[0].agent_count == 1


def test_providers_are_paged_with_their_agents_counted(
    services: Services, workshop: Workshop, database: Database
) -> None:
    providers = [workshop.make_provider(name=f"Provider {number}", api_key="sk-paged") for number in range(3)]
    workshop.make_agent(providers[1])
    execute(database, "UPDATE llm_providers SET validation_status = 'connected', revision = revision + 1")

    def read(cursor: str | None) -> NamedPage:
        return services.providers.page_providers(LOCAL_USER, limit=2, cursor=cursor)

    assert walk(read) == ["Provider 0", "Provider 1", "Provider 2"]
    page = services.providers.page_providers(LOCAL_USER)
    assert list(page.items) == services.providers.list_providers(LOCAL_USER)
    assert [item.agent_count for item in page.items] == [0, 1, 0]
    assert all(item.has_key for item in page.items)


def test_a_block_can_begin_anywhere(services: Services, workshop: Workshop) -> None:
    make_agents(workshop, "A", "B", "C", "D")

    middle = services.agents.page_agents(LOCAL_USER, limit=2, offset=1)
    beyond = services.agents.page_agents(LOCAL_USER, limit=2, offset=10**12)

    assert (names(middle), middle.total) == (["B", "C"], 4)
    assert (names(beyond), beyond.total, beyond.next_cursor) == ([], 4, None)


def test_a_list_begins_at_a_cursor_or_at_an_offset(services: Services) -> None:
    cursor = write_cursor("agents", "A")

    with pytest.raises(InvalidInputError, match="not at both"):
        services.agents.page_agents(LOCAL_USER, cursor=cursor, offset=1)


@pytest.mark.parametrize(
    ("search", "found"),
    [
        ("", ["50% off", "a_b", "back\\slash", "Überall"]),
        ("%", ["50% off"]),
        ("_", ["a_b"]),
        ("\\", ["back\\slash"]),
        ("ÜBER", ["Überall"]),
        ("  off\t50 ", ["50% off"]),
        ("off Überall", []),
        ("tidy A_B", ["a_b"]),
        ("ACME 50", ["50% off"]),
        ("ok überall", ["Überall"]),
        ("offtidy", []),
    ],
)
def test_every_word_of_a_search_is_found_as_it_was_typed(
    services: Services, workshop: Workshop, search: str, found: list[str]
) -> None:
    provider = workshop.make_provider(name="Acme")
    for name in ("50% off", "a_b", "back\\slash", "Überall"):
        workshop.make_agent(provider, name=name, description="Tidy", model_name="ok")

    page = services.agents.page_agents(LOCAL_USER, AgentFilter(search=search))

    assert (names(page), page.total) == (found, len(found))


def test_agents_are_filtered_by_switch_provider_and_task(services: Services, workshop: Workshop) -> None:
    first, second = make_agents(workshop, "First", "Second")
    third, task = workshop.make_agent(name="Third", is_active=False), workshop.make_task()
    workshop.assign(second, task)
    workshop.assign(third, task)

    def found(**chosen: object) -> tuple[list[str], int]:
        page = services.agents.page_agents(LOCAL_USER, AgentFilter.model_validate(chosen), limit=1)
        return names(page), page.total

    assert found(only_active=True) == (["First"], 2)
    assert found(provider_id=first.provider_id) == (["First"], 2)
    assert found(task_id=task.id) == (["Second"], 2)
    assert found(task_id=task.id, only_active=True, provider_id=second.provider_id, search="sec") == (["Second"], 1)
    assert found(provider_id=uuid.uuid4()) == ([], 0)


def test_tasks_are_filtered_by_words_and_agent(services: Services, workshop: Workshop) -> None:
    agent, triage = workshop.make_agent(), workshop.make_task(name="Triage", description="Sorts tickets")
    workshop.make_task(name="Other")
    workshop.assign(agent, triage)

    for chosen in (TaskFilter(search="tickets tri"), TaskFilter(agent_id=agent.id)):
        page = services.tasks.page_tasks(LOCAL_USER, chosen)
        assert (names(page), page.total) == (["Triage"], 1)


def test_providers_are_filtered_by_words_type_and_status(
    services: Services, workshop: Workshop, database: Database
) -> None:
    workshop.make_provider(name="House Ollama", provider_type="ollama")
    workshop.make_provider(name="Cloud")
    execute(database, "UPDATE llm_providers SET validation_status = 'connected', revision = 9 WHERE name = 'Cloud'")

    chosen = {
        "Cloud": ProviderFilter(validation_status=ValidationStatus.CONNECTED),
        "House Ollama": ProviderFilter(search="oll HOUSE", type="ollama"),
    }

    for name, provider_filter in chosen.items():
        page = services.providers.page_providers(LOCAL_USER, provider_filter)
        assert (names(page), page.total) == ([name], 1)


@pytest.mark.parametrize("search", ["\x00", "\ud800", "x" * 201])
def test_a_search_that_cannot_be_asked_is_refused(search: str) -> None:
    with pytest.raises(ValidationError):
        AgentFilter(search=search)


@pytest.mark.parametrize(
    "cursor",
    [
        *("", "?", "Ä", "bm8=", "W1tb" * 50_000),
        *(
            write_cursor("tasks", "A"),
            write_cursor("agents"),
            write_cursor("agents", ""),
            write_cursor("agents", "A", "B"),
        ),
        *(write_cursor("agents", "A\x00"), write_cursor("agents", "\ud800")),
    ],
)
def test_a_cursor_that_the_list_did_not_give_is_refused(services: Services, cursor: str) -> None:
    with pytest.raises(InvalidInputError, match="not known") as caught:
        services.agents.page_agents(LOCAL_USER, cursor=cursor)

    assert [detail.place for detail in caught.value.details] == ["cursor"]


def test_a_cursor_keeps_any_name() -> None:
    name = "Ünï – “\\%_” 名前"

    assert read_cursor("agents", write_cursor("agents", name), parse_name) == name
