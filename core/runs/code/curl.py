"""A run as a curl command for a POSIX shell."""

import json
import shlex
import uuid
from typing import Any

from core.agents.records import AgentVariation

# Linux takes no longer argument than 128 KiB; a command is also pasted, where shorter ones do better.
_MAX_ARGUMENT_BYTES = 60_000


def curl_command(
    *,
    agent_id: uuid.UUID,
    task_id: uuid.UUID,
    value: Any,  # Any: text, or an object that fits the task's request schema
    agent_version: int | None = None,
    variation: AgentVariation | None = None,
    benchtop_url: str = "http://127.0.0.1:8501",
    wait_seconds: int = 60,
) -> str:
    """Return a command that starts a run of the agent's and the task's current versions and waits for its end.

    With `agent_version` the agent is taken as it was saved then, and with `variation` as what differs from that.
    `benchtop_url` is where Benchtop's pages are, without /api. The command is printable and may be pasted as it is.
    """
    body: dict[str, Any] = {"agent_id": str(agent_id), "task_id": str(task_id)}  # Any: JSON
    if agent_version is not None:
        body["agent_version"] = agent_version
    if variation is not None:
        body["variation"] = variation.model_dump(mode="json", include=variation.model_fields_set)
    body |= {"wait": wait_seconds, "input": value}
    text = _write(body)
    command = f"curl -sS -H 'Content-Type: application/json' {shlex.quote(benchtop_url.rstrip('/') + '/api/runs')}"
    if len(text.encode()) > _MAX_ARGUMENT_BYTES:
        # One line of JSON that begins with a brace is never the line that ends it.
        return f"{command} --data-binary @- <<'END'\n{text}\nEND\n"
    return f"{command} \\\n  -d {shlex.quote(text)}\n"


def _write(body: dict[str, Any]) -> str:  # Any: JSON
    """Write JSON on one line, everything that a terminal might act on or hide escaped."""
    text = json.dumps(body, ensure_ascii=False)
    return text if text.isprintable() else "".join(one if one.isprintable() else json.dumps(one)[1:-1] for one in text)
