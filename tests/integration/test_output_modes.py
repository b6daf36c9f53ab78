"""A run in each output mode: attempts and their reasons, mends, live fields, and what the check before it says."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from core.actors import LOCAL_USER
from core.agents.records import AgentRecord
from core.providers.dialects import (
    STAND_IN_TEMPERATURE,
    DialectFindings,
    MaxTokensField,
    OutputMode,
    SchemaSupport,
    Support,
)
from core.providers.types import find_type
from core.runs.preflight.notices import Notice, NoticeKind, NoticeLevel
from core.runs.records import AttemptStatus, RunReason, RunStatus
from core.services import Services
from core.tasks.mending import MendRule
from core.tasks.records import TaskRecord
from tests.factories import TRIAGE_SCHEMA, Workshop, wait_until
from tests.fake_model_server import FakeModelServer
from tests.fake_server.traits import ModelDetails, Traits
from tests.integration.own_services import execute
from tests.integration.test_provider_types import FAKES, KEY, MODELS, connect, without_packages
from tests.integration.test_recursive_schemas import TREE

Pair = tuple[AgentRecord, TaskRecord]
MakePair = Callable[..., Pair]
MODES = list(OutputMode)
TOOL = DialectFindings(output_mode=OutputMode.TOOL)


@pytest.fixture
def make_pair(services: Services, workshop: Workshop, model_server: FakeModelServer) -> MakePair:
    """Make an agent on a compatible server that is spoken to in a dialect set by hand, and a task."""

    def make(findings: DialectFindings, *, schema: Any = None, **values: Any) -> Pair:  # Any: JSON, an agent's fields
        provider = workshop.make_provider(model_server.base_url, provider_type="compatible")
        services.dialects.edit_dialect(LOCAL_USER, provider.id, "", findings)
        agent, task = workshop.make_agent(provider, **values), workshop.make_task(schema)
        workshop.assign(agent, task)
        return agent, task

    return make


@pytest.mark.parametrize("mode", MODES)
def test_a_wrong_answer_is_mended_by_a_retry(
    services: Services, workshop: Workshop, model_server: FakeModelServer, make_pair: MakePair, mode: OutputMode
) -> None:
    run = workshop.run(*make_pair(DialectFindings(output_mode=mode), model_name="wrong-then-right"))

    first, second = services.runs.list_attempts(LOCAL_USER, run.id)
    assert run.status is RunStatus.PASSED, run
    assert (first.status, second.status) == (AttemptStatus.FAILED, AttemptStatus.PASSED)
    assert any("must be one of" in error["message"] for error in first.errors)
    assert "must be one of" in first.fed_back
    assert json.loads(first.raw_answer)["category"] == {"wrong": True}
    assert json.loads(second.raw_answer) == run.result
    roles = [message["role"] for message in model_server.chat_requests[1].body["messages"]]
    assert roles[:2] == ["system", "user"]
    assert "system" not in roles[1:]


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(
    ("model_name", "rule"), [("fenced", MendRule.CODE_FENCE), ("among-prose", MendRule.PROSE), ("as-text", "number")]
)
def test_a_clumsy_answer_is_mended_and_kept_as_it_came(
    services: Services, workshop: Workshop, make_pair: MakePair, mode: OutputMode, model_name: str, rule: str
) -> None:
    run = workshop.run(*make_pair(DialectFindings(output_mode=mode), model_name=model_name))

    (attempt,) = services.runs.list_attempts(LOCAL_USER, run.id)
    assert run.status is RunStatus.PASSED, run
    assert {mend.rule for mend in attempt.mends} == {rule}
    assert "INVALID_JSON" not in attempt.raw_answer
    assert attempt.raw_answer.startswith({"fenced": "```json", "among-prose": "Here you are:"}.get(model_name, "{"))


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(
    ("model_name", "reason", "attempts"),
    [
        ("always-wrong", RunReason.INVALID_ANSWER, 3),
        ("truncated", RunReason.TRUNCATED, 1),
        ("empty", RunReason.EMPTY_ANSWER, 3),
        ("prose", RunReason.INVALID_ANSWER, 3),
        ("invalid-json", RunReason.INVALID_ANSWER, 3),
    ],
)
def test_every_failed_attempt_says_why(
    services: Services,
    workshop: Workshop,
    make_pair: MakePair,
    mode: OutputMode,
    model_name: str,
    reason: RunReason,
    attempts: int,
) -> None:
    run = workshop.run(*make_pair(DialectFindings(output_mode=mode), model_name=model_name))

    kept = services.runs.list_attempts(LOCAL_USER, run.id)
    assert (run.status, run.reason, len(kept)) == (RunStatus.FAILED, reason, attempts)
    assert all(attempt.errors for attempt in kept)


@pytest.mark.parametrize("mode", MODES)
def test_a_recursive_schema_is_judged_whole(workshop: Workshop, make_pair: MakePair, mode: OutputMode) -> None:
    run = workshop.run(*make_pair(DialectFindings(output_mode=mode), schema=TREE, model_name="wrong-then-right"))

    assert run.status is RunStatus.PASSED, run
    assert run.attempt_count == 2


@pytest.mark.parametrize("mode", MODES)
def test_fields_appear_while_the_answer_comes(
    services: Services, workshop: Workshop, model_server: FakeModelServer, make_pair: MakePair, mode: OutputMode
) -> None:
    run = workshop.start_run(*make_pair(DialectFindings(output_mode=mode), model_name="held-stream:4"))

    def read() -> dict[str, Any]:  # Any: JSON the model wrote
        fields = services.runs.get_progress(LOCAL_USER, run.id).fields
        return {} if fields is None else fields.value

    wait_until(lambda: "category" in read(), what="the first field")
    seen = read()
    model_server.release()

    assert workshop.wait_for_end(run.id).status is RunStatus.PASSED
    assert seen["category"] == "billing"


def test_json_in_words_counts_where_a_tool_is_only_offered(services: Services, workshop: Workshop) -> None:
    with FakeModelServer(traits=Traits(tool_choice=False)) as server:
        provider = workshop.make_provider(server.base_url, provider_type="compatible")
        services.dialects.edit_dialect(LOCAL_USER, provider.id, "", TOOL)
        agent = workshop.make_agent(provider, system_prompt=f"Answer like this: {json.dumps(TRIAGE_SCHEMA)}", retries=0)
        run = workshop.run(*assigned(workshop, agent))

    (attempt,) = services.runs.list_attempts(LOCAL_USER, run.id)
    assert run.status is RunStatus.PASSED, run
    assert run.result == json.loads(attempt.raw_answer)


def test_every_field_of_a_dialect_is_heeded(
    services: Services, workshop: Workshop, model_server: FakeModelServer, make_pair: MakePair
) -> None:
    findings = DialectFindings(
        streaming=Support.NO,
        usage=Support.NO,
        max_tokens_field=MaxTokensField.NEITHER,
        system_messages=Support.NO,
        sends_temperature=True,
    )

    run = workshop.run(*make_pair(findings, max_tokens=99))

    body = model_server.chat_requests[0].body
    assert run.status is RunStatus.PASSED, run
    assert body["stream"] is False
    assert body["temperature"] == STAND_IN_TEMPERATURE
    assert not {"max_tokens", "max_completion_tokens", "stream_options"} & set(body)
    (message,) = body["messages"]
    assert message == {"role": "user", "content": "Sort the ticket.\n\nThe invoice is wrong."}


def test_a_new_dialect_holds_from_the_next_run_on(
    services: Services, workshop: Workshop, model_server: FakeModelServer, make_pair: MakePair
) -> None:
    agent, task = make_pair(DialectFindings())

    workshop.run(agent, task)
    services.dialects.edit_dialect(LOCAL_USER, agent.provider_id, "ok", TOOL)
    workshop.run(agent, task)

    before, after = (request.body for request in model_server.chat_requests)
    assert ("response_format" in before, "tools" in before) == (True, False)
    assert ("response_format" in after, "tools" in after) == (False, True)


@pytest.mark.parametrize("traits", [Traits(schema="refused"), Traits(schema="ignored"), Traits(system=False)])
def test_a_run_passes_once_the_probe_has_found_how(services: Services, workshop: Workshop, traits: Traits) -> None:
    with FakeModelServer(traits=traits) as server:
        agent = workshop.make_agent(workshop.make_provider(server.base_url, provider_type="compatible"), retries=0)
        _, task = assigned(workshop, agent)
        before = workshop.run(agent, task)
        services.dialects.start_probe(LOCAL_USER, agent.provider_id, "ok")
        wait_until(lambda: not services.dialects.get_dialect(LOCAL_USER, agent.provider_id).is_probing)
        after = workshop.run(agent, task)

    assert (before.status, after.status) == (RunStatus.FAILED, RunStatus.PASSED)


@pytest.fixture(params=["azure", "anthropic", "gemini", "bedrock"])
def foreign(request: pytest.FixtureRequest) -> Iterator[tuple[str, FakeModelServer]]:
    """A fake server of each vendor with an API of its own, or one that is rewritten for."""
    with FakeModelServer(kind=request.param, models=MODELS) as server:
        yield request.param, server


def test_the_rehearsal_is_what_goes_out_at_other_vendors(
    services: Services, workshop: Workshop, foreign: tuple[str, FakeModelServer]
) -> None:
    kind, server = foreign
    agent, task = assigned(workshop, workshop.make_agent(connect(services, FAKES[kind], server), max_tokens=500))

    preview = services.preparation.preview_run(LOCAL_USER, agent, task, "Help")
    rehearsed = services.preparation.rehearse_run(LOCAL_USER, agent, task, "Help")
    run = workshop.run(agent, task, "Help")

    assert run.status is RunStatus.PASSED, run
    assert not preview.is_exact
    assert preview.has_body is (kind == "azure")
    assert rehearsed == server.chat_requests[0].body
    assert KEY not in json.dumps(rehearsed)


def test_a_missing_package_ends_the_run_with_the_sentence(services: Services, workshop: Workshop) -> None:
    provider = workshop.make_provider("http://127.0.0.1:9/v1", provider_type="compatible")
    pair = assigned(workshop, workshop.make_agent(provider))

    with without_packages(find_type("compatible")):
        run = workshop.run(*pair)

    assert (run.status, run.reason) == (RunStatus.FAILED, RunReason.EXTRA_MISSING)
    assert "not installed" in run.message


def assigned(workshop: Workshop, agent: AgentRecord) -> Pair:
    """Return the agent with a task that it is assigned to."""
    task = workshop.make_task()
    workshop.assign(agent, task)
    return agent, task


def notices_of(services: Services, pair: Pair, value: object = "Help") -> dict[NoticeKind, Notice]:
    return {notice.kind: notice for notice in services.preparation.check_run(LOCAL_USER, *pair, value)}


@pytest.mark.parametrize(
    ("findings", "level"),
    [
        ({"json_schema": SchemaSupport.REFUSED}, NoticeLevel.WARNING),
        ({"json_schema": SchemaSupport.IGNORED}, NoticeLevel.WARNING),
        ({"output_mode": OutputMode.TOOL, "tools": Support.NO}, NoticeLevel.WARNING),
        ({"output_mode": OutputMode.TOOL, "tool_choice": Support.NO}, NoticeLevel.NOTE),
        ({"json_schema": SchemaSupport.ENFORCED}, None),
        ({"output_mode": OutputMode.PROMPTED, "json_schema": SchemaSupport.REFUSED}, None),
        ({}, None),
    ],
)
def test_the_check_knows_what_the_server_does_not(
    services: Services, make_pair: MakePair, findings: dict[str, Any], level: NoticeLevel | None
) -> None:
    found = notices_of(services, make_pair(DialectFindings.model_validate(findings)))

    notice = found.get(NoticeKind.OUTPUT_MODE)
    assert (notice.level if notice else None) == level
    assert notice is None or "Probe the model" in notice.hint


def test_the_check_knows_of_a_limit_that_is_not_heeded(services: Services, make_pair: MakePair) -> None:
    findings = DialectFindings(max_tokens_field=MaxTokensField.NEITHER)

    assert NoticeKind.SETTING_IGNORED in notices_of(services, make_pair(findings, max_tokens=9))
    assert NoticeKind.SETTING_IGNORED not in notices_of(services, make_pair(findings))


def test_the_check_uses_the_window_that_the_server_told(services: Services, workshop: Workshop) -> None:
    with FakeModelServer(kind="vllm", models=["ok"], details={"ok": ModelDetails(context_tokens=500)}) as server:
        agent = workshop.make_agent(connect(services, FAKES["vllm"], server))
    pair = agent, workshop.make_task()

    assert "holds 500;" in notices_of(services, pair, "word " * 2_000)[NoticeKind.CONTEXT_EXCEEDED].sentence
    assert NoticeKind.CONTEXT_EXCEEDED not in notices_of(services, pair)


def test_the_check_warns_of_what_ollama_would_drop(services: Services, workshop: Workshop) -> None:
    long = "word " * 8_000
    with FakeModelServer(kind="ollama", models=["ok"], details={"ok": ModelDetails(context_tokens=65_536)}) as server:
        agent = workshop.make_agent(connect(services, FAKES["ollama"], server))
        pair = agent, workshop.make_task()
        unloaded = notices_of(services, pair, long)[NoticeKind.CONTEXT_EXCEEDED]
    is_loaded = "UPDATE provider_models SET is_loaded = true WHERE provider_id = :id"
    execute(services.database, is_loaded, id=agent.provider_id)

    assert unloaded.level is NoticeLevel.WARNING
    assert "not loaded: usually it then gets a window of 4,096" in unloaded.sentence
    assert "OLLAMA_CONTEXT_LENGTH=16384" in unloaded.hint
    assert "num_ctx 16384" in unloaded.hint
    assert NoticeKind.CONTEXT_EXCEEDED not in notices_of(services, pair, long)
