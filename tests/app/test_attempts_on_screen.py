"""The Run page shows what each attempt sent, what was fed back, and its figures, without a browser."""

from collections.abc import Callable

from streamlit.testing.v1 import AppTest

from core.actors import LOCAL_USER
from core.runs.records import RunRecord
from core.services import Services
from tests.factories import Workshop
from tests.fake_model_server import FakeModelServer

OpenPage = Callable[..., AppTest]


def open_run(open_page: OpenPage, run: RunRecord, *, attempts: int = 1) -> AppTest:
    app = open_page("run")
    app.query_params["run"] = str(run.id)
    app.run()
    for number in range(1, attempts + 1):
        app.session_state[f"run.attempt.{number}"] = True
    app.run()
    assert not app.exception
    return app


def captions(app: AppTest) -> list[str]:
    return [caption.value for caption in app.caption]


def test_what_was_fed_back_stands_at_the_attempt_it_answers(
    open_page: OpenPage, services: Services, workshop: Workshop, model_server: FakeModelServer
) -> None:
    run = workshop.run(*workshop.make_pair(model_server.base_url, model_name="wrong-then-right"))
    first, _ = services.runs.list_attempts(LOCAL_USER, run.id)

    app = open_run(open_page, run, attempts=2)

    assert captions(app).count("**Fed back to the model**") == 1
    assert captions(app).count("**Request: prompts sent**") == 2
    shown = [block.value for block in [*app.code, *app.text]]
    assert any("must be one of" in text and text in first.fed_back for text in shown)


def test_the_figures_of_an_attempt_are_told(
    open_page: OpenPage, workshop: Workshop, model_server: FakeModelServer
) -> None:
    app = open_run(open_page, workshop.run(*workshop.make_pair(model_server.base_url, model_name="slow:0.01")))

    (figures,) = [caption for caption in captions(app) if "first token after" in caption]
    assert "tokens in" in figures
    assert "first token after —" not in figures
    assert "cache" not in figures


def test_a_request_that_was_cut_says_so(open_page: OpenPage, workshop: Workshop, model_server: FakeModelServer) -> None:
    agent, task = workshop.make_pair(model_server.base_url)

    app = open_run(open_page, workshop.run(agent, task, "long " * 30_000))

    assert "The request was too long to be kept whole: its longest texts are cut." in captions(app)
