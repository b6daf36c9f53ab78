"""Telling JSON values apart as text does: 1, 1.0 and true differ, and so do two orders of the same keys."""

import json


def same_json(left: object, right: object) -> bool:
    """Say whether two JSON values would be written as the same text."""
    todo = [(left, right)]
    while todo:
        one, other = todo.pop()
        if one is other:
            continue
        if type(one) is not type(other):
            return False
        if isinstance(one, dict) and isinstance(other, dict):
            if list(one) != list(other):
                return False
            todo.extend((one[key], other[key]) for key in one)
        elif isinstance(one, list | tuple) and isinstance(other, list | tuple):
            if len(one) != len(other):
                return False
            todo.extend(zip(one, other, strict=True))
        elif (repr(one) if isinstance(one, float) else one) != (repr(other) if isinstance(other, float) else other):
            return False
    return True


def json_mark(value: object) -> str:
    """Return a text that two JSON values share only when they are equal as JSON: 1 is 1.0, but not true."""
    try:
        return json.dumps(_plain(value), sort_keys=True)
    except (RecursionError, ValueError):  # nested or a number too long to write: taken for equal to nothing else
        return f"(unwritable {id(value)})"


def _plain(value: object) -> object:
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, dict):
        return {key: _plain(inner) for key, inner in value.items()}
    return [_plain(inner) for inner in value] if isinstance(value, list) else value


def type_word(value: object) -> str:
    """Return the JSON Schema name of the type of a JSON value."""
    match value:
        case None:
            return "null"
        case bool():
            return "boolean"
        case int():
            return "integer"
        case float():
            return "number"
        case str():
            return "string"
        case list():
            return "array"
    return "object"
