"""The Run page shows what was mended in an answer, without a browser."""

from collections.abc import Callable
from typing import Any
from urllib.parse import quote_plus

import pytest
from streamlit.testing.v1 import AppTest

from core.runs.records import RunRecord, RunStatus
from pages.ui.text import label
from tests.factories import Workshop
from tests.fake_model_server import FakeModelServer

OpenPage = Callable[..., AppTest]
SHELF: dict[str, Any] = {  # Any: a JSON Schema
    "type": "object",
    "properties": {"qty": {"type": "integer"}, "tags": {"type": "array", "items": {"type": "string"}}},
    "required": ["qty", "tags"],
}


@pytest.fixture
def run_answered(workshop: Workshop, model_server: FakeModelServer) -> Callable[[str], RunRecord]:
    """Run a task whose only answer is this text."""

    def run_answered(text: str) -> RunRecord:
        model_server.set_mode(f"answer:{quote_plus(text)}", path="/v1/chat/completions")
        agent = workshop.make_agent(workshop.make_provider(model_server.base_url), retries=0)
        task = workshop.make_task(SHELF)
        workshop.assign(agent, task)
        return workshop.run(agent, task)

    return run_answered


def open_run(open_page: OpenPage, run: RunRecord, *, attempt: int | None = 1) -> AppTest:
    app = open_page("run")
    app.query_params["run"] = str(run.id)
    app.run()
    if attempt is not None:
        app.session_state[f"run.attempt.{attempt}"] = True
        app.run()
    return app


def captions(app: AppTest) -> list[str]:
    return [caption.value for caption in app.caption]


def title_of_attempt(app: AppTest) -> str:
    return next(box.label for box in app.expander if box.label.startswith("Attempt"))


def test_mends_of_an_attempt_are_listed_and_noted_at_the_result(
    open_page: OpenPage, run_answered: Callable[[str], RunRecord]
) -> None:
    run = run_answered('{"qty": "41", "tags": "new"}')

    app = open_run(open_page, run)

    assert not app.exception
    assert run.status is RunStatus.PASSED
    assert "2 mends made before the answer was judged" in [box.label for box in app.expander]
    assert label("qty: text “41” taken as the integer 41") in captions(app)
    assert label("tags: the lone item “new” taken as a list of one") in captions(app)
    assert "Attempt 1 · passed · 2 mends" in title_of_attempt(app)


def test_an_answer_that_was_not_mended_says_nothing_of_mends(
    open_page: OpenPage, run_answered: Callable[[str], RunRecord]
) -> None:
    app = open_run(open_page, run_answered('{"qty": 41, "tags": []}'))

    assert not app.exception
    assert "mend" not in "".join(captions(app)) + title_of_attempt(app)


def test_mends_and_problems_of_a_refused_answer_stand_together(
    open_page: OpenPage, run_answered: Callable[[str], RunRecord]
) -> None:
    app = open_run(open_page, run_answered('{"qty": "41", "tags": [1]}'), attempt=None)

    assert not app.exception
    assert label("qty: text “41” taken as the integer 41") in captions(app)
    assert "**What was wrong with it**" in captions(app)
    assert "1 mend · 1 problem" in title_of_attempt(app)
    assert not [caption for caption in captions(app) if "see the attempts" in caption]


def test_what_a_model_wrote_is_shown_as_it_is(open_page: OpenPage, run_answered: Callable[[str], RunRecord]) -> None:
    app = open_run(open_page, run_answered('{"qty": 1, "tags": "**bold** :material/home: [x](http://x)"}'))

    assert not app.exception
    (shown,) = [caption for caption in captions(app) if caption.startswith("tags")]
    assert r"\*\*bold\*\*" in shown
    assert r"\[x\]\(http" in shown


def test_many_mends_are_counted_rather_than_listed(
    open_page: OpenPage, workshop: Workshop, model_server: FakeModelServer
) -> None:
    schema = {"type": "object", "properties": {"all": {"type": "array", "items": {"type": "integer"}}}}
    items = ", ".join(f'"{number}"' for number in range(40))
    answer = quote_plus(f'{{"all": [{items}]}}')
    model_server.set_mode(f"answer:{answer}", path="/v1/chat/completions")
    agent = workshop.make_agent(workshop.make_provider(model_server.base_url))
    task = workshop.make_task(schema)
    workshop.assign(agent, task)

    app = open_run(open_page, workshop.run(agent, task))

    assert not app.exception
    assert "And 15 more." in captions(app)
    assert "40 mends made before the answer was judged" in [box.label for box in app.expander]
