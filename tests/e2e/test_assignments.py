"""What an agent's drawer says of its tasks stays right when one is removed and another comes from elsewhere."""

import uuid

from playwright.sync_api import Page, expect

from tests.e2e.screen import button, drawer, expect_no_traceback, open_screen, search_row
from tests.factories import Workshop


def test_switch_of_a_removed_task_does_nothing_any_more(page: Page, backstage: Workshop) -> None:
    agent = backstage.make_agent(name=f"Drawn {uuid.uuid4().hex[:8]}")
    first, second = backstage.make_task(), backstage.make_task()
    backstage.assign(agent, first)
    open_screen(page, "/agents", title="Agents")
    button(search_row(page, agent.name), "Edit").click()
    expect(drawer(page).get_by_text(first.name, exact=True)).to_be_visible()

    button(drawer(page), "Remove").click()
    expect(drawer(page).get_by_text(first.name, exact=True)).to_have_count(0)
    backstage.assign(agent, second)

    expect(drawer(page).get_by_text(second.name, exact=True)).to_be_visible()
    # The browser sends what the vanished switch held with the rerun that another task brings about.
    backstage.assign(agent, first)
    expect(drawer(page).get_by_text(first.name, exact=True)).to_be_visible()
    expect(drawer(page).get_by_role("alert")).to_have_count(0)
    expect_no_traceback(page)
