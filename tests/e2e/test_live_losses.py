"""What a live part of a page asks for may get lost on the way to the server or back: it asks again."""

import uuid

from playwright.sync_api import Page, WebSocketRoute, expect

from core.actors import LOCAL_USER
from tests.e2e.screen import badge, expect_no_traceback, open_screen, row
from tests.factories import Workshop
from tests.fake_model_server import FakeModelServer


class Leak:
    """A tab's way to the pages' scripts, which loses the next of what goes through it once `left` is set."""

    def __init__(self, page: Page) -> None:
        self.left = 0
        page.route_web_socket("**/_stcore/stream", self._pass_on)

    def _pass_on(self, socket: WebSocketRoute) -> None:
        server = socket.connect_to_server()

        def pass_on(message: str | bytes) -> None:
            if self.left:
                self.left -= 1
            else:
                server.send(message)

        socket.on_message(pass_on)


def test_a_rerun_that_got_lost_is_asked_for_again(
    page: Page, backstage: Workshop, model_server: FakeModelServer
) -> None:
    leak = Leak(page)
    provider = backstage.services.providers.list_providers(LOCAL_USER)[0]
    open_screen(page, "/", title="Benchtop")
    figure = page.get_by_test_id("stMetric").filter(has_text="Agents").get_by_test_id("stMetricValue")
    before = int(figure.inner_text())

    leak.left = 1
    backstage.make_agent(provider, name=f"Lost {uuid.uuid4().hex[:8]}")  # one event, so one rerun

    expect(figure).to_have_text(str(before + 1))
    assert leak.left == 0
    agent, task = backstage.make_pair(model_server.base_url, name=f"Found {uuid.uuid4().hex[:8]}")
    backstage.run(agent, task)
    expect(badge(row(page, agent.name), "Passed")).to_be_visible()
    expect_no_traceback(page)
