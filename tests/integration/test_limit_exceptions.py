"""What does not count towards a provider's limits as other requests do."""

import httpx2
from sqlmodel import select

from core.actors import LOCAL_USER
from core.providers.clients import build_provider_client
from core.providers.connections import ProviderConnection, build_connection
from core.providers.limiting.estimates import estimate_input_tokens
from core.providers.records import ProviderRecord
from core.providers.retrying import NO_RETRIES
from core.providers.transport import OutboundPolicy
from core.services import Services
from db.tables import ProviderRow, ProviderSlotRow
from tests.factories import Workshop, wait_until
from tests.fake_model_server import FakeModelServer
from tests.integration.own_services import execute

POLICY = OutboundPolicy(allow_private=True, deadline_seconds=20)


def limit(services: Services, provider: ProviderRecord, limits: str) -> ProviderConnection:
    execute(
        services.database, "UPDATE llm_providers SET limits = :limits WHERE id = :id", limits=limits, id=provider.id
    )
    with services.store.reading() as session:
        row = session.get(ProviderRow, provider.id)
        assert row is not None
        return build_connection(row)


def ask(
    services: Services, connection: ProviderConnection, *, model: str = "ok", is_check: bool = False
) -> httpx2.Response:
    async def send() -> httpx2.Response:
        services.limiter.note_limits(connection.provider_id, connection.limits)
        secrets = connection.open_secrets(services.find_keyring())
        limiter = services.limiter
        async with build_provider_client(
            connection, secrets, policy=POLICY, retry=NO_RETRIES, limiter=limiter, is_check=is_check
        ) as client:
            return await client.post(f"{connection.base_url}/chat/completions", json={"model": model})

    return services.background.submit(send()).result(timeout=20)


def list_tokens(services: Services) -> list[int]:
    with services.store.reading() as session:
        return [slot.tokens for slot in session.exec(select(ProviderSlotRow))]


def test_a_check_neither_waits_nor_counts_and_its_key_is_noted(
    services: Services, workshop: Workshop, model_server: FakeModelServer
) -> None:
    provider = workshop.make_provider(model_server.base_url, api_key="sk-any")
    connection = limit(services, provider, '{"requests_per_minute": 1}')

    answers = [ask(services, connection, is_check=True).status_code for _ in range(3)]

    assert answers == [200] * 3
    assert list_tokens(services) == []
    wait_until(lambda: services.providers.get_provider(LOCAL_USER, provider.id).key_used_at is not None, what="a note")


def test_a_refused_request_keeps_no_tokens_for_an_answer(
    services: Services, workshop: Workshop, model_server: FakeModelServer
) -> None:
    connection = limit(services, workshop.make_provider(model_server.base_url), '{"tokens_per_minute": 100000}')

    answer = ask(services, connection, model="not-found")

    assert answer.status_code == 404
    sent = estimate_input_tokens(answer.request.content)
    wait_until(lambda: list_tokens(services) == [sent], what="the tokens of the answer to be given back")
