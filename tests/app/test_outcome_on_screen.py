"""How a run ended, or how far it has come, is drawn without a browser."""

import json
from typing import Any

from streamlit.testing.v1 import AppTest

from core.actors import LOCAL_USER
from core.runs.records import RunRecord
from core.services import Services
from pages.ui.result_view import NOT_KEPT
from tests.factories import Workshop, wait_until
from tests.fake_model_server import FakeModelServer
from tests.integration.own_services import execute

_PAGE = """
from pages.ui.attempts_view import render_attempts
from pages.ui.door import open_door
from pages.ui.result_view import render_outcome
from pages.ui.routes import query_id
from pages.ui.run_progress import render_progress

door = open_door()
run = door.services.runs.get_run(door.actor, query_id("run"))
if run.status.is_over:
    attempts = door.services.runs.list_attempts(door.actor, run.id)
    render_outcome(run, mends=attempts[-1].mends)
    render_attempts(attempts, is_content_kept=run.content_erased_at is None)
else:
    render_progress(run.id)
"""


def open_run(run: RunRecord, *opened: str) -> AppTest:
    """Draw a run on a page of its own, with some boxes open."""
    app = AppTest.from_string(_PAGE, default_timeout=20)
    app.query_params["run"] = str(run.id)
    app.run()
    for key in opened:
        app.session_state[key] = True
    app.run()
    assert not app.exception
    return app


def captions(app: AppTest) -> list[str]:
    return [element.value for element in app.caption]


def sent_to(app: AppTest, key: str) -> dict[str, Any]:  # Any: what a component was given
    """Return what was sent to the component with this key."""
    (found,) = [element for element in app.get("bidi_component") if key in element.proto.id]
    return dict(json.loads(found.proto.json))


def test_mends_stand_beside_the_result(workshop: Workshop, model_server: FakeModelServer) -> None:
    run = workshop.run(*workshop.make_pair(model_server.base_url, model_name="as-text"))

    app = open_run(run, "run.result.mends")

    assert "1 mend made before the answer was judged" in [box.label for box in app.expander]
    assert any(caption.startswith("confidence") and "taken as the number" in caption for caption in captions(app))


def test_truncated_answer_is_named_as_such(workshop: Workshop, model_server: FakeModelServer) -> None:
    pair = workshop.make_pair(model_server.base_url, model_name="truncated", max_tokens=300)

    app = open_run(workshop.run(*pair))

    (title,) = [box.label for box in app.expander if box.label.startswith("Attempt")]
    assert title.startswith("Attempt 1 · cut off · 1 problem")
    assert any("it reached the length limit of 300 tokens" in caption for caption in captions(app))
    assert [bar["status"] for bar in sent_to(app, "run.timeline")["bars"]] == ["cut off"]


def test_every_http_try_of_an_attempt_is_listed(workshop: Workshop, model_server: FakeModelServer) -> None:
    pair = workshop.make_pair(model_server.base_url, model_name="rate-limited-first:2:0.05")

    app = open_run(workshop.run(*pair), "run.attempt.1")

    assert "**HTTP tries**" in captions(app)
    assert [element.value for element in app.text if element.value in ("429", "200")] == ["429", "429", "200"]


def test_timeline_has_a_bar_for_each_attempt(workshop: Workshop, model_server: FakeModelServer) -> None:
    app = open_run(workshop.run(*workshop.make_pair(model_server.base_url, model_name="wrong-then-right")))

    bars = sent_to(app, "run.timeline")["bars"]
    assert [(bar["title"], bar["status"]) for bar in bars] == [("Attempt 1", "failed"), ("Attempt 2", "passed")]
    assert bars[0]["start"] == 0
    assert bars[1]["start"] > 0


def test_content_that_is_not_kept_is_said_to_be_gone(
    services: Services, workshop: Workshop, model_server: FakeModelServer
) -> None:
    run = workshop.run(*workshop.make_pair(model_server.base_url))
    execute(services.database, "UPDATE runs SET input = NULL, result = NULL, content_erased_at = now()")
    execute(services.database, "UPDATE run_attempts SET request = NULL, raw_answer = '', errors = '[]', mends = '[]'")

    app = open_run(run, "run.attempt.1")

    shown = captions(app)
    assert [caption for caption in shown if NOT_KEPT in caption]
    assert any("is not kept any more" in caption and "sent" in caption for caption in shown)
    assert any("tokens out" in caption for caption in shown)
    assert "The model sent no text." not in shown


def test_answer_appears_field_by_field(services: Services, workshop: Workshop, model_server: FakeModelServer) -> None:
    run = workshop.start_run(*workshop.make_pair(model_server.base_url, model_name="slow:0.2"))
    wait_until(lambda: bool(services.runs.get_progress(LOCAL_USER, run.id).text), what="the first piece")

    app = open_run(run)
    workshop.wait_for_end(run.id)

    assert "**Answer so far**" in captions(app)
    sent = sent_to(app, "run.fields")
    assert [line["name"] for line in sent["lines"]] == ["category", "confidence"]
    assert {line["state"] for line in sent["lines"]} <= {"pending", "writing", "filled"}
    assert "written" in sent["figures"]
