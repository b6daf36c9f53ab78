"""Plain JSON values: copying, naming a place in one, and finding what no JSON document can hold."""

import json
import math
from collections.abc import Iterable, Iterator
from typing import Any, TypeAlias

JsonObject: TypeAlias = dict[str, Any]  # Any: JSON the user wrote
JsonSchema: TypeAlias = JsonObject | bool
Loc: TypeAlias = tuple[str | int, ...]

# Python refuses to print integers of more than 4,300 digits; this is a little below.
MAX_INTEGER_BITS = 14_000


def copy_json(value: Any) -> Any:  # Any: a JSON value of whatever shape comes back as that shape
    """Return a deep copy, at any depth (`copy.deepcopy` gives up at a few hundred levels)."""
    root: list[Any] = [None]  # Any: JSON the user wrote
    todo: list[tuple[Any, Any, Any]] = [(value, root, 0)]  # Any: source, target and key of any JSON container
    while todo:
        source, target, key = todo.pop()
        if isinstance(source, dict):
            target[key] = copied = dict.fromkeys(source)
            todo.extend((child, copied, name) for name, child in source.items())
        elif isinstance(source, list):
            target[key] = items = [None] * len(source)
            todo.extend((child, items, index) for index, child in enumerate(source))
        else:
            target[key] = source
    return root[0]


def to_pointer(loc: Iterable[str | int]) -> str:
    """Write a path as a JSON pointer: `("a/b", 0)` is `/a~1b/0`, the whole is the empty text."""
    return "".join("/" + str(step).replace("~", "~0").replace("/", "~1") for step in loc)


def find_unusable(value: object, *, max_depth: int, max_nodes: int) -> tuple[Loc, str] | None:
    """Return the first place that no JSON document may hold, with the reason, or None when all is well.

    Found are: other Python types, NaN and infinity, integers too long to print, text that is not valid Unicode,
    and nesting or size past the limits.
    """
    for count, (loc, node) in enumerate(_nodes(value)):
        if count >= max_nodes:
            return (), f"holds more than {max_nodes:,} values"
        if isinstance(node, dict | list) and len(node) >= max_nodes:
            return (), f"holds more than {max_nodes:,} values"
        if len(loc) > max_depth:
            return (), f"is nested more than {max_depth} levels deep"
        reason = _unusable_reason(node)
        if reason:
            return loc, reason
    return None


def find_nul(value: object) -> Loc | None:
    """Return the first place that holds a NUL character, which JSON allows and Postgres cannot store."""
    for loc, node in _nodes(value):
        texts = node if isinstance(node, dict) else [node]
        if any(isinstance(text, str) and "\x00" in text for text in texts):
            return loc
    return None


def _nodes(value: object) -> Iterator[tuple[Loc, object]]:
    todo: list[tuple[Loc, object]] = [((), value)]
    while todo:
        loc, node = todo.pop()
        yield loc, node
        if isinstance(node, dict):
            todo.extend(((*loc, key), child) for key, child in node.items())
        elif isinstance(node, list):
            todo.extend(((*loc, index), child) for index, child in enumerate(node))


def _unusable_reason(node: object) -> str:
    match node:
        case None | bool() | list():
            return ""
        case str():
            return "" if _is_unicode(node) else "holds text that is not valid Unicode"
        case int():
            return "" if node.bit_length() <= MAX_INTEGER_BITS else "is too long a number"
        case float():
            return "" if math.isfinite(node) else "is not a number JSON can hold"
        case dict():
            good = all(isinstance(key, str) and _is_unicode(key) for key in node)
            return "" if good else "has a field name that is not text"
    return f"is not a JSON value but a Python {type(node).__name__}"


def _is_unicode(text: str) -> bool:
    if text.isascii():
        return True
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def show_value(value: object, *, limit: int = 80) -> str:
    """Write a value on one line for a person, cut to `limit` characters."""
    if isinstance(value, str):
        text = f"“{value}”" if len(value) <= limit else f"“{value[:limit]}…”"
        return text.encode(errors="replace").decode()
    try:
        text = json.dumps(value, ensure_ascii=False, default=str)
    except (ValueError, RecursionError):
        return "(a value too large to show)"
    text = text.encode(errors="replace").decode()
    return text if len(text) <= limit else text[:limit] + "…"
