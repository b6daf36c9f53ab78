"""The controls of one field: what can be said of it beside its row. Knows no Streamlit."""

from collections.abc import Iterator
from typing import Any, Final, NamedTuple

from core.tasks.builder import NOTHING, Bound, Field, FieldType
from core.tasks.drafts.constraints import ABSENT, Constraint, SettingKind, constraints_for
from core.tasks.drafts.field_types import NUMERIC, TEXTUAL
from pages.ui.builder.sent_values import LARGEST_EXACT, json_text
from pages.ui.builder.view_types import ControlKind, ControlView

_LABELS: Final = {
    "multiple_of": "Multiple of",
    "min_length": "Shortest length",
    "max_length": "Longest length",
    "pattern": "Pattern",
    "min_items": "Fewest items",
    "max_items": "Most items",
    "unique_items": "Items must differ",
    "min_properties": "Fewest fields",
    "max_properties": "Most fields",
    "allows_others": "May hold other fields",
}
_HELP: Final = {
    "pattern": "A regular expression that is looked for anywhere in the text: ^…$ stands for all of it.",
    "multiple_of": "A number above 0.",
    "min_length": "In characters.",
    "max_length": "In characters.",
}
_KINDS: Final[dict[SettingKind, ControlKind]] = {
    SettingKind.NUMBER: "number",
    SettingKind.COUNT: "count",
    SettingKind.TEXT: "text",
    SettingKind.FLAG: "flag",
}
_PLACEHOLDERS: Final = {
    FieldType.INTEGER: "42",
    FieldType.NUMBER: "2.5",
    FieldType.BOOLEAN: "true",
    FieldType.DATE: "2025-01-31",
    FieldType.DATE_TIME: "2025-01-31T09:30:00Z",
    FieldType.TIME: "09:30:00Z",
    FieldType.EMAIL: "name@example.com",
    FieldType.URL: "https://example.com",
    FieldType.ARRAY: "[]",
    FieldType.OBJECT: "{}",
}


class Shown(NamedTuple):
    """What else a section shows: the title, the description where no row does, default and examples even if blank."""

    title: bool = True
    description: bool = False
    values: bool = True


def controls_of(field: Field, shown: Shown) -> list[ControlView]:
    """Return the controls of a field, in the order the form shows them."""
    kind = field.type
    return [
        *_texts(field, shown),
        *_null(field, kind),
        *_of_type(field, kind),
        *_values(field, kind, shown),
        *_constraints(field, kind),
    ]


def _texts(field: Field, shown: Shown) -> Iterator[ControlView]:
    if not _takes_annotations(field):
        return
    if (shown.title or field.title) and _is_text(field, "title"):
        help_text = "What people see in place of the name."
        yield {"part": "title", "label": "Title", "kind": "text", "value": field.title, "help": help_text}
    if shown.description and _is_text(field, "description"):
        yield {"part": "description", "label": "Description", "kind": "lines", "value": field.description}


def _null(field: Field, kind: FieldType) -> Iterator[ControlView]:
    if kind is not FieldType.OTHER or field.shape is not field:
        yield {"part": "nullable", "label": "May be null", "kind": "flag", "value": field.nullable}


def _of_type(field: Field, kind: FieldType) -> Iterator[ControlView]:
    if kind is FieldType.CHOICE:
        entries = [
            {"text": text, "isJson": is_json, "note": note}
            for (text, is_json), note in zip(map(_choice, field.choices), field.notes, strict=True)
        ]
        yield {"part": "choices", "label": "Choices", "kind": "choices", "value": entries}
    elif kind is FieldType.CONSTANT:
        yield {"part": "constant", "label": "Value", "kind": "constant", "value": json_text(field.constant)}
    elif kind in NUMERIC:
        yield {"part": "lower", "label": "Smallest value", "kind": "bound", "value": _bound(field.lower)}
        yield {"part": "upper", "label": "Largest value", "kind": "bound", "value": _bound(field.upper)}


def _values(field: Field, kind: FieldType, shown: Shown) -> Iterator[ControlView]:
    if not _takes_annotations(field):
        return
    default, examples = field.default, field.examples
    placeholder = _PLACEHOLDERS.get(kind, "text" if kind in TEXTUAL else "")
    if shown.values or default is not NOTHING:
        text = "" if default is NOTHING else json_text(default)
        yield _with_placeholder({"part": "default", "label": "Default", "kind": "json", "value": text}, placeholder)
    is_list = isinstance(field.holder_of("examples").words.get("examples", []), list)
    if kind is not FieldType.OTHER and is_list and (shown.values or examples):
        texts = [json_text(value) for value in examples]
        yield _with_placeholder({"part": "examples", "label": "Examples", "kind": "jsons", "value": texts}, placeholder)


def _constraints(field: Field, kind: FieldType) -> Iterator[ControlView]:
    words, present = field.shape.words, field.constraints
    for one in constraints_for(kind):
        is_unreadable = one.keyword in words and one.name not in present
        if one.name in _LABELS and not is_unreadable:  # what cannot be read is kept, and shown there
            control: ControlView = {
                "part": one.name,
                "label": _LABELS[one.name],
                "kind": _KINDS[one.kind],
                "value": _setting(one, present.get(one.name)),
            }
            yield {**control, "help": _HELP[one.name]} if one.name in _HELP else control


def _setting(one: Constraint, value: object) -> object:
    if value is None:
        return ABSENT.get(one.name, "" if one.kind is SettingKind.TEXT else None)
    return _number(value) if one.kind in (SettingKind.NUMBER, SettingKind.COUNT) else value


def _bound(bound: Bound | None) -> dict[str, object]:
    value = None if bound is None else _number(bound.value)
    return {"value": value, "isExclusive": bound is not None and bound.is_exclusive}


def _number(value: object) -> object:
    """Return the number, as text where a browser would round it."""
    is_exact = isinstance(value, int | float) and abs(value) <= LARGEST_EXACT
    return value if is_exact else json_text(value)


def _choice(value: Any) -> tuple[str, bool]:  # Any: a JSON value
    return (value, False) if isinstance(value, str) else (json_text(value), True)


def _takes_annotations(field: Field) -> bool:
    return isinstance(field.keywords, dict) or field.keywords is True


def _is_text(field: Field, key: str) -> bool:
    return isinstance(field.holder_of(key).words.get(key, ""), str)


def _with_placeholder(control: ControlView, placeholder: str) -> ControlView:
    return {**control, "placeholder": placeholder} if placeholder else control
