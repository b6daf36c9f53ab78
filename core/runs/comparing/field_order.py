"""In which order a schema names the fields of an object. Looks at 500 parts for one place at most."""

from collections import deque
from collections.abc import Iterator, Sequence

from core.tasks.drafts.local_references import split_reference
from core.tasks.schemas.json_values import JsonObject, Loc

_MAX_PARTS = 500
_ALTERNATIVES = ("allOf", "anyOf", "oneOf")

Schemas = Sequence[object]
"""Those that may judge one value: several where there are alternatives."""


def list_fields(schemas: Schemas, *, root: JsonObject) -> dict[str, list[object]]:
    """Return the fields of an object in the order they are named, each with the schemas of its values."""
    found: dict[str, list[object]] = {}
    for words in _same_value(schemas, root):
        named = words.get("properties")
        for name, inner in named.items() if isinstance(named, dict) else ():
            found.setdefault(name, []).append(inner)
    return found


def list_items(schemas: Schemas, *, root: JsonObject) -> list[object]:
    """Return the schemas of the items of a list."""
    items: list[object] = []
    for words in _same_value(schemas, root):
        first = words.get("prefixItems")
        items += [*(first if isinstance(first, list) else ()), words.get("items")]
    return items


def _same_value(schemas: Schemas, root: JsonObject) -> Iterator[JsonObject]:
    todo = deque(schemas)
    seen: set[int] = set()
    while todo and len(seen) < _MAX_PARTS:
        node = todo.popleft()
        if not isinstance(node, dict) or id(node) in seen:
            continue
        seen.add(id(node))
        yield node
        reference = node.get("$ref")
        steps = split_reference(reference) if isinstance(reference, str) else None
        if steps is not None:
            todo.append(_follow(root, steps))
        for key in _ALTERNATIVES:
            held = node.get(key)
            todo.extend(held if isinstance(held, list) else ())


def _follow(root: JsonObject, steps: Loc) -> object:
    node: object = root
    for step in steps:
        if isinstance(node, dict):
            node = node.get(str(step))
        elif isinstance(node, list) and str(step).isdecimal() and int(step) < len(node):
            node = node[int(step)]
        else:
            return None
    return node
