"""Asks a server with OpenAI's chat completions. Each request is written by hand: what a library adds would blur things.

Importing this module loads OpenAI's SDK, which takes a while: pages never import it.
"""

import json
from collections.abc import Iterator
from typing import Any

import httpx2
from openai import APIStatusError, AsyncOpenAI, OpenAIError

from core.providers.dialects import MaxTokensField, ServerDialect
from core.providers.probing.asking import TOOL_NAME, Question, Reply
from core.providers.probing.explaining import end_by_error, end_by_status

Json = Any  # Any: JSON of a stranger, or for one


class ChatAsker:
    """Asks over the SDK's client, which knows where a server's completions are and how its key is sent."""

    def __init__(self, client: AsyncOpenAI, *, model_name: str, dialect: ServerDialect, is_strict: bool) -> None:
        """`is_strict`: whether runs there demand schemas in OpenAI's strict manner."""
        self._client = client
        self._model_name = model_name
        self._limit_field = dialect.max_tokens_field
        self._is_strict = is_strict

    async def ask(self, question: Question) -> Reply:
        """Return what came back. Raises: ProbeEnded."""
        body = self._write_body(question)
        messages = body.pop("messages")
        try:
            async with self._client.chat.completions.with_streaming_response.create(
                model=self._model_name, messages=messages, stream=question.streams, extra_body=body
            ) as response:
                content = await response.read()
        except APIStatusError as error:
            said = _find_message(error.body)
            end_by_status(error.status_code, said=said)
            return Reply(status=error.status_code, said=said)
        except (OpenAIError, httpx2.HTTPError, OSError, ValueError) as error:
            raise end_by_error(error) from error
        return read_reply(content)

    def _write_body(self, question: Question) -> dict[str, Json]:
        messages = [{"role": "system", "content": question.system}] if question.system else []
        body: dict[str, Json] = {"messages": [*messages, {"role": "user", "content": question.prompt}]}
        field = question.max_tokens_field or self._limit_field
        if question.max_tokens is not None and field is not MaxTokensField.NEITHER:
            body[field.value] = question.max_tokens
        if question.choices:
            shape: dict[str, Json] = {"name": "probe", "schema": write_schema(question.choices)}
            body["response_format"] = {"type": "json_schema", "json_schema": shape}
            if self._is_strict:
                shape["strict"] = True
        elif question.wants_object:
            body["response_format"] = {"type": "json_object"}
        if question.has_tool:
            function = {"name": TOOL_NAME, "description": "Takes one word.", "parameters": write_schema()}
            body["tools"] = [{"type": "function", "function": function}]
            body["tool_choice"] = "required" if question.demands_tool else "auto"
        if question.asks_usage:
            body["stream_options"] = {"include_usage": True}
        given = {"temperature": question.temperature, "seed": question.seed}
        return body | {name: value for name, value in given.items() if value is not None}


def write_schema(choices: tuple[str, ...] = ()) -> dict[str, Json]:
    """Return the schema of an object with one field, a text, or one of the choices."""
    word: dict[str, Json] = {"type": "string", "enum": list(choices)} if choices else {"type": "string"}
    return {"type": "object", "properties": {"word": word}, "required": ["word"], "additionalProperties": False}


def read_reply(content: bytes) -> Reply:
    """Return what an answer holds, whole or streamed. Raises: ProbeEnded: it is no answer of a model."""
    is_stream = content.lstrip()[:5] in (b"data:", b"event") or content.lstrip()[:1] == b":"
    try:
        chunks = list(_read_events(content)) if is_stream else [json.loads(content)]
        return _join(chunks, was_streamed=is_stream)
    except (ValueError, RecursionError, AttributeError, TypeError, LookupError) as error:
        raise end_by_error(error) from error


def _read_events(content: bytes) -> Iterator[Json]:
    for line in content.splitlines():
        name, _, told = line.partition(b":")
        if name == b"data" and told.strip() not in (b"", b"[DONE]"):
            yield json.loads(told)


def _join(chunks: list[Json], *, was_streamed: bool) -> Reply:
    text, has_call, ending, counted = "", False, "", None
    for chunk in chunks:
        usage = chunk.get("usage")
        if isinstance(usage, dict) and isinstance(usage.get("completion_tokens"), int):
            counted = usage["completion_tokens"]
        for choice in chunk.get("choices") or []:
            message = choice.get("message") or choice.get("delta") or {}
            content = message.get("content")
            text += content if isinstance(content, str) else ""
            has_call = has_call or bool(message.get("tool_calls"))
            ending = str(choice.get("finish_reason") or ending)
    if not was_streamed and "choices" not in chunks[0]:
        raise ValueError("no choices")
    return Reply(
        text=text,
        has_tool_call=has_call,
        is_cut=ending == "length",
        output_tokens=counted,
        was_streamed=was_streamed,
    )


def _find_message(body: object) -> str:
    inner = body.get("error", body) if isinstance(body, dict) else body
    found = inner.get("message", "") if isinstance(inner, dict) else inner
    return found if isinstance(found, str) else ""
