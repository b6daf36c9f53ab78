"""The examples of runs and comparisons in the OpenAPI document: the story of the help desk goes on."""

from api.examples import AGENT, INPUT, LATER, MOMENT, PROVIDER, SCHEMA, TASK, Json, titled

_RUN_ID = "886313e1-3b8a-4372-9b90-0c9aee199e5d"
_OTHER_RUN_ID = "4d8f6a52-6c53-4a55-9f0e-3a1f0f3d7c11"
_COMPARISON_ID = "c2b8e5a4-91d7-4f7e-8a63-5e0d9b1f2a34"
_STREAMED = "2026-11-22T12:00:00.310000Z"
_PAIR: Json = {"agent_id": AGENT["id"], "task_id": TASK["id"]}
_RESULT = {"category": "billing", "confidence": 0.93}
_COUNTS: Json = {"attempt_count": 1, "input_tokens": 120, "output_tokens": 18}
_COST: Json = {"cost_usd": "0.000248", "is_cost_complete": True}
_VARIATION: Json = {"system_prompt": "Sort the ticket. When in doubt it is a bug. Answer in JSON.", "temperature": 0}

NEW_RUN = titled("Wait for the answer", _PAIR | {"input": INPUT, "wait": 30})
NEW_VARIED_RUN = titled("Try another prompt", _PAIR | {"input": INPUT, "agent_version": 1, "variation": _VARIATION})
PREPARATION = titled("The agent as it is", _PAIR | {"input": INPUT})
NEW_RATING = titled("A good answer", {"rating": 1, "note": "Right, and sure of it."})
RUN: Json = {
    "id": _RUN_ID,
    **_PAIR,
    "agent_name": "Sorter",
    "agent_version": 1,
    "variation_of": None,
    "task_name": "Triage",
    "task_version": 1,
    "provider_id": PROVIDER["id"],
    "provider_name": "Local Ollama",
    "model_name": "qwen3:8b",
    "response_schema": SCHEMA,
    "status": "passed",
    "reason": "",
    "message": "",
    "hint": "",
    "input": INPUT,
    "result": _RESULT,
    **_COUNTS,
    **_COST,
    "is_cancel_requested": False,
    "queued_at": MOMENT,
    "started_at": MOMENT,
    "ended_at": LATER,
    "started_by": "local user",
    "rating": 1,
    "rating_note": "Right, and sure of it.",
    "rated_by": "local user",
    "rated_at": LATER,
    "comparison_id": None,
    "comparison_position": None,
    "comparison_repeat": None,
    "content_erased_at": None,
    "duration_seconds": 1.24,
}
RUN_LINE: Json = {
    "id": _RUN_ID,
    **_PAIR,
    "agent_name": "Sorter",
    "task_name": "Triage",
    "model_name": "qwen3:8b",
    "status": "passed",
    "reason": "",
    "message": "",
    **_COUNTS,
    "duration_seconds": 1.24,
    "queued_at": MOMENT,
    "agent_version": 1,
    "variation_of": None,
    "task_version": 1,
    "provider_name": "Local Ollama",
    **_COST,
    "started_by": "local user",
    "rating": 1,
    "comparison_id": None,
}
ATTEMPT: Json = {
    "number": 1,
    "status": "passed",
    "request": {"model": "qwen3:8b", "messages": [{"role": "user", "content": INPUT}]},
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
    "started_at": MOMENT,
    "first_token_at": _STREAMED,
    "ended_at": LATER,
    "first_token_ms": 310.0,
    "duration_seconds": 1.24,
}
RUN_COPY: Json = {
    "python": "from pydantic_ai import Agent\n…",
    "curl": "curl -sS -H 'Content-Type: application/json' http://127.0.0.1:8501/api/runs \\\n  -d '…'\n",
    "json": '{\n  "id": "886313e1-3b8a-4372-9b90-0c9aee199e5d",\n  …\n}',
}
RUN_PREVIEW: Json = {
    "model_name": "qwen3:8b",
    "messages": [
        {"role": "system", "text": AGENT["system_prompt"], "total_characters": 32, "unfilled": []},
        {"role": "user", "text": INPUT, "total_characters": 21, "unfilled": []},
    ],
    "output_mode": "native",
    "request": {"model": "qwen3:8b", "messages": [{"role": "user", "content": INPUT}], "stream": True},
    "is_exact": True,
}
RUN_CHECK: Json = {
    "notices": [
        {
            "kind": "label_forbidden",
            "level": "warning",
            "sentence": "The system prompt names “refund”, which the schema does not allow for “category”.",
            "hint": "Allow it in the schema, or take it out of the prompt.",
            "place": {"subject": "system_prompt", "start": 9, "end": 15, "pointer": ""},
        }
    ]
}
_FIGURE: Json = {
    "run_count": 2,
    "passed_count": 1,
    "failed_count": 1,
    "median_seconds": 1.2,
    "p95_seconds": 1.24,
    "input_tokens": 240,
    "output_tokens": 36,
    "cost_usd": "0.000496",
    "unknown_cost_count": 0,
    "pass_rate": 0.5,
}
FIGURES: Json = {
    "grouping": "day",
    "total": {"key": "", "label": "", **_FIGURE},
    "groups": [{"key": "2026-11-22", "label": "2026-11-22", **_FIGURE}],
    "is_complete": True,
}
_COLUMNS: list[Json] = [
    {"agent_id": AGENT["id"], "agent_version": None, "variation": None},
    {"agent_id": AGENT["id"], "agent_version": 1, "variation": _VARIATION},
]
NEW_COMPARISON = titled(
    "An agent and a variation of it, each three times",
    {"task_id": TASK["id"], "input": INPUT, "columns": _COLUMNS, "repeat_count": 3},
)
NEW_WINNER = titled("The second column", {"position": 2, "note": "Cheaper, and as good."})
_COMPARED_RUN: Json = {
    "repeat": 1,
    "status": "passed",
    "reason": "",
    "message": "",
    "hint": "",
    "result": _RESULT,
    **_COUNTS,
    **_COST,
    "queued_at": MOMENT,
    "started_at": MOMENT,
    "ended_at": LATER,
    "duration_seconds": 1.24,
    "rating": None,
}
_SORTER: Json = {
    "agent_id": AGENT["id"],
    "agent_name": "Sorter",
    "provider_id": PROVIDER["id"],
    "provider_name": "Local Ollama",
    "model_name": "qwen3:8b",
    "max_tokens": 200,
    "retries": 2,
    "user_prompt_template": "",
}
COMPARISON: Json = {
    "id": _COMPARISON_ID,
    "task_id": TASK["id"],
    "task_name": "Triage",
    "task_version": 1,
    "response_schema": SCHEMA,
    "input": INPUT,
    "has_one_input": True,
    "repeat_count": 1,
    "columns": [
        {
            "position": 1,
            "label": "Sorter",
            **_SORTER,
            "agent_version": 1,
            "variation_of": None,
            "temperature": 0.2,
            "system_prompt": AGENT["system_prompt"],
            "changes": ["temperature 0.2"],
            "runs": [{"id": _RUN_ID, **_COMPARED_RUN}],
        },
        {
            "position": 2,
            "label": "Sorter, varied",
            **_SORTER,
            "agent_version": None,
            "variation_of": 1,
            **_VARIATION,
            "changes": ["temperature 0", "system prompt"],
            "runs": [{"id": _OTHER_RUN_ID, **_COMPARED_RUN}],
        },
    ],
    "winner": 2,
    "winner_note": "Cheaper, and as good.",
    "decided_by": "local user",
    "decided_at": LATER,
    "started_by": "local user",
    "created_at": MOMENT,
    "content_erased_at": None,
    "is_over": True,
}
COMPARISON_LINE: Json = {
    "id": _COMPARISON_ID,
    "task_id": TASK["id"],
    "task_name": "Triage",
    "column_labels": ["Sorter", "Sorter, varied"],
    "repeat_count": 1,
    "run_counts": {"passed": 2},
    "winner": 2,
    "created_at": MOMENT,
    "started_by": "local user",
    "is_over": True,
}
_CELL: Json = {"text": "billing", "is_missing": False, "differs": False, "agreement": None, "variants": []}
ANSWERS: Json = {
    "rows": [{"place": "category", "is_same": True, "agreement": 1.0, "cells": [_CELL, _CELL]}],
    "left_out_count": 0,
    "columns": [
        {
            "position": position,
            "statuses": {"passed": 1},
            "run_count": 1,
            "over_count": 1,
            "passed_count": 1,
            "pass_rate": 1.0,
            "p50_seconds": 1.24,
            "input_tokens": 120,
            "output_tokens": 18,
            "input_tokens_per_run": 120.0,
            "output_tokens_per_run": 18.0,
            "attempts_per_run": 1.0,
            "cost": {"amount_usd": "0.000248", "known_count": 1, "unknown_count": 0, "sources": []},
            "cost_per_run_usd": "0.000248",
            "agreement": None,
        }
        for position in (1, 2)
    ],
    "agreement": 1.0,
}
