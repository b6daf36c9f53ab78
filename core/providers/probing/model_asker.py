"""Asks through pydantic-ai's model, for the types whose requests only their vendors' libraries know how to write.

Importing this module loads pydantic-ai, which takes over a second: pages never import it.
"""

from typing import Any

import httpx2
from pydantic_ai.direct import model_request, model_request_stream
from pydantic_ai.exceptions import AgentRunError, ModelHTTPError, UnexpectedModelBehavior, UserError
from pydantic_ai.messages import ModelRequest, ModelResponse, TextPart, ToolCallPart, UserPromptPart
from pydantic_ai.models import Model, ModelRequestParameters
from pydantic_ai.output import OutputObjectDefinition
from pydantic_ai.settings import ModelSettings
from pydantic_ai.tools import ToolDefinition

from core.providers.probing.asking import TOOL_NAME, NotAskable, Question, Reply
from core.providers.probing.chat_asker import write_schema
from core.providers.probing.explaining import end_by_error, end_by_status

_REFUSED = 400


class ModelAsker:
    """Asks what every vendor has under some name: a system prompt, a schema, tools, a stream, usage."""

    def __init__(self, model: Model) -> None:
        self._model = model

    async def ask(self, question: Question) -> Reply:
        """Return what came back. Raises: NotAskable: the vendor's API has no such thing; ProbeEnded."""
        is_foreign = question.wants_object or question.seed is not None or question.max_tokens_field is not None
        if is_foreign:
            raise NotAskable
        messages = [ModelRequest(parts=[UserPromptPart(question.prompt)], instructions=question.system or None)]
        settings = ModelSettings()
        if question.max_tokens is not None:
            settings["max_tokens"] = question.max_tokens
        parameters = _build_parameters(question)
        try:
            if question.streams:
                return await self._stream(messages, settings, parameters)
            response = await model_request(
                self._model, messages, model_settings=settings, model_request_parameters=parameters
            )
        except UserError as error:
            # pydantic-ai knows that the model does not take it.
            return Reply(status=_REFUSED, said=str(error))
        except ModelHTTPError as error:
            said = _find_message(error.body)
            end_by_status(error.status_code, said=said)
            return Reply(status=error.status_code, said=said)
        except UnexpectedModelBehavior as error:
            if question.streams:  # asked for whole before, it could be read: what came is no stream
                return Reply()
            raise end_by_error(error) from error
        except (AgentRunError, httpx2.HTTPError, OSError, ValueError) as error:
            raise end_by_error(error) from error
        return _read(response, was_streamed=False)

    async def _stream(
        self, messages: list[ModelRequest], settings: ModelSettings, parameters: ModelRequestParameters
    ) -> Reply:
        async with model_request_stream(
            self._model, messages, model_settings=settings, model_request_parameters=parameters
        ) as stream:
            pieces = [event async for event in stream]
            return _read(stream.get(), was_streamed=bool(pieces))


def _build_parameters(question: Question) -> ModelRequestParameters:
    if question.choices:
        shape = OutputObjectDefinition(json_schema=write_schema(question.choices), name="probe")
        return ModelRequestParameters(output_mode="native", output_object=shape)
    if question.has_tool:
        tool = ToolDefinition(
            name=TOOL_NAME,
            description="Takes one word.",
            parameters_json_schema=write_schema(),
            kind="output" if question.demands_tool else "function",
        )
        if question.demands_tool:
            return ModelRequestParameters(output_mode="tool", output_tools=[tool], allow_text_output=False)
        return ModelRequestParameters(function_tools=[tool])
    return ModelRequestParameters()


def _read(response: ModelResponse, *, was_streamed: bool) -> Reply:
    return Reply(
        text="".join(part.content for part in response.parts if isinstance(part, TextPart)),
        has_tool_call=any(isinstance(part, ToolCallPart) for part in response.parts),
        is_cut=response.finish_reason == "length",
        output_tokens=response.usage.output_tokens or None,
        was_streamed=was_streamed,
    )


def _find_message(body: Any) -> str:  # Any: whatever the vendor wrote
    inner = body.get("error", body) if isinstance(body, dict) else body
    found = inner.get("message", "") if isinstance(inner, dict) else inner
    return found if isinstance(found, str) else ""
