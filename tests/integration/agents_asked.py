"""Asks models: through pydantic-ai without a database, or as a run of an agent on a task of its own."""

import asyncio
from collections.abc import AsyncIterable
from typing import Any

from pydantic import SecretStr
from pydantic_ai import Agent, NativeOutput, PromptedOutput, RunContext, ToolOutput
from pydantic_ai.messages import AgentStreamEvent

from core.agents.records import AgentRecord
from core.providers.dialects import OutputMode, ServerDialect
from core.providers.transport import OutboundPolicy, build_client
from core.providers.types.base import CallParts, ProviderType
from core.runs.records import RunRecord
from core.tasks.judge import output_type
from tests.factories import TRIAGE_SCHEMA, Workshop
from tests.fake_model_server import FakeModelServer

_OUTPUTS: dict[OutputMode, Any] = {  # Any: three classes with no type in common
    OutputMode.NATIVE: NativeOutput,
    OutputMode.TOOL: ToolOutput,
    OutputMode.PROMPTED: PromptedOutput,
}


def ask_agent(
    kind: ProviderType,
    server: FakeModelServer,
    *,
    key: str,
    dialect: ServerDialect,
    model_name: str = "ok",
    schema: dict[str, Any] = TRIAGE_SCHEMA,
) -> Any:  # Any: JSON the model wrote
    """Return the answer of a model in a dialect, streamed as a run's is."""

    async def ask() -> Any:  # Any: as above
        async with build_client(policy=OutboundPolicy(allow_private=True)) as http:
            parts = CallParts(base_url=server.base_url, http=http, api_key=SecretStr(key))
            model = kind.build_model(kind.open_client(parts), model_name=model_name, dialect=dialect)
            output = _OUTPUTS[dialect.output_mode](output_type(schema, name="Answer"), name="Answer")
            agent: Agent[object, Any] = Agent(  # Any: as above
                model, output_type=output, instructions="Sort.", model_settings={"max_tokens": 500}
            )
            return (await agent.run("The invoice is wrong.", event_stream_handler=_listen)).output

    return asyncio.run(ask())


def run_alone(workshop: Workshop, agent: AgentRecord) -> RunRecord:
    """Run an agent on a new task and wait for the end."""
    task = workshop.make_task()
    workshop.assign(agent, task)
    return workshop.run(agent, task)


async def _listen(_context: RunContext[object], stream: AsyncIterable[AgentStreamEvent]) -> None:
    async for _event in stream:
        pass
