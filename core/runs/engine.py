"""Runs one agent once, and has every attempt written down."""

import asyncio
from collections.abc import AsyncIterable, Callable
from copy import deepcopy
from typing import Any

from pydantic_ai import RunContext
from pydantic_ai.messages import AgentStreamEvent, PartDeltaEvent, PartStartEvent, TextPart, TextPartDelta
from pydantic_ai.usage import UsageLimits

from core.agents.templates import fill_template
from core.encryption import Keyring
from core.providers.builtin import BuiltinModelServer
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
        self, *, find_keyring: Callable[[], Keyring], policy: OutboundPolicy, builtin: BuiltinModelServer
    ) -> None:
        self.registry = AgentRegistry(find_keyring=find_keyring, policy=policy, builtin=builtin)

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
                    event_stream_handler=_build_listener(journal),
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


def _build_listener(journal: Recorder) -> Any:  # Any: pydantic-ai's handler type is generic over unused deps
    async def listen(ctx: RunContext[object], stream: AsyncIterable[AgentStreamEvent]) -> None:
        async for event in stream:
            if isinstance(event, PartStartEvent) and isinstance(event.part, TextPart):
                await journal.take_piece(event.part.content)
            elif isinstance(event, PartDeltaEvent) and isinstance(event.delta, TextPartDelta):
                await journal.take_piece(event.delta.content_delta)

    return listen
