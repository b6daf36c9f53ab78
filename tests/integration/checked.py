"""Checks a provider that is nowhere stored, as the background does."""

import asyncio
import uuid

import httpx2
from pydantic import SecretStr

from core.encryption import Keyring, make_key
from core.providers.base_urls import clean_base_url, origin_of
from core.providers.builtin import BuiltinModelServer
from core.providers.checking.checker import NONE_USED, ProviderChecker
from core.providers.checking.failing import explain_failure
from core.providers.checking.listed import UsedModels
from core.providers.connecting import Resolver
from core.providers.connections import ProviderConnection, owner_of
from core.providers.diagnoses import CheckOutcome, Diagnosis
from core.providers.retrying import NO_RETRIES
from core.providers.transport import OutboundPolicy, build_client

LOCAL = OutboundPolicy(allow_private=True, deadline_seconds=10)
KEYRING = Keyring([make_key()])
KEY = "sk-diagnosed-canary-key"


def connect(
    base_url: str, *, provider_type: str = "compatible", preset: str = "", key: str | None = None
) -> ProviderConnection:
    """Return a provider at an address."""
    provider_id = uuid.uuid4()
    sealed = None
    if key is not None:
        sealed = KEYRING.seal(SecretStr(key), owner=owner_of(provider_id), origin=origin_of(base_url))
    return ProviderConnection(
        provider_id=provider_id,
        name="A provider",
        type=provider_type,
        base_url=clean_base_url(base_url, provider_type=provider_type),
        preset=preset,
        sealed_key=sealed,
        fingerprint="",
    )


def check(
    connection: ProviderConnection,
    *,
    used: UsedModels = NONE_USED,
    policy: OutboundPolicy = LOCAL,
    names_proxy: bool = False,
) -> CheckOutcome:
    """Return what a check of it finds."""
    checker = ProviderChecker(
        find_keyring=lambda: KEYRING, policy=policy, builtin=BuiltinModelServer(), names_proxy=names_proxy
    )
    return asyncio.run(checker.check(connection, used_models=used))


def fail(
    connection: ProviderConnection,
    *,
    resolver: Resolver | None = None,
    names_proxy: bool = False,
    **transport: object,
) -> CheckOutcome:
    """Return what is said of a call that fails, made with a resolver or a TLS context of the test's own."""

    async def call() -> httpx2.HTTPError:
        async with build_client(policy=LOCAL, retry=NO_RETRIES, resolver=resolver, **transport) as client:  # type: ignore[arg-type]  # a TLS context
            try:
                await client.get(connection.base_url + "/models")
            except httpx2.HTTPError as error:
                return error
        raise AssertionError("The call did not fail.")

    return explain_failure(asyncio.run(call()), connection, names_proxy=names_proxy)


_CONNECTED = ("connected", "no_models", "model_missing", "model_loading", "slow")


def expect(found: CheckOutcome, diagnosis: Diagnosis, *, message: str, hint: str = "") -> None:
    """Check a finding by its word, by words of its sentence and by words of the next step."""
    assert (found.diagnosis, found.is_connected) == (diagnosis, diagnosis.value in _CONNECTED), found
    assert message in found.message
    assert hint in found.hint
    assert KEY not in found.model_dump_json()
    for sentence in (found.message, found.hint):
        assert sentence.isprintable()
