"""What the preview shows is what the engine sends, to the letter."""

import asyncio
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pytest

from core.encryption import Keyring, make_key
from core.examples import CONTACT_EXTRACTION, EXAMPLE_WORKSPACE, SUPPORT_TRIAGE, TEXT_EXTRACTOR, TICKET_TRIAGE
from core.providers.builtin import BuiltinModelServer
from core.providers.connections import ProviderConnection
from core.providers.dialects import DialectFindings, KeptDialect
from core.providers.transport import OutboundPolicy
from core.runs.engine import RunEngine
from core.runs.outcomes import RunOutcome
from core.runs.plans import RunPlan
from core.runs.preview import RequestPreview, preview_request
from core.runs.records import AttemptStatus
from core.runs.rehearsal import rehearse
from core.tasks.mending import Mend
from core.tasks.sources.gallery import GALLERY
from tests.fake_model_server import FakeModelServer
from tests.integration.test_recursive_schemas import TREE

Json = Any  # Any: tests handle arbitrary JSON
OPENAI_URL = "https://api.openai.com/v1"
SHARED: Json = {
    "title": "My schema",
    "description": "About it.",
    "type": "object",
    "properties": {"b": {"$ref": "#/$defs/x"}, "a": {"$ref": "#/$defs/x", "description": "Beside."}, "title": True},
    "required": ["b"],
    "$defs": {"x": {"type": "object", "properties": {"q": {"enum": [1, None, "é"], "default": {"z": 1, "a": 2}}}}},
}
SCHEMAS: dict[str, Json] = {
    **{template.key: template.response_schema for template in GALLERY},
    **{task.name: task.response_schema for task in EXAMPLE_WORKSPACE.tasks},
    "shared parts": SHARED,
    "recursive": {**TREE, "description": "A tree.", "title": "Tree"},
    "a field called $ref": {"type": "object", "properties": {"$ref": {"type": "string"}}, "description": "Odd."},
}


@dataclass(frozen=True)
class Task:
    """What a preview looks at of a task."""

    name: str
    response_schema: Json
    request_schema: Json = None


class NoRecorder:
    """Takes down nothing."""

    failed_attempts = 0
    was_empty = False
    was_answered = False

    async def start_attempt(self) -> None: ...

    async def take_piece(self, text: str) -> None: ...

    def take_answer(self, text: str, *, finish_reason: str, **counted: int | None) -> None: ...

    def take_errors(self, errors: Sequence[dict[str, Any]]) -> None: ...  # Any: place, message, value

    def take_mends(self, mends: Sequence[Mend]) -> None: ...

    async def end_attempt(self, status: AttemptStatus) -> None: ...


def make_plan(base_url: str, schema: Json = TICKET_TRIAGE.response_schema, **values: Any) -> RunPlan:
    ids = {name: uuid.uuid4() for name in ("run_id", "agent_version_id", "task_version_id")}
    connection = ProviderConnection(
        provider_id=uuid.uuid4(),
        name="Fake",
        type="openai",
        base_url=base_url,
        sealed_key=None,
        fingerprint=str(uuid.uuid4()),
    )
    usual = {
        "task_name": "Ticket triage",
        "connection": connection,
        "model_name": "ok",
        "system_prompt": "Sort it.",
        "user_prompt_template": "",
        "temperature": None,
        "max_tokens": None,
        "retries": 0,
        "response_schema": schema,
        "mends_answers": True,
        "input": "Help",
    }
    return RunPlan.model_validate({**ids, **usual, **values})


async def run(plan: RunPlan) -> RunOutcome:
    policy, keyring = OutboundPolicy(allow_private=True), Keyring([make_key()])
    engine = RunEngine(find_keyring=lambda: keyring, policy=policy, builtin=BuiltinModelServer())
    try:
        return await engine.run(plan, journal=NoRecorder())
    finally:
        await engine.close()


def preview_of(plan: RunPlan) -> RequestPreview:
    task = Task(plan.task_name, plan.response_schema)
    connection = plan.connection
    return preview_request(
        plan, task, plan.input, dialect=plan.dialect, kind=connection.kind, base_url=connection.base_url
    )


def assert_agrees(plan: RunPlan, server: FakeModelServer) -> None:
    previewed, rehearsed = preview_of(plan).body(), asyncio.run(rehearse(plan))
    asyncio.run(run(plan))

    sent = server.chat_requests[0].body
    assert previewed == sent
    assert rehearsed == sent
    assert list_keys(previewed) == list_keys(sent)


def list_keys(body: Json) -> Json:
    """Return the names of the schema's fields in their order, which models follow."""
    if "tools" in body:
        return [list(body["tools"][0]["function"]["parameters"]["properties"]), body["messages"]]
    shape = body.get("response_format", {}).get("json_schema", {}).get("schema", {"properties": {}})
    return [list(shape["properties"]), body["messages"]]


@pytest.mark.parametrize("schema", SCHEMAS.values(), ids=SCHEMAS)
def test_the_schema_goes_out_as_previewed(schema: Json, model_server: FakeModelServer) -> None:
    assert_agrees(make_plan(model_server.base_url, schema), model_server)


INPUTS: dict[str, Json] = {
    "text": {"input": "Help\n", "user_prompt_template": "Text: {{input}}\n"},
    "a blank template": {"input": {"a": "é", "b": [1, None]}, "user_prompt_template": " \n"},
    "fields": {"input": {"a": "x", "b": 1.5}, "user_prompt_template": "{{ a }}{{b}} {c} {{input}}{{a}}"},
    "a field called input": {"input": {"input": "mine"}, "user_prompt_template": "{{input}}"},
    "inserted placeholders": {"input": {"a": "{{b}}", "b": 1}, "user_prompt_template": "{{a}}"},
    "an empty message": {"input": {"a": ""}, "user_prompt_template": "{{a}}"},
    "blanks around the system prompt": {"system_prompt": "\n  Sort {{subject}}. \n\n<b>&amp;</b>\t\n"},
    "settings": {"temperature": 0.0, "max_tokens": 77, "retries": 3},
    "a name with signs": {"task_name": "  Ünïcode — triage! " + "x" * 80},
    "a name of signs": {"task_name": "???"},
    "a vendor's model": {"model_name": "deepseek/deepseek-r1", "temperature": 1.0},
    "a reasoning model elsewhere": {"model_name": "openai/gpt-oss-20b", "max_tokens": 5},
    "a small model": {"model_name": "llama3.2:1b"},
}


@pytest.mark.parametrize("values", INPUTS.values(), ids=INPUTS)
def test_messages_and_settings_go_out_as_previewed(values: Json, model_server: FakeModelServer) -> None:
    assert_agrees(make_plan(model_server.base_url, **values), model_server)


@pytest.mark.parametrize("agent", [SUPPORT_TRIAGE, TEXT_EXTRACTOR], ids=lambda agent: agent.name)
def test_the_examples_go_out_as_previewed(agent: Any, model_server: FakeModelServer) -> None:
    task = TICKET_TRIAGE if agent is SUPPORT_TRIAGE else CONTACT_EXTRACTION
    names = ("system_prompt", "user_prompt_template", "temperature", "max_tokens")
    values = {name: getattr(agent, name) for name in names} | {"input": task.sample_inputs[0].content}

    assert_agrees(make_plan(model_server.base_url, task.response_schema, task_name=task.name, **values), model_server)


DIALECTS: dict[str, Json] = {
    "tool": {"output_mode": "tool"},
    "a tool that is only offered": {"output_mode": "tool", "tool_choice": "no"},
    "prompted": {"output_mode": "prompted"},
    "prompted, as any JSON object": {"output_mode": "prompted", "json_object": "yes"},
    "prompted, no system message": {"output_mode": "prompted", "system_messages": "no"},
    "native, no system message": {"system_messages": "no"},
    "no stream": {"streaming": "no"},
    "no usage": {"usage": "no"},
    "the newer limit": {"max_tokens_field": "max_completion_tokens"},
    "no limit": {"max_tokens_field": "neither"},
    "a temperature of its own": {"sends_temperature": True},
}


@pytest.mark.parametrize("system_prompt", ["Sort it.", " "])
@pytest.mark.parametrize("schema", [SHARED, SCHEMAS["recursive"], TICKET_TRIAGE.response_schema])
@pytest.mark.parametrize("findings", DIALECTS.values(), ids=DIALECTS)
def test_every_dialect_goes_out_as_previewed(
    findings: Json, schema: Json, system_prompt: str, model_server: FakeModelServer
) -> None:
    plan = make_plan(model_server.base_url, schema, system_prompt=system_prompt, max_tokens=50)

    assert_agrees(speak(plan, **findings), model_server)


def speak(plan: RunPlan, **findings: Any) -> RunPlan:  # Any: fields of a dialect
    """Return the plan with a compatible server, spoken to in a dialect set by hand."""
    dialects = {"": KeptDialect(edited=DialectFindings(**findings))}
    connection = plan.connection.model_copy(update={"type": "compatible", "dialects": dialects})
    return plan.model_copy(update={"connection": connection})


def test_at_openai_the_rehearsal_knows_what_the_preview_leaves_open() -> None:
    plan = make_plan(OPENAI_URL, SHARED, model_name="gpt-4o", max_tokens=9)

    sent = asyncio.run(rehearse(plan))

    preview = preview_of(plan)
    assert not preview.is_exact
    assert sent["response_format"]["json_schema"]["strict"] is False
    assert sent["response_format"]["json_schema"]["schema"] != preview.schema
    assert {**sent, "response_format": None} == {**preview.body(), "response_format": None}


@pytest.mark.parametrize("model_name", ["o1", "gpt-5-mini", "openai/gpt-5"])
def test_a_preview_does_not_claim_to_know_what_is_left_out_for_a_reasoning_model(model_name: str) -> None:
    plan = make_plan("http://127.0.0.1:9/v1", model_name=model_name)

    assert not preview_request(plan, Task(plan.task_name, SHARED)).is_exact
