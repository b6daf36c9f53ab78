"""A run without a server: the real agent writes its first request, and it is kept instead of sent.

The exact request for every provider, also where pydantic-ai rewrites it. Importing this module loads pydantic-ai,
which takes over a second: pages never import it, they ask on the background loop.
"""

import contextlib
import json
from collections.abc import AsyncIterable
from copy import deepcopy
from typing import Any

import httpx2
from pydantic_ai import RunContext
from pydantic_ai.capabilities import Hooks
from pydantic_ai.exceptions import ModelHTTPError, UserError
from pydantic_ai.messages import AgentStreamEvent
from pydantic_ai.models import ModelRequestContext

from core.agents.templates import fill_template
from core.errors import InvalidSchemaError
from core.providers.types.base import CallParts
from core.runs.plans import RunPlan
from core.runs.registry import build_agent
from core.runs.verbatim_schemas import with_verbatim_schema
from core.tasks.judge import output_type
from core.tasks.schemas.json_values import JsonObject

_NOWHERE = "http://built-in.invalid/v1"


async def rehearse(plan: RunPlan) -> JsonObject:
    """Return the body of the first request of a run. Nothing leaves this process, and no key is opened.

    Raises: InvalidInputError: the input does not fill the template. InvalidSchemaError: pydantic-ai refuses the schema.
    """
    kept: list[JsonObject] = []

    def keep(request: httpx2.Request) -> httpx2.Response:
        kept.append(json.loads(request.content))
        return httpx2.Response(400, json={"error": {"message": "Only a rehearsal."}})

    prompt = fill_template(plan.user_prompt_template, plan.input)
    async with httpx2.AsyncClient(transport=httpx2.MockTransport(keep)) as http:
        kind = plan.connection.kind
        base_url = kind.find_chat_url(plan.connection.base_url) or _NOWHERE
        sdk_client = kind.open_client(CallParts(base_url=base_url, http=http, options=plan.connection.options))
        try:
            with contextlib.suppress(ModelHTTPError):
                agent = build_agent(kind, sdk_client, plan)
                await agent.run(prompt, capabilities=[_build_hooks(plan)], event_stream_handler=_drain)
        except UserError as error:
            raise InvalidSchemaError("No request can be made of the response schema.", hint=str(error)) from error
    return kept[0]


def _build_hooks(plan: RunPlan) -> Hooks[object]:
    hooks: Hooks[object] = Hooks()
    answer_type: Any = output_type(plan.response_schema)  # Any: a class made at run time

    @hooks.on.before_model_request
    async def _put_schema(ctx: RunContext[object], request_context: ModelRequestContext) -> ModelRequestContext:
        if not answer_type.is_stub:
            return request_context
        return with_verbatim_schema(request_context, deepcopy(plan.response_schema))

    return hooks


async def _drain(ctx: RunContext[object], stream: AsyncIterable[AgentStreamEvent]) -> None:
    async for _ in stream:
        pass
