"""What a person or a model wrote is shown as it is: it loads nothing and formats nothing."""

import json
import socket
import threading
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest
from playwright.sync_api import Page, expect

from core.agents.records import AgentRecord
from core.tasks.records import TaskRecord
from tests.e2e.screen import (
    badge,
    button,
    follow_link,
    heading,
    history_row,
    open_screen,
    press_run,
    read_text,
    row,
    wait_for_screen,
)
from tests.factories import Workshop
from tests.fake_model_server import FakeModelServer

BEACON_PATH = "/beacon"


class Beacon:
    """A listener on loopback that counts who calls."""

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        self.calls: list[bytes] = []
        self._thread = threading.Thread(target=self._listen, name="beacon", daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}{BEACON_PATH}"

    def _listen(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            with connection:
                connection.settimeout(2)
                try:
                    self.calls.append(connection.recv(1000))
                except OSError:
                    self.calls.append(b"")

    def close(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join(5)


class Texts:
    """The same traps in the places where text comes from. Names are short enough to stand whole in a list."""

    def __init__(self, url: str) -> None:
        self.provider_name = f"![p]({url})"
        self.agent_name = f"**a** ![a]({url})"
        self.model_name = f"**m** ![m]({url})"
        self.task_name = f"<img src={url}> :red[t]"
        self.description = f"**bold** $x$ :material/home: ![d]({url}) <img src='{url}'>"
        self.sample_name = f"![s]({url})"
        self.input = f"**input** ![i]({url}) <img src='{url}'> [link]({url})"
        self.field = f"![f]({url})"
        self.answer: dict[str, Any] = {
            self.field: f"**answer** ![r]({url}) <img src='{url}'>",
            "lines": [{"word": f"![l]({url})"}],
        }


@pytest.fixture
def beacon() -> Iterator[Beacon]:
    beacon = Beacon()
    yield beacon
    beacon.close()


@pytest.fixture
def complaints(page: Page) -> list[str]:
    """What the browser said about loads that the page's policy stopped: there must be nothing to stop."""
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text) if BEACON_PATH in message.text else None)
    page.on("request", lambda request: said.append(request.url) if request.url.endswith(BEACON_PATH) else None)
    return said


def prepare(backstage: Workshop, server: FakeModelServer, texts: Texts) -> tuple[AgentRecord, TaskRecord]:
    """Store a provider, an agent and a task whose every text is a trap, and whose model answers with traps."""
    schema = {
        "type": "object",
        "description": texts.description,
        "properties": {
            texts.field: {"type": "string", "description": texts.description},
            "lines": {"type": "array", "items": {"type": "object", "properties": {"word": {"type": "string"}}}},
        },
        "required": [texts.field],
    }
    request_schema = {
        "type": "object",
        "properties": {texts.field: {"type": "string", "description": texts.description}},
        "required": [texts.field],
    }
    agent = backstage.make_agent(
        backstage.make_provider(server.base_url, name=texts.provider_name),
        name=texts.agent_name,
        description=texts.description,
        system_prompt=texts.description,
        model_name=texts.model_name,
    )
    server.set_mode(f"answer:{quote(json.dumps(texts.answer))}", path="/v1/chat/completions")
    task = backstage.make_task(
        schema, name=texts.task_name, description=texts.description, request_schema=request_schema
    )
    backstage.assign(agent, task)
    return agent, task


def expect_shown(page: Page, *texts: str) -> None:
    """See that each text stands on the screen letter by letter."""
    shown = read_text(page)
    missing = [text for text in texts if text not in shown]
    assert not missing, f"not shown as written: {missing}"


def expect_nothing_loaded(page: Page) -> None:
    for frame in page.frames:
        assert frame.locator(f"[src$='{BEACON_PATH}'], a[href$='{BEACON_PATH}']").count() == 0, f"on {page.url}"


def test_hostile_text_is_shown_and_loads_nothing(
    page: Page, backstage: Workshop, model_server: FakeModelServer, beacon: Beacon, complaints: list[str]
) -> None:
    texts = Texts(beacon.url)
    agent, task = prepare(backstage, model_server, texts)

    run_it(page, texts, agent, task)
    look_everywhere(page, texts)
    open_every_form(page, texts)

    assert complaints == []
    assert beacon.calls == []


def run_it(page: Page, texts: Texts, agent: AgentRecord, task: TaskRecord) -> None:
    """Run the agent, and look at the result and at every attempt's details."""
    open_screen(page, f"/run?agent={agent.id}&task={task.id}", title="Run")
    field = page.locator("textarea").first
    field.fill(texts.input)
    field.blur()
    press_run(page)
    expect(badge(page, "Passed")).to_be_visible()
    expect_shown(page, texts.agent_name, texts.task_name, texts.provider_name, texts.description, texts.input)
    expect_shown(page, texts.field, texts.answer[texts.field], texts.model_name)
    expect_nothing_loaded(page)
    page.get_by_role("tab", name="JSON").click()
    page.get_by_text("Attempt 1 · passed").click()
    expect(page.get_by_text("Prompts sent")).to_be_visible()
    expect_shown(page, texts.answer["lines"][0]["word"])
    expect_nothing_loaded(page)


def look_everywhere(page: Page, texts: Texts) -> None:
    """Look at every list the names appear in."""
    follow_link(page, "Home")
    expect(row(page, texts.agent_name)).to_be_visible()
    expect_shown(page, texts.agent_name, texts.task_name)
    expect_nothing_loaded(page)
    follow_link(page, "History")
    expect(history_row(page)).to_contain_text("Passed")
    expect_shown(page, texts.agent_name, texts.task_name)
    page.get_by_role("combobox", name="Agent").click()
    expect(page.get_by_role("option", name=texts.agent_name, exact=True)).to_be_visible()
    expect_nothing_loaded(page)
    page.keyboard.press("Escape")
    for title, shown in (
        ("Agents", (texts.agent_name, texts.provider_name)),
        ("Tasks", (texts.task_name, texts.field)),
        ("Providers", (texts.provider_name,)),
    ):
        follow_link(page, title)
        expect(row(page, shown[0])).to_be_visible()
        expect_shown(page, *shown)
        expect_nothing_loaded(page)


def open_every_form(page: Page, texts: Texts) -> None:
    """Open what shows a name in its title or asks about it, and restore what it deleted."""
    for title, name, noun in (
        ("Agents", texts.agent_name, "agent"),
        ("Providers", texts.provider_name, "provider"),
    ):
        follow_link(page, title)
        button(row(page, name), "Edit").click()
        expect(page.get_by_role("dialog").get_by_role("heading").first).to_be_visible()
        expect_shown(page, f"Edit “{name}”")
        expect_nothing_loaded(page)
        page.keyboard.press("Escape")
        expect(page.get_by_role("dialog")).to_be_hidden()
        button(row(page, name), "Delete").click()
        expect(page.get_by_role("dialog")).to_contain_text(f"Delete {noun}?")
        expect_shown(page, f"“{name}” will be deleted")
        expect_nothing_loaded(page)
        button(page.get_by_role("dialog"), "Cancel").click()
        expect(page.get_by_role("dialog")).to_be_hidden()
    follow_link(page, "Tasks")
    button(row(page, texts.task_name), "Edit").click()
    expect(heading(page, "Tasks")).to_be_hidden()
    expect(page.get_by_role("tab", name="JSON").first).to_be_visible()
    expect_shown(page, f"Edit {texts.task_name}")
    expect_nothing_loaded(page)
    button(page, "Cancel").click()
    wait_for_screen(page, title="Tasks")
