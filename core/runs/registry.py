"""Clients and agents, built from what is stored once and shared by every run that needs them.

All of this lives on the background loop. Nothing is awaited between looking for an instance and keeping a new one,
so however many runs ask at once, one is built.
"""

import asyncio
import hashlib
import time
import uuid
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx2
from pydantic import SecretStr
from pydantic_ai import Agent, NativeOutput, PromptedOutput, ToolOutput
from pydantic_ai.settings import ModelSettings

from core.encryption import Keyring
from core.providers.builtin import BuiltinModelServer
from core.providers.clients import build_provider_client
from core.providers.connections import OpenedSecrets, ProviderConnection
from core.providers.dialects import OutputMode, ServerDialect
from core.providers.limiting.limiter import ProviderLimiter
from core.providers.transport import OutboundPolicy
from core.providers.types.base import CallParts, ProviderType, SdkClient, require_extra
from core.runs.dialects import find_max_tokens, find_temperature, schema_name
from core.runs.plans import RunPlan
from core.tasks.judge import output_type

_MAX_IDLE_CLIENTS = 16
_MAX_AGENTS = 256

JudgedAgent = Agent[object, dict[str, Any]]  # Any: JSON the model wrote
AgentKey = tuple[uuid.UUID, uuid.UUID, str, ServerDialect]
"""Agent version, task version, fingerprint of the provider as it is called, and how it is spoken to."""


@dataclass
class _Client:
    """One HTTP client with what is built upon it."""

    http: httpx2.AsyncClient
    kind: ProviderType
    sdk: SdkClient
    agents: dict[AgentKey, JudgedAgent] = field(default_factory=dict)
    users: int = 0
    last_used: float = field(default_factory=time.monotonic)


@dataclass
class RegistryFigures:
    """How many were built and closed since the start."""

    clients_built: int = 0
    clients_closed: int = 0
    agents_built: int = 0


class AgentRegistry:
    """Lends agents to runs; use it on the background loop only."""

    def __init__(
        self,
        *,
        find_keyring: Callable[[], Keyring],
        policy: OutboundPolicy,
        builtin: BuiltinModelServer,
        limiter: ProviderLimiter | None = None,
    ) -> None:
        """`limiter` keeps the calls within their providers' limits; None: nothing does."""
        self._limiter = limiter
        self._find_keyring = find_keyring
        self._policy = policy
        self._builtin = builtin
        self._clients: OrderedDict[str, _Client] = OrderedDict()
        self._newest: dict[uuid.UUID, str] = {}
        self.figures = RegistryFigures()

    @property
    def open_client_count(self) -> int:
        return len(self._clients)

    @asynccontextmanager
    async def lend(self, plan: RunPlan) -> AsyncIterator[JudgedAgent]:
        """Lend the agent for a plan; its client stays open until the last borrower is done.

        Raises: SecretError: the key cannot be opened. BuiltinModelError: the built-in model does not start.
        MissingPackageError: the provider's type needs a package that is not installed.
        """
        fingerprint, client = await self._borrow(plan.connection)
        try:
            yield self._find_agent(client, plan, fingerprint)
        finally:
            client.users -= 1
            client.last_used = time.monotonic()
            await self._close_unused()

    async def close_idle(self, seconds: float) -> None:
        """Close clients, which hold a key in the clear, that nobody has used for so long."""
        before = time.monotonic() - seconds
        for fingerprint, client in list(self._clients.items()):
            if client.users == 0 and client.last_used <= before:
                await self._close(fingerprint)

    async def close(self) -> None:
        """Close every client."""
        for fingerprint in list(self._clients):
            await self._close(fingerprint)

    async def _borrow(self, connection: ProviderConnection) -> tuple[str, _Client]:
        kind, fingerprint = connection.kind, connection.fingerprint
        if self._limiter is not None:  # limits may be newer than the client
            self._limiter.note_limits(connection.provider_id, connection.limits)
        if not kind.has_address:
            endpoint = await self._builtin.endpoint()
            fingerprint = _add_to_fingerprint(fingerprint, endpoint.base_url, endpoint.api_key)
        if fingerprint not in self._clients:
            require_extra(kind)
            await asyncio.to_thread(kind.load)  # a vendor's SDK takes a second or two to import
        client = self._clients.get(fingerprint)  # another run may have built it meanwhile
        if client is None:
            if kind.has_address:
                base_url = kind.find_chat_url(connection.base_url)
                secrets = connection.open_secrets(self._find_keyring())
            else:
                base_url, secrets = endpoint.base_url, OpenedSecrets(api_key=endpoint.api_key)
            client = self._clients[fingerprint] = self._build_client(connection, base_url, secrets)
        client.users += 1
        self._clients.move_to_end(fingerprint)
        self._newest[connection.provider_id] = fingerprint
        return fingerprint, client

    def _build_client(self, connection: ProviderConnection, base_url: str, secrets: OpenedSecrets) -> _Client:
        http = build_provider_client(connection, secrets, policy=self._policy, limiter=self._limiter)
        self.figures.clients_built += 1
        parts = CallParts(
            base_url=base_url,
            http=http,
            api_key=secrets.api_key,
            options=connection.options,
            secrets=secrets.fields,
        )
        return _Client(http=http, kind=connection.kind, sdk=connection.kind.open_client(parts))

    def _find_agent(self, client: _Client, plan: RunPlan, fingerprint: str) -> JudgedAgent:
        key = (plan.agent_version_id, plan.task_version_id, fingerprint, plan.dialect)
        agent = client.agents.get(key)
        if agent is None:
            if len(client.agents) >= _MAX_AGENTS:
                client.agents.pop(next(iter(client.agents)))
            agent = client.agents[key] = build_agent(client.kind, client.sdk, plan)
            self.figures.agents_built += 1
        return agent

    async def _close_unused(self) -> None:
        """Close clients whose provider is called differently by now, and the longest idle beyond a few."""
        current = set(self._newest.values())
        idle = [name for name, client in self._clients.items() if client.users == 0]
        outdated = [name for name in idle if name not in current]
        surplus = [name for name in idle if name in current][: max(0, len(idle) - len(outdated) - _MAX_IDLE_CLIENTS)]
        for fingerprint in (*outdated, *surplus):
            client = self._clients.get(fingerprint)
            if client is not None and client.users == 0:  # closing the one before may have let a borrower in
                await self._close(fingerprint)

    async def _close(self, fingerprint: str) -> None:
        client = self._clients.pop(fingerprint, None)
        if client is None:
            return
        self._newest = {provider: name for provider, name in self._newest.items() if name != fingerprint}
        self.figures.clients_closed += 1
        await client.http.aclose()


def build_agent(kind: ProviderType, sdk_client: SdkClient, plan: RunPlan) -> JudgedAgent:
    """Build pydantic-ai's agent whose answers the task's schema judges."""
    # A retry explains itself; the words pydantic-ai would add are a system message in the middle of the conversation,
    # which many chat templates refuse.
    settings = ModelSettings(framing_announcement="never")
    temperature = find_temperature(plan.temperature, plan.dialect)
    if temperature is not None:
        settings["temperature"] = temperature
    max_tokens = find_max_tokens(plan.max_tokens, plan.dialect)
    if max_tokens is not None:
        settings["max_tokens"] = max_tokens
    return Agent(
        kind.build_model(sdk_client, model_name=plan.model_name, dialect=plan.dialect),
        output_type=_build_output(plan),
        instructions=plan.system_prompt,
        model_settings=settings,
        retries={"output": plan.retries},
    )


def _build_output(plan: RunPlan) -> Any:  # Any: pydantic-ai's three kinds of output have no type in common
    name = schema_name(plan.task_name)
    answer_type = output_type(plan.response_schema, name=name)
    if plan.dialect.output_mode is OutputMode.TOOL:
        return ToolOutput(answer_type, name=name)
    if plan.dialect.output_mode is OutputMode.PROMPTED:
        return PromptedOutput(answer_type, name=name)
    return NativeOutput(answer_type, name=name)


def _add_to_fingerprint(fingerprint: str, base_url: str, api_key: SecretStr) -> str:
    parts = (fingerprint, base_url, api_key.get_secret_value())
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()
