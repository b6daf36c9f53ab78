"""What a schema looks like elsewhere: as JSON, as Python, as an example. Knows no Streamlit.

Each is kept by the text of the schema, since the panel is drawn again after every click in the builder.
"""

import json
from dataclasses import dataclass
from functools import lru_cache

from core.errors import InvalidInputError, InvalidSchemaError
from core.tasks.judge import check
from core.tasks.python_code.pydantic_code import pydantic_code
from core.tasks.schema_rules import check_schema
from core.tasks.schemas.example_values import example_value
from core.tasks.schemas.json_values import JsonSchema

_KEPT = 16


@dataclass(frozen=True, slots=True)
class Preview:
    """A text made from a schema, or why there is none."""

    text: str = ""
    error: InvalidInputError | None = None


def plain_text(text: str) -> str:
    """Return the text without halves of characters, which JSON can spell and no browser can be sent."""
    return text if text.isascii() else text.encode(errors="replace").decode()


def written(value: object) -> str:
    """Return a schema or a value as indented JSON."""
    return json.dumps(value, indent=2, ensure_ascii=False)


def python_of(schema: JsonSchema, *, name: str) -> Preview:
    """Return the schema as Pydantic models, the outermost called after `name`."""
    return _python(written(schema), name)


def example_of(schema: JsonSchema) -> Preview:
    """Return a value that fits the schema, as JSON."""
    return _example(written(schema))


@lru_cache(maxsize=_KEPT)
def _python(text: str, name: str) -> Preview:
    try:
        return Preview(pydantic_code(json.loads(text), name=name))
    except InvalidSchemaError as error:
        return Preview(error=_kept(error))


@lru_cache(maxsize=_KEPT)
def _example(text: str) -> Preview:
    schema = json.loads(text)
    try:
        check_schema(schema)
        value = example_value(schema)
        if not check(schema, value):
            return Preview(written(value))
    except InvalidSchemaError as error:
        return Preview(error=_kept(error))
    hint = "Give the fields an example or a default. Values are judged by the schema all the same."
    return Preview(error=InvalidInputError("No example that fits was found.", hint=hint))


def _kept(error: InvalidSchemaError) -> InvalidSchemaError:
    """Return the error anew: one that was raised holds on to everything that was computed where it was."""
    return InvalidSchemaError(error.message, hint=error.hint, details=error.details)
