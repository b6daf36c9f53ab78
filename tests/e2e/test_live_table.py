"""A live list under a person's hands: what is focused stays so, and a reading that failed is made again."""

import uuid
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, Route, expect

from core.actors import LOCAL_USER
from core.agents.records import AgentChange, AgentRecord
from tests.e2e.screen import button, open_screen, row
from tests.factories import Workshop


@pytest.fixture
def pair(backstage: Workshop) -> Iterator[tuple[AgentRecord, AgentRecord]]:
    """Two agents beside each other in the list, which a search for their common name finds alone."""
    word = f"Pair{uuid.uuid4().hex[:8]}"
    first, second = (backstage.make_agent(name=f"{word} {letter}") for letter in "AB")
    yield first, second
    for agent in (first, second):
        backstage.services.agents.delete_agent(LOCAL_USER, agent.id)


def rename(backstage: Workshop, agent: AgentRecord, name: str) -> None:
    backstage.services.agents.change_agent(LOCAL_USER, agent.id, AgentChange(name=name))


def open_pair(page: Page, pair: tuple[AgentRecord, AgentRecord]) -> None:
    open_screen(page, "/agents", title="Agents")
    page.get_by_role("searchbox", name="Search").fill(pair[0].name.split()[0])
    expect(page.get_by_role("table").get_by_role("row")).to_have_count(3)


def test_focus_stays_on_a_button_whose_row_moves(
    page: Page, backstage: Workshop, pair: tuple[AgentRecord, AgentRecord]
) -> None:
    first, second = pair
    open_pair(page, pair)
    edit = button(row(page, second.name), "Edit")
    edit.focus()

    moved = f"{first.name.split()[0]} Z"
    rename(backstage, first, moved)

    rows = page.get_by_role("table").get_by_role("row")
    expect(rows.nth(2)).to_contain_text(moved)
    expect(edit).to_be_focused()


def test_a_reading_that_failed_is_made_again(
    page: Page, backstage: Workshop, pair: tuple[AgentRecord, AgentRecord]
) -> None:
    open_pair(page, pair)
    failed = []

    def fail_twice(route: Route) -> None:
        if len(failed) < 2:
            failed.append(route.request.url)
            route.fulfill(status=503, body="{}")
        else:
            route.continue_()

    page.route("**/rows/agents*", fail_twice)
    renamed = f"{pair[0].name} again"
    rename(backstage, pair[0], renamed)

    expect(row(page, renamed)).to_be_visible()
    assert len(failed) == 2


def test_buttons_say_what_they_are_about(page: Page, pair: tuple[AgentRecord, AgentRecord]) -> None:
    open_pair(page, pair)

    expect(page.get_by_role("table", name="Agents")).to_be_visible()
    for agent in pair:
        assert button(row(page, agent.name), "Edit").get_attribute("aria-description") == agent.name
