"""Turns pydantic's findings about a request into the error a form can show."""

from collections.abc import Mapping
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from core.errors import Detail, InvalidInputError

Request = TypeVar("Request", bound=BaseModel)


def parse_request(kind: type[Request], values: Mapping[str, object]) -> Request:
    """Build a request from loose values, such as those of a form.

    Raises: InvalidInputError: `details` name each field that cannot be used and why.
    """
    try:
        return kind.model_validate(dict(values))
    except ValidationError as error:
        details = [
            Detail(place=".".join(str(part) for part in problem["loc"]), message=_sentence(problem["msg"]))
            for problem in error.errors(include_url=False, include_input=False)
        ]
        raise InvalidInputError(details[0].message, details=details) from error


def _sentence(message: str) -> str:
    text = message.removeprefix("Value error, ")
    return text if text.endswith(".") else f"{text}."
