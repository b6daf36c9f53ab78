"""T1: a stored key or header goes to the origin it was entered for and to no other, however the address is changed.

Saved at one server, then moved in every way there is to another that notes all it hears: services, API, SQL by hand.
"""

import uuid
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass

import pytest
from pydantic import SecretStr

from core.actors import LOCAL_USER
from core.errors import DashboardError, InvalidInputError
from core.providers.records import ProviderChange, ProviderDraft, ProviderRecord
from core.services import Services
from db.session import Database
from tests.factories import Workshop, wait_until
from tests.fake_model_server import FakeModelServer
from tests.integration.api_calls import calling
from tests.integration.hostile_server import HostileServer
from tests.integration.own_services import execute, read_everything, sharing
from tests.integration.test_providers import settled

KEY = "sk-CANARY-attacked-9d41c7"
HEADER = "CANARY-header-55ab10"
CANARY = "CANARY"
KEY_HEADERS = ("authorization", "x-api-key", "api-key", "x-goog-api-key", "x-team-token")


@dataclass
class Scene:
    """A provider with a key and a header, saved at one server; and the server it is to be turned to."""

    services: Services
    database: Database
    rightful: FakeModelServer
    thief: FakeModelServer
    provider: ProviderRecord

    def change(self, **changes: object) -> None:
        """Save a partial change, as the API does."""
        change = ProviderChange.model_validate(changes)
        self.services.providers.change_provider(LOCAL_USER, self.provider.id, change)

    def save(self, **changes: object) -> None:
        """Save the whole form, its key and headers left blank."""
        kept = {"name": self.provider.name, "type": "openai", "base_url": self.provider.base_url}
        draft = ProviderDraft.model_validate(kept | changes)
        self.services.providers.update_provider(LOCAL_USER, self.provider.id, draft)

    def execute(self, assignments: str, **values: object) -> None:
        """Change the stored provider behind Benchtop's back."""
        execute(self.database, f"UPDATE llm_providers SET {assignments} WHERE id = :id", id=self.provider.id, **values)

    def use(self, provider_id: uuid.UUID) -> None:
        """Call the provider for whatever it may be called for."""
        self.services.providers.check_provider(LOCAL_USER, provider_id)
        settled(self.services, provider_id)
        workshop = Workshop(self.services)
        provider = self.services.providers.get_provider(LOCAL_USER, provider_id)
        agent, task = (
            workshop.make_agent(provider, name=f"Agent at {provider_id}"),
            workshop.make_task(name=f"T{provider_id}"),
        )
        workshop.assign(agent, task)
        workshop.run(agent, task)


def put_away_and_back(scene: Scene) -> None:
    """Turn it to the built-in model, which has no address, and from there to the thief."""
    scene.save(type="builtin")
    scene.save(base_url=scene.thief.base_url)


def delete_change_restore(scene: Scene) -> None:
    scene.services.providers.delete_provider(LOCAL_USER, scene.provider.id)
    scene.execute("base_url = :url", url=scene.thief.base_url)
    scene.services.providers.restore_provider(LOCAL_USER, scene.provider.id)


def put(scene: Scene, **changes: object) -> None:
    with calling() as client:
        answer = client.put(f"/providers/{scene.provider.id}", json=changes)
    assert answer.status_code in (409, 422), answer.text
    assert CANARY not in answer.text


def suggest(scene: Scene) -> None:
    """Have the provider say that its server answers elsewhere, and take it at its word."""
    scene.execute("suggested_base_url = :url", url=scene.thief.base_url)
    scene.services.providers.use_suggested_address(LOCAL_USER, scene.provider.id)


ATTACKS: dict[str, Callable[[Scene], None]] = {
    "form": lambda scene: scene.save(base_url=scene.thief.base_url),
    "form, blank key": lambda scene: scene.save(base_url=scene.thief.base_url, api_key="  "),
    "form, key but no headers": lambda scene: scene.save(base_url=scene.thief.base_url, api_key="sk-mine-123"),
    "form, headers but no key": lambda scene: scene.save(base_url=scene.thief.base_url, headers={"X-A": "mine"}),
    "form, another type": lambda scene: scene.save(base_url=scene.thief.root_url, type="ollama"),
    "form, a preset": lambda scene: scene.save(base_url=scene.thief.base_url, type="compatible", preset="vllm"),
    "through the built-in model": put_away_and_back,
    "change": lambda scene: scene.change(base_url=scene.thief.base_url),
    "change, another type": lambda scene: scene.change(base_url=scene.thief.root_url, type="ollama"),
    "API": lambda scene: put(scene, base_url=scene.thief.base_url),
    "API, no key": lambda scene: put(scene, base_url=scene.thief.base_url, api_key=None),
    "API, a mask": lambda scene: put(scene, base_url=scene.thief.base_url, api_key="********"),
    "API, no headers": lambda scene: put(scene, base_url=scene.thief.base_url, api_key="sk-mine-123"),
    "API, another type": lambda scene: put(scene, base_url=scene.thief.root_url, type="ollama"),
    "suggested address": suggest,
    "SQL": lambda scene: scene.execute("base_url = :url", url=scene.thief.base_url),
    "SQL, a new revision": lambda scene: scene.execute("base_url = :url, revision = 99", url=scene.thief.base_url),
    "SQL, another type": lambda scene: scene.execute("base_url = :url, type = 'ollama'", url=scene.thief.root_url),
    "SQL, user in the address": lambda scene: scene.execute(
        "base_url = :url", url=scene.thief.base_url.replace("//", f"//127.0.0.1:{scene.rightful.port}@")
    ),
    "SQL, headers as the key": lambda scene: scene.execute(
        "base_url = :url, sealed_key = sealed_secrets, sealed_secrets = sealed_key", url=scene.thief.base_url
    ),
    "SQL, deleted and restored": delete_change_restore,
}  # fmt: skip


@pytest.fixture(scope="module")
def services(postgres_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Services]:
    """One process for all attacks, each on a provider of its own."""
    with sharing(postgres_url, tmp_path_factory.mktemp("attacked")) as services:
        yield services


@pytest.fixture(scope="module")
def database(services: Services) -> Database:
    return services.database


@pytest.fixture
def thief() -> Iterator[FakeModelServer]:
    with FakeModelServer() as server:
        yield server


@pytest.fixture
def scene(services: Services, database: Database, model_server: FakeModelServer, thief: FakeModelServer) -> Scene:
    draft = ProviderDraft.model_validate(
        {
            "name": f"Ours {uuid.uuid4()}",
            "type": "openai",
            "base_url": model_server.base_url,
            "api_key": KEY,
            "headers": {"X-Team-Token": HEADER},
        }
    )
    provider = services.providers.create_provider(LOCAL_USER, draft)
    settled(services, provider.id)
    return Scene(services, database, model_server, thief, provider)


def list_stolen(thief: FakeModelServer) -> list[str]:
    """Return what the thief heard of a key or a header of ours."""
    heard = [f"{name}: {value}" for request in thief.requests for name, value in request.headers.items()]
    heard += [f"{request.path} {request.body}" for request in thief.requests]
    return [line for line in heard if CANARY in line]


def test_the_rightful_server_gets_key_and_header(scene: Scene) -> None:
    scene.use(scene.provider.id)

    sent = {(request.headers["authorization"], request.headers["x-team-token"]) for request in scene.rightful.requests}
    assert sent == {(f"Bearer {KEY}", HEADER)}
    assert len(scene.rightful.requests) >= 3


def test_a_check_alone_counts_as_a_use_of_the_key(scene: Scene) -> None:
    def is_noted() -> bool:
        return scene.services.providers.get_provider(LOCAL_USER, scene.provider.id).key_used_at is not None

    wait_until(is_noted, what="the use of the key")


@pytest.mark.parametrize("attack", ATTACKS.values(), ids=ATTACKS)
def test_no_way_of_moving_a_provider_takes_its_secrets_along(scene: Scene, attack: Callable[[Scene], None]) -> None:
    with suppress(DashboardError):
        attack(scene)

    scene.use(scene.provider.id)

    assert list_stolen(scene.thief) == []
    own = {"Bearer sk-mine-123", "Bearer no-key"}
    keys = {
        request.headers[name] for request in scene.thief.requests for name in KEY_HEADERS if name in request.headers
    }
    assert keys <= own
    assert CANARY not in read_everything(scene.database)


@pytest.mark.parametrize("column", ["sealed_key", "sealed_secrets", "both"])
def test_a_ciphertext_moved_to_another_provider_opens_nowhere(scene: Scene, workshop: Workshop, column: str) -> None:
    other = workshop.make_provider(scene.thief.base_url, name=f"Other {uuid.uuid4()}")
    settled(scene.services, other.id)
    before = len(scene.thief.requests)
    key = "sealed_key = a.sealed_key, key_fingerprint = a.key_fingerprint"
    others = (
        "sealed_secrets = a.sealed_secrets, secrets_fingerprint = a.secrets_fingerprint, header_names = a.header_names"
    )
    moved = {"sealed_key": key, "sealed_secrets": others, "both": f"{key}, {others}"}[column]
    statement = f"UPDATE llm_providers b SET {moved} FROM llm_providers a WHERE a.id = :source AND b.id = :target"
    execute(scene.database, statement, source=scene.provider.id, target=other.id)

    scene.use(other.id)

    assert len(scene.thief.requests) == before
    found = scene.services.providers.get_provider(LOCAL_USER, other.id)
    assert "belongs to another provider or address" in found.validation_message


def test_a_swap_at_the_same_address_opens_nowhere_either(scene: Scene, workshop: Workshop) -> None:
    other = workshop.make_provider(scene.rightful.base_url, name=f"Other {uuid.uuid4()}", api_key="sk-the-other-key")
    settled(scene.services, other.id)
    before = len(scene.rightful.requests)
    execute(
        scene.database,
        "UPDATE llm_providers SET sealed_key = a.sealed_key FROM llm_providers a "
        "WHERE a.id = :source AND llm_providers.id = :target",
        source=scene.provider.id,
        target=other.id,
    )

    scene.use(other.id)

    assert len(scene.rightful.requests) == before


@pytest.mark.parametrize(
    "spelling",
    [
        "http://127.0.0.1:{port}", "https://127.0.0.1:{old}/v1", "http://127.0.0.2:{old}/v1", "http://localhost:{old}/v1",
        "http://127.0.0.1/v1", "http://127.0.0.1:{old}0/v1", "http://[::1]:{old}/v1", "http://127.0.0.1.nip.example:{old}",
    ],
)  # fmt: skip
def test_every_other_origin_asks_for_the_key_again(scene: Scene, spelling: str) -> None:
    with pytest.raises(InvalidInputError):
        scene.change(base_url=spelling.format(port=scene.thief.port, old=scene.rightful.port % 6000))

    assert scene.services.providers.get_provider(LOCAL_USER, scene.provider.id).base_url == scene.rightful.base_url


def test_with_everything_entered_again_nothing_old_goes_along(scene: Scene) -> None:
    scene.change(base_url=scene.thief.base_url, api_key="sk-mine-123", headers={"X-Other": "mine"})

    scene.use(scene.provider.id)

    assert list_stolen(scene.thief) == []
    assert {request.key for request in scene.thief.requests} == {"sk-mine-123"}
    assert {request.headers["x-other"] for request in scene.thief.requests} == {"mine"}


def test_a_blank_key_keeps_both_ciphertexts_and_a_mask_is_refused(scene: Scene) -> None:
    before = read_ciphertexts(scene)

    scene.save(name="Renamed", api_key="  ")
    scene.change(base_url=scene.rightful.base_url + "/other", api_key=None)
    for field in ({"api_key": SecretStr("****")}, {"headers": {"X-Team-Token": "••••"}}):
        with pytest.raises(ValueError, match=r"a mask|ordinary characters"):
            ProviderChange.model_validate(field)

    assert read_ciphertexts(scene) == before
    assert all(str(token).startswith("gAAAA") for token in before)


@pytest.mark.parametrize("change", [{"options": {"region": "eu-central-1"}}, {"type": "openai"}])
def test_a_key_that_only_signs_is_never_sent_itself(services: Services, change: dict[str, object]) -> None:
    with HostileServer("echo:404") as server:
        signing = {"region": "eu-central-1", "access_key_id": "AKIAEXAMPLE"}
        values = {"name": f"Signing {uuid.uuid4()}", "type": "bedrock", "base_url": server.root_url, "api_key": KEY}
        draft = ProviderDraft.model_validate(values | {"options": signing})
        provider = services.providers.create_provider(LOCAL_USER, draft)
        settled(services, provider.id)

        with pytest.raises(InvalidInputError, match="only used to sign"):
            services.providers.change_provider(LOCAL_USER, provider.id, ProviderChange.model_validate(change))
        services.providers.check_provider(LOCAL_USER, provider.id)
        settled(services, provider.id)

        assert server.heard
        assert CANARY not in "".join(server.heard)
        given = ProviderChange.model_validate(change | {"api_key": "sk-mine-123"})
        services.providers.change_provider(LOCAL_USER, provider.id, given)


def read_ciphertexts(scene: Scene) -> tuple[object, ...]:
    with scene.database.engine.connect() as connection:
        statement = "SELECT sealed_key, sealed_secrets FROM llm_providers WHERE id = %(id)s"
        return tuple(connection.exec_driver_sql(statement, {"id": scene.provider.id}).one())
