"""Fixtures: inputs kept with a task, which are told from each other by name and need not fit for ever."""

import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from pydantic import ValidationError

from core.actors import LOCAL_USER
from core.errors import ConflictError, DashboardError, InvalidInputError, NameTakenError, NotFoundError, OutdatedError
from core.services import Services
from core.tasks.fixtures import MAX_FIXTURES
from core.tasks.inputs import MAX_INPUT_CHARACTERS
from core.tasks.records import FixtureChange, FixtureDraft, FixtureOfRun, FixtureRecord, TaskChange, TaskRecord
from db.session import Database
from db.tables import FixtureRow
from tests.factories import Workshop
from tests.fake_model_server import FakeModelServer
from tests.integration.test_announcements import read_events

REQUEST_SCHEMA: dict[str, Any] = {  # Any: a JSON Schema
    "type": "object",
    "properties": {"subject": {"type": "string"}, "priority": {"type": "number"}},
    "required": ["subject"],
}


@pytest.fixture
def task(workshop: Workshop) -> TaskRecord:
    """A task that takes an object."""
    return workshop.make_task(name="Triage", request_schema=REQUEST_SCHEMA)


def keep(services: Services, task: TaskRecord, name: str = "One", value: object = None) -> FixtureRecord:
    draft = FixtureDraft(name=name, input={"subject": name} if value is None else value)
    return services.fixtures.create_fixture(LOCAL_USER, task.id, draft)


def change(services: Services, fixture: FixtureRecord, etag: str | None = None, **fields: object) -> FixtureRecord:
    wanted = FixtureChange.model_validate(fields)
    return services.fixtures.change_fixture(LOCAL_USER, fixture.task_id, fixture.id, wanted, expected_etag=etag)


def delete(services: Services, fixture: FixtureRecord, etag: str | None = None) -> None:
    services.fixtures.delete_fixture(LOCAL_USER, fixture.task_id, fixture.id, expected_etag=etag)


def read(services: Services, fixture: FixtureRecord) -> FixtureRecord:
    return services.fixtures.get_fixture(LOCAL_USER, fixture.task_id, fixture.id)


def test_an_input_is_kept_exactly_as_written(services: Services, task: TaskRecord) -> None:
    written = {"zeta": [1.0, 1, True, None], "alpha": {"é": "☃"}, "subject": " two\nlines "}

    kept = keep(services, task, value=written)

    assert json.dumps(read(services, kept).input) == json.dumps(written)
    assert (kept.name, kept.version, kept.fits, kept.errors) == ("One", 1, True, ())
    assert read(services, kept) == kept


def test_an_input_that_does_not_fit_is_kept_and_told(services: Services, workshop: Workshop, task: TaskRecord) -> None:
    plain = workshop.make_task()

    unfit = keep(services, task, value={"priority": "high"})
    text_for_object, object_for_text = keep(services, task, "Text", "Help"), keep(services, plain)
    blank = keep(services, plain, "Blank", " ")

    assert (unfit.fits, [error.place for error in unfit.errors]) == (False, ["/subject", "/priority"])
    assert [one.fits for one in (text_for_object, object_for_text, blank)] == [False, False, False]
    assert object_for_text.errors[0].message == "This task takes plain text as its input."
    assert blank.errors[0].message == "The input is empty."


def test_a_fixture_ceases_to_fit_when_the_schema_changes_and_is_still_there(
    services: Services, task: TaskRecord
) -> None:
    kept = keep(services, task)

    services.tasks.change_task(LOCAL_USER, task.id, TaskChange(request_schema=None))
    told = read(services, kept)

    assert (kept.fits, told.fits, told.input, told.etag) == (True, False, kept.input, kept.etag)
    services.tasks.change_task(LOCAL_USER, task.id, TaskChange(request_schema=REQUEST_SCHEMA))
    assert read(services, kept) == kept


@pytest.mark.parametrize(
    ("value", "sentence"),
    [
        (5, "An input is text, or an object."),
        (["a"], "An input is text, or an object."),
        ("x" * (MAX_INPUT_CHARACTERS + 1), "The input has 200,001 characters; at most 200,000 are taken."),
        ({"a": "x" * MAX_INPUT_CHARACTERS}, "at most 200,000 are taken."),
        ({"a": [float("nan")]}, "is not a number JSON can hold"),
        ({"a": "\x00"}, "a NUL character, which cannot be stored"),
        ("\ud800", "is not valid Unicode"),
    ],
)
def test_what_no_task_could_take_is_refused(services: Services, task: TaskRecord, value: object, sentence: str) -> None:
    kept = keep(services, task)

    with pytest.raises(InvalidInputError) as created:
        keep(services, task, "Two", value)
    with pytest.raises(InvalidInputError) as changed:
        change(services, kept, input=value)

    for caught in (created, changed):
        assert sentence in caught.value.message
        assert caught.value.details[0].place.startswith("input")
    assert services.fixtures.list_fixtures(LOCAL_USER, task.id) == [kept]


def test_a_name_is_taken_within_its_task_whatever_its_case(
    services: Services, workshop: Workshop, task: TaskRecord
) -> None:
    keep(services, task, "Angry customer")
    other = keep(services, task, "Other")

    with pytest.raises(NameTakenError, match="“angry CUSTOMER”"):
        keep(services, task, "angry CUSTOMER")
    with pytest.raises(NameTakenError) as caught:
        change(services, other, name="ANGRY customer")

    assert [detail.place for detail in caught.value.details] == ["name"]
    assert keep(services, workshop.make_task(), "Angry customer").name == "Angry customer"
    assert change(services, other, name="OTHER").name == "OTHER"


def test_a_change_sets_what_it_names_and_counts(services: Services, task: TaskRecord) -> None:
    kept = keep(services, task, value={"subject": "a", "priority": 1})

    renamed = change(services, kept, name="Two")
    rewritten = change(services, kept, input={"subject": "a", "priority": 1.0})
    reordered = change(services, kept, input={"priority": 1.0, "subject": "a"})
    same = change(services, kept, name="Two", input={"priority": 1.0, "subject": "a"})

    assert [one.version for one in (renamed, rewritten, reordered, same)] == [2, 3, 4, 4]
    assert (renamed.name, renamed.input, renamed.created_at) == ("Two", kept.input, kept.created_at)
    assert json.dumps(read(services, kept).input) == json.dumps({"priority": 1.0, "subject": "a"})
    assert same.etag == reordered.etag != rewritten.etag


def test_a_fixture_that_somebody_else_changed_is_neither_overwritten_nor_deleted(
    services: Services, task: TaskRecord
) -> None:
    kept = keep(services, task)
    theirs = change(services, kept, input="Theirs.")

    with pytest.raises(OutdatedError, match="“One”"):
        change(services, kept, kept.etag, input="Mine.")
    with pytest.raises(OutdatedError):
        delete(services, kept, kept.etag)

    assert read(services, kept) == theirs
    delete(services, kept, theirs.etag)
    assert services.fixtures.list_fixtures(LOCAL_USER, task.id) == []


def test_a_deleted_fixture_frees_its_name_and_comes_back_when_it_can(services: Services, task: TaskRecord) -> None:
    kept = keep(services, task)
    delete(services, kept)
    successor = keep(services, task, "ONE")

    with pytest.raises(NotFoundError):
        read(services, kept)
    with pytest.raises(NameTakenError):
        services.fixtures.restore_fixture(LOCAL_USER, task.id, kept.id)
    delete(services, successor)

    assert services.fixtures.restore_fixture(LOCAL_USER, task.id, kept.id) == kept
    with pytest.raises(NotFoundError):
        services.fixtures.restore_fixture(LOCAL_USER, task.id, kept.id)


def test_what_is_not_there_is_said_so(services: Services, workshop: Workshop, task: TaskRecord) -> None:
    kept = keep(services, task)
    elsewhere = kept.model_copy(update={"task_id": workshop.make_task().id})

    for act in (read, change, delete):
        with pytest.raises(NotFoundError, match="This fixture"):
            act(services, elsewhere)
    services.tasks.delete_task(LOCAL_USER, task.id)
    for act in (read, change, delete):
        with pytest.raises(NotFoundError, match="This task"):
            act(services, kept)
    with pytest.raises(NotFoundError, match="This task"):
        keep(services, task)
    with pytest.raises(NotFoundError, match="This task"):
        services.fixtures.list_fixtures(LOCAL_USER, task.id)


def test_a_task_holds_no_more_than_its_share_however_many_ask_at_once(
    services: Services, task: TaskRecord, database: Database
) -> None:
    deleted = keep(services, task, "Deleted")
    delete(services, deleted)
    with database.transaction() as session:
        session.add_all(
            FixtureRow(task_id=task.id, name=f"Kept {number}", input="x") for number in range(MAX_FIXTURES - 2)
        )

    def try_to_keep(number: int) -> str:
        try:
            return keep(services, task, f"Late {number}").name
        except ConflictError as error:
            return error.message

    with ThreadPoolExecutor(4) as threads:
        told = list(threads.map(try_to_keep, range(6)))

    assert told.count(f"“Triage” has {MAX_FIXTURES} fixtures, and no task can have more.") == 4
    assert len(services.fixtures.list_fixtures(LOCAL_USER, task.id)) == MAX_FIXTURES
    with pytest.raises(ConflictError):
        services.fixtures.restore_fixture(LOCAL_USER, task.id, deleted.id)


def test_fixtures_are_paged_oldest_first(services: Services, task: TaskRecord) -> None:
    for name in ("Zeta", "Alpha", "Mid"):
        keep(services, task, name)

    first = services.fixtures.page_fixtures(LOCAL_USER, task.id, limit=2)
    second = services.fixtures.page_fixtures(LOCAL_USER, task.id, limit=2, cursor=first.next_cursor)

    assert [item.name for item in (*first.items, *second.items)] == ["Zeta", "Alpha", "Mid"]
    assert (first.total, second.total, second.next_cursor) == (3, 3, None)
    with pytest.raises(InvalidInputError):
        services.fixtures.page_fixtures(LOCAL_USER, task.id, cursor="bm9uc2Vuc2U=")


def test_the_input_of_a_run_is_kept(services: Services, workshop: Workshop, model_server: FakeModelServer) -> None:
    agent, task = workshop.make_pair(model_server.base_url)
    run, other = workshop.run(agent, task, "The invoice is wrong."), workshop.make_task()
    draft = FixtureOfRun(name="From a run", run_id=run.id)

    kept = services.fixtures.create_fixture_from_run(LOCAL_USER, task.id, draft)

    assert (kept.name, kept.input, kept.fits) == ("From a run", "The invoice is wrong.", True)
    for error, task_id, run_id in ((InvalidInputError, other.id, run.id), (NotFoundError, task.id, task.id)):
        wrong = draft.model_copy(update={"run_id": run_id})
        with pytest.raises(error) as caught:
            services.fixtures.create_fixture_from_run(LOCAL_USER, task_id, wrong)
        assert isinstance(caught.value, DashboardError)
        assert [detail.place for detail in caught.value.details] == ["run_id"]


def test_a_copied_task_has_the_fixtures_that_are_there(services: Services, task: TaskRecord) -> None:
    for name in ("Zeta", "Alpha", "Gone"):
        keep(services, task, name)
    kept = services.fixtures.list_fixtures(LOCAL_USER, task.id)
    delete(services, kept[-1])

    copy = services.tasks.duplicate_task(LOCAL_USER, task.id)
    copied = services.fixtures.list_fixtures(LOCAL_USER, copy.id)

    assert [(one.name, one.input, one.version) for one in copied] == [
        (one.name, one.input, 1) for one in kept if one.name != "Gone"
    ]
    assert [one.name for one in services.fixtures.list_fixtures(LOCAL_USER, task.id)] == ["Zeta", "Alpha"]


def test_the_life_of_a_fixture_is_announced(services: Services, task: TaskRecord, database: Database) -> None:
    kept = keep(services, task)
    change(services, kept, name="Two")
    change(services, kept, name="Two")
    delete(services, kept)
    services.fixtures.restore_fixture(LOCAL_USER, task.id, kept.id)

    events = ["fixture_created", "fixture_updated", "fixture_deleted", "fixture_restored"]
    told = {"id": str(task.id), "fixture_id": str(kept.id)}
    assert read_events(database, "tasks")[1:] == [(event, told) for event in events]


@pytest.mark.parametrize("name", ["", " ", "x" * 121, "a\x00b"])
def test_a_fixture_needs_a_name(name: str) -> None:
    with pytest.raises(ValidationError):
        FixtureDraft(name=name, input="x")
