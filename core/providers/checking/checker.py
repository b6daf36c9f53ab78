"""Checks a provider over the network and says what was found in a sentence, with the next step."""

import asyncio
import time
from collections.abc import Callable, Sequence
from types import MappingProxyType
from typing import Final

import httpx2

from core.encryption import Keyring
from core.errors import DashboardError, SecretError
from core.providers.answers import BadAnswer
from core.providers.builtin import BuiltinModelServer, availability
from core.providers.checking.calling import HttpCaller, open_parts
from core.providers.checking.explaining import explain_answer, explain_wrong_scheme, is_worth_exploring
from core.providers.checking.exploring import explore, find_certificate_error, speaks_other_scheme
from core.providers.checking.failing import explain_failure
from core.providers.checking.listed import UsedModels, clean_models, explain_models
from core.providers.checking.outcomes import connected, failed
from core.providers.checking.recognising import NOTHING_SEEN
from core.providers.connections import ProviderConnection
from core.providers.diagnoses import CheckOutcome, Diagnosis
from core.providers.limiting.limiter import ProviderLimiter
from core.providers.listings import ListedModel
from core.providers.outbound_errors import ConnectionLost, TlsFailed
from core.providers.transport import OutboundPolicy
from core.providers.types.base import CallParts, ProviderType
from core.providers.types.builtin import TYPE as BUILTIN

NONE_USED: Final[UsedModels] = MappingProxyType({})
_LEAST_SECONDS_FOR_DETAILS = 0.5


class ProviderChecker:
    """Finds out whether a provider answers, and which models it serves."""

    def __init__(
        self,
        *,
        find_keyring: Callable[[], Keyring],
        policy: OutboundPolicy,
        builtin: BuiltinModelServer,
        names_proxy: bool = False,
        limiter: ProviderLimiter | None = None,
    ) -> None:
        """`names_proxy`: whether the environment asks for a proxy, which is not used. `limiter` notes uses of keys."""
        self._find_keyring = find_keyring
        self._policy = policy
        self._builtin = builtin
        self._names_proxy = names_proxy
        self._limiter = limiter

    async def check(self, connection: ProviderConnection, *, used_models: UsedModels = NONE_USED) -> CheckOutcome:
        """Return what was found; a fault is a finding too, never an exception.

        `used_models` are the names that agents use, which the server should list.
        """
        try:
            if not connection.kind.has_address:
                return await self._check_builtin()
            return _find_missing(connection.kind) or await self._check_server(connection, used_models)
        except SecretError as error:
            return failed(Diagnosis.KEY_LOCKED, error.message, error.hint)
        except DashboardError as error:
            return failed(Diagnosis.INTERNAL, error.message, error.hint)

    async def _check_builtin(self) -> CheckOutcome:
        found = availability()
        if not found.is_available:
            return failed(Diagnosis.EXTRA_MISSING, found.message, found.hint)
        started = time.perf_counter()
        await self._builtin.endpoint()
        message = "Ready. It is small and often wrong: it shows that everything works, never that an agent is good."
        outcome = connected(Diagnosis.CONNECTED, message, models=BUILTIN.models)
        return outcome.model_copy(update={"latency_ms": (time.perf_counter() - started) * 1000})

    async def _check_server(self, connection: ProviderConnection, used: UsedModels) -> CheckOutcome:
        opening = open_parts(connection, find_keyring=self._find_keyring, policy=self._policy, limiter=self._limiter)
        async with opening as parts:
            caller, started = HttpCaller(connection.kind, parts), time.perf_counter()
            try:
                listed = await connection.kind.list_models(caller)
            except BadAnswer as answer:
                seen = await explore(connection.kind, parts, answer) if is_worth_exploring(answer) else NOTHING_SEEN
                return explain_answer(answer, connection, seen=seen)
            except (httpx2.HTTPError, httpx2.InvalidURL) as error:
                return await self._explain_failure(error, connection)
            seconds = time.perf_counter() - started
            models = clean_models(listed)
            left = self._policy.deadline_seconds - seconds
            described = await self._describe(connection.kind, parts, models, used=used, seconds_left=left)
        outcome = explain_models(described, listed_count=len(listed), kind=connection.kind, used=used, seconds=seconds)
        return outcome.model_copy(update={"latency_ms": seconds * 1000})

    async def _describe(
        self,
        kind: ProviderType,
        parts: CallParts,
        models: Sequence[ListedModel],
        *,
        used: UsedModels,
        seconds_left: float,
    ) -> Sequence[ListedModel]:
        """Return the models with details; without them where asking for them fails or takes too long."""
        names = {spelling for name in used for spelling in kind.list_spellings(name)}
        try:
            async with asyncio.timeout(max(seconds_left, _LEAST_SECONDS_FOR_DETAILS)):
                return clean_models(await kind.describe_models(HttpCaller(kind, parts), models, used=names))
        except (BadAnswer, httpx2.HTTPError, httpx2.InvalidURL, TimeoutError):
            return models

    async def _explain_failure(
        self, error: httpx2.HTTPError | httpx2.InvalidURL, connection: ProviderConnection
    ) -> CheckOutcome:
        is_odd = isinstance(error, ConnectionLost) and connection.base_url.startswith("http://")
        is_odd = is_odd or (isinstance(error, TlsFailed) and find_certificate_error(error) is None)
        if is_odd and await speaks_other_scheme(connection.base_url, policy=self._policy):
            return explain_wrong_scheme(connection.base_url)
        return explain_failure(error, connection, names_proxy=self._names_proxy)


def _find_missing(kind: ProviderType) -> CheckOutcome | None:
    """Return that something is not installed which the type needs; None: all is there."""
    extra = kind.extra
    if extra is not None and not extra.is_installed:
        message = f"{kind.label} needs packages that are not installed: {', '.join(extra.modules)}."
        hint = f"Run “{extra.install_command}”, then start Benchtop again."
        return failed(Diagnosis.EXTRA_MISSING, message, hint)
    obstacle = kind.find_obstacle()
    return failed(Diagnosis.EXTRA_MISSING, obstacle, "") if obstacle else None
