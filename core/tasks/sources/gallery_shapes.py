"""The words that the shapes of the gallery are written in."""

from dataclasses import dataclass
from typing import Any, TypeAlias

from core.tasks.schemas.json_values import JsonObject, copy_json

Json: TypeAlias = Any  # Any: JSON of every shape


@dataclass(frozen=True)
class Template:
    """A shape to start from. `key` names it in links and tests and never changes."""

    key: str
    title: str
    purpose: str
    """What it is for, in one line."""
    response_schema: JsonObject
    example: JsonObject
    """An answer that the schema accepts."""

    def new_schema(self) -> JsonObject:
        """Return a copy of the schema, to be changed at will."""
        schema: JsonObject = copy_json(self.response_schema)
        return schema


def make_object(about: str, /, **fields: Json) -> JsonObject:
    """Return a closed object that requires all its fields."""
    return {
        "type": "object",
        "description": about,
        "properties": fields,
        "required": list(fields),
        "additionalProperties": False,
    }


def text(about: str, **more: Json) -> JsonObject:
    """Return a text with further keywords."""
    return {"type": "string", "description": about, **more}


def maybe(schema: JsonObject) -> JsonObject:
    """Return the schema, of one type, with null allowed as well."""
    return {**schema, "type": [schema["type"], "null"]}


def whole(about: str, low: int, high: int) -> JsonObject:
    """Return a whole number from `low` to `high`."""
    return {"type": "integer", "description": about, "minimum": low, "maximum": high}


def number(about: str) -> JsonObject:
    """Return a number."""
    return {"type": "number", "description": about}


def choice(about: str, *choices: str) -> JsonObject:
    """Return one of these texts."""
    return {"type": "string", "enum": list(choices), "description": about}


def list_of(items: JsonObject, about: str, **more: Json) -> JsonObject:
    """Return a list with further keywords."""
    return {"type": "array", "description": about, "items": items, **more}
