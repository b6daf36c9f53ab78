"""The fields of a provider in JSON bodies that other things do not have: its type's own, headers, limits, times.

Which options a type has is a matter of the type, which GET /provider-types tells; here is what holds for all of them.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, SecretStr, ValidationError, WithJsonSchema

from api.fields import refuse_disguise
from core.errors import Detail, InvalidInputError
from core.providers.records import RESERVED_HEADERS, ApiKey, Headers, Options, ProviderLimits, Seconds
from core.providers.types import find_type

Json = dict[str, Any]  # Any: pieces of an OpenAPI document

_MOST_FIELDS = 20
_FIELD_NAME = r"^[a-z][a-z0-9_]{0,30}$"
_OPTION = r"^[^\u0000-\u001f\u007f]*$"
_SECRET_PATTERN = r"^([!-~]*[0-9A-Za-z][!-~]*)?$"  # noqa: S105  # a pattern
_HEADER_NAME = r"^[A-Za-z0-9][A-Za-z0-9-]{0,99}$"
_HEADER_VALUE = r"^[ -~]*[0-9A-Za-z][ -~]*$"


def _in_any_case(word: str) -> str:
    return "".join(f"[{letter.upper()}{letter}]" if letter.isalpha() else letter for letter in word)


_RESERVED = "^(" + "|".join([*map(_in_any_case, sorted(RESERVED_HEADERS)), _in_any_case("proxy-") + ".*"]) + ")$"


def _describe_map(*, names: Json, values: Json) -> Json:
    return {"type": "object", "propertyNames": names, "additionalProperties": values, "maxProperties": _MOST_FIELDS}


def _check_map(name_pattern: str, value_pattern: str, longest: int) -> Any:  # Any: a validator
    def check(value: object) -> object:
        if isinstance(value, Mapping):
            for name, text in value.items():
                _check_entry(str(name), text, name_pattern, value_pattern, longest)
        return value

    return BeforeValidator(check)


def _check_entry(name: str, text: object, name_pattern: str, value_pattern: str, longest: int) -> None:
    if not re.fullmatch(name_pattern, name, re.ASCII):
        # Not repeated: whoever mixes up name and value has put the secret there.
        raise ValueError("One of the names is no name for this.")
    plain = text.get_secret_value() if isinstance(text, SecretStr) else text
    if isinstance(plain, str) and (len(plain) > longest or not re.fullmatch(value_pattern, plain)):
        raise ValueError(f"The value of {name} is one line of ordinary characters, at most {longest:,}.")


_OPTIONS_SCHEMA = _describe_map(
    names={"pattern": _FIELD_NAME}, values={"type": "string", "maxLength": 500, "pattern": _OPTION}
)
_SECRETS_SCHEMA = _describe_map(
    names={"pattern": _FIELD_NAME},
    values={
        "anyOf": [
            {"type": "string", "maxLength": 1000, "pattern": _SECRET_PATTERN, "writeOnly": True},
            {"type": "null"},
        ]
    },
)
_HEADERS_SCHEMA: Json = {
    "anyOf": [
        _describe_map(
            names={"pattern": _HEADER_NAME, "not": {"pattern": _RESERVED}},
            values={"type": "string", "maxLength": 4000, "pattern": _HEADER_VALUE, "writeOnly": True},
        ),
        {"type": "null"},
    ]
}

JsonOptions = Annotated[
    Options,
    _check_map(_FIELD_NAME, _OPTION, 500),
    WithJsonSchema(_OPTIONS_SCHEMA),
    Field(description="The fields that only its type has, by name. GET /provider-types tells them."),
]
JsonSecrets = Annotated[
    dict[str, ApiKey],
    _check_map(_FIELD_NAME, _SECRET_PATTERN, 1000),
    WithJsonSchema(_SECRETS_SCHEMA),
    Field(repr=False, description="The type's secret fields. What is left out, null or blank stays as it is stored."),
]
JsonHeaders = Annotated[
    Headers | None,
    _check_map(_HEADER_NAME, _HEADER_VALUE, 4000),
    WithJsonSchema(_HEADERS_SCHEMA),
    Field(
        repr=False,
        description="Sent with every request, sealed at once and never shown again. null: those stored; {}: none.",
    ),
]
JsonPreset = Annotated[
    str,
    Field(
        max_length=31,
        pattern=r"^([a-z][a-z0-9_]{0,30})?$",
        description="The known server it is, for its usual address and dialect. GET /provider-types tells them.",
    ),
]
JsonSeconds = Annotated[Seconds | None, BeforeValidator(refuse_disguise)]
JsonLimit = BeforeValidator(refuse_disguise)


class JsonLimits(ProviderLimits):
    """What a provider is asked at most, by all runs together. null: no limit."""

    requests_per_minute: Annotated[int | None, JsonLimit] = Field(default=None, ge=1, le=1_000_000)
    tokens_per_minute: Annotated[int | None, JsonLimit] = Field(default=None, ge=1, le=10_000_000_000)
    max_concurrency: Annotated[int | None, JsonLimit] = Field(default=None, ge=1, le=10_000)


@contextmanager
def placing_misfits(find_given: Callable[[], Mapping[str, Any]]) -> Iterator[None]:  # Any: JSON
    """Say which field does not fit the type: the core judges a draft as a whole, and names none.

    `find_given` returns type, preset, options and secrets of the whole provider. Raises: InvalidInputError.
    """
    try:
        yield
    except ValidationError as error:
        problems = error.errors(include_url=False, include_context=False, include_input=False)
        if [(problem["type"], problem["loc"]) for problem in problems] != [("value_error", ())]:
            raise
        message = problems[0]["msg"].removeprefix("Value error, ")
        place = _find_misfit(find_given())
        raise InvalidInputError(message, details=[Detail(place=place, message=message)]) from None


def _find_misfit(given: Mapping[str, Any]) -> str:  # Any: JSON
    kind = find_type(given["type"])
    options = {name: value for name, value in (given.get("options") or {}).items() if value}
    plain = {one.name for one in kind.fields if not one.is_secret}
    required = {one.name for one in kind.fields if one.is_required and not one.is_secret}
    if not options.keys() <= plain:
        return "options"
    if not (given.get("secrets") or {}).keys() <= {one.name for one in kind.fields if one.is_secret}:
        return "secrets"
    return "options" if not required <= options.keys() or kind.find_fault(options) else "preset"
