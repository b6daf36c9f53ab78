"""What may be run, with which input, and how runs are found again."""

from typing import Any

import pytest

from core.actors import LOCAL_USER
from core.errors import InvalidInputError, NotFoundError, StateConflictError
from core.runs.records import RunFilter, RunStatus, RunSummary, StartRun
from core.runs.starting import MAX_INPUT_CHARACTERS
from core.services import Services
from db.session import Database
from tests.factories import Workshop
from tests.fake_model_server import FakeModelServer
from tests.integration.own_services import execute

TICKET_SCHEMA: dict[str, Any] = {  # Any: a JSON Schema
    "type": "object",
    "properties": {"subject": {"type": "string"}, "a/b": {"type": "integer", "maximum": 5}},
    "required": ["subject"],
}

UNUSABLE_TEXTS: dict[str, tuple[object, str]] = {
    "empty": ("", "empty"),
    "blank": (" \n\t", "empty"),
    "an object": ({"subject": "Help"}, "plain text"),
    "nothing": (None, "plain text"),
    "NUL": ("a\x00b", "cannot be stored"),
    "half a surrogate pair": ("a\ud800b", "cannot be stored"),
    "too long": ("x" * (MAX_INPUT_CHARACTERS + 1), "200,001 characters"),
    "not JSON": (object(), "cannot be written as JSON"),
}


@pytest.mark.parametrize(("value", "words"), UNUSABLE_TEXTS.values(), ids=UNUSABLE_TEXTS)
def test_a_text_that_cannot_be_used_is_refused(
    services: Services, workshop: Workshop, value: object, words: str
) -> None:
    agent, task = workshop.make_pair("http://127.0.0.1:9/v1")

    with pytest.raises(InvalidInputError, match=words):
        workshop.start_run(agent, task, value)

    assert services.history.page_runs(LOCAL_USER).total == 0


def test_an_input_of_the_wrong_shape_is_refused_with_every_place(services: Services, workshop: Workshop) -> None:
    agent, task = workshop.make_agent(), workshop.make_task(request_schema=TICKET_SCHEMA)
    workshop.assign(agent, task)

    with pytest.raises(InvalidInputError, match="The input does not fit") as caught:
        workshop.start_run(agent, task, {"a/b": 9})
    with pytest.raises(InvalidInputError, match="the input must be an object"):
        workshop.start_run(agent, task, "Help")

    found = {detail.place: detail.message for detail in caught.value.details}
    assert found == {"/subject": "is required", "/a~1b": "must be at most 5"}
    assert services.history.page_runs(LOCAL_USER).total == 0


def test_a_template_that_asks_for_what_the_input_lacks_is_refused(workshop: Workshop) -> None:
    agent, task = workshop.make_pair("http://127.0.0.1:9/v1", user_prompt_template="Sort: {{subject}}")

    with pytest.raises(InvalidInputError, match=r"asks for \{\{subject\}\}"):
        workshop.start_run(agent, task, "Help")


def test_a_template_is_filled_from_the_input(workshop: Workshop, model_server: FakeModelServer) -> None:
    agent = workshop.make_agent(
        workshop.make_provider(model_server.base_url), user_prompt_template="Sort “{{ subject }}” of {{input}}"
    )
    task = workshop.make_task(request_schema=TICKET_SCHEMA)
    workshop.assign(agent, task)

    run = workshop.run(agent, task, {"subject": "{{input}}"})

    assert run.status is RunStatus.PASSED
    sent = model_server.chat_requests[0].body["messages"][-1]["content"]
    assert sent == 'Sort “{{input}}” of {\n  "subject": "{{input}}"\n}'


def test_what_is_switched_off_or_not_assigned_is_not_run(services: Services, workshop: Workshop) -> None:
    agent, task = workshop.make_agent(name="Sorter"), workshop.make_task(name="Triage")

    with pytest.raises(StateConflictError, match="Nobody assigned “Sorter” to “Triage”"):
        workshop.start_run(agent, task)
    pair = services.assignments.assign(LOCAL_USER, agent_id=agent.id, task_id=task.id)
    services.assignments.set_assignment_active(LOCAL_USER, pair.id, is_active=False)
    with pytest.raises(StateConflictError, match="assignment of “Sorter” to “Triage” is switched off"):
        workshop.start_run(agent, task)
    services.agents.set_agent_active(LOCAL_USER, agent.id, is_active=False)
    with pytest.raises(StateConflictError, match="“Sorter” is switched off"):
        workshop.start_run(agent, task)
    services.agents.delete_agent(LOCAL_USER, agent.id)
    with pytest.raises(NotFoundError):
        workshop.start_run(agent, task)


_COPY = """
INSERT INTO runs (id, agent_id, task_id, agent_version_id, task_version_id, provider_id, rating_note, status,
    reason, message, hint, input, attempt_count, input_tokens, output_tokens, queued_at, ended_at, started_by)
SELECT gen_random_uuid(), agent_id, task_id, agent_version_id, task_version_id, provider_id, '', :status,
    '', '', '', input, 0, 0, 0, queued_at + (number / 4) * interval '1 second', now(), started_by
FROM runs, generate_series(1, :count) number WHERE id = :id
"""


@pytest.fixture
def many_runs(workshop: Workshop, database: Database, model_server: FakeModelServer) -> Workshop:
    """One passed run, 19 failed copies of it, four of each second's together, and a run of another pair."""
    run = workshop.run(*workshop.make_pair(model_server.base_url))
    execute(database, _COPY, status="failed", count=19, id=run.id)
    workshop.run(*workshop.make_pair(model_server.base_url))
    return workshop


@pytest.mark.parametrize("limit", [1, 4, 7, 21, 100])
def test_pages_cover_every_run_once_newest_first(services: Services, many_runs: Workshop, limit: int) -> None:
    seen: list[RunSummary] = []
    cursor = None
    for _ in range(22):
        page = services.history.page_runs(LOCAL_USER, limit=limit, cursor=cursor)
        seen += page.items
        cursor = page.next_cursor
        if cursor is None:
            break

    assert cursor is None
    assert page.total == len(seen) == 21
    assert len({item.id for item in seen}) == 21
    moments = [item.queued_at for item in seen]
    assert moments == sorted(moments, reverse=True)


def test_blocks_anywhere_in_the_list_agree_with_the_pages(services: Services, many_runs: Workshop) -> None:
    whole = [item.id for item in services.history.page_runs(LOCAL_USER, limit=100).items]

    block = services.history.page_runs(LOCAL_USER, offset=5, limit=10)

    assert [item.id for item in block.items] == whole[5:15]
    assert block.total == 21


def test_runs_are_filtered_by_agent_task_and_status(services: Services, many_runs: Workshop) -> None:
    newest = services.runs.get_run(LOCAL_USER, services.history.page_runs(LOCAL_USER, limit=100).items[-1].id)
    chosen = RunFilter(agent_id=newest.agent_id, task_id=newest.task_id)

    of_pair = services.history.page_runs(LOCAL_USER, chosen, limit=3)
    passed = services.history.page_runs(LOCAL_USER, RunFilter(status=RunStatus.PASSED))
    failed_of_pair = services.history.page_runs(LOCAL_USER, chosen.model_copy(update={"status": RunStatus.FAILED}))

    assert (of_pair.total, len(of_pair.items)) == (20, 3)
    assert passed.total == 2
    assert {item.status for item in passed.items} == {RunStatus.PASSED}
    assert failed_of_pair.total == 19


@pytest.mark.parametrize("cursor", ["", "nonsense", "é", "MjAyNg==", "fA=="])
def test_a_made_up_cursor_is_refused(services: Services, cursor: str) -> None:
    with pytest.raises(InvalidInputError, match="page of the list is not known"):
        services.history.page_runs(LOCAL_USER, cursor=cursor)


def test_earlier_version_whose_provider_was_deleted_is_not_run(services: Services, workshop: Workshop) -> None:
    gone, kept = workshop.make_provider(name="Old server"), workshop.make_provider()
    agent, task = workshop.make_agent(gone), workshop.make_task()
    workshop.assign(agent, task)
    services.agents.update_agent(LOCAL_USER, agent.id, agent.draft().model_copy(update={"provider_id": kept.id}))
    services.providers.delete_provider(LOCAL_USER, gone.id)

    with pytest.raises(StateConflictError, match="“Old server”, which this version used, was deleted"):
        services.runs.start_run(LOCAL_USER, StartRun(agent_id=agent.id, task_id=task.id, input="Help", agent_version=1))
