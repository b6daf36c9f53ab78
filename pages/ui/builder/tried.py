"""Judges the value that is tried against a schema being edited. Knows no Streamlit."""

import json
from dataclasses import dataclass, replace
from typing import Any, Final

from core.errors import InvalidInputError, InvalidSchemaError
from core.tasks.builder import SchemaDraft
from core.tasks.drafts.value_places import path_of_value
from core.tasks.judge import FieldError, check
from core.tasks.mending import Mend, mend
from core.tasks.schema_rules import check_schema
from core.tasks.schemas.json_values import JsonSchema, Loc
from core.tasks.schemas.strict_json import strict_decoder
from pages.ui.builder.form_state import Mark

MAX_CHARACTERS: Final = 1024 * 1024
# Mending judges many times over, and each edit of the schema waits for it: a megabyte would take seconds.
_MENDED_CHARACTERS: Final = 50_000
_WITHOUT_VALUE: Final = frozenset({"required", "dependentRequired", "json"})
# What Python's reader says, as its text begins, and what a person is told instead.
_SYNTAX: Final = (
    ("Expecting ',' delimiter", "a comma or a closing bracket is missing"),
    ("Expecting ':' delimiter", "a colon is missing after the name"),
    ("Expecting property name", "a name in double quotes is missing"),
    ("Expecting value", "a value is expected; texts stand in double quotes"),
    ("Illegal trailing comma", "no comma may stand before a closing bracket"),
    ("Extra data", "something follows after the end of the value"),
    ("Unterminated string", "the text that begins here has no double quote at its end"),
    ("Invalid control character", "a text holds a line break or a tab; write it as \\n or \\t"),
    ("Invalid \\", "a backslash stands before a letter that needs none; write \\\\ for the backslash itself"),
)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What came of trying a value: nothing to say means that it fits.

    `problem` is why it could not be judged, `errors` are what the schema refuses in it, `mends` what a run would mend
    so that it fits after all (looked at for texts of up to 50,000 characters).
    """

    problem: InvalidInputError | None = None
    errors: tuple[FieldError, ...] = ()
    mends: tuple[Mend, ...] = ()

    @property
    def is_valid(self) -> bool:
        return self.problem is None and not self.errors


@dataclass(frozen=True, slots=True)
class Trial:
    """The text of the value being tried, and the verdict on it, which is of the draft `judged` and no other.

    `set_aside` is what had been typed when the example took its place; `round` is part of the text area's key.
    """

    text: str = ""
    set_aside: str = ""
    round: int = 0
    judged: SchemaDraft | None = None
    verdict: Verdict | None = None

    def typed(self, text: str) -> "Trial":
        """Return it with another text, which is not judged yet."""
        return self if text == self.text else replace(self, text=text, judged=None, verdict=None)

    def filled(self, text: str) -> "Trial":
        """Return it with another text that nobody typed; what stood there can be put back."""
        if text == self.text:
            return self
        return replace(self.typed(text), set_aside=self.text if self.text.strip() else "", round=self.round + 1)

    def settled(self, draft: SchemaDraft) -> "Trial":
        """Return it with the verdict of this draft; the very same trial when it has it already."""
        if not self.text.strip():
            return replace(self, judged=None, verdict=None) if self.verdict is not None else self
        if self.judged is draft:
            return self
        return replace(self, judged=draft, verdict=judge_text(draft.without_unnamed().to_json_schema(), self.text))


def judge_text(schema: JsonSchema, text: str) -> Verdict:
    """Return what the schema says of a value written as JSON. Takes bounded time, whatever the two are."""
    try:
        check_schema(schema)
        value = read_value(text)
    except InvalidSchemaError as error:
        return Verdict(error)
    except InvalidInputError as error:
        return Verdict(error, mends=_mends(schema, text) if len(text) <= _MENDED_CHARACTERS else ())
    errors = tuple(check(schema, value))
    is_mended = bool(errors) and len(text) <= _MENDED_CHARACTERS
    return Verdict(errors=errors, mends=_mends(schema, value) if is_mended else ())


def read_value(text: str) -> Any:  # Any: JSON of whatever shape
    """Read a JSON value strictly. Raises: InvalidInputError: with line and column where it is no JSON."""
    if len(text) > MAX_CHARACTERS:
        raise InvalidInputError(f"The value is longer than {MAX_CHARACTERS:,} characters.")
    try:
        return strict_decoder(InvalidInputError).decode(text.removeprefix("\ufeff"))
    except json.JSONDecodeError as error:
        said = next((words for start, words in _SYNTAX if error.msg.startswith(start)), "it cannot be read")
        place = f"line {error.lineno}, column {error.colno}"
        raise InvalidInputError(f"This is not JSON yet: at {place}, {said}.") from error
    except RecursionError as error:
        raise InvalidInputError("The JSON is nested too deep to read.") from error
    except ValueError as error:
        raise InvalidInputError("A number in the JSON is too long to read.") from error


def marks_of(draft: SchemaDraft, trial: Trial) -> tuple[Mark, ...]:
    """Return the errors of a trial at the fields of the form."""
    errors = trial.verdict.errors if trial.verdict is not None else ()
    return tuple(Mark(path_of_value(draft, error.loc), _mark_text(error)) for error in errors)


def dotted(loc: Loc) -> str:
    """Return a place in a value as people read it: `lines[0].amount`; `The value` for the whole."""
    text = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in loc)
    return text.removeprefix(".") or "The value"


def offending(error: FieldError) -> str:
    """Return the value that was refused, on one short line; blank where it is one that is missing."""
    return "" if error.keyword in _WITHOUT_VALUE else error.shown


def _mends(schema: JsonSchema, answer: Any) -> tuple[Mend, ...]:  # Any: JSON, or text that is none
    """Return what a run would mend, if that makes it fit."""
    mended = mend(schema, answer)
    return mended.mends if mended.mends and not check(schema, mended.value) else ()


def _mark_text(error: FieldError) -> str:
    is_in_list = any(isinstance(step, int) for step in error.loc)
    return f"{dotted(error.loc)}: {error.message}" if is_in_list else error.message
