"""Names the shapes of a "one of", and finds the one a value has. Knows no Streamlit."""

from collections.abc import Sequence

from core.tasks.schemas.json_equality import same_json, type_word
from core.tasks.schemas.json_values import JsonObject
from pages.ui.input.choice_names import tell_apart
from pages.ui.input.plan import Kind, Part

_WORDS = {
    Kind.TEXT: "text",
    Kind.LONG_TEXT: "text",
    Kind.INTEGER: "whole number",
    Kind.NUMBER: "number",
    Kind.DATE: "date",
    Kind.DATE_TIME: "date and time",
    Kind.TIME: "time",
    Kind.OBJECT: "object",
    Kind.LIST: "list",
    Kind.SHAPES: "one of several",
    Kind.JSON: "JSON",
}
_LISTED = 3


def name_shapes(parts: Sequence[Part], *, refs: Sequence[str]) -> list[str]:
    """Return a name for each shape: its title, the constant that tells it apart, its reference, or what it holds.

    `refs` are the last steps of the references the shapes are written as, blank for none. Names that would be the
    same are numbered.
    """
    names = [_name(part, ref) for part, ref in zip(parts, refs, strict=True)]
    numbered = [
        f"{name} ({names[:place].count(name) + 1})" if names.count(name) > 1 else name
        for place, name in enumerate(names)
    ]
    return tell_apart(numbered)


def closest(parts: Sequence[Part], value: object) -> int | None:
    """Return the index of the shape that a value has most in common with; None when it has the type of none."""
    scores = [_closeness(part, value) for part in parts]
    best = max(scores, default=-1)
    return scores.index(best) if best >= 0 else None


def _name(part: Part, ref: str) -> str:
    title = part.words.get("title")
    if isinstance(title, str) and title.strip():
        return title
    constants = [str(words["const"]) for words in _fields(part).values() if "const" in words]
    if constants:
        return ", ".join(constants[:_LISTED])
    if part.kind is Kind.CONSTANT:
        return "null" if part.words["const"] is None else str(part.words["const"])
    if part.kind is Kind.CHOICE:
        is_flag = all(value is None or isinstance(value, bool) for value in part.choices)
        return "yes or no" if is_flag else " / ".join(str(value) for value in part.choices[:_LISTED])
    fields = list(_fields(part))
    return ref or (", ".join(fields[:_LISTED]) if fields else _WORDS[part.kind])


def _fields(part: Part) -> dict[str, JsonObject]:
    properties = part.words.get("properties") if part.kind is Kind.OBJECT else None
    return {name: words for name, words in (properties or {}).items() if isinstance(words, dict)}


def _closeness(part: Part, value: object) -> int:
    if value is None and part.takes_null:
        return 1
    if part.kind is Kind.OBJECT:
        return _closeness_of_object(part, value) if isinstance(value, dict) else -1
    if part.kind is Kind.CONSTANT:
        return 5 if same_json(part.words["const"], value) else -1
    if part.kind is Kind.CHOICE:
        return 5 if any(same_json(choice, value) for choice in part.choices) else -1
    return _closeness_of_type(part, value)


def _closeness_of_object(part: Part, value: JsonObject) -> int:
    fields = _fields(part)
    score = 0
    for name, words in fields.items():
        if "const" in words and name in value:
            if not same_json(words["const"], value[name]):
                return -1
            score += 100
    required = part.words.get("required", [])
    score += sum(10 if name in value else -10 for name in required)
    score += sum(1 if name in fields else -1 for name in value)
    return max(score, 0)


def _closeness_of_type(part: Part, value: object) -> int:
    word = type_word(value)
    wanted = {
        Kind.INTEGER: ("integer",),
        Kind.NUMBER: ("number", "integer"),
        Kind.LIST: ("array",),
    }.get(part.kind)
    if wanted is not None:
        return 3 - wanted.index(word) if word in wanted else -1
    if part.kind in (Kind.JSON, Kind.SHAPES):
        return 0
    return 2 if word == "string" else -1
