"""The examples of the OpenAPI document: one small story of a help desk."""

from typing import Any

Json = dict[str, Any]  # Any: JSON of every shape

_PROVIDER_ID = "1b4e28ba-2fa1-4d3b-a3f5-ef19b5a7633b"
_AGENT_ID = "6fa459ea-ee8a-4ca4-894e-db77e160355e"
_TASK_ID = "16fd2706-8baf-433b-82eb-8c7fada847da"
_RUN_ID = "886313e1-3b8a-4372-9b90-0c9aee199e5d"
_VERSION_ID = "a8098c1a-f86e-41da-bd1a-00112444be1e"
MOMENT = "2026-11-22T12:00:00Z"
LATER = "2026-11-22T12:00:01.240000Z"
_MOMENTS = {"created_at": MOMENT, "updated_at": MOMENT}

_SHORT_SCHEMA = {"category": {"type": "string"}, "confidence": {"type": "number"}}
SCHEMA = {
    "type": "object",
    "properties": {
        "category": {"type": "string", "enum": ["billing", "bug"]},
        "confidence": {"type": "number", "minimum": 0, "maximum": 1},
    },
    "required": ["category", "confidence"],
    "additionalProperties": False,
}
_PROMPT = "Sort the ticket. Answer in JSON."
INPUT = "The invoice is wrong."


def titled(summary: str, value: Json) -> Json:
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
NEW_PROVIDER = titled(
    "An Ollama on this machine",
    {
        "name": "Local Ollama",
        "type": "ollama",
        "base_url": "http://localhost:11434",
        "api_key": None,
        "options": {},
        "headers": {"X-Team": "data"},
        "request_timeout_seconds": 90,
        "limits": {"requests_per_minute": 120, "tokens_per_minute": None, "max_concurrency": 4},
        "prices": _PRICES,
    },
)
NEW_HOSTED_PROVIDER = titled(
    "A hosted server, from a preset",
    {"name": "Groq", "type": "compatible", "preset": "groq", "api_key": "gsk_example_0123456789"},
)
PROVIDER_CHANGE = titled("Another name", {"name": "Ollama in the cellar"})
PROVIDER: Json = {
    "id": _PROVIDER_ID,
    "name": "Local Ollama",
    "type": "ollama",
    "base_url": "http://localhost:11434",
    "preset": "",
    "options": {},
    "has_key": False,
    "secret_names": [],
    "header_names": ["X-Team"],
    "key_used_at": MOMENT,
    "request_timeout_seconds": 90,
    "connect_timeout_seconds": None,
    "limits": {"requests_per_minute": 120, "tokens_per_minute": None, "max_concurrency": 4},
    "revision": 1,
    "validation_status": "connected",
    "validation_message": "Connected: 1 model.",
    "validation_hint": "",
    "diagnosis": "connected",
    "suggested_base_url": "",
    "waiting_model": "",
    "validation_latency_ms": 12.5,
    "validated_at": MOMENT,
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
NEW_AGENT = titled("An agent that sorts tickets", _AGENT_FIELDS | {"is_active": True})
AGENT_CHANGE = titled("A cooler head", {"temperature": 0, "max_tokens": None})
AGENT: Json = {
    "id": _AGENT_ID,
    "version": 1,
    "version_id": _VERSION_ID,
    **_AGENT_FIELDS,
    "provider_name": "Local Ollama",
    "provider_type": "ollama",
    "is_active": True,
    "task_count": 1,
    "model_trouble": None,
    "model_retires_on": None,
    **_MOMENTS,
}
AGENT_VERSION: Json = {
    "number": 1,
    **_AGENT_FIELDS,
    "provider_name": "Local Ollama",
    "created_at": MOMENT,
    "created_by": "local user",
}
NEW_ASSIGNMENT = titled("One task", {"task_id": _TASK_ID})
ASSIGNMENT: Json = {
    "id": "9b2c1d4e-5f60-4a7b-8c9d-0e1f2a3b4c5d",
    "agent_id": _AGENT_ID,
    "agent_name": "Sorter",
    "task_id": _TASK_ID,
    "task_name": "Triage",
    "is_active": True,
    "created_at": MOMENT,
}
NEW_TASK = titled("With a JSON Schema", {"name": "Triage", "response_schema": SCHEMA})
NEW_TASK_SHORT = titled("In the short form", {"name": "Triage in short", "response_schema": _SHORT_SCHEMA})
TASK_CHANGE = titled("Another description", {"description": "What a ticket is about."})
_TASK_FIELDS: Json = {
    "name": "Triage",
    "description": "",
    "response_schema": SCHEMA,
    "request_schema": None,
    "mends_answers": True,
    "stores_content": True,
}
TASK: Json = {
    "id": _TASK_ID,
    "version": 1,
    "version_id": _VERSION_ID,
    **_TASK_FIELDS,
    "agent_count": 1,
    **_MOMENTS,
}
TASK_VERSION: Json = {"number": 1, **_TASK_FIELDS, "created_at": MOMENT, "created_by": "local user"}
VALUE_TO_CHECK = titled("An answer with a slip", {"value": {"category": "refund", "confidence": 0.93}})
VALUE_CHECK: Json = {
    "is_valid": False,
    "verdict": "invalid",
    "errors": [{"place": "/category", "message": "must be one of: billing, bug", "keyword": "enum"}],
}
NEW_FIXTURE = titled("Text of one's own", {"name": "A wrong invoice", "input": INPUT})
NEW_FIXTURE_OF_RUN = titled("The input of a run", {"name": "From a run", "run_id": _RUN_ID})
FIXTURE_CHANGE = titled("Another name", {"name": "An invoice that is wrong"})
FIXTURE: Json = {
    "id": "3f0a6c1e-7d52-4b8a-9e14-5c6d7e8f9a0b",
    "task_id": _TASK_ID,
    "version": 1,
    "name": "A wrong invoice",
    "input": INPUT,
    "fits": True,
    "errors": [],
    **_MOMENTS,
}
