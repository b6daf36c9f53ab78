"""Advice on a schema being edited: what the lint finds, sorted for people, and its fixes. Knows no Streamlit."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

from core.errors import InvalidInputError
from core.tasks.builder import ITEM, Path, SchemaDraft, from_json_schema
from core.tasks.lint import Finding, Rule, apply_fix, lint
from core.tasks.schemas.json_values import JsonSchema, to_pointer
from pages.ui.builder.previews import written

_KEPT: Final = 16
_MAX_PASSES: Final = 10
TITLES: Final[Mapping[Rule, str]] = {
    Rule.NO_DESCRIPTION: "No description",
    Rule.UNUSUAL_NAME: "Unusual names",
    Rule.NAMES_COLLIDE: "Names alike",
    Rule.NEAR_DUPLICATES: "Choices alike",
    Rule.BOUNDS_CROSS: "Limits that cross",
    Rule.VALUE_REFUSED: "Values that do not fit",
    Rule.REQUIRED_UNKNOWN: "Required, but no field",
    Rule.EMPTY_LIST: "Empty lists",
    Rule.NO_EFFECT: "Without effect",
    Rule.NOTHING_FITS: "Nothing fits",
    Rule.PATTERN_LENGTH: "Pattern against length",
    Rule.PATTERN_UNSAFE: "Slow patterns",
    Rule.ROOT_NOT_OBJECT: "The root",
    Rule.OPEN_OBJECT: "Other fields allowed",
    Rule.NOT_REQUIRED: "Not required",
    Rule.NO_TYPE: "No type",
    Rule.TOO_LARGE: "Too large",
    Rule.PROVIDER_REFUSES: "Refused by the provider",
    Rule.PROVIDER_IGNORES: "Ignored by the provider",
}
# Their fixes take nothing away that says anything, and none of them gets in the way of another.
_FIXED_TOGETHER: Final = frozenset(
    {
        Rule.NO_DESCRIPTION,
        Rule.UNUSUAL_NAME,
        Rule.NO_EFFECT,
        Rule.EMPTY_LIST,
        Rule.OPEN_OBJECT,
        Rule.NOT_REQUIRED,
    }
)
# Keywords behind which a name follows, those behind which items are described, and those that hold plain values.
_NAMING: Final = frozenset({"properties", "patternProperties", "dependentSchemas", "$defs", "definitions"})
_ITEMS: Final = frozenset({"items", "prefixItems", "additionalItems", "contains", "unevaluatedItems"})
_VALUES: Final = frozenset({"enum", "const", "default", "examples", "required"})


@dataclass(frozen=True, slots=True)
class Group:
    """The findings of one rule, in reading order."""

    rule: Rule
    findings: tuple[Finding, ...]

    @property
    def title(self) -> str:
        return TITLES[self.rule]

    @property
    def can_fix_all(self) -> bool:
        """Whether there are several to fix, and fixing them at once is safe."""
        return self.rule in _FIXED_TOGETHER and sum(one.fix is not None for one in self.findings) > 1


def find_advice(schema: JsonSchema, *, dialect: str | None) -> tuple[Finding, ...]:
    """Return what the lint finds; kept by the text of the schema, since the panel asks again after every click."""
    return _lint(written(schema), dialect)


def grouped(findings: tuple[Finding, ...]) -> list[Group]:
    """Return the findings by rule, the rule that comes first in the schema first."""
    rules = dict.fromkeys(one.rule for one in findings)
    return [Group(rule, tuple(one for one in findings if one.rule is rule)) for rule in rules]


def may_fix(draft: SchemaDraft) -> bool:
    """Say whether a fix keeps all of the draft: of fields with the same name JSON holds only one."""
    return len(list(from_json_schema(draft.to_json_schema()).walk())) == len(list(draft.walk()))


def fix_all(schema: JsonSchema, *, rule: Rule, dialect: str | None) -> Any:  # Any: a JSON Schema
    """Return the schema with every fix of a rule made, looked at anew until none is left or none can be made."""
    for _ in range(_MAX_PASSES):
        before = schema
        for one in find_advice(schema, dialect=dialect):
            if one.rule is rule and one.fix is not None:
                schema = _fixed(schema, one)
        if schema is before:
            break
    return schema


def place_of(pointer: str) -> str:
    """Return a place in a schema by the names of its fields, `lines[].amount`; blank for the whole."""
    steps = [part.replace("~1", "/").replace("~0", "~") for part in pointer.split("/")[1:]]
    path = ""
    while steps:
        step = steps.pop(0)
        if step in _NAMING and steps:
            path += f".{steps.pop(0)}"
        elif step in _ITEMS:
            path += "[]"
        elif step in _VALUES:
            break
    return path.removeprefix(".")


def shown_paths(draft: SchemaDraft) -> dict[str, Path]:
    """Return, by JSON pointer, the path of the field in whose details each place stands."""
    paths: dict[str, Path] = {}
    for path, loc, _ in draft.places():
        while path and path[-1] == ITEM:  # what a list holds stands in the list's own details
            path = path[:-1]
        paths[to_pointer(loc)] = path
    return paths


def nearest(paths: Mapping[str, Path], pointer: str) -> Path:
    """Return the path of the field that a pointer leads to or into; () when it is about the whole."""
    while pointer and pointer not in paths:
        pointer = pointer.rpartition("/")[0]
    return paths.get(pointer, ())


def _fixed(schema: JsonSchema, finding: Finding) -> Any:  # Any: a JSON Schema
    """Return the schema with a fix made; the very same where a fix before it moved what this one is about."""
    try:
        return apply_fix(schema, finding)
    except InvalidInputError:
        return schema


@lru_cache(maxsize=_KEPT)
def _lint(text: str, dialect: str | None) -> tuple[Finding, ...]:
    return tuple(lint(json.loads(text), dialect=dialect))
