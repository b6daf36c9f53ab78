"""The real built-in model in its real child process, over real HTTP."""

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import httpx
import jsonschema_rs
import psutil  # type: ignore[import-untyped]  # it carries no type information
import pytest
from pydantic import JsonValue

from core.errors import BuiltinModelError
from core.examples import EXAMPLE_WORKSPACE
from core.providers import builtin
from core.providers.builtin import MODEL_NAME, BuiltinEndpoint, BuiltinModelServer, availability

REPOSITORY_ROOT = Path(__file__).resolve().parents[2]
DEADLINE_SECONDS = 20.0
ANSWER_TIMEOUT_SECONDS = 60.0

URGENCY_SCHEMA: dict[str, JsonValue] = {
    "type": "object",
    "properties": {"urgency": {"enum": ["low", "high"]}, "priority": {"type": "integer", "minimum": 1, "maximum": 5}},
    "required": ["urgency", "priority"],
    "additionalProperties": False,
}

PARENT_SCRIPT = """
import asyncio, sys
from core.providers.builtin import BuiltinModelServer

async def main():
    server = BuiltinModelServer()
    await server.endpoint()
    print(server.process_id, flush=True)
    await asyncio.to_thread(sys.stdin.read)

asyncio.run(main())
"""


def make_chat_request(*, system: str = "", user: str, schema: dict[str, JsonValue]) -> dict[str, JsonValue]:
    return {
        "model": MODEL_NAME,
        "temperature": 0,
        "max_tokens": 200,
        "messages": [{"role": "system", "content": system}, {"role": "user", "content": user}],
        "response_format": {"type": "json_schema", "json_schema": {"name": "answer", "schema": schema}},
    }


def authorization(endpoint: BuiltinEndpoint) -> dict[str, str]:
    return {"Authorization": f"Bearer {endpoint.api_key.get_secret_value()}"}


async def ask(
    endpoint: BuiltinEndpoint, request: dict[str, JsonValue], *, headers: dict[str, str] | None = None
) -> httpx.Response:
    """Ask with the endpoint's own key, or with exactly these headers."""
    async with httpx.AsyncClient(timeout=ANSWER_TIMEOUT_SECONDS, trust_env=False) as client:
        return await client.post(
            f"{endpoint.base_url}/chat/completions",
            json=request,
            headers=authorization(endpoint) if headers is None else headers,
        )


def answer_in(response: httpx.Response) -> JsonValue:
    answer: JsonValue = json.loads(response.json()["choices"][0]["message"]["content"])
    return answer


@asynccontextmanager
async def running_server() -> AsyncIterator[BuiltinModelServer]:
    server = BuiltinModelServer()
    try:
        yield server
    finally:
        await server.stop()


@contextmanager
def parent_process() -> Iterator[tuple[subprocess.Popen[str], int]]:
    """A process of its own that has started the model; yields it and the child's process id."""
    with subprocess.Popen(
        [sys.executable, "-c", PARENT_SCRIPT],
        cwd=REPOSITORY_ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as parent:
        try:
            assert parent.stdout is not None
            yield parent, int(parent.stdout.readline())
        finally:
            parent.kill()


def wait_until(condition: Callable[[], bool]) -> bool:
    give_up_at = time.monotonic() + DEADLINE_SECONDS
    while time.monotonic() < give_up_at:
        if condition():
            return True
        time.sleep(0.02)
    return False


def has_ended(process_id: int) -> bool:
    try:
        return bool(psutil.Process(process_id).status() == psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return True


def test_model_answers_within_the_schema_and_only_with_its_key() -> None:
    async def scenario() -> tuple[httpx.Response, httpx.Response, httpx.Response]:
        request = make_chat_request(user="The pump is broken. How urgent is it?", schema=URGENCY_SCHEMA)
        async with running_server() as server:
            endpoint = await server.endpoint()
            return (
                await ask(endpoint, request),
                await ask(endpoint, request, headers={"Authorization": "Bearer wrong"}),
                await ask(endpoint, request, headers={}),
            )

    answered, refused_wrong, refused_without = asyncio.run(scenario())

    assert answered.status_code == 200, answered.text
    jsonschema_rs.validate(URGENCY_SCHEMA, answer_in(answered))
    assert refused_wrong.status_code == 401
    assert refused_without.status_code == 401


def test_model_lists_its_name() -> None:
    async def scenario() -> list[str]:
        async with running_server() as server, httpx.AsyncClient(trust_env=False) as client:
            endpoint = await server.endpoint()
            listed = await client.get(f"{endpoint.base_url}/models", headers=authorization(endpoint))
            return [entry["id"] for entry in listed.json()["data"]]

    assert asyncio.run(scenario()) == [MODEL_NAME]


def test_first_example_passes_at_the_first_attempt_on_a_fresh_model() -> None:
    first = EXAMPLE_WORKSPACE.assignments[0]
    agent = next(agent for agent in EXAMPLE_WORKSPACE.agents if agent.name == first.agent_name)
    task = next(task for task in EXAMPLE_WORKSPACE.tasks if task.name == first.task_name)
    content = task.sample_inputs[0].content
    assert isinstance(content, dict)
    user_prompt = agent.user_prompt_template
    for name, value in content.items():
        user_prompt = user_prompt.replace("{{" + name + "}}", str(value))

    async def scenario() -> httpx.Response:
        async with running_server() as server:
            request = make_chat_request(system=agent.system_prompt, user=user_prompt, schema=task.response_schema)
            return await ask(await server.endpoint(), request)

    response = asyncio.run(scenario())

    assert response.json()["choices"][0]["finish_reason"] == "stop"
    jsonschema_rs.validate(task.response_schema, answer_in(response), validate_formats=True)


def test_concurrent_first_uses_start_one_child() -> None:
    async def scenario() -> tuple[list[BuiltinEndpoint], int]:
        already_there = {child.pid for child in psutil.Process().children()}
        async with running_server() as server:
            endpoints = await asyncio.gather(*(server.endpoint() for _ in range(5)))
            started = {child.pid for child in psutil.Process().children()} - already_there
            return endpoints, len(started)

    endpoints, started_count = asyncio.run(scenario())

    assert len({endpoint.base_url for endpoint in endpoints}) == 1
    assert started_count == 1


def test_cancelled_first_use_does_not_disturb_the_others() -> None:
    async def scenario() -> bool:
        async with running_server() as server:
            impatient = asyncio.create_task(server.endpoint())
            patient = asyncio.create_task(server.endpoint())
            await asyncio.sleep(0)
            impatient.cancel()
            await patient
            return server.is_running

    assert asyncio.run(scenario())


def test_killed_child_is_replaced_at_the_next_use() -> None:
    async def scenario() -> tuple[int | None, int | None, int]:
        async with running_server() as server:
            await server.endpoint()
            first = server.process_id
            assert first is not None
            os.kill(first, signal.SIGKILL)
            assert await asyncio.to_thread(wait_until, lambda: not server.is_running)
            endpoint = await server.endpoint()
            response = await ask(endpoint, make_chat_request(user="Is it urgent?", schema=URGENCY_SCHEMA))
            return first, server.process_id, response.status_code

    first, second, status_code = asyncio.run(scenario())

    assert second is not None
    assert second != first
    assert status_code == 200


def test_stopped_server_leaves_no_process_and_starts_again() -> None:
    async def scenario() -> tuple[int | None, int | None, int | None]:
        server = BuiltinModelServer()
        await server.stop()
        await server.endpoint()
        first = server.process_id
        await server.stop()
        between = server.process_id
        await server.endpoint()
        second = server.process_id
        await server.stop()
        return first, between, second

    first, between, second = asyncio.run(scenario())

    assert between is None
    assert first is not None
    assert second is not None
    assert has_ended(first)
    assert has_ended(second)


def test_child_ends_when_the_app_is_killed_outright() -> None:
    with parent_process() as (parent, child_process_id):
        assert not has_ended(child_process_id)

        parent.kill()

        assert wait_until(lambda: has_ended(child_process_id))


def test_child_outlives_ctrl_c_and_ends_on_sigterm() -> None:
    async def scenario() -> tuple[bool, bool]:
        async with running_server() as server:
            await server.endpoint()
            process_id = server.process_id
            assert process_id is not None
            os.kill(process_id, signal.SIGINT)
            response = await ask(await server.endpoint(), make_chat_request(user="Urgent?", schema=URGENCY_SCHEMA))
            survived = response.status_code == 200 and server.process_id == process_id
            os.kill(process_id, signal.SIGTERM)
            return survived, await asyncio.to_thread(wait_until, lambda: not server.is_running)

    assert asyncio.run(scenario()) == (True, True)


def test_child_that_crashes_while_starting_is_reported_with_its_last_words() -> None:
    server = BuiltinModelServer(server_module="core.providers.no_such_module")

    with pytest.raises(BuiltinModelError) as raised:
        asyncio.run(server.endpoint())

    assert "ended while starting" in raised.value.message
    assert "no_such_module" in raised.value.hint
    assert not server.is_running


def test_child_that_is_not_ready_in_time_is_reported_and_ended() -> None:
    already_there = {child.pid for child in psutil.Process().children()}
    server = BuiltinModelServer(start_timeout_seconds=0.01)

    with pytest.raises(BuiltinModelError) as raised:
        asyncio.run(server.endpoint())

    assert "not ready within" in raised.value.message
    assert {child.pid for child in psutil.Process().children()} <= already_there


def test_a_missing_package_and_the_next_step_are_told_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(builtin, "WEIGHTS_PACKAGE", "no_such_weights")

    with pytest.raises(BuiltinModelError, match="not installed: no_such_weights is missing") as raised:
        asyncio.run(BuiltinModelServer().endpoint())

    assert "requirements-model.txt" in raised.value.hint
    assert "not installed" not in raised.value.hint
    assert availability().reason == f"{raised.value.message} {raised.value.hint}"


def test_installed_packages_make_the_model_available() -> None:
    assert availability().is_available
