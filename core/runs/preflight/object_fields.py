"""The fields of an input or an answer at the top and inside, read from its schema. Looks at 500 parts at most."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from core.runs.preflight.nearness import look
from core.tasks.drafts.local_references import split_reference
from core.tasks.schemas.json_values import JsonObject, Loc, to_pointer

_MAX_PARTS = 500
_ALTERNATIVES = ("allOf", "anyOf", "oneOf")


@dataclass
class ObjectFields:
    """What is known of an object before there is one."""

    pointers: dict[str, str] = field(default_factory=dict)
    """Of each field at the top, where its schema stands."""
    required: set[str] = field(default_factory=set)
    is_open: bool = True
    """Whether it may have other fields."""
    inner: dict[str, str] = field(default_factory=dict)
    """Of each name further inside, the field at the top it lies in."""

    looks: set[str] = field(default_factory=set)
    """The names at the top, without case and signs."""


def read_object_fields(schema: JsonObject) -> ObjectFields:
    """Return the fields of the object a schema describes."""
    found = ObjectFields()
    children: list[tuple[str, Loc, object]] = []
    for loc, words, is_certain in _same_object(schema, (), schema):
        names = words.get("properties")
        for name, inner in names.items() if isinstance(names, dict) else ():
            place = (*loc, "properties", name)
            found.pointers.setdefault(name, to_pointer(place))
            children.append((name, place, inner))
        required = words.get("required")
        if is_certain and isinstance(required, list):
            found.required.update(name for name in required if isinstance(name, str))
        if words.get("additionalProperties", True) is False or words.get("unevaluatedProperties", True) is False:
            found.is_open = False
    found.looks.update(map(look, found.pointers))
    _add_inner(found, schema, children)
    return found


def _add_inner(found: ObjectFields, document: JsonObject, children: list[tuple[str, Loc, object]]) -> None:
    todo, count = list(reversed(children)), 0
    while todo and count < _MAX_PARTS:
        top, loc, schema = todo.pop()
        for place, words, _ in _same_object(schema, loc, document):
            count += 1
            names = words.get("properties")
            for name, inner in names.items() if isinstance(names, dict) else ():
                found.inner.setdefault(name, top)
                if len(place) < 40:
                    todo.append((top, (*place, "properties", name), inner))
            if isinstance(words.get("items"), dict) and len(place) < 40:
                todo.append((top, (*place, "items"), words["items"]))


def _same_object(schema: object, loc: Loc, document: JsonObject) -> Iterator[tuple[Loc, JsonObject, bool]]:
    """Yield the schemas that judge one value: itself, what it refers to, and its alternatives, which are uncertain."""
    todo: list[tuple[Loc, object, bool]] = [(loc, schema, True)]
    seen: set[int] = set()
    while todo and len(seen) < _MAX_PARTS:
        place, node, is_certain = todo.pop()
        if not isinstance(node, dict) or id(node) in seen:
            continue
        seen.add(id(node))
        yield place, node, is_certain
        reference = node.get("$ref")
        steps = split_reference(reference) if isinstance(reference, str) else None
        if steps is not None:
            todo.append((steps, _follow(document, steps), is_certain))
        for key in _ALTERNATIVES:
            held = node.get(key)
            for index, inner in enumerate(held if isinstance(held, list) else ()):
                todo.append(((*place, key, index), inner, is_certain and key == "allOf"))


def _follow(document: object, steps: Loc) -> object:
    node = document
    for step in steps:
        if isinstance(node, dict):
            node = node.get(step)
        elif isinstance(node, list) and str(step).isdecimal() and int(step) < len(node):
            node = node[int(step)]
        else:
            return None
    return node
