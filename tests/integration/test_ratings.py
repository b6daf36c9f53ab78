"""People say whether a run's answer was good, and why."""

import uuid
from datetime import UTC, datetime

import pytest
from pydantic import ValidationError

from core.actors import LOCAL_USER, SYSTEM
from core.errors import NotFoundError, StateConflictError
from core.events import ChangeEvent
from core.runs.rating import MAX_NOTE_CHARACTERS, RatingDraft
from core.runs.records import RunRecord
from core.services import Services
from tests.factories import Workshop, wait_until
from tests.fake_model_server import FakeModelServer


@pytest.fixture
def run(workshop: Workshop, model_server: FakeModelServer) -> RunRecord:
    """A run that is over."""
    return workshop.run(*workshop.make_pair(model_server.base_url))


def test_rating_is_kept_with_who_gave_it_and_when(services: Services, run: RunRecord) -> None:
    before = datetime.now(UTC)

    rated = services.ratings.rate_run(LOCAL_USER, run.id, RatingDraft(rating=1, note="  As a person would.  "))

    assert (rated.rating, rated.rating_note, rated.rated_by) == (1, "As a person would.", LOCAL_USER.name)
    assert rated.rated_at is not None
    assert before <= rated.rated_at <= datetime.now(UTC)
    assert services.runs.get_run(LOCAL_USER, run.id) == rated


def test_last_word_counts(services: Services, run: RunRecord) -> None:
    services.ratings.rate_run(LOCAL_USER, run.id, RatingDraft(rating=1, note="Fine."))

    rated = services.ratings.rate_run(SYSTEM, run.id, RatingDraft(rating=-1))

    assert (rated.rating, rated.rating_note, rated.rated_by) == (-1, "", SYSTEM.name)


def test_rating_is_taken_back_with_its_note(services: Services, run: RunRecord) -> None:
    services.ratings.rate_run(LOCAL_USER, run.id, RatingDraft(rating=-1, note="Wrong sum."))

    rated = services.ratings.rate_run(LOCAL_USER, run.id, RatingDraft(rating=None, note="Wrong sum."))

    assert (rated.rating, rated.rating_note, rated.rated_by, rated.rated_at) == (None, "", None, None)


def test_rating_that_changes_nothing_does_nothing(services: Services, run: RunRecord) -> None:
    heard: list[ChangeEvent] = []
    services.events.bus.subscribe(lambda events: heard.extend(events))
    draft = RatingDraft(rating=1, note="Fine.")
    first = services.ratings.rate_run(LOCAL_USER, run.id, draft)

    second = services.ratings.rate_run(SYSTEM, run.id, draft)
    services.ratings.rate_run(LOCAL_USER, run.id, RatingDraft(rating=-1))

    assert second == first
    wait_until(lambda: len(ratings_of(heard, run)) >= 2, what="two ratings to be announced")
    assert len(ratings_of(heard, run)) == 2


def ratings_of(heard: list[ChangeEvent], run: RunRecord) -> list[ChangeEvent]:
    return [event for event in heard if event.event == "rated" and event.data["id"] == str(run.id)]


def test_run_that_goes_on_cannot_be_rated(
    services: Services, workshop: Workshop, model_server: FakeModelServer
) -> None:
    run = workshop.start_run(*workshop.make_pair(model_server.base_url, model_name="hang"))

    with pytest.raises(StateConflictError, match="not over yet"):
        services.ratings.rate_run(LOCAL_USER, run.id, RatingDraft(rating=1))

    services.runs.cancel_run(LOCAL_USER, run.id)
    workshop.wait_for_end(run.id)


def test_unknown_run_cannot_be_rated(services: Services) -> None:
    with pytest.raises(NotFoundError):
        services.ratings.rate_run(LOCAL_USER, uuid.uuid4(), RatingDraft(rating=1))


@pytest.mark.parametrize("note", ["x" * (MAX_NOTE_CHARACTERS + 1), "a\x00b", "\ud800"])
def test_note_that_cannot_be_kept_is_refused(note: str) -> None:
    with pytest.raises(ValidationError):
        RatingDraft(rating=1, note=note)
