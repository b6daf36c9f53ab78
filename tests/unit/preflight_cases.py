"""Agents and tasks for the tests of the check before a run."""

from dataclasses import dataclass
from typing import Any

from core.runs.preflight.check import check_before_run
from core.runs.preflight.notices import Notice, NoticeKind
from core.runs.preview import NOT_GIVEN, AgentLike, TaskLike

Json = Any  # Any: tests handle arbitrary JSON


@dataclass(frozen=True)
class Agent:
    """An agent nobody saved."""

    system_prompt: str = "Sort it."
    user_prompt_template: str = ""
    model_name: str = "any"
    temperature: float | None = None
    max_tokens: int | None = None


@dataclass(frozen=True)
class Task:
    """A task nobody saved."""

    response_schema: Json
    request_schema: Json = None
    name: str = "Any task"


def make_object(**fields: Json) -> Json:
    """Return a closed object that requires all its fields."""
    return {"type": "object", "properties": fields, "required": list(fields), "additionalProperties": False}


TEXT: Json = {"type": "string"}
TRIAGE: Json = {
    **make_object(
        category={"enum": ["billing", "bug", "feature request", "account"]},
        urgency={"enum": ["low", "normal", "high"]},
        tags={
            "type": "array",
            "items": {"anyOf": [{"const": "ui"}, {"const": "terms and conditions"}, {"const": "n/a"}]},
        },
        summary=TEXT,
        lang={"$ref": "#/$defs/lang"},
    ),
    "$defs": {"lang": {"enum": ["en", "de", "fr"]}},
}
ANSWER: Json = make_object(answer=TEXT)


def check(
    agent: AgentLike, task: TaskLike, value: Any = NOT_GIVEN, **provider: Any
) -> list[Notice]:  # Any: JSON, and as below
    """Check with a compatible server, of which nothing is known, unless told otherwise."""
    given = {"provider_type": "openai", "base_url": "http://127.0.0.1:9/v1"} | provider
    return check_before_run(agent, task, value, **given)


def kinds(notices: list[Notice]) -> list[NoticeKind]:
    """Return what the notices are about, in order."""
    return [notice.kind for notice in notices]
