"""Compiling a JSON Schema into a validator that cannot be made to hang, fetch or read anything."""

from collections.abc import Mapping
from typing import Any

import jsonschema_rs
from jsonschema_rs import Draft7Validator, Draft202012Validator, RegexOptions, Validator

from core.errors import Detail, InvalidSchemaError
from core.tasks.schemas.json_values import JsonSchema

DRAFT_2020 = "https://json-schema.org/draft/2020-12/schema"
DRAFT_07 = "http://json-schema.org/draft-07/schema"
_DRAFT_07_SPELLINGS = frozenset({DRAFT_07, "https://json-schema.org/draft-07/schema"})

# Linear-time matching; the limits keep one compiled pattern small (bytes).
_REGEX = RegexOptions(size_limit=512 * 1024, dfa_size_limit=256 * 1024)
_SAFE: Mapping[str, Any] = {  # Any: keyword arguments of differing types
    "validate_formats": True,
    "offline": True,
    "pattern_options": _REGEX,
}
_METASCHEMAS: dict[bool, Validator] = {
    True: Draft7Validator({"$ref": DRAFT_07 + "#"}, **_SAFE),
    False: Draft202012Validator({"$ref": DRAFT_2020}, **_SAFE),
}


def is_draft_07(schema: object) -> bool:
    """Say whether the schema asks for draft-07 rules; everything else is judged by 2020-12."""
    if not isinstance(schema, dict):
        return False
    named = schema.get("$schema")
    return isinstance(named, str) and named.rstrip("#") in _DRAFT_07_SPELLINGS


def knows_draft(schema: JsonSchema) -> bool:
    """Say whether `$schema` is absent or one of the two drafts understood here."""
    if isinstance(schema, bool) or "$schema" not in schema:
        return True
    named = schema["$schema"]
    return isinstance(named, str) and (named.rstrip("#") == DRAFT_2020 or is_draft_07(schema))


def compile_validator(schema: JsonSchema, *, checks_formats: bool = True) -> Validator:
    """Compile for validation: no fetching, linear-time patterns. Raises: InvalidSchemaError.

    Without `checks_formats`, a `format` is a note that refuses nothing, as 2020-12 has it where nobody chose.
    """
    draft = Draft7Validator if is_draft_07(schema) else Draft202012Validator
    try:
        return draft(schema, **{**_SAFE, "validate_formats": checks_formats})
    except jsonschema_rs.ValidationError as error:
        place = "".join(f"/{step}" for step in error.instance_path)
        raise _unusable(place, error.message) from error
    except (ValueError, jsonschema_rs.ReferencingError) as error:
        raise _unusable("", str(error)) from error


def metaschema_for(schema: JsonSchema) -> Validator:
    """Return the validator of schemas themselves, for the draft this schema asks for."""
    return _METASCHEMAS[is_draft_07(schema)]


def pattern_compiles(pattern: str) -> bool:
    """Say whether the linear-time engine takes the pattern, within its size limit."""
    try:
        Draft202012Validator({"pattern": pattern}, **_SAFE)
    except ValueError:
        return False
    return True


def _unusable(place: str, reason: str) -> InvalidSchemaError:
    reason = reason.splitlines()[0][:300] if reason else "it cannot be compiled"
    where = f"At {place}" if place else "As a whole"
    return InvalidSchemaError(
        f"The schema cannot be used. {where}: {reason}.", details=[Detail(place=place, message=reason)]
    )
