"""Taking the keywords of a schema apart: what describes a field from what shapes it."""

from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from core.tasks.schemas.json_values import JsonObject

if TYPE_CHECKING:
    from core.tasks.drafts.fields import Field

ANNOTATIONS: Final = ("title", "description", "default", "examples")
_OUTSIDE: Final = frozenset({*ANNOTATIONS, "deprecated", "readOnly", "writeOnly", "definitions"})


def is_outside(key: str) -> bool:
    """Say whether a keyword stays with the field when its shape moves into a list, a union or a definition."""
    is_core = key.startswith("$") and key not in ("$ref", "$dynamicRef")
    return is_core or key in _OUTSIDE or key.startswith("x-")


def split(field: "Field") -> "Field":
    """Return the shape alone, without a name and what describes the field."""
    words = {key: value for key, value in field.words.items() if not is_outside(key)}
    keywords = words if isinstance(field.keywords, dict) else field.keywords
    return replace(field, name="", required=False, keywords=keywords, definitions=None)


def put_instead(words: JsonObject, gone: Iterable[str], new: JsonObject) -> JsonObject:
    """Return the keywords with some of them replaced, the new ones where the first of those stood."""
    leaving = set(gone)
    written: JsonObject = {}
    is_put = False
    for key, value in words.items():
        if key not in leaving:
            written[key] = value
        elif not is_put:
            written |= new
            is_put = True
    return {**written, **{key: value for key, value in new.items() if key not in written}}


def wrapped(field: "Field", new: JsonObject) -> "Field":
    """Return the field with its whole shape replaced by these keywords; the caller hangs the shape below them."""
    leaving = [key for key in field.words if not is_outside(key)]
    keywords = put_instead(field.words, leaving, new)
    return replace(field, keywords=keywords, properties=None, items=None, branches=None)


def unwrapped(field: "Field", shape: "Field", *, key: str) -> "Field":
    """Return the field with the keyword that held a shape replaced by the shape itself.

    What describes the shape gives way to what describes the field.
    """
    words = shape.words
    # A keyword beside the one that held the shape was in force as well: the shape's own wins only among annotations.
    inner = {name: value for name, value in words.items() if name == key or name not in field.words}
    return replace(
        field,
        keywords=put_instead(field.words, [key], inner),
        properties=shape.properties,
        items=shape.items,
        branches=shape.branches,
    )


def can_unwrap(field: "Field", shape: "Field", *, key: str) -> bool:
    """Say whether `unwrapped` loses nothing but descriptions: no keyword shapes the field twice."""
    twice = [name for name in shape.words if name in field.words and name != key]
    return isinstance(shape.keywords, dict) and all(name in ANNOTATIONS for name in twice)
