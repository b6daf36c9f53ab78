"""The examples of the OpenAPI document: one small story of a help desk."""

from typing import Any

Json = dict[str, Any]  # Any: JSON of every shape

_PROVIDER_ID = "1b4e28ba-2fa1-4d3b-a3f5-ef19b5a7633b"
_AGENT_ID = "6fa459ea-ee8a-4ca4-894e-db77e160355e"
_TASK_ID = "16fd2706-8baf-433b-82eb-8c7fada847da"
_RUN_ID = "886313e1-3b8a-4372-9b90-0c9aee199e5d"
_VERSION_ID = "a8098c1a-f86e-41da-bd1a-00112444be1e"
_MOMENT = "2026-11-22T12:00:00Z"
_STREAMED = "2026-11-22T12:00:00.310000Z"
_LATER = "2026-11-22T12:00:01.240000Z"
_MOMENTS = {"created_at": _MOMENT, "updated_at": _MOMENT}

_SHORT_SCHEMA = {"category": {"type": "string"}, "confidence": {"type": "number"}}
_SCHEMA = {
    "type": "object",
    "properties": {
        "category": {"type": "string", "enum": ["billing", "bug"]},
        "confidence": {"type": "number", "minimum": 0, "maximum": 1},
    },
    "required": ["category", "confidence"],
    "additionalProperties": False,
}
_PROMPT = "Sort the ticket. Answer in JSON."
_INPUT = "The invoice is wrong."
_RESULT = {"category": "billing", "confidence": 0.93}


def _titled(summary: str, value: Json) -> Json:
    return {"summary": summary, "value": value}


_PRICES: Json = {
    "currency": "USD",
    "entries": [
        {
            "model_name": "qwen3:*",
            "input_per_million": None,
            "output_per_million": None,
            "cached_input_per_million": None,
            "per_second": "0.0002",
        }
    ],
}
NEW_PROVIDER = _titled(
    "An Ollama on this machine",
    {
        "name": "Local Ollama",
        "type": "ollama",
        "base_url": "http://localhost:11434",
        "api_key": None,
        "prices": _PRICES,
    },
)
PROVIDER_CHANGE = _titled("Another name", {"name": "Ollama in the cellar"})
PROVIDER: Json = {
    "id": _PROVIDER_ID,
    "name": "Local Ollama",
    "type": "ollama",
    "base_url": "http://localhost:11434",
    "has_key": False,
    "revision": 1,
    "validation_status": "connected",
    "validation_message": "Connected: 1 model.",
    "validation_hint": "",
    "validation_latency_ms": 12.5,
    "validated_at": _MOMENT,
    "model_names": ["qwen3:8b"],
    "prices": _PRICES,
    "agent_count": 1,
    **_MOMENTS,
}
_AGENT_FIELDS: Json = {
    "name": "Sorter",
    "description": "Sorts tickets.",
    "provider_id": _PROVIDER_ID,
    "model_name": "qwen3:8b",
    "system_prompt": _PROMPT,
    "user_prompt_template": "",
    "temperature": 0.2,
    "max_tokens": 200,
    "retries": 2,
}
NEW_AGENT = _titled("An agent that sorts tickets", _AGENT_FIELDS | {"is_active": True})
AGENT_CHANGE = _titled("A cooler head", {"temperature": 0, "max_tokens": None})
AGENT: Json = {
    "id": _AGENT_ID,
    "version": 1,
    "version_id": _VERSION_ID,
    **_AGENT_FIELDS,
    "provider_name": "Local Ollama",
    "provider_type": "ollama",
    "is_active": True,
    "task_count": 1,
    **_MOMENTS,
}
AGENT_VERSION: Json = {
    "number": 1,
    **_AGENT_FIELDS,
    "provider_name": "Local Ollama",
    "created_at": _MOMENT,
    "created_by": "local user",
}
NEW_ASSIGNMENT = _titled("One task", {"task_id": _TASK_ID})
ASSIGNMENT: Json = {
    "id": "9b2c1d4e-5f60-4a7b-8c9d-0e1f2a3b4c5d",
    "agent_id": _AGENT_ID,
    "agent_name": "Sorter",
    "task_id": _TASK_ID,
    "task_name": "Triage",
    "is_active": True,
    "created_at": _MOMENT,
}
NEW_TASK = _titled("With a JSON Schema", {"name": "Triage", "response_schema": _SCHEMA})
NEW_TASK_SHORT = _titled("In the short form", {"name": "Triage in short", "response_schema": _SHORT_SCHEMA})
TASK_CHANGE = _titled("Another description", {"description": "What a ticket is about."})
_TASK_FIELDS: Json = {
    "name": "Triage",
    "description": "",
    "response_schema": _SCHEMA,
    "request_schema": None,
    "mends_answers": True,
}
TASK: Json = {
    "id": _TASK_ID,
    "version": 1,
    "version_id": _VERSION_ID,
    **_TASK_FIELDS,
    "agent_count": 1,
    **_MOMENTS,
}
TASK_VERSION: Json = {"number": 1, **_TASK_FIELDS, "created_at": _MOMENT, "created_by": "local user"}
VALUE_TO_CHECK = _titled("An answer with a slip", {"value": {"category": "refund", "confidence": 0.93}})
VALUE_CHECK: Json = {
    "is_valid": False,
    "verdict": "invalid",
    "errors": [{"place": "/category", "message": "must be one of: billing, bug", "keyword": "enum"}],
}
NEW_FIXTURE = _titled("Text of one's own", {"name": "A wrong invoice", "input": _INPUT})
NEW_FIXTURE_OF_RUN = _titled("The input of a run", {"name": "From a run", "run_id": _RUN_ID})
FIXTURE_CHANGE = _titled("Another name", {"name": "An invoice that is wrong"})
FIXTURE: Json = {
    "id": "3f0a6c1e-7d52-4b8a-9e14-5c6d7e8f9a0b",
    "task_id": _TASK_ID,
    "version": 1,
    "name": "A wrong invoice",
    "input": _INPUT,
    "fits": True,
    "errors": [],
    **_MOMENTS,
}
NEW_RUN = _titled("Wait for the answer", {"agent_id": _AGENT_ID, "task_id": _TASK_ID, "input": _INPUT, "wait": 30})
_COUNTS: Json = {"attempt_count": 1, "input_tokens": 120, "output_tokens": 18}
RUN: Json = {
    "id": _RUN_ID,
    "agent_id": _AGENT_ID,
    "task_id": _TASK_ID,
    "agent_name": "Sorter",
    "agent_version": 1,
    "task_name": "Triage",
    "task_version": 1,
    "provider_name": "Local Ollama",
    "model_name": "qwen3:8b",
    "response_schema": _SCHEMA,
    "status": "passed",
    "reason": "",
    "message": "",
    "hint": "",
    "input": _INPUT,
    "result": _RESULT,
    **_COUNTS,
    "cost_usd": "0.000248",
    "is_cost_complete": True,
    "is_cancel_requested": False,
    "queued_at": _MOMENT,
    "started_at": _MOMENT,
    "ended_at": _LATER,
    "started_by": "local user",
    "duration_seconds": 1.24,
}
RUN_LINE: Json = {
    "id": _RUN_ID,
    "agent_id": _AGENT_ID,
    "task_id": _TASK_ID,
    "agent_name": "Sorter",
    "task_name": "Triage",
    "model_name": "qwen3:8b",
    "status": "passed",
    "reason": "",
    "message": "",
    **_COUNTS,
    "duration_seconds": 1.24,
    "queued_at": _MOMENT,
}
ATTEMPT: Json = {
    "number": 1,
    "status": "passed",
    "request": {"model": "qwen3:8b", "messages": [{"role": "user", "content": _INPUT}]},
    "is_request_cut": False,
    "raw_answer": '{"category": "billing", "confidence": "0.93"}',
    "errors": [],
    "mends": [
        {
            "place": "/confidence",
            "rule": "number",
            "message": "A number written as text was read as a number.",
            "before": "“0.93”",
            "after": "0.93",
        }
    ],
    "exchanges": [{"status": 200, "seconds": 1.2}],
    "fed_back": "",
    "finish_reason": "stop",
    "input_tokens": 120,
    "output_tokens": 18,
    "cached_input_tokens": 64,
    "cache_write_tokens": None,
    "cost": {
        "amount_usd": "0.000248",
        "source": "the provider's prices",
        "priced_as": "qwen3:*",
        "parts": [{"charge": "seconds", "count": "1.24", "price": "0.0002", "amount_usd": "0.000248"}],
    },
    "started_at": _MOMENT,
    "first_token_at": _STREAMED,
    "ended_at": _LATER,
    "first_token_ms": 310.0,
    "duration_seconds": 1.24,
}
