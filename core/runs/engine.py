"""Runs one agent once, and has every attempt written down."""

import asyncio
from collections.abc import AsyncIterable, Callable
from copy import deepcopy
from typing import Any

from pydantic import ValidationError
from pydantic_ai import RunContext
from pydantic_ai.capabilities import Hooks
from pydantic_ai.exceptions import ModelRetry
from pydantic_ai.messages import (
    AgentStreamEvent,
    ModelResponse,
    PartDeltaEvent,
    PartStartEvent,
    TextPart,
    TextPartDelta,
    ToolCallPart,
)
from pydantic_ai.models import ModelRequestContext
from pydantic_ai.usage import UsageLimits
from pydantic_core import ErrorDetails

from core.agents.templates import fill_template
from core.encryption import Keyring
from core.providers.builtin import BuiltinModelServer
from core.providers.transport import OutboundPolicy
from core.runs.failures import TruncatedAnswer, explain_failure
from core.runs.journal import RunJournal
from core.runs.outcomes import RunOutcome, passed
from core.runs.plans import RunPlan
from core.runs.records import AttemptStatus
from core.runs.registry import AgentRegistry
from core.runs.verbatim_schemas import with_verbatim_schema
from core.tasks.judge import output_type
from core.tasks.schemas.json_values import show_value, to_pointer

_NO_LIMITS = UsageLimits(request_limit=None)
_IDLE_SECONDS = 300.0


class RunEngine:
    """Asks agents. Importing this module loads pydantic-ai, which takes over a second: pages never import it."""

    def __init__(
        self, *, find_keyring: Callable[[], Keyring], policy: OutboundPolicy, builtin: BuiltinModelServer
    ) -> None:
        self.registry = AgentRegistry(find_keyring=find_keyring, policy=policy, builtin=builtin)

    async def run(self, plan: RunPlan, *, journal: RunJournal) -> RunOutcome:
        """Ask the agent until its answer fits or its retries are used up.

        Everything that can go wrong becomes an outcome; only a cancellation passes through.
        """
        try:
            prompt = fill_template(plan.user_prompt_template, plan.input)
            async with self.registry.lend(plan) as agent:
                result = await agent.run(
                    prompt,
                    capabilities=[_build_hooks(journal, _find_verbatim_schema(plan))],
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


def _build_hooks(journal: RunJournal, verbatim_schema: dict[str, Any] | None) -> Hooks[object]:  # Any: a JSON Schema
    """Return the hooks that record each attempt, the last one included, which pydantic-ai's messages leave out."""
    hooks: Hooks[object] = Hooks()

    @hooks.on.before_model_request
    async def _start(ctx: RunContext[object], request_context: ModelRequestContext) -> ModelRequestContext:
        await journal.start_attempt()
        return request_context if verbatim_schema is None else with_verbatim_schema(request_context, verbatim_schema)

    @hooks.on.after_model_request
    async def _keep(
        ctx: RunContext[object],
        /,
        *,
        request_context: Any,  # Any: not looked at
        response: ModelResponse,
    ) -> ModelResponse:
        journal.take_answer(
            _read_text(response),
            finish_reason=response.finish_reason or "",
            input_tokens=response.usage.input_tokens,
            output_tokens=response.usage.output_tokens,
        )
        if response.finish_reason == "length":
            journal.take_errors([{"place": "", "message": "The answer was cut off.", "value": ""}])
            raise TruncatedAnswer
        return response

    @hooks.on.output_validate_error
    async def _refuse(
        ctx: RunContext[object],
        /,
        *,
        output_context: Any,  # Any: not looked at
        output: Any,  # Any: text or JSON the model wrote
        error: ValidationError | ModelRetry,
    ) -> Any:  # Any: never returns
        journal.take_errors(_list_errors(error))
        raise error

    return hooks


def _build_listener(journal: RunJournal) -> Any:  # Any: pydantic-ai's handler type is generic over unused deps
    async def listen(ctx: RunContext[object], stream: AsyncIterable[AgentStreamEvent]) -> None:
        async for event in stream:
            if isinstance(event, PartStartEvent) and isinstance(event.part, TextPart):
                await journal.take_piece(event.part.content)
            elif isinstance(event, PartDeltaEvent) and isinstance(event.delta, TextPartDelta):
                await journal.take_piece(event.delta.content_delta)

    return listen


def _read_text(response: ModelResponse) -> str:
    pieces = [part.content for part in response.parts if isinstance(part, TextPart)]
    calls = [part.args_as_json_str() for part in response.parts if isinstance(part, ToolCallPart)]
    return "".join(pieces + calls)


def _list_errors(error: ValidationError | ModelRetry) -> list[dict[str, Any]]:  # Any: place, message, value
    if isinstance(error, ModelRetry):
        return [{"place": "", "message": error.message, "value": ""}]
    return [
        {
            "place": to_pointer(problem["loc"]),
            "message": problem["msg"],
            "value": _show_input(problem),
        }
        for problem in error.errors(include_url=False)
    ]


def _show_input(problem: ErrorDetails) -> str:
    # The judge has written objects and lists as short JSON already.
    is_shortened = problem.get("ctx", {}).get("is_shortened")
    return str(problem["input"]) if is_shortened else show_value(problem["input"], limit=200)
