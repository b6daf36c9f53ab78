"""A sentence becomes a schema: a real agent, real HTTP, and nothing of it in the database."""

import json
import time
import uuid
from typing import Any
from urllib.parse import quote_plus

import pytest

from core.actors import LOCAL_USER, SYSTEM
from core.agents.records import AgentDraft, AgentRecord
from core.errors import DashboardError, InvalidInputError, NotFoundError, StateConflictError
from core.runs import drafting
from core.runs.drafting_prompts import build_prompt
from core.runs.drafting_records import DraftingRecord, DraftingStatus
from core.services import Services
from core.settings import Settings
from core.tasks.schema_rules import check_response_schema
from db.session import Database
from tests.factories import Workshop, wait_until
from tests.fake_model_server import FakeModelServer
from tests.integration.own_services import read_everything, running

CANARY_KEY = "sk-CANARY-51bd-not-to-be-seen"
WISH = "The topic of a ticket and the day it is due"
ANSWER = {
    "fields": [
        {"name": "topic", "type": "choice", "description": "What it is about.", "choices": ["bug", "wish"]},
        {"name": "due", "type": "date", "description": "The day."},
    ]
}
PRESENT: dict[str, Any] = {  # Any: a JSON Schema
    "type": "object",
    "properties": {"title": {"type": "string", "maxLength": 40}, "mood": {"type": "string"}},
    "required": ["title"],
}


def answering(answer: object) -> str:
    """Return the name of the model that always answers this."""
    return f"answer:{quote_plus(json.dumps(answer, separators=(',', ':')))}"


def make_agent(workshop: Workshop, base_url: str, model_name: str, **values: Any) -> AgentRecord:  # Any: an agent's
    return workshop.make_agent(workshop.make_provider(base_url, api_key=CANARY_KEY), model_name=model_name, **values)


def start(services: Services, agent: AgentRecord, **values: Any) -> uuid.UUID:  # Any: passed on
    return services.drafting.start_drafting(LOCAL_USER, agent_id=agent.id, **{"description": WISH} | values)


def read(services: Services, drafting_id: uuid.UUID) -> DraftingRecord:
    return services.drafting.get_drafting(LOCAL_USER, drafting_id)


def draft(services: Services, agent: AgentRecord, **values: Any) -> DraftingRecord:  # Any: passed on
    drafting_id = start(services, agent, **values)
    wait_until(lambda: read(services, drafting_id).status.is_over, what="the draft to end")
    return read(services, drafting_id)


def failure_of(record: DraftingRecord) -> DashboardError:
    assert record.status is DraftingStatus.FAILED
    assert record.error is not None
    return record.error


def test_sentence_becomes_a_schema_that_could_be_saved(
    services: Services, workshop: Workshop, model_server: FakeModelServer
) -> None:
    agent = make_agent(workshop, model_server.base_url, answering(ANSWER), temperature=0.5, max_tokens=2_000)

    record = draft(services, agent)

    assert record.status is DraftingStatus.DONE
    assert record.drafted_schema is not None
    check_response_schema(record.drafted_schema)
    assert list(record.drafted_schema["properties"]) == ["topic", "due"]
    assert [attempt.number for attempt in record.attempts] == [1]
    assert (record.agent_name, record.error, record.notes) == (agent.name, None, ())
    (request,) = model_server.chat_requests
    assert (request.body["temperature"], request.body["max_tokens"]) == (0.5, 2_000)
    system, user = (message["content"] for message in request.body["messages"])
    assert agent.system_prompt not in system
    assert user == build_prompt(WISH, present_schema=None)


def test_nothing_of_a_draft_is_stored(services: Services, workshop: Workshop, model_server: FakeModelServer) -> None:
    agent = make_agent(workshop, model_server.base_url, answering(ANSWER))

    assert draft(services, agent).status is DraftingStatus.DONE

    assert services.history.page_runs(LOCAL_USER).total == 0
    assert WISH not in read_everything(services.database)


def test_agent_held_to_short_answers_gets_room_for_a_list_of_fields(
    services: Services, workshop: Workshop, model_server: FakeModelServer
) -> None:
    draft(services, make_agent(workshop, model_server.base_url, "ok", max_tokens=100))

    assert model_server.chat_requests[0].body["max_tokens"] == drafting.LEAST_MAX_TOKENS


def test_sentence_changes_a_schema_and_leaves_the_rest(
    services: Services, workshop: Workshop, model_server: FakeModelServer
) -> None:
    answer = {"fields": [{"name": "due", "type": "date", "description": ""}], "remove": ["mood"]}
    agent = make_agent(workshop, model_server.base_url, answering(answer))

    record = draft(services, agent, description="Add a due date, drop the mood", present_schema=PRESENT)

    assert record.drafted_schema == {
        "type": "object",
        "properties": {"title": {"type": "string", "maxLength": 40}, "due": {"type": "string", "format": "date"}},
        "required": ["title", "due"],
    }
    asked = model_server.chat_requests[0].body["messages"][-1]["content"]
    assert "- title (string)" in asked
    assert "- mood (string, optional)" in asked


def test_refused_answer_goes_back_and_its_reason_is_kept(
    services: Services, workshop: Workshop, model_server: FakeModelServer
) -> None:
    record = draft(services, make_agent(workshop, model_server.base_url, "wrong-then-right:1", retries=2))

    assert record.status is DraftingStatus.DONE
    first, second = record.attempts
    assert first.refusals
    assert second.refusals == ()
    assert len(model_server.chat_requests) == 2


def test_model_that_never_writes_fields_fails_with_the_reason_of_each_attempt(
    services: Services, workshop: Workshop, model_server: FakeModelServer
) -> None:
    record = draft(services, make_agent(workshop, model_server.base_url, "always-wrong", retries=2))

    error = failure_of(record)
    assert error.message == "The model wrote no usable list of fields in 3 attempts."
    assert "stronger model" in error.hint
    assert [detail.place for detail in error.details] == ["Attempt 1", "Attempt 2", "Attempt 3"]
    assert all(detail.message for detail in error.details)


def test_change_that_changes_nothing_says_so(
    services: Services, workshop: Workshop, model_server: FakeModelServer
) -> None:
    agent = make_agent(workshop, model_server.base_url, answering({"fields": [], "remove": []}))

    assert "changed nothing" in failure_of(draft(services, agent, present_schema=PRESENT)).message


@pytest.mark.parametrize(
    ("model_name", "words"),
    [
        ("truncated", "cut off at 1,000 tokens"),
        ("empty", "gave no text"),
        ("unauthorized", "refused the key"),
        ("html", "not a model's answer"),
        ("redirect", "not followed"),
    ],
)
def test_failure_says_what_happened(
    services: Services, workshop: Workshop, model_server: FakeModelServer, model_name: str, words: str
) -> None:
    agent = make_agent(workshop, model_server.base_url, model_name, retries=1, max_tokens=50)

    assert words in failure_of(draft(services, agent)).message


def test_key_shows_nowhere_even_when_a_server_repeats_it(
    services: Services, workshop: Workshop, model_server: FakeModelServer
) -> None:
    echo = {"fields": [{"name": "a", "type": "choice", "description": CANARY_KEY, "choices": ["x", CANARY_KEY]}]}
    told = [
        draft(services, make_agent(workshop, model_server.base_url, model_name, retries=1))
        for model_name in ("unauthorized", answering(echo), answering({"fields": CANARY_KEY}))
    ]

    assert [record.status for record in told] == [DraftingStatus.FAILED, DraftingStatus.DONE, DraftingStatus.FAILED]
    for record in told:
        error = record.error
        said = "" if error is None else f"{error.message} {error.hint} {error.details}"
        # The name of the fake server's model tells it what to answer, so the key stands in it.
        assert "CANARY" not in f"{record.model_dump(exclude={'model_name'})} {said}"


def test_dead_provider_is_told(services: Services, workshop: Workshop) -> None:
    record = draft(services, make_agent(workshop, "http://127.0.0.1:9/v1", "any"))

    assert "Nothing answers at 127.0.0.1:9" in failure_of(record).message


def test_address_that_may_not_be_called_is_not_called(
    database: Database, settings: Settings, model_server: FakeModelServer
) -> None:
    with running(settings) as lenient:
        agent = make_agent(Workshop(lenient), model_server.base_url, "ok")
    with running(settings, allow_private_addresses=False) as strict:
        record = draft(strict, agent)

    assert failure_of(record)
    assert model_server.chat_requests == []


def test_slow_server_meets_the_deadline(database: Database, settings: Settings, model_server: FakeModelServer) -> None:
    with running(settings, run_timeout_seconds=0.5) as services:
        services.background.submit(services.executor.get_engine()).result()

        error = failure_of(draft(services, make_agent(Workshop(services), model_server.base_url, "hang")))

    assert error.message == "The draft took longer than 0.5 s and was stopped."


def test_cancelled_draft_drops_its_request_within_a_second(
    services: Services, workshop: Workshop, model_server: FakeModelServer
) -> None:
    drafting_id = start(services, make_agent(workshop, model_server.base_url, "hang"))
    wait_until(lambda: len(model_server.chat_requests) > 0, what="the request")
    assert read(services, drafting_id).status is DraftingStatus.ASKING

    began = time.monotonic()
    services.drafting.cancel_drafting(LOCAL_USER, drafting_id)
    wait_until(lambda: read(services, drafting_id).status.is_over, what="the draft to end")
    wait_until(lambda: model_server.chat_requests[0].is_disconnected, what="the request to be dropped")

    assert time.monotonic() - began < 1
    assert read(services, drafting_id).status is DraftingStatus.CANCELLED
    services.drafting.cancel_drafting(LOCAL_USER, drafting_id)


def test_drafts_end_with_the_services(database: Database, settings: Settings, model_server: FakeModelServer) -> None:
    with running(settings) as services:
        start(services, make_agent(Workshop(services), model_server.base_url, "hang"))
        wait_until(lambda: len(model_server.chat_requests) > 0, what="the request")

    wait_until(lambda: model_server.chat_requests[0].is_disconnected, what="the request to be dropped")


def test_only_a_few_drafts_go_on_at_once_and_only_some_are_kept(
    services: Services, workshop: Workshop, model_server: FakeModelServer
) -> None:
    hanging = make_agent(workshop, model_server.base_url, "hang")
    quick = make_agent(workshop, model_server.base_url, answering(ANSWER))
    going = [start(services, hanging) for _ in range(drafting.MAX_AT_ONCE)]
    latest = start(services, hanging)
    wait_until(lambda: read(services, going[0]).status.is_over, what="the oldest to give way")
    assert [read(services, one).status.is_over for one in (*going[1:], latest)] == [False] * drafting.MAX_AT_ONCE

    done = [draft(services, quick).id for _ in range(drafting.MAX_KEPT)]

    with pytest.raises(NotFoundError):
        read(services, done[0])
    assert read(services, done[-1]).status is DraftingStatus.DONE


def test_draft_is_forgotten_after_a_while_and_never_shown_to_others(
    services: Services, workshop: Workshop, model_server: FakeModelServer
) -> None:
    forgetful = drafting.DraftingService(
        services.store,
        background=services.background,
        get_engine=services.executor.get_engine,
        timeout_seconds=20,
        kept_seconds=0,
    )
    agent = make_agent(workshop, model_server.base_url, answering(ANSWER))
    kept = draft(services, agent)
    lost = forgetful.start_drafting(LOCAL_USER, agent_id=agent.id, description=WISH)
    wait_until(lambda: _is_forgotten(forgetful, lost), what="the draft to be forgotten")

    with pytest.raises(NotFoundError):
        services.drafting.get_drafting(SYSTEM, kept.id)


def _is_forgotten(service: drafting.DraftingService, drafting_id: uuid.UUID) -> bool:
    try:
        service.get_drafting(LOCAL_USER, drafting_id)
    except NotFoundError:
        return True
    return False


def test_what_cannot_be_drafted_is_refused_at_once(services: Services, workshop: Workshop) -> None:
    agent = workshop.make_agent()

    with pytest.raises(InvalidInputError, match="sentence"):
        start(services, agent, description="  ")
    with pytest.raises(InvalidInputError, match="at most"):
        start(services, agent, description="a" * (drafting.MAX_DESCRIPTION_CHARACTERS + 1))
    with pytest.raises(InvalidInputError, match="no fields"):
        start(services, agent, present_schema={"type": "object"})
    with pytest.raises(NotFoundError):
        services.drafting.start_drafting(LOCAL_USER, agent_id=uuid.uuid4(), description=WISH)
    services.agents.update_agent(
        LOCAL_USER, agent.id, AgentDraft.model_validate(agent.draft().model_dump() | {"is_active": False})
    )
    with pytest.raises(StateConflictError, match="switched off"):
        start(services, agent)


def test_bug_in_the_engine_ends_the_draft(services: Services, workshop: Workshop) -> None:
    class Broken:
        async def run(self, *args: object, **values: object) -> Any:  # Any: never returns
            raise ZeroDivisionError

        async def close_idle(self) -> None: ...

        async def close(self) -> None: ...

    async def get_engine() -> Any:  # Any: stands in for an engine
        return Broken()

    service = drafting.DraftingService(
        services.store, background=services.background, get_engine=get_engine, timeout_seconds=5
    )
    drafting_id = service.start_drafting(LOCAL_USER, agent_id=workshop.make_agent().id, description=WISH)
    wait_until(lambda: service.get_drafting(LOCAL_USER, drafting_id).status.is_over, what="the draft to end")

    assert "ZeroDivisionError" in failure_of(service.get_drafting(LOCAL_USER, drafting_id)).message
