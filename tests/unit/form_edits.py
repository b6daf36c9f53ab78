"""Forms to edit in tests, and edits as a browser sends them."""

import json
from random import Random
from typing import Any

from core.tasks.builder import FieldType, Path, SchemaDraft, from_json_schema
from core.tasks.drafts.history import DraftHistory
from pages.ui.builder.edits import apply_edits
from pages.ui.builder.form_state import FormState
from tests.unit.random_schemas import make_value

Json = Any  # Any: tests handle arbitrary JSON

PARTS = [
    *("name", "type", "required", "nullable", "title", "description", "default", "constant", "examples", "choices"),
    *("target", "lower", "upper", "multiple_of", "min_length", "pattern", "min_items", "unique_items", "allows_others"),
]
GARBAGE: list[Json] = [None, True, -1, 2.5, "", "x", [], [None], {}, {"a": 1}, "\ud800", float("nan"), 10**5000]

TEXT = {"type": "string"}


def make_form(schema: Json, **values: Json) -> FormState:
    return FormState(DraftHistory(from_json_schema(schema)), **values)


def sent(form: FormState, *edits: Json) -> FormState:
    """Return the form after edits that are numbered on from the last one."""
    return apply_edits(form, [{"n": form.applied + count, **edit} for count, edit in enumerate(edits, start=1)])


def text(draft: SchemaDraft) -> str:
    return json.dumps(draft.to_json_schema(), ensure_ascii=False)


def make_edit(rng: Random, draft: SchemaDraft) -> Json:
    """Return some edit, mostly one that makes sense."""
    do = rng.choice([*("change", "add", "put") * 3, *("remove", "duplicate", "move", "into", "out"), "other"])
    path = _some_path(rng, draft)
    match do:
        case "change":
            part = rng.choice(PARTS)
            return {"do": do, "path": path, "part": part, "value": _some_value(rng, part)}
        case "add":
            kind = rng.choice([None, *(kind.value for kind in FieldType)])
            return {"do": do, "parent": path, "index": rng.choice([None, 0, 1, 9]), "type": kind}
        case "put":
            return {"do": do, "path": path, "parent": _some_path(rng, draft)[:-1], "index": rng.randrange(4)}
        case "move":
            return {"do": do, "path": path, "by": rng.choice([-1, 1, 5])}
        case "other":
            return _other_edit(rng, path)
    return {"do": do, "path": path}


def _some_path(rng: Random, draft: SchemaDraft) -> list[str | int]:
    odd: list[Path] = [(), (), ("$defs",), (7, "[]")]
    paths = [path for path, _ in draft.walk()]
    return list(rng.choice(odd if not paths or rng.random() < 0.1 else paths))


def _some_value(rng: Random, part: str) -> Json:
    if rng.random() < 0.15:
        return rng.choice(GARBAGE)
    match part:
        case "type":
            return rng.choice(list(FieldType)).value
        case "required" | "nullable" | "unique_items" | "allows_others":
            return rng.random() < 0.5
        case "examples":
            return [_json(rng), "a", ""]
        case "choices":
            return [{"text": rng.choice("ab"), "note": rng.choice(["", "n"])}, {"text": _json(rng), "isJson": True}]
        case "lower" | "upper":
            return {"value": rng.choice([None, 3, 2.5, "7"]), "isExclusive": rng.random() < 0.5}
        case "multiple_of" | "min_length" | "min_items":
            return rng.choice([None, 0, 2, 3.0, 2.5, "4"])
        case "default" | "constant":
            return rng.choice([_json(rng), "a", "", "[1"])
    return rng.choice(["a", "b", "c", "", "node"])


def _json(rng: Random) -> str:
    return json.dumps(make_value(rng))


def _other_edit(rng: Random, path: list[str | int]) -> Json:
    return rng.choice(
        [
            {"do": "extract", "path": path, "name": rng.choice(["a", "node", ""])},
            {"do": "inline", "path": path},
            {"do": "addDefinition", "name": rng.choice(["a", "node"])},
            {"do": "removeUnused"},
            {"do": "undo"},
            {"do": "redo"},
            {"do": "select", "path": rng.choice([path, None])},
            {"do": "search", "words": rng.choice(["a", "string", ""])},
            {"do": rng.choice(GARBAGE), "path": rng.choice(GARBAGE)},
        ]
    )


def an_object(**properties: Json) -> Json:
    return {"type": "object", "properties": properties, "required": list(properties)}


SCHEMA = {
    **an_object(
        qty={"type": "integer"},
        name=TEXT,
        kind={"type": "string", "enum": ["a", "b"]},
        address=an_object(city=TEXT, zip=TEXT),
        lines={"type": "array", "items": an_object(sku=TEXT, tax={"type": "number"})},
        shape={"anyOf": [TEXT, {"type": "integer"}]},
        next={"$ref": "#/$defs/node"},
        state={"const": "on", "type": "string"},
    ),
    "$defs": {"node": an_object(label=TEXT), "spare": TEXT},
}
QTY, NAME, KIND, ADDRESS, LINES, SHAPE, NEXT, STATE = ([index] for index in range(8))


def a_form(**values: Json) -> FormState:
    return make_form(SCHEMA, **values)


def change(path: list[Json], part: str, value: Json) -> Json:
    return {"do": "change", "path": path, "part": part, "value": value}


def at(form: FormState, path: list[Json]) -> Json:
    return form.draft.get_field(tuple(path)).to_json_schema()


def names(form: FormState, *path: Json) -> list[str]:
    return [field.name for field in form.draft.get_field(path).children]
