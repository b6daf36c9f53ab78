"""What happens around each request of a run: it is recorded, and its answer mended before it is judged."""

import asyncio
import json
from dataclasses import replace
from typing import Any

from pydantic import ValidationError
from pydantic_ai import RunContext
from pydantic_ai.capabilities import Hooks
from pydantic_ai.exceptions import ModelRetry
from pydantic_ai.messages import ModelResponse, TextPart, ToolCallPart
from pydantic_ai.models import ModelRequestContext
from pydantic_core import ErrorDetails

from core.runs.failures import TruncatedAnswer
from core.runs.plans import RunPlan
from core.runs.recording import Recorder
from core.runs.verbatim_schemas import with_verbatim_schema
from core.tasks.judging.answer_text import read_json
from core.tasks.mending import Mended, mend
from core.tasks.schemas.json_values import JsonObject, show_value, to_pointer

Answer = Any  # Any: the text a model wrote, or a value read from it

_QUICK_CHARACTERS = 4_000
_NO_CALL = "The model wrote text instead of calling the tool it was given."
_ALONE = "The answer is not JSON alone: leave out the code fence and everything around it, and give one answer only."


def build_hooks(plan: RunPlan, *, journal: Recorder, verbatim_schema: JsonObject | None) -> Hooks[object]:
    """Return the hooks of one run. They record the last attempt too, which pydantic-ai's messages leave out."""
    hooks: Hooks[object] = Hooks()
    _add_request_hooks(hooks, journal, verbatim_schema)
    _add_tool_hook(hooks, journal)
    _add_output_hooks(hooks, journal, plan)
    return hooks


def _add_request_hooks(hooks: Hooks[object], journal: Recorder, verbatim_schema: JsonObject | None) -> None:
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
            # 0 is also what a server is read as that told of none.
            cached_input_tokens=response.usage.cache_read_tokens or None,
            cache_write_tokens=response.usage.cache_write_tokens or None,
        )
        if response.finish_reason == "length":
            journal.take_errors([{"place": "", "message": "The answer was cut off.", "value": "", "rule": "whole"}])
            raise TruncatedAnswer
        return response


def _add_tool_hook(hooks: Hooks[object], journal: Recorder) -> None:
    @hooks.on.after_model_request
    async def _take_text(
        ctx: RunContext[object],
        /,
        *,
        request_context: ModelRequestContext,
        response: ModelResponse,
    ) -> ModelResponse:
        tools = request_context.model_request_parameters.output_tools
        if not tools or any(isinstance(part, ToolCallPart) for part in response.parts):
            return response
        text = _read_text(response)
        if "{" in text:
            return _call_with_text(response, text, tool_name=tools[0].name)
        if text.strip():
            journal.take_errors([{"place": "", "message": _NO_CALL, "value": "", "rule": "tool call"}])
        return response


def _call_with_text(response: ModelResponse, text: str, *, tool_name: str) -> ModelResponse:
    """Return the response as if its text were the arguments of a call: a model that is only offered a tool may do so.

    It is judged like any other; without this, pydantic-ai would ask again for what is there already.
    """
    others = [part for part in response.parts if not isinstance(part, TextPart)]
    return replace(response, parts=[*others, ToolCallPart(tool_name, args=text)])


def _add_output_hooks(hooks: Hooks[object], journal: Recorder, plan: RunPlan) -> None:
    @hooks.on.before_output_validate
    async def _mend(
        ctx: RunContext[object],
        /,
        *,
        output_context: Any,  # Any: not looked at
        output: Answer,
    ) -> Answer:
        if ctx.partial_output:
            return output
        mended = await _mend_answer(plan.response_schema, output) if plan.mends_answers else Mended(output, ())
        journal.take_mends(mended.mends)
        if mended.mends:
            return _write_for_judge(mended.value)
        if _is_fenced(output):
            journal.take_errors([{"place": "", "message": _ALONE, "value": "", "rule": "JSON alone"}])
            raise ModelRetry(_ALONE)
        return output

    @hooks.on.output_validate_error
    async def _refuse(
        ctx: RunContext[object],
        /,
        *,
        output_context: Any,  # Any: not looked at
        output: Answer,
        error: ValidationError | ModelRetry,
    ) -> Answer:  # never returns
        journal.take_errors(_list_errors(error))
        raise error


async def _mend_answer(schema: JsonObject, output: Answer) -> Mended:
    if isinstance(output, str) and len(output) <= _QUICK_CHARACTERS:
        return mend(schema, output)
    return await asyncio.to_thread(mend, schema, output)  # every other run waits for the loop


def _write_for_judge(value: Answer) -> Answer:
    # pydantic-ai takes an empty list, 0 and false for no answer at all, but not their text.
    return value if isinstance(value, dict) else json.dumps(value)


def _is_fenced(output: Answer) -> bool:
    """Say whether pydantic-ai might take JSON out of a code fence of its own accord, which nothing would tell of."""
    return isinstance(output, str) and "```" in output and not output.startswith("{") and not read_json(output)[0]


def _read_text(response: ModelResponse) -> str:
    pieces = [part.content for part in response.parts if isinstance(part, TextPart)]
    calls = [_read_arguments(part) for part in response.parts if isinstance(part, ToolCallPart)]
    return "".join(pieces + calls)


def _read_arguments(call: ToolCallPart) -> str:
    # As the model wrote them: pydantic-ai's own text of them is written anew, and wraps what is no object.
    return call.args if isinstance(call.args, str) else call.args_as_json_str()


def _list_errors(error: ValidationError | ModelRetry) -> list[dict[str, Any]]:  # Any: place, message, value, rule
    if isinstance(error, ModelRetry):
        return [{"place": "", "message": error.message, "value": "", "rule": "JSON alone"}]
    return [
        {
            "place": to_pointer(problem["loc"]),
            "message": problem["msg"],
            "value": _show_input(problem),
            "rule": problem.get("ctx", {}).get("keyword") or problem["type"],
        }
        for problem in error.errors(include_url=False)
    ]


def _show_input(problem: ErrorDetails) -> str:
    # The judge has written objects and lists as short JSON already.
    is_shortened = problem.get("ctx", {}).get("is_shortened")
    return str(problem["input"]) if is_shortened else show_value(problem["input"], limit=200)
