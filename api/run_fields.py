"""What bodies that start or prepare a run have in common: the input, and the state of the agent that is meant."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, Any

from pydantic import BeforeValidator, ConfigDict, Field, WithJsonSchema

from api.fields import (
    REQUIRED_TEXT,
    JsonId,
    JsonMaxTokens,
    JsonModelName,
    JsonPromptTemplate,
    JsonRetries,
    JsonSystemPrompt,
    JsonTemperature,
    refuse_disguise,
)
from core.agents.records import AgentVariation
from core.agents.variations import VARIED
from core.changes import not_set
from core.errors import Detail, InvalidInputError, InvalidSchemaError, NotFoundError
from core.runs.starting import MAX_INPUT_CHARACTERS

_MAX_VERSION = 2**31 - 1
_INPUT = {
    "title": "Input",
    "description": "Text, or an object that fits the task's request schema.",
    "anyOf": [
        {"type": "string", "maxLength": MAX_INPUT_CHARACTERS, **REQUIRED_TEXT},
        {"type": "object"},
    ],
}

JsonRunInput = Annotated[Any, WithJsonSchema(_INPUT)]  # Any: JSON somebody wrote


class Variation(AgentVariation):
    """What is tried differently from a saved state of the agent, without saving it. What is left out stays.

    null takes the temperature or the limit of tokens away.
    """

    model_config = ConfigDict(title="Variation")

    provider_id: JsonId = not_set()
    model_name: JsonModelName = not_set()
    system_prompt: JsonSystemPrompt = not_set()
    user_prompt_template: JsonPromptTemplate = not_set()
    temperature: JsonTemperature = not_set()
    max_tokens: JsonMaxTokens = not_set()
    retries: JsonRetries = not_set()


JsonVersionNumber = Annotated[
    Annotated[int, Field(ge=1, le=_MAX_VERSION), BeforeValidator(refuse_disguise)] | None,
    Field(description="The number of a saved state of the agent. Null: the current one."),
]
JsonVariation = Annotated[
    Variation | None, Field(description="What is tried differently from that state. Null: nothing.")
]


@contextmanager
def placing_run_errors() -> Iterator[None]:
    """Say of what is wrong where in the body it stood: the core knows an input and a variation, and no body.

    A provider that is not there is answered with 404, as every other thing that a request names.
    """
    try:
        yield
    except InvalidSchemaError:
        raise
    except InvalidInputError as error:
        details = [Detail(place=_place(detail.place), message=detail.message) for detail in error.details]
        details = details or [Detail(place="input", message=error.message)]
        if [detail.place for detail in details] == ["variation.provider_id"]:
            raise NotFoundError(error.message, hint=error.hint, details=details) from error
        raise InvalidInputError(error.message, hint=error.hint, details=details) from error


def _place(place: str) -> str:
    return f"variation.{place}" if place in VARIED else f"input{place}"
