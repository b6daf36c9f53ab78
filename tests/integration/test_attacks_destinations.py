"""T2: what must not be called is not called by checks and runs either, whatever is stored and whatever a server says.

The transport alone is attacked in tests/unit/test_destinations.py; here it is the whole product, with what is stored
changed by hand, so that nothing depends on what the form refuses.
"""

import asyncio
import uuid
from collections.abc import Iterator
from contextlib import suppress

import pytest
from pydantic import SecretStr

from core.actors import LOCAL_USER
from core.errors import DashboardError
from core.providers.builtin import BuiltinEndpoint
from core.providers.clients import build_provider_client
from core.providers.connections import OpenedSecrets, build_connection
from core.providers.outbound_errors import ConnectionRefused, DestinationRefused
from core.providers.records import ProviderDraft, ProviderRecord, ValidationStatus
from core.providers.transport import OutboundPolicy, find_called_origin
from core.providers.types import find_type, list_types
from core.services import Services
from core.settings import Settings
from db.session import Database
from db.tables import ProviderRow
from tests.factories import Workshop
from tests.fake_model_server import FakeModelServer
from tests.integration.hostile_server import HostileServer, Listener, listening
from tests.integration.own_services import execute, running, sharing
from tests.integration.switchboard import install_switchboard
from tests.integration.test_providers import settled
from tests.unit.test_destinations import ODD_SPELLINGS

METADATA = {
    "AWS, GCP, Azure, Oracle": "169.254.169.254",
    "AWS, containers": "169.254.170.2",
    "AWS, IPv6": "fd00:ec2::254",
    "GCP, IPv6": "fd20:ce::254",
    "Azure, host agent": "168.63.129.16",
    "Alibaba": "100.100.100.200",
    "Oracle, older": "192.0.0.192",
    "Oracle, IPv6": "fd00:c1::a9fe:a9fe",
    "Scaleway, IPv6": "fd00:42::42",
    "link-local": "fe80::a9fe:a9fe",
    "mapped": "::ffff:169.254.169.254",
    "NAT64": "64:ff9b::a9fe:a9fe",
    "6to4": "2002:a9fe:a9fe::",
}
EVERYTHING = ("0.0.0.0/0", "::/0", "metadata.example:80", "169.254.169.254:80")
OPTIONS = {"bedrock": {"region": "eu-central-1"}}
FOREIGN_SETTINGS = (
    "OPENAI_API_KEY",
    "OPENAI_ADMIN_KEY",
    "OPENAI_ORG_ID",
    "OPENAI_PROJECT_ID",
    "AZURE_OPENAI_API_KEY",
    "AZURE_OPENAI_AD_TOKEN",
    "ANTHROPIC_API_KEY",
    "ANTHROPIC_AUTH_TOKEN",
    "ANTHROPIC_CUSTOM_HEADERS",
    "GOOGLE_API_KEY",
    "GEMINI_API_KEY",
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "AWS_BEARER_TOKEN_BEDROCK",
    "OLLAMA_API_KEY",
)
TYPES = [one.name for one in list_types() if one.has_address]


@pytest.fixture
def strict(settings: Settings, database: Database) -> Iterator[Services]:
    """Services that may call nothing private."""
    with running(settings, allow_private_addresses=False, request_timeout_seconds=5) as services:
        yield services


@pytest.fixture(scope="module")
def shared(postgres_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Services]:
    """Services for those tests that come last and need none of their own."""
    with sharing(postgres_url, tmp_path_factory.mktemp("shared")) as services:
        yield services


@pytest.fixture
def listener() -> Iterator[Listener]:
    with listening() as listener:
        yield listener


def make_provider(services: Services, base_url: str, *, type_name: str = "openai", **values: object) -> ProviderRecord:
    draft: dict[str, object] = {
        "name": f"At {uuid.uuid4()}",
        "type": type_name,
        "base_url": base_url,
        "api_key": "sk-some-key-1",
    }
    draft |= {"options": OPTIONS.get(type_name, {})} | values
    return services.providers.create_provider(LOCAL_USER, ProviderDraft.model_validate(draft))


def use(services: Services, provider: ProviderRecord) -> ProviderRecord:
    """Check the provider and run an agent on it; return what the check found."""
    services.providers.check_provider(LOCAL_USER, provider.id)
    workshop = Workshop(services)
    agent = workshop.make_agent(provider, name=f"Agent {uuid.uuid4()}", retries=0)
    task = workshop.make_task(name=f"Task {uuid.uuid4()}")
    workshop.assign(agent, task)
    run = workshop.run(agent, task)
    assert run.status == "failed"
    assert run.reason
    return settled(services, provider.id)


def move(database: Database, provider: ProviderRecord, base_url: str) -> None:
    """Change the stored address by hand; without a key, which would not be opened there."""
    values = "base_url = :url, sealed_key = NULL, key_fingerprint = NULL"
    execute(database, f"UPDATE llm_providers SET {values} WHERE id = :id", url=base_url, id=provider.id)


def test_no_stored_spelling_of_loopback_is_connected(strict: Services, database: Database, listener: Listener) -> None:
    providers = [make_provider(strict, "http://127.0.0.1:9/v1") for _ in ODD_SPELLINGS]
    for provider, spelling in zip(providers, ODD_SPELLINGS, strict=True):
        settled(strict, provider.id)
        move(database, provider, spelling.format(port=listener.port))
        strict.providers.check_provider(LOCAL_USER, provider.id)

    found = [settled(strict, provider.id) for provider in providers]

    assert {one.validation_status for one in found} == {ValidationStatus.ERROR}
    assert all(one.validation_message for one in found)
    assert listener.connections == 0
    use(strict, providers[0])
    assert listener.connections == 0


def test_no_spelling_of_loopback_can_be_saved_and_connected(strict: Services, listener: Listener) -> None:
    saved = []
    for spelling in ODD_SPELLINGS:
        with suppress(DashboardError):
            saved.append(make_provider(strict, spelling.format(port=listener.port)))

    found = [settled(strict, provider.id) for provider in saved]

    assert len(saved) < len(ODD_SPELLINGS)
    assert {one.validation_status for one in found} == {ValidationStatus.ERROR}
    assert listener.connections == 0


def test_metadata_is_never_dialled_even_when_everything_is_allowed(
    settings: Settings, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    switchboard = install_switchboard(monkeypatch, *([address] for address in METADATA.values()))
    with running(settings, allow_private_addresses=True, allowed_addresses=EVERYTHING) as services:
        named = [make_provider(services, f"http://m{number}.example/v1") for number in range(len(METADATA))]
        written = [make_provider(services, "http://127.0.0.1:9/v1") for _ in METADATA]
        for provider, address in zip(written, METADATA.values(), strict=True):
            settled(services, provider.id)
            literal = f"[{address}]" if ":" in address else address
            move(database, provider, f"http://{literal}/latest/meta-data")
        switchboard.dialled.clear()

        found = [use(services, provider) for provider in (*named, *written)]

    assert switchboard.dialled == []
    assert {one.diagnosis for one in found} == {"destination_refused"}
    assert not any("BENCHTOP_ALLOW" in one.validation_hint for one in found)


@pytest.mark.parametrize("private", ["127.0.0.1", "::1", "::ffff:127.0.0.1"])
def test_a_name_that_changes_its_mind_never_leads_inside(
    strict: Services, monkeypatch: pytest.MonkeyPatch, listener: Listener, private: str
) -> None:
    switchboard = install_switchboard(monkeypatch, ["8.8.8.8"], [private], ["8.8.4.4", private])
    provider = make_provider(strict, f"http://rebind.example:{listener.port}/v1")

    for _ in range(3):
        use(strict, provider)

    assert set(switchboard.dialled) <= {"8.8.8.8"}
    assert "8.8.8.8" in switchboard.dialled
    assert listener.connections == 0


def test_a_listed_loopback_works_where_all_others_are_refused(
    settings: Settings, database: Database, model_server: FakeModelServer, listener: Listener
) -> None:
    allowed = (f"127.0.0.1:{model_server.port}",)
    with running(settings, allow_private_addresses=False, allowed_addresses=allowed) as services:
        listed = settled(services, make_provider(services, model_server.base_url).id)
        other = settled(services, make_provider(services, f"http://127.0.0.1:{listener.port}/v1").id)

    assert listed.validation_status is ValidationStatus.CONNECTED
    assert other.diagnosis == "destination_refused"
    assert "BENCHTOP_ALLOW_PRIVATE_ADDRESSES" in other.validation_message
    assert f"127.0.0.1:{listener.port}" in other.validation_hint
    assert listener.connections == 0


def test_the_built_in_model_is_reached_where_nothing_private_may_be_called(
    strict: Services, monkeypatch: pytest.MonkeyPatch, model_server: FakeModelServer
) -> None:
    async def find_endpoint() -> BuiltinEndpoint:
        return BuiltinEndpoint(base_url=model_server.base_url, api_key=SecretStr("any"))

    monkeypatch.setattr(strict.builtin, "endpoint", find_endpoint)
    workshop = Workshop(strict)
    agent = workshop.make_agent(workshop.make_provider("", provider_type="builtin"))
    task = workshop.make_task()
    workshop.assign(agent, task)

    assert workshop.run(agent, task).status == "passed"
    assert len(model_server.chat_requests) == 1


@pytest.mark.parametrize("type_name", TYPES)
def test_the_client_of_no_type_calls_another_origin(listener: Listener, type_name: str) -> None:
    async def call(url: str) -> None:
        policy = OutboundPolicy(allow_private=True)
        secrets = OpenedSecrets(headers={"X-Team-Token": SecretStr("CANARY-header")})
        async with build_provider_client(build_connection(row), secrets, policy=policy) as client:
            await client.get(url)

    row = ProviderRow(name="P", type=type_name, base_url="http://127.0.0.1:9/v1", options=OPTIONS.get(type_name, {}))
    port = listener.port
    others = ["http://127.0.0.1:{}/v1", "http://127.0.0.2:9/v1", "https://127.0.0.1:9/v1", "http://localhost:9/v1"]
    for other in (*others, "http://127.0.0.1/v1", "http://127.0.0.1:9@localhost:{}/"):
        with pytest.raises(DestinationRefused, match="not where this provider answers"):
            asyncio.run(call(other.format(port)))
    with pytest.raises(ConnectionRefused):
        asyncio.run(call("http://127.0.0.1:9/elsewhere"))
    assert listener.connections == 0


def test_bedrock_may_list_its_models_where_aws_has_them() -> None:
    origins = find_type("bedrock").list_origins("https://bedrock-runtime.eu-central-1.amazonaws.com")

    assert [find_called_origin(url) for url in origins] == [
        "https://bedrock-runtime.eu-central-1.amazonaws.com:443",
        "https://bedrock.eu-central-1.amazonaws.com:443",
    ]


@pytest.mark.parametrize("type_name", TYPES)
def test_no_type_follows_a_redirect(shared: Services, listener: Listener, type_name: str) -> None:
    with HostileServer() as server:
        provider = make_provider(shared, server.root_url, type_name=type_name)
        for status in (301, 302, 303, 307, 308):
            server.mode = f"redirect:{status}:http://127.0.0.1:{listener.port}/v1/models"
            server.heard.clear()
            found = use(shared, provider)

            assert found.diagnosis == "redirected"
            assert {line.partition(" ")[0] for line in server.heard} == {"GET", "POST"}
    assert listener.connections == 0


@pytest.mark.parametrize("type_name", TYPES)
def test_no_type_is_redirected_to_metadata(shared: Services, monkeypatch: pytest.MonkeyPatch, type_name: str) -> None:
    switchboard = install_switchboard(monkeypatch)
    with HostileServer("redirect:307:http://169.254.169.254/latest/meta-data") as server:
        use(shared, make_provider(shared, server.root_url, type_name=type_name))

    assert set(switchboard.dialled) == {"127.0.0.1"}


@pytest.mark.parametrize("type_name", TYPES)
def test_every_type_asks_nobody_but_its_own_server(
    shared: Services, monkeypatch: pytest.MonkeyPatch, listener: Listener, type_name: str
) -> None:
    # Neither the vendor's own hosts, nor a proxy or an endpoint that the environment names.
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{listener.port}")
    endpoints = "OPENAI_BASE_URL ANTHROPIC_BASE_URL GOOGLE_GEMINI_BASE_URL AWS_ENDPOINT_URL AZURE_OPENAI_ENDPOINT"
    for name in (*endpoints.split(), "AWS_ENDPOINT_URL_BEDROCK_RUNTIME", "OLLAMA_BASE_URL"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{listener.port}")
    # Nor does anything of the environment go to its own server.
    for name in FOREIGN_SETTINGS:
        monkeypatch.setenv(name, "X-Foreign: CANARY" if name.endswith("HEADERS") else "CANARY-foreign")
    monkeypatch.setenv("OPENAI_CUSTOM_HEADERS", "Authorization: Bearer CANARY\nX-Foreign: CANARY")
    asked: list[str] = []
    switchboard = install_switchboard(monkeypatch)
    with HostileServer("echo:404") as server:
        use(shared, make_provider(shared, server.root_url, type_name=type_name))
        asked = list(server.heard)

    assert asked
    assert "CANARY" not in "".join(asked)
    assert set(switchboard.dialled) == {"127.0.0.1"}
    assert listener.connections == 0
