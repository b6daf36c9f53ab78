"""A run without a server: the real agent writes its first request, and it is kept instead of sent.

The exact request for every provider, also where pydantic-ai rewrites it. Importing this module loads pydantic-ai,
which takes over a second: pages never import it, they ask on the background loop.
"""

import asyncio
import json
from copy import deepcopy
from typing import Any

import httpx2
from pydantic import SecretStr
from pydantic_ai import RunContext
from pydantic_ai.capabilities import Hooks
from pydantic_ai.exceptions import UserError
from pydantic_ai.models import ModelRequestContext

from core.agents.templates import fill_template
from core.errors import DashboardError, InvalidSchemaError
from core.providers.types.base import CallParts, KeyUse, ProviderType
from core.runs.engine import find_listener
from core.runs.plans import RunPlan
from core.runs.registry import build_agent
from core.runs.verbatim_schemas import with_verbatim_schema
from core.tasks.judge import output_type
from core.tasks.schemas.json_values import JsonObject

_NOWHERE = "http://built-in.invalid/v1"
_NOT_OPENED = SecretStr("not-opened")


async def rehearse(plan: RunPlan) -> JsonObject:
    """Return the body of the first request of a run. Nothing leaves this process, and no key is opened.

    Raises: InvalidInputError: the input does not fill the template. InvalidSchemaError: pydantic-ai refuses the schema.
    MissingPackageError; DashboardError: the vendor's library writes no request that could be kept.
    """
    kept: list[JsonObject] = []

    def keep(request: httpx2.Request) -> httpx2.Response:
        kept.append(json.loads(request.content))
        return httpx2.Response(400, json={"error": {"message": "Only a rehearsal."}})

    prompt = fill_template(plan.user_prompt_template, plan.input)
    await asyncio.to_thread(plan.connection.kind.load)
    async with httpx2.AsyncClient(transport=httpx2.MockTransport(keep)) as http:
        try:
            await _run(plan, prompt, http)
        except UserError as error:
            raise InvalidSchemaError("No request can be made of the response schema.", hint=str(error)) from error
        except Exception as error:
            # Each vendor's library has exceptions of its own for the refusal that every rehearsal ends with.
            if not kept:
                raise _not_kept(plan.connection.kind) from error
    if not kept:
        raise _not_kept(plan.connection.kind)
    return kept[0]


async def _run(plan: RunPlan, prompt: str, http: httpx2.AsyncClient) -> None:
    connection, kind = plan.connection, plan.connection.kind
    parts = CallParts(
        base_url=kind.find_chat_url(connection.base_url) or _NOWHERE,
        http=http,
        # A library may refuse to begin without a key; what it is does not show in the body.
        api_key=_NOT_OPENED if kind.key is KeyUse.REQUIRED else None,
        options=connection.options,
        secrets={field.name: _NOT_OPENED for field in kind.fields if field.is_secret},
    )
    agent = build_agent(kind, kind.open_client(parts), plan)
    await agent.run(prompt, capabilities=[_build_hooks(plan)], event_stream_handler=find_listener(plan, _pass_over))


async def _pass_over(piece: str) -> None:
    pass


def _not_kept(kind: ProviderType) -> DashboardError:
    return DashboardError(
        f"The exact request cannot be shown for {kind.label}: its library wrote none that could be kept.",
        hint="The log of a run shows what was sent.",
    )


def _build_hooks(plan: RunPlan) -> Hooks[object]:
    hooks: Hooks[object] = Hooks()
    answer_type: Any = output_type(plan.response_schema)  # Any: a class made at run time

    @hooks.on.before_model_request
    async def _put_schema(ctx: RunContext[object], request_context: ModelRequestContext) -> ModelRequestContext:
        if not answer_type.is_stub:
            return request_context
        return with_verbatim_schema(request_context, deepcopy(plan.response_schema))

    return hooks
