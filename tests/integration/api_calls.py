"""A program that calls the guarded API, and things to say to it."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

from starlette.applications import Starlette
from starlette.testclient import TestClient

from api.application import mount_api
from api.guard import OriginGuard
from tests.factories import TRIAGE_SCHEMA

Json = dict[str, Any]

NOWHERE = "1b4e28ba-2fa1-4d3b-a3f5-ef19b5a7633b"
"""An id that nothing has."""
CANARY = "sk-canary-4f9a1c77d2"
"""A key that must never be seen again."""


@contextmanager
def calling() -> Iterator[TestClient]:
    """Call the API as the app serves it: mounted, behind the guard."""
    with TestClient(_guarded_api(), base_url="http://localhost:8501/api") as client:
        yield client


@cache
def _guarded_api() -> OriginGuard:
    """Made once: FastAPI reads all signatures at the first request. Each request asks for its services anew."""
    return OriginGuard(Starlette(routes=mount_api()))


def new_provider(**changes: Any) -> Json:
    return {"name": "Local", "type": "openai", "base_url": "http://127.0.0.1:9/v1", "api_key": CANARY} | changes


def new_agent(provider_id: str, **changes: Any) -> Json:
    return {"name": "Sorter", "provider_id": provider_id, "model_name": "ok", "system_prompt": "Sort it."} | changes


def new_task(**changes: Any) -> Json:
    return {"name": "Triage", "response_schema": TRIAGE_SCHEMA} | changes


def create(client: TestClient, path: str, body: Json) -> Json:
    """Create a thing and return it as it was answered."""
    answer = client.post(path, json=body)
    assert answer.status_code == 201, answer.text
    created: Json = answer.json()
    return created


def create_agent(client: TestClient, **changes: Any) -> Json:
    """Create an agent on a provider of its own."""
    name = changes.get("name", "Sorter")
    provider = create(client, "/providers", new_provider(name=f"Provider of {name}"))
    return create(client, "/agents", new_agent(provider["id"], **changes))


def create_pair(client: TestClient, base_url: str, **changes: Any) -> tuple[Json, Json]:
    """Create an agent at an address, a task, and their assignment."""
    provider = create(client, "/providers", new_provider(base_url=base_url))
    agent = create(client, "/agents", new_agent(provider["id"], **changes))
    task = create(client, "/tasks", new_task())
    create(client, f"/agents/{agent['id']}/tasks", {"task_id": task["id"]})
    return agent, task


def create_one(client: TestClient, noun: str, **changes: Any) -> Json:
    """Create a thing of the noun, with what it needs."""
    match noun:
        case "providers":
            return create(client, "/providers", new_provider(**changes))
        case "agents":
            return create_agent(client, **changes)
        case _:
            return create(client, "/tasks", new_task(**changes))
