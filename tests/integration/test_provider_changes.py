"""Partial changes of providers: the key stays or is asked for, and what is reached elsewhere is checked anew."""

import pytest
from pydantic import SecretStr

from core.actors import LOCAL_USER
from core.errors import InvalidInputError
from core.providers.records import ProviderChange
from core.services import Services
from db.session import Database
from tests.factories import Workshop
from tests.fake_model_server import FakeModelServer
from tests.integration.test_providers import CANARY_KEY, read_sealed_key, settled


def test_every_change_of_a_provider_is_another_etag_and_a_check_is_none(
    services: Services, workshop: Workshop, model_server: FakeModelServer
) -> None:
    provider = workshop.make_provider("http://127.0.0.1:9/v1")

    def change(**values: object) -> str:
        wanted = ProviderChange.model_validate(values)
        return services.providers.change_provider(LOCAL_USER, provider.id, wanted).etag

    etags = [
        provider.etag,
        change(name="Renamed"),
        change(base_url=model_server.base_url),
        change(api_key="sk-one"),
        change(api_key="sk-one"),
        change(type="ollama", base_url=model_server.root_url, api_key="sk-one"),
    ]
    services.providers.check_provider(LOCAL_USER, provider.id)

    assert len(set(etags)) == len(etags)
    assert settled(services, provider.id).etag == etags[-1]


@pytest.mark.parametrize("api_key", [None, "", "  "])
def test_a_change_of_a_provider_keeps_the_key_unless_there_is_another(
    services: Services, workshop: Workshop, database: Database, api_key: str | None
) -> None:
    provider = workshop.make_provider("http://127.0.0.1:9/v1", api_key=CANARY_KEY)
    sealed = read_sealed_key(database, provider.id)
    change = ProviderChange.model_validate({"base_url": "http://127.0.0.1:9/v2", "api_key": api_key})

    changed = services.providers.change_provider(LOCAL_USER, provider.id, change)

    assert (changed.name, changed.base_url, changed.type) == (provider.name, "http://127.0.0.1:9/v2", provider.type)
    assert read_sealed_key(database, provider.id) == sealed


def test_a_change_to_another_origin_demands_the_key(services: Services, workshop: Workshop) -> None:
    provider = workshop.make_provider("http://127.0.0.1:9/v1", api_key=CANARY_KEY)
    elsewhere = ProviderChange(base_url="http://127.0.0.1:1/v1")

    with pytest.raises(InvalidInputError, match="key must be entered again"):
        services.providers.change_provider(LOCAL_USER, provider.id, elsewhere)
    with_key = elsewhere.model_copy(update={"api_key": SecretStr("sk-new")})
    changed = services.providers.change_provider(LOCAL_USER, provider.id, with_key)

    assert changed.base_url == "http://127.0.0.1:1/v1"


def test_a_change_of_a_providers_type_fills_the_usual_address(services: Services, workshop: Workshop) -> None:
    provider = workshop.make_provider("http://127.0.0.1:9/v1")

    builtin = services.providers.change_provider(LOCAL_USER, provider.id, ProviderChange(type="builtin"))
    ollama = services.providers.change_provider(LOCAL_USER, provider.id, ProviderChange(type="ollama"))

    assert (builtin.base_url, ollama.base_url) == ("", "http://localhost:11434")


def test_a_changed_address_is_checked_anew(
    services: Services, workshop: Workshop, model_server: FakeModelServer
) -> None:
    provider = workshop.make_provider("http://127.0.0.1:9/v1")
    settled(services, provider.id)

    services.providers.change_provider(LOCAL_USER, provider.id, ProviderChange(base_url=model_server.base_url))

    assert settled(services, provider.id).model_names == tuple(sorted(model_server.models))
