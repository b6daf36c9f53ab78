"""Runs one agent once, and has every attempt written down."""

import asyncio
from collections.abc import AsyncIterable, Awaitable, Callable
from copy import deepcopy
from typing import Any

from pydantic_ai import RunContext
from pydantic_ai.messages import (
    AgentStreamEvent,
    PartDeltaEvent,
    PartStartEvent,
    TextPart,
    TextPartDelta,
    ToolCallPart,
    ToolCallPartDelta,
)
from pydantic_ai.usage import UsageLimits

from core.agents.templates import fill_template
from core.encryption import Keyring
from core.providers.builtin import BuiltinModelServer
from core.providers.dialects import Support
from core.providers.limiting.limiter import ProviderLimiter
from core.providers.transport import OutboundPolicy
from core.runs.failures import explain_failure
from core.runs.hooks import build_hooks
from core.runs.outcomes import RunOutcome, passed
from core.runs.plans import RunPlan
from core.runs.recording import Recorder
from core.runs.records import AttemptStatus
from core.runs.registry import AgentRegistry
from core.tasks.judge import output_type

_NO_LIMITS = UsageLimits(request_limit=None)
_IDLE_SECONDS = 300.0


class RunEngine:
    """Asks agents. Importing this module loads pydantic-ai, which takes over a second: pages never import it."""

    def __init__(
        self,
        *,
        find_keyring: Callable[[], Keyring],
        policy: OutboundPolicy,
        builtin: BuiltinModelServer,
        limiter: ProviderLimiter | None = None,
    ) -> None:
        """`limiter` keeps the calls within their providers' limits; None: nothing does."""
        self.registry = AgentRegistry(find_keyring=find_keyring, policy=policy, builtin=builtin, limiter=limiter)

    async def run(self, plan: RunPlan, *, journal: Recorder) -> RunOutcome:
        """Ask the agent until its answer fits or its retries are used up.

        Everything that can go wrong becomes an outcome; only a cancellation passes through.
        """
        try:
            prompt = fill_template(plan.user_prompt_template, plan.input)
            async with self.registry.lend(plan) as agent:
                result = await agent.run(
                    prompt,
                    capabilities=[build_hooks(plan, journal=journal, verbatim_schema=_find_verbatim_schema(plan))],
                    event_stream_handler=find_listener(plan, journal.take_piece),
                    usage_limits=_NO_LIMITS,
                )
            await journal.end_attempt(AttemptStatus.PASSED)
            return passed(result.output)
        except asyncio.CancelledError:
            raise
        except Exception as error:  # noqa: BLE001  # the boundary: whatever a run raises is its outcome
            await journal.end_attempt(AttemptStatus.FAILED)
            # Without an answer to the last attempt, the schema has nothing to do with it.
            judged = journal.failed_attempts if journal.was_answered else 0
            return explain_failure(error, plan, failed_attempts=judged, was_empty=journal.was_empty)

    async def close_idle(self) -> None:
        """Close the clients that no run has used for some minutes."""
        await self.registry.close_idle(_IDLE_SECONDS)

    async def close(self) -> None:
        """Close every client."""
        await self.registry.close()


def _find_verbatim_schema(plan: RunPlan) -> dict[str, Any] | None:  # Any: a JSON Schema
    """Return the schema to put into each request by hand: recursive ones pass pydantic as a stub only."""
    answer_type: Any = output_type(plan.response_schema)  # Any: a class made at run time
    return deepcopy(plan.response_schema) if answer_type.is_stub else None


def find_listener(plan: RunPlan, take_piece: Callable[[str], Awaitable[None]]) -> Any:  # Any: generic over unused deps
    """Return what hears an answer while it comes. None where the server does not stream: without it none is asked for.

    An answer comes as text or as the arguments of a tool call; its pieces are the same JSON.
    """
    if plan.dialect.streaming is Support.NO:
        return None

    async def listen(ctx: RunContext[object], stream: AsyncIterable[AgentStreamEvent]) -> None:
        async for event in stream:
            piece = _read_piece(event)
            if piece:
                await take_piece(piece)

    return listen


def _read_piece(event: AgentStreamEvent) -> str:
    if isinstance(event, PartStartEvent):
        if isinstance(event.part, TextPart):
            return event.part.content
        if isinstance(event.part, ToolCallPart) and event.part.args:
            return event.part.args_as_json_str()
    elif isinstance(event, PartDeltaEvent):
        if isinstance(event.delta, TextPartDelta):
            return event.delta.content_delta
        # A dict comes where a vendor sends the arguments whole: it is all of them, and said when the part begins.
        if isinstance(event.delta, ToolCallPartDelta) and isinstance(event.delta.args_delta, str):
            return event.delta.args_delta
    return ""
