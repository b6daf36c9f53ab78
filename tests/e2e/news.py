"""Events that reach a tab at a chosen moment: its live parts ask for their reruns just then."""

from playwright.sync_api import Page

_FIND_BRIDGES = """
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
  const tell = () => {
    for (const place of bridges.filter((place) => place.bridge)) {
      place.bridge.setTriggerValue("news", Date.now())
      newsCount += 1
    }
    document.documentElement.dataset.newsCount = newsCount
  }
"""
_AFTER_A_CLICK = """
  const tellUntil = (end) => {
    tell()
    if (performance.now() < end) setTimeout(tellUntil, 5, end)
    else document.documentElement.dataset.newsEnded = ""
  }
  const begin = () => setTimeout(() => tellUntil(performance.now() + 1000), 0)
  document.addEventListener("click", begin, {once: true, capture: true})
"""
_WITH_WHAT_IS_DONE = """
  for (const kind of ["click", "focusout"]) document.addEventListener(kind, tell, {capture: true})
"""


def send_news_after_a_click(page: Page) -> None:
    """From the next click on, have every live part of the page ask for its rerun, again and again, for a second."""
    page.evaluate(f"() => {{ {_FIND_BRIDGES} {_AFTER_A_CLICK} }}")


def wait_for_end_of_news(page: Page) -> None:
    page.locator("html[data-news-ended]").wait_for(state="attached")


def send_news_with_what_is_done(page: Page) -> None:
    """From now on, have every live part ask for its rerun just before the page hears of a click or a left field."""
    page.evaluate(f"() => {{ {_FIND_BRIDGES} {_WITH_WHAT_IS_DONE} }}")


def count_news(page: Page) -> int:
    """Return how many reruns were asked for in the place of events."""
    return int(page.locator("html").get_attribute("data-news-count") or 0)
