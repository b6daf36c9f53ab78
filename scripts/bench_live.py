"""Measures how soon a change shows in other tabs: from the change to the DOM of each of 20 open tabs."""

import time
from collections.abc import Iterator
from contextlib import ExitStack

from playwright.sync_api import Browser, Page

from core.actors import LOCAL_USER
from core.agents.records import AgentChange, AgentRecord
from core.services import Services
from scripts.figures import Figure, spread
from tests.e2e.conftest import BenchtopProcess
from tests.factories import Workshop

_TABS = 20
_CHANGES = 15
_IDLE = '[data-testid="stApp"][data-test-script-state="notRunning"]'
_NAME = "A live agent"  # stands on the first page of the list
_WATCH = """
(words) => new Promise((resolve) => {
  const look = () => document.body.textContent.includes(words) && (observer.disconnect(), resolve(Date.now()))
  const observer = new MutationObserver(look)
  observer.observe(document.body, {subtree: true, childList: true, characterData: true})
  look()
})
"""


def measure_live(process: BenchtopProcess, services: Services, browser: Browser) -> Iterator[Figure]:
    """Rename an agent again and again; every tab shows the list it stands in."""
    workshop = Workshop(services)
    agent = workshop.make_agent(workshop.make_provider(name="Bench live"), name=_NAME)
    with ExitStack() as stack:
        context = stack.enter_context(browser.new_context(base_url=process.url))
        tabs = [context.new_page() for _ in range(_TABS)]
        for tab in tabs:
            tab.goto("/agents")
            tab.wait_for_selector(_IDLE)
            tab.get_by_text(_NAME).first.wait_for()
        delays = [delay for number in range(_CHANGES) for delay in _rename(services, agent, tabs, number)]
    yield from spread(f"change to the DOM of each of {_TABS} tabs", delays, p50="100 ms", p95="300 ms")


def _rename(services: Services, agent: AgentRecord, tabs: list[Page], number: int) -> list[float]:
    name = f"{_NAME}, change {number}."
    for tab in tabs:
        tab.evaluate(f"words => {{ window.seenAt = ({_WATCH})(words) }}", name)
    changed_at = time.time()
    services.agents.change_agent(LOCAL_USER, agent.id, AgentChange(name=name))
    return [tab.evaluate("window.seenAt") / 1000 - changed_at for tab in tabs]
