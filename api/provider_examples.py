"""The examples of what a provider has beside itself: models, dialects, health. The help desk's story goes on."""

from typing import Any

from api.examples import AGENT, MOMENT, PROVIDER, titled

Json = dict[str, Any]  # Any: JSON of every shape

_MODEL_NAME = "qwen3:8b"

MODEL_TO_ASK = titled("One of its models", {"model_name": _MODEL_NAME})
LISTED_MODEL: Json = {
    "name": _MODEL_NAME,
    "context_tokens": 40960,
    "size_bytes": 5225388164,
    "parameter_size": "8.2B",
    "quantization": "Q4_K_M",
    "is_loaded": True,
    "modalities": ["completion", "tools"],
    "retires_on": None,
    "first_seen_at": MOMENT,
    "last_seen_at": MOMENT,
    "is_listed": True,
    "agent_count": 1,
}
TROUBLED_AGENT: Json = {
    "agent_id": AGENT["id"],
    "agent_name": "Sorter",
    "provider_id": PROVIDER["id"],
    "provider_name": "Local Ollama",
    "model_name": _MODEL_NAME,
    "trouble": "gone",
    "retires_on": None,
    "last_seen_at": MOMENT,
}

_NOTHING_FOUND: Json = dict.fromkeys(
    (
        "output_mode",
        "json_schema",
        "json_object",
        "tools",
        "tool_choice",
        "streaming",
        "usage",
        "max_tokens_field",
        "system_messages",
        "seed",
        "sends_temperature",
    )
)
_DEFAULT: Json = {
    "output_mode": "native",
    "json_schema": "enforced",
    "json_object": "unknown",
    "tools": "unknown",
    "tool_choice": "unknown",
    "streaming": "unknown",
    "usage": "unknown",
    "max_tokens_field": "max_tokens",
    "system_messages": "unknown",
    "seed": "unknown",
    "sends_temperature": True,
}
_FOUND: Json = {"tools": "yes", "tool_choice": "no", "streaming": "yes", "usage": "yes"}
DIALECT: Json = {
    "provider_id": PROVIDER["id"],
    "model_name": _MODEL_NAME,
    "effective": _DEFAULT | _FOUND,
    "default": _DEFAULT,
    "kept": {
        "probed": _NOTHING_FOUND | _FOUND,
        "probed_with": _MODEL_NAME,
        "probed_at": MOMENT,
        "probe_note": "",
        "probing_until": None,
        "edited": _NOTHING_FOUND,
        "edited_at": None,
    },
    "is_probing": False,
    "probe_note": "",
}
DIALECT_EDIT = (
    titled("Answers as the arguments of a tool", {"output_mode": "tool", "seed": None}),
    titled("Nothing by hand", {}),
)

HEALTH: Json = {
    "provider_id": PROVIDER["id"],
    "days": 2,
    "is_hourly": False,
    "buckets": [
        {"start": "2026-11-21T00:00:00Z", "run_count": 0, "failure_count": 0, "p50_seconds": None, "p95_seconds": None},
        {"start": "2026-11-22T00:00:00Z", "run_count": 12, "failure_count": 1, "p50_seconds": 1.2, "p95_seconds": 2.9},
    ],
    "run_count": 12,
    "failure_count": 1,
    "p50_seconds": 1.2,
    "p95_seconds": 2.9,
    "failures": [{"reason": "timed_out", "run_count": 1}],
    "checks": [{"checked_at": MOMENT, "is_connected": True, "diagnosis": "connected", "latency_ms": 12.5}],
    "used_by": [{"id": AGENT["id"], "name": "Sorter", "is_active": True, "model_name": _MODEL_NAME}],
    "key_used_at": MOMENT,
}
