"""A run is rated with a thumb and a note, without a browser."""

import pytest
from streamlit.testing.v1 import AppTest

from core.actors import LOCAL_USER
from core.runs.rating import RatingDraft
from core.runs.records import RunRecord
from core.services import Services
from tests.factories import Workshop
from tests.fake_model_server import FakeModelServer

_PAGE = """
from pages.ui.door import open_door
from pages.ui.result.rating import render_rating
from pages.ui.routes import query_id

door = open_door()
render_rating(door, door.services.runs.get_run(door.actor, query_id("run")))
"""


@pytest.fixture
def run(workshop: Workshop, model_server: FakeModelServer) -> RunRecord:
    """A run that is over."""
    return workshop.run(*workshop.make_pair(model_server.base_url))


def open_rating(run: RunRecord) -> AppTest:
    """Draw the rating of a run on a page of its own."""
    app = AppTest.from_string(_PAGE, default_timeout=20)
    app.query_params["run"] = str(run.id)
    app.run()
    assert not app.exception
    return app


def captions(app: AppTest) -> list[str]:
    return [element.value for element in app.caption]


def test_unrated_run_asks(run: RunRecord) -> None:
    app = open_rating(run)

    assert captions(app) == ["Is this answer good?"]
    assert not app.text_input


def test_thumb_is_kept_and_says_who_rated(services: Services, run: RunRecord) -> None:
    app = open_rating(run)

    app.feedback[0].set_value(1).run()

    assert not app.exception
    assert services.runs.get_run(LOCAL_USER, run.id).rating == 1
    assert captions(app) == [f"Rated by {LOCAL_USER.name} just now"]
    assert [toast.value for toast in app.toast] == ["Rated."]


def test_note_is_kept(services: Services, run: RunRecord) -> None:
    services.ratings.rate_run(LOCAL_USER, run.id, RatingDraft(rating=-1))
    app = open_rating(run)

    app.text_input[0].set_value("The sum is *wrong*.").run()

    assert not app.exception
    rated = services.runs.get_run(LOCAL_USER, run.id)
    assert (rated.rating, rated.rating_note) == (-1, "The sum is *wrong*.")
    assert app.text_input[0].value == "The sum is *wrong*."


def test_note_that_cannot_be_kept_says_so(services: Services, run: RunRecord) -> None:
    services.ratings.rate_run(LOCAL_USER, run.id, RatingDraft(rating=1))
    app = open_rating(run)

    app.text_input[0].set_value("a\x00b").run()

    assert not app.exception
    assert [toast.value for toast in app.toast] == ["This note cannot be stored."]
    assert services.runs.get_run(LOCAL_USER, run.id).rating_note == ""


def test_rating_is_taken_back(services: Services, run: RunRecord) -> None:
    services.ratings.rate_run(LOCAL_USER, run.id, RatingDraft(rating=1, note="Fine."))
    app = open_rating(run)

    app.feedback[0].set_value(None).run()

    assert services.runs.get_run(LOCAL_USER, run.id).rating is None
    assert captions(app) == ["Is this answer good?"]


def test_rating_given_elsewhere_is_shown(services: Services, run: RunRecord) -> None:
    app = open_rating(run)
    services.ratings.rate_run(LOCAL_USER, run.id, RatingDraft(rating=-1, note="Elsewhere."))

    app.run()

    assert app.feedback[0].value == 0
    assert app.text_input[0].value == "Elsewhere."
