"""The page “In words” of the dialog “Start from”, without a browser."""

import json
import time
from collections.abc import Callable, Iterator
from urllib.parse import quote_plus

import pytest
from streamlit.testing.v1 import AppTest

from core.actors import LOCAL_USER
from core.agents.records import AgentRecord
from core.providers.records import ValidationStatus
from core.services import Services
from tests.app.start_page import ANSWER, INPUT, answer, fields, is_open, look_at, offers, open_way, start_page, texts
from tests.app.start_page import shown_fields as shown
from tests.app.start_page import use as accept
from tests.factories import Workshop, wait_until
from tests.fake_model_server import FakeModelServer

OpenPage = Callable[..., AppTest]
KEY = f"{ANSWER}.start.in_words"
OF_INPUT = f"{INPUT}.start.in_words"
WAY = "in_words"
ANSWERED = {
    "fields": [
        {"name": "topic", "type": "choice", "description": "Kind.", "choices": ["bug", "wish"]},
        {"name": "due", "type": "date", "description": "**Day**"},
    ]
}


def answering(value: object) -> str:
    return f"answer:{quote_plus(json.dumps(value, separators=(',', ':')))}"


def make_agent(workshop: Workshop, base_url: str, model_name: str = "ok", *, name: str = "Drafter") -> AgentRecord:
    """Make an agent whose provider has been checked."""
    provider = workshop.make_provider(base_url)
    agent = workshop.make_agent(provider, name=name, model_name=model_name, retries=1)
    wait_until(lambda: _status(workshop.services, agent).is_settled, what="the provider's check")
    return agent


def _status(services: Services, agent: AgentRecord) -> ValidationStatus:
    providers = services.providers.list_providers(LOCAL_USER)
    return next(one.validation_status for one in providers if one.id == agent.provider_id)


@pytest.fixture
def app(services: Services) -> Iterator[AppTest]:
    app = AppTest.from_function(start_page, default_timeout=20).run()
    yield app
    assert not app.exception


def press(app: AppTest, name: str, *, key: str = KEY) -> None:
    app.button(key=f"{key}.{name}").click().run()


def describe(app: AppTest, sentence: str, *, key: str = KEY) -> None:
    app.text_area(key=f"{key}.text").set_value(sentence).run()
    press(app, "draft", key=key)


def is_going_on(app: AppTest, key: str = KEY) -> bool:
    return any(button.key == f"{key}.cancel" for button in app.button)


def wait_for_end(app: AppTest, *, key: str = KEY) -> None:
    """Draw the page again, as its timer would, until the draft is over."""
    deadline = time.monotonic() + 20
    while is_going_on(app, key):
        assert time.monotonic() < deadline
        time.sleep(0.05)
        app.run()


def test_without_agents_it_says_to_add_one(open_page: OpenPage) -> None:
    app = open_page("tasks")
    app.button(key="tasks.add").click().run()
    app.button(key="tasks.1.answer.start.in_words.open").click().run()

    assert not app.exception
    assert "Add an agent first" in [heading.value for heading in app.subheader]


def test_agents_whose_provider_fails_are_not_offered(
    open_page: OpenPage, workshop: Workshop, model_server: FakeModelServer
) -> None:
    make_agent(workshop, "http://127.0.0.1:9/v1", name="Dead")
    app = open_page("tasks")
    app.button(key="tasks.add").click().run()
    app.button(key="tasks.1.answer.start.in_words.open").click().run()
    assert "No provider answers" in [heading.value for heading in app.subheader]

    alive = make_agent(workshop, model_server.base_url, name="Alive")
    app.run()

    assert not app.exception
    assert app.selectbox(key="tasks.1.answer.start.in_words.agent").value == alive.id


def test_sentence_becomes_fields_once_they_are_accepted(
    app: AppTest, workshop: Workshop, model_server: FakeModelServer
) -> None:
    make_agent(workshop, model_server.base_url, answering(ANSWERED))
    open_way(app, WAY)
    describe(app, "The topic of a ticket, and when it is due")
    wait_for_end(app)

    assert shown(app) == {"topic": "choice: bug | wish", "due": "date"}
    assert app.button(key=f"{KEY}.draft").label == "Draft again"
    assert fields(answer(app)) == []

    accept(app, WAY)

    assert fields(answer(app)) == ["topic", "due"]
    assert answer(app).form.history.undo_label == "Schema from words"
    assert not is_open(app)


def test_blank_sentence_is_pointed_out(app: AppTest, workshop: Workshop, model_server: FakeModelServer) -> None:
    make_agent(workshop, model_server.base_url)
    open_way(app, WAY)

    press(app, "draft")

    assert "Say in a sentence" in texts(app)
    assert not is_going_on(app)


def test_draft_goes_on_while_the_dialog_shows_something_else_or_is_closed(
    app: AppTest, workshop: Workshop, model_server: FakeModelServer
) -> None:
    make_agent(workshop, model_server.base_url, "hang")
    open_way(app, WAY)
    describe(app, "The topic of a ticket")
    assert is_going_on(app)

    look_at(app, "CSV")
    assert not is_going_on(app)
    look_at(app, "In words")

    assert is_going_on(app)
    assert app.text_area(key=f"{KEY}.text").value == "The topic of a ticket"


def test_cancelled_draft_ends_and_leaves_the_sentence(
    app: AppTest, workshop: Workshop, model_server: FakeModelServer
) -> None:
    make_agent(workshop, model_server.base_url, "hang")
    open_way(app, WAY)
    describe(app, "The topic of a ticket")

    press(app, "cancel")
    wait_for_end(app)

    assert not app.error
    assert app.text_area(key=f"{KEY}.text").value == "The topic of a ticket"
    assert not app.button(key=f"{KEY}.draft").disabled


def test_failure_says_what_each_attempt_was_refused_for(
    app: AppTest, workshop: Workshop, model_server: FakeModelServer
) -> None:
    make_agent(workshop, model_server.base_url, "always-wrong")
    open_way(app, WAY)
    describe(app, "The topic of a ticket")
    wait_for_end(app)

    said = texts(app)
    assert "wrote no usable list of fields in 2 attempts" in said
    assert "stronger model" in said
    assert "Attempt 1" in said
    assert "Attempt 2" in said


def test_former_result_stays_while_the_sentence_is_edited_and_when_the_next_draft_fails(
    app: AppTest, workshop: Workshop, model_server: FakeModelServer
) -> None:
    make_agent(workshop, model_server.base_url, answering(ANSWERED))
    open_way(app, WAY)
    describe(app, "The topic of a ticket, and when it is due")
    wait_for_end(app)

    app.text_area(key=f"{KEY}.text").set_value("Something else").run()
    assert offers(app, WAY)
    model_server.set_mode("always-wrong", path="/v1/chat/completions")
    press(app, "draft")
    wait_for_end(app)

    assert app.error
    assert shown(app) == {"topic": "choice: bug | wish", "due": "date"}


def test_sentence_changes_the_fields_there_are(app: AppTest, workshop: Workshop, model_server: FakeModelServer) -> None:
    make_agent(workshop, model_server.base_url, answering(ANSWERED | {"remove": []}))
    app.button(key=f"{INPUT}.start.open").click().run()
    app.segmented_control(key=f"{INPUT}.start.way").set_value("In words").run()
    describe(app, "Add a due date", key=OF_INPUT)
    wait_for_end(app, key=OF_INPUT)

    assert "- topic (string)" in model_server.chat_requests[0].body["messages"][-1]["content"]
    assert any("due" in block.value for block in app.code)

    app.button(key=f"{OF_INPUT}.use").click().run()

    assert fields(app.session_state["editors"][1]) == ["topic", "due"]


def test_sentence_may_begin_anew(app: AppTest, workshop: Workshop, model_server: FakeModelServer) -> None:
    make_agent(workshop, model_server.base_url, answering(ANSWERED))
    app.button(key=f"{INPUT}.start.open").click().run()
    app.segmented_control(key=f"{INPUT}.start.way").set_value("In words").run()
    app.segmented_control(key=f"{OF_INPUT}.change").set_value("Start anew").run()

    describe(app, "The day it is due", key=OF_INPUT)
    wait_for_end(app, key=OF_INPUT)

    assert "Fields:" not in model_server.chat_requests[0].body["messages"][-1]["content"]
