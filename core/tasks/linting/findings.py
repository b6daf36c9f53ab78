"""What the lint says of a schema, and the walk over its parts that every rule starts from."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from core.tasks.schemas.json_values import JsonObject, Loc, to_pointer
from core.tasks.schemas.schema_edits import Edit
from core.tasks.schemas.subschemas import subschemas

MAX_PLACES = 20_000
_MAX_DEPTH = 200


class Rule(StrEnum):
    """What a finding is about."""

    NO_DESCRIPTION = "no_description"
    UNUSUAL_NAME = "unusual_name"
    NAMES_COLLIDE = "names_collide"
    NEAR_DUPLICATES = "near_duplicates"
    BOUNDS_CROSS = "bounds_cross"
    VALUE_REFUSED = "value_refused"
    """A choice, a constant, a default or an example that the rest of its schema refuses."""
    REQUIRED_UNKNOWN = "required_unknown"
    EMPTY_LIST = "empty_list"
    NO_EFFECT = "no_effect"
    """A keyword that says nothing about the type it stands beside."""
    NOTHING_FITS = "nothing_fits"
    PATTERN_LENGTH = "pattern_length"
    PATTERN_UNSAFE = "pattern_unsafe"
    ROOT_NOT_OBJECT = "root_not_object"
    OPEN_OBJECT = "open_object"
    NOT_REQUIRED = "not_required"
    NO_TYPE = "no_type"
    TOO_LARGE = "too_large"
    PROVIDER_REFUSES = "provider_refuses"
    PROVIDER_IGNORES = "provider_ignores"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing to look at in a schema. `place` is a JSON pointer ("" means the whole), `message` a sentence.

    `fix` says what `apply_fix` would do, as a command like “Rename it to due_date.”; None: no fix is ready.
    """

    place: str
    rule: Rule
    message: str
    fix: str | None = None
    edits: tuple[Edit, ...] = ()


class Part(NamedTuple):
    """A schema inside the document, as an object of keywords."""

    loc: Loc
    words: JsonObject

    @property
    def field_name(self) -> str | None:
        """The name of the field it describes; None when it describes something else."""
        return str(self.loc[-1]) if len(self.loc) > 1 and self.is_field else None

    @property
    def is_field(self) -> bool:
        """Whether it stands directly in `properties` (a field may be called “properties” too)."""
        count = 0
        for step in reversed(self.loc[:-1]):
            if step != "properties":
                break
            count += 1
        return count % 2 == 1

    @property
    def title(self) -> str:
        """What to call it in a sentence."""
        if self.field_name is not None:
            return f"The field “{self.field_name}”"
        return f"The part at {to_pointer(self.loc)}" if self.loc else "The schema"


def walk(schema: object) -> Iterator[Part]:
    """Yield every object of keywords in reading order; at most 20,000, none deeper than 200 steps."""
    todo: list[tuple[Loc, object]] = [((), schema)]
    count = 0
    while todo and count < MAX_PLACES:
        loc, node = todo.pop()
        if isinstance(node, dict) and len(loc) <= _MAX_DEPTH:
            count += 1
            yield Part(loc, node)
            inner = [((*loc, *found.steps), found.schema) for found in subschemas(node, draft_07=False)]
            todo.extend(reversed(inner))


def finding(loc: Loc, rule: Rule, message: str, *, fix: str | None = None, edits: tuple[Edit, ...] = ()) -> Finding:
    """Return a finding at a path."""
    return Finding(to_pointer(loc), rule, message, fix, edits)


def holders_of(pointers: set[str]) -> set[str]:
    """Return every place that holds one of these."""
    return {pointer[:end] for pointer in pointers for end, letter in enumerate(pointer) if letter == "/"}
