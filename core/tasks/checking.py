"""Judges a value by a task, as an answer of a model is judged."""

import uuid
from enum import StrEnum

from pydantic import BaseModel, ConfigDict

from core.actors import Actor
from core.tasks.judge import check
from core.tasks.schemas.json_values import to_pointer
from core.tasks.service import TaskService


class Verdict(StrEnum):
    """Whether a value is an answer the task accepts."""

    VALID = "valid"
    INVALID = "invalid"


class CheckFinding(BaseModel):
    """One thing that is wrong. `place` is a JSON pointer into the value ("" means the whole)."""

    model_config = ConfigDict(frozen=True)

    place: str
    message: str
    keyword: str
    """The keyword of the schema that refused, such as `enum`."""


class ValueCheck(BaseModel):
    """What the task's response schema says of a value."""

    model_config = ConfigDict(frozen=True)

    is_valid: bool
    verdict: Verdict
    errors: tuple[CheckFinding, ...]
    """At most 100."""


def check_value(tasks: TaskService, actor: Actor, task_id: uuid.UUID, value: object) -> ValueCheck:
    """Judge a value by the response schema of a task as it is now. Raises: NotFoundError."""
    errors = check(tasks.get_task(actor, task_id).response_schema, value)
    findings = tuple(
        CheckFinding(place=to_pointer(error.loc), message=error.message, keyword=error.keyword) for error in errors
    )
    verdict = Verdict.INVALID if findings else Verdict.VALID
    return ValueCheck(is_valid=not findings, verdict=verdict, errors=findings)
