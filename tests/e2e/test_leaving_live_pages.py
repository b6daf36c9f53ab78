"""Whoever leaves a page just as something on it changes sees the next page, not an empty one."""

import uuid

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.screen import badge, button, open_screen, row
from tests.factories import Workshop
from tests.fake_model_server import FakeModelServer

# From the next click on, every live part of the page asks for its rerun, again and again, for a second.
_NEWS_AT_A_CLICK = """
  const bridges = []
  const look = (root) => {
    if (root.bridge) bridges.push(root)
    root.querySelectorAll("*").forEach((element) => {
      if (element.bridge) bridges.push(element)
      if (element.shadowRoot) look(element.shadowRoot)
    })
  }
  look(document)
  let newsCount = 0
  const tell = (until) => {
    bridges.filter((place) => place.bridge).forEach((place) => {
      place.bridge.setTriggerValue("news", Date.now())
      newsCount += 1
    })
    if (performance.now() < until) setTimeout(tell, 5, until)
    else document.documentElement.dataset.newsCount = newsCount
  }
  const begin = () => setTimeout(() => tell(performance.now() + 1000), 0)
  document.addEventListener("click", begin, {once: true, capture: true})
"""


@pytest.mark.parametrize("way", ["row", "navigation"])
def test_news_of_the_page_before_do_not_empty_the_next(
    way: str, page: Page, backstage: Workshop, model_server: FakeModelServer
) -> None:
    agent, task = backstage.make_pair(model_server.base_url, name=f"Left {uuid.uuid4().hex[:8]}")
    backstage.run(agent, task)
    open_screen(page, "/", title="Benchtop")
    latest = row(page, agent.name)
    expect(badge(latest, "Passed")).to_be_visible()
    page.evaluate(f"() => {{ {_NEWS_AT_A_CLICK} }}")

    if way == "row":
        button(latest, "Open").click()
    else:
        page.get_by_role("navigation").get_by_role("link", name="Run", exact=True).click()

    expect(page.locator("html[data-news-count]")).to_be_attached()
    assert int(page.locator("html").get_attribute("data-news-count") or 0) > 0
    expect(page.locator('[data-test-script-state="notRunning"]')).to_be_attached()
    # What was asked for too late has been dealt with before this: requests of a tab are done in turn.
    page.get_by_role("textbox", name="Input").fill("still here")
    page.get_by_role("textbox", name="Input").blur()
    expect(page.locator('[data-test-script-state="notRunning"]')).to_be_attached()
    expect(page.get_by_role("textbox", name="Input")).to_have_value("still here")
    expect(page.get_by_text("Try an agent on a task, and see every step to its answer.")).to_be_visible()
