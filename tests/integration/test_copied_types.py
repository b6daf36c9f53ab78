"""For every type of provider and every way to ask for a shape, a copied file asks as Benchtop does."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from core.actors import LOCAL_USER
from core.providers.dialects import MaxTokensField, OutputMode, Support
from core.providers.records import ProviderDraft
from core.providers.types import find_type
from core.runs.records import RunStatus
from core.services import Services
from tests.factories import Workshop
from tests.fake_model_server import FakeModelServer
from tests.fake_server.traits import Traits
from tests.integration.copying import KEY, Copyist, Said, running_files
from tests.integration.own_services import execute

Json = Any  # Any: arbitrary JSON

SIGNED = {"region": "eu-central-1", "access_key_id": "AKIAEXAMPLE"}
TYPES: dict[str, tuple[str, str, dict[str, str]]] = {
    "azure": ("azure", "azure", {"api_version": "2024-10-21"}),
    "anthropic": ("anthropic", "anthropic", {}),
    "google": ("gemini", "google", {}),
    "bedrock": ("bedrock", "bedrock", SIGNED),
}
# Neither pydantic nor its classes take such a schema, so that both send it as it is written.
TREE: Json = {
    "type": "object",
    "properties": {"name": {"type": "string"}, "parts": {"type": "array", "items": {"$ref": "#"}, "maxItems": 3}},
    "required": ["name"],
    "not": {"required": ["broken"]},
}
DIALECTS: dict[str, dict[str, Any]] = {
    "tool": {"output_mode": OutputMode.TOOL, "tool_choice": Support.YES},
    "prompted": {"output_mode": OutputMode.PROMPTED, "json_object": Support.YES, "system_messages": Support.NO},
    "no limit": {"max_tokens_field": MaxTokensField.NEITHER, "sends_temperature": True},
}


@pytest.fixture(scope="module")
def runner() -> Iterator[Callable[[Path], Said]]:
    """Another interpreter, which runs files."""
    with running_files() as run:
        yield run


@pytest.fixture
def copyist(
    services: Services, workshop: Workshop, tmp_path: Path, runner: Callable[[Path], Said]
) -> Callable[..., Copyist]:
    """Runs an agent on a task in Benchtop, and the copied file of the same beside it."""

    def copyist(server: FakeModelServer) -> Copyist:
        return Copyist(workshop, server, tmp_path / "copied.py", runner)

    return copyist


def comparable(body: Json) -> Json:
    """Return a request without the names of schemas, and without what only says that it is read piece by piece."""
    if isinstance(body, list):
        return [comparable(one) for one in body]
    if not isinstance(body, dict):
        return body
    return {name: comparable(held) for name, held in body.items() if name not in ("stream", "stream_options", "title")}


@pytest.mark.parametrize("name", TYPES)
def test_the_file_asks_a_server_of_each_type_as_benchtop_does(
    workshop: Workshop, services: Services, copyist: Callable[..., Copyist], name: str
) -> None:
    kind, provider_type, options = TYPES[name]
    with FakeModelServer(kind=kind, api_key=None if provider_type == "bedrock" else KEY) as server:
        draft = {"name": name, "type": provider_type, "base_url": server.base_url, "api_key": KEY, "options": options}
        headers = {"headers": {"X-Team": "the tests"}}
        provider = services.providers.create_provider(LOCAL_USER, ProviderDraft.model_validate(draft | headers))
        agent = workshop.make_agent(provider, model_name="wrong-then-right", max_tokens=200, temperature=0.5)
        one = copyist(server)

        said = one.compare_on(agent, workshop.make_task(), provider, "Two of them.", mode=None)

        [(asked, copied)] = one.requests
        assert (one.run.status, one.run.message) == (RunStatus.PASSED, "")
        assert (said.returncode, said.stderr) == (0, "")
        assert json.loads(said.stdout) == one.run.result
        assert one.counts == (2, 2)
        assert comparable(asked) == comparable(copied)
        assert {request.headers.get("x-team") for request in server.chat_requests} == {"the tests"}
        assert KEY not in one.source


@pytest.mark.parametrize("name", DIALECTS)
def test_the_file_speaks_the_dialect_that_the_run_does(
    workshop: Workshop, services: Services, copyist: Callable[..., Copyist], name: str
) -> None:
    changes = DIALECTS[name]
    with FakeModelServer(traits=Traits(system=changes.get("system_messages") is not Support.NO)) as server:
        provider = workshop.make_provider(server.base_url, provider_type="compatible")
        written = {one: str(held) if not isinstance(held, bool) else held for one, held in changes.items()}
        kept = json.dumps({"": {"edited": written}})
        execute(services.database, "UPDATE llm_providers SET dialects = CAST(:kept AS jsonb)", kept=kept)
        agent = workshop.make_agent(provider, model_name="wrong-then-right", max_tokens=200)
        one = copyist(server)
        spoken = find_type("compatible").find_dialect(base_url=provider.base_url).model_copy(update=changes)

        said = one.compare_on(agent, workshop.make_task(TREE), provider, "Two.", mode=None, dialect=spoken)

        [(asked, copied)] = one.requests
        assert (one.run.status, one.run.message) == (RunStatus.PASSED, "")
        assert (said.returncode, said.stderr) == (0, "")
        assert json.loads(said.stdout) == one.run.result
        assert comparable(asked) == comparable(copied)
        assert one.source in services.code.copy_run(LOCAL_USER, one.run.id).python.replace("=20.0", "=20")
