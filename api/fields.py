"""Types of fields that take exactly what the OpenAPI document says: no text for numbers, no numbers for flags.

Names and texts go through the core's own checks as well; what stands here is what JSON and addresses add to them.
"""

import re
from typing import Annotated, Any
from uuid import UUID

from pydantic import AfterValidator, BeforeValidator, Field, Strict, WithJsonSchema

from core.agents.records import Description as AgentDescription
from core.agents.records import MaxTokens, ModelName, PromptTemplate, Retries, SystemPrompt, Temperature
from core.names import Name, PlainText
from core.providers.base_urls import clean_base_url
from core.providers.model_lists import MAX_MODEL_NAME_CHARACTERS, is_usable_name
from core.providers.records import ApiKey
from core.tasks.records import Description as TaskDescription

_PRINTABLE = r"\p{L}\p{M}\p{N}\p{P}\p{S}"
NAME_PATTERN = rf"^ *[{_PRINTABLE}][{_PRINTABLE} ]*$"
_BLANK_OR_NAME_PATTERN = rf"^[{_PRINTABLE} ]*$"
# Some tools take a whole block of Unicode for marks; the last of it are no characters at all.
NO_NAME = {"pattern": r"[\u20f1-\u20ff]"}
# What must not be in a text, rather than what must: a pattern for all of a long text takes tools seconds to read.
STORABLE: dict[str, Any] = {"not": {"pattern": r"\u0000"}}  # Any: JSON Schema
REQUIRED_TEXT: dict[str, Any] = {  # Any: as above
    "minLength": 1,
    "not": {"pattern": r"\u0000|^[\s\u001c-\u001f\u0085\ufeff]*$"},
}
_KEY_PATTERN = r"^([!-~]*[0-9A-Za-z][!-~]*)?$"
_LABEL = r"[A-Za-z]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_FIRST_BYTE = r"([1-9]|[1-9][0-9]|1[0-5][0-9]|16[0-8]|1[7-9][0-9]|2[01][0-9]|22[0-3])"
_BYTE = r"([0-9]|[1-9][0-9]|1[0-9][0-9]|2[0-4][0-9]|25[0-5])"
_PORT = r"([1-9][0-9]{0,3}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5])"
_HOST = rf"(([A-Za-z0-9]([A-Za-z0-9_-]{{0,61}}[A-Za-z0-9])?\.)*{_LABEL}|{_FIRST_BYTE}(\.{_BYTE}){{3}}|\[::1\])"
_ADDRESS_PATTERN = rf"^(https?://{_HOST}(:{_PORT})?(/[A-Za-z0-9._~-]+)*/?)?$"
_MAX_NAME_CHARACTERS = 120
_MAX_KEY_CHARACTERS = 1000
_MAX_NOTE_CHARACTERS = 2000
_KEY_SCHEMA = {
    "anyOf": [
        {"type": "string", "maxLength": _MAX_KEY_CHARACTERS, "pattern": _KEY_PATTERN, "writeOnly": True},
        {"type": "null"},
    ]
}
_UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_WHOLE = re.compile(r"-?\d{1,18}", re.ASCII)
_NUMBER = re.compile(r"-?\d{1,18}(\.\d{1,400})?([eE][+-]?\d{1,3})?", re.ASCII)


def _read_uuid(value: object) -> object:
    if isinstance(value, str) and not _UUID.fullmatch(value):
        raise ValueError("An id looks like 1b4e28ba-2fa1-4d3b-a3f5-ef19b5a7633b.")
    return value


def read_whole(value: object) -> object:
    """Let pass what is written as a whole number, and nothing that Python would only take for one."""
    if isinstance(value, str) and not _WHOLE.fullmatch(value):
        raise ValueError("This is not a whole number.")
    return value


def read_number(value: object) -> object:
    """Let pass what is written as a number."""
    if isinstance(value, str) and not _NUMBER.fullmatch(value):
        raise ValueError("This is not a number.")
    return value


def _read_flag(value: object) -> object:
    if isinstance(value, str) and value not in ("true", "false"):
        raise ValueError("Write true or false.")
    return value


def refuse_disguise(value: object) -> object:
    """Refuse text and flags, which Python would take for numbers."""
    if isinstance(value, str | bool):
        raise ValueError("This is not a number.")
    return value


def _check_one_line(value: object) -> object:
    if not isinstance(value, str):
        return value
    if any(character.isspace() and character != " " for character in value):
        raise ValueError("A name stands on one line, without tabs.")
    if len(value) > _MAX_NAME_CHARACTERS:
        raise ValueError(f"A name has at most {_MAX_NAME_CHARACTERS} characters; this one has {len(value)}.")
    return value


def _check_address(value: str) -> str:
    # The built-in model has no address and ignores it, but what is no address is a mistake there too.
    return value and clean_base_url(value, provider_type="compatible") and value


def _check_listed_name(value: object) -> object:
    if isinstance(value, str) and not is_usable_name(value):
        raise ValueError(
            f"The name of a model is one line of at most {MAX_MODEL_NAME_CHARACTERS} characters, without tabs."
        )
    return value


def _check_filled(value: str) -> str:
    if not value:
        raise ValueError("Write the name of a model.")
    return value


def _check_key(value: object) -> object:
    if isinstance(value, str) and (len(value) > _MAX_KEY_CHARACTERS or not re.fullmatch(_KEY_PATTERN, value)):
        raise ValueError("A key is one piece of ASCII text without spaces, with a letter or a digit in it.")
    return value


def _says(**schema: Any) -> Any:  # Any: JSON Schema goes in, a field's metadata comes out
    return Field(json_schema_extra=schema)


# From addresses, where everything is text.
IdInPath = Annotated[UUID, BeforeValidator(_read_uuid)]
Flag = Annotated[bool, BeforeValidator(_read_flag)]
NameOfModel = Annotated[
    str,
    BeforeValidator(_check_listed_name),
    AfterValidator(str.strip),
    _says(maxLength=MAX_MODEL_NAME_CHARACTERS, pattern=_BLANK_OR_NAME_PATTERN, **{"not": NO_NAME}),
]

# From JSON bodies.
JsonId = Annotated[UUID, BeforeValidator(_read_uuid)]
JsonFlag = Annotated[bool, Strict()]
JsonName = Annotated[
    Name,
    BeforeValidator(_check_one_line),
    _says(minLength=1, maxLength=_MAX_NAME_CHARACTERS, pattern=NAME_PATTERN, **{"not": NO_NAME}),
]
JsonAgentDescription = Annotated[AgentDescription, _says(**STORABLE)]
JsonTaskDescription = Annotated[TaskDescription, _says(**STORABLE)]
JsonModelName = Annotated[ModelName, _says(**REQUIRED_TEXT)]
JsonListedName = Annotated[
    str,
    BeforeValidator(_check_listed_name),
    AfterValidator(str.strip),
    AfterValidator(_check_filled),
    _says(minLength=1, maxLength=MAX_MODEL_NAME_CHARACTERS, pattern=NAME_PATTERN, **{"not": NO_NAME}),
]
JsonSystemPrompt = Annotated[SystemPrompt, _says(**REQUIRED_TEXT)]
JsonPromptTemplate = Annotated[PromptTemplate, _says(**STORABLE)]
JsonTemperature = Annotated[Temperature, BeforeValidator(refuse_disguise)]
JsonMaxTokens = Annotated[MaxTokens, BeforeValidator(refuse_disguise)]
JsonRetries = Annotated[Retries, BeforeValidator(refuse_disguise)]
JsonNote = Annotated[PlainText, Field(max_length=_MAX_NOTE_CHARACTERS), AfterValidator(str.strip), _says(**STORABLE)]
JsonAddress = Annotated[PlainText, AfterValidator(_check_address), _says(maxLength=500, pattern=_ADDRESS_PATTERN)]
JsonKey = Annotated[ApiKey, BeforeValidator(_check_key), WithJsonSchema(_KEY_SCHEMA), Field(repr=False)]
