"""Writing JSON as Python source: literals, docstrings and names, none of which can hold code."""

import builtins
import keyword
import re
import unicodedata
from collections.abc import Collection, Iterator
from typing import Any, Final

from pydantic import BaseModel

# Every name that generated code uses or a model has; a field or class of such a name gets another one.
RESERVED: Final = frozenset(
    {*dir(builtins), *keyword.kwlist, *dir(BaseModel), "dt", "uuid", "re", "annotations", "root", "self", "cls"}
    | {"Annotated", "Any", "Callable", "Literal", "AfterValidator", "AwareDatetime", "BaseModel", "BeforeValidator"}
    | {"ConfigDict", "Field", "RootModel", "Date", "DateTime", "Time", "Uuid", "Email", "Url"}
)
# Builtins that no generated code uses are fine names for fields.
_USED_BUILTINS = frozenset(
    {"str", "int", "float", "bool", "list", "dict", "isinstance", "type", "any", "bytes", "ValueError"}
)
_PROTECTED = ("model_validate", "model_dump")
_MAX_NAME = 60
MAX_LITERAL_DEPTH = 40


def quote(text: str) -> str:
    """Write a text as a Python literal, in double quotes where that needs no escapes."""
    written = repr(text)
    return f'"{written[1:-1]}"' if written[0] == "'" and '"' not in written else written


def quote_pattern(pattern: str) -> str:
    """Write a pattern as a raw literal where that is the same text, else as any other text."""
    raw = f'r"{pattern}"'
    is_raw = "\\" in pattern and '"' not in pattern and pattern.isprintable() and not pattern.endswith("\\")
    return raw if is_raw else quote(pattern)


def literal(value: Any) -> str:  # Any: JSON of whatever shape
    """Write a JSON value as a Python literal. It must not nest deeper than `MAX_LITERAL_DEPTH`."""
    if isinstance(value, str):
        return quote(value)
    if isinstance(value, list):
        return "[" + ", ".join(literal(item) for item in value) + "]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{quote(key)}: {literal(item)}" for key, item in value.items()) + "}"
    return repr(value)


def depth_of(value: Any) -> int:  # Any: JSON of whatever shape
    """Return how many containers stand inside one another; 0 for a scalar."""
    deepest, todo = 0, [(value, 1)]
    while todo:
        node, depth = todo.pop()
        if isinstance(node, dict | list):
            deepest = max(deepest, depth)
            todo += [(held, depth + 1) for held in (node.values() if isinstance(node, dict) else node)]
    return deepest


def docstring(text: str, *, indent: str = "    ") -> str:
    """Write a text as a docstring: between triple quotes when it is plain, else as one literal."""
    text = text.strip()
    lines = text.split("\n")
    # Of several lines the last one does not touch the quotes.
    is_plain = "\\" not in text and '"""' not in text and (len(lines) > 1 or not text.endswith('"'))
    if not text or not is_plain or not all(line.isprintable() for line in lines):
        return indent + quote(text)
    body = ("\n").join(indent + line if line else "" for line in lines)
    end = f"\n{indent}" if len(lines) > 1 else ""
    return f'{indent}"""{body[len(indent) :]}{end}"""'


def field_name(name: str, *, taken: Collection[str]) -> str:
    """Return the name itself where Python and Pydantic take it, else the nearest one that is free."""
    if _is_free(name, taken):
        return name
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    base = re.sub(r"\W+", "_", plain).strip("_")[:_MAX_NAME] or "field"
    base = f"n_{base}" if base[0].isdigit() else base
    base = f"field_{base}" if base.startswith(_PROTECTED) else base
    return next(one for one in _numbered(base, joiner="_") if _is_free(one, taken))


def class_name(words: str, *, taken: Collection[str], fallback: str = "Part") -> str:
    """Return a free class name made of the words in a text, such as `BillingAddress`."""
    plain = unicodedata.normalize("NFKD", words).encode("ascii", "ignore").decode()
    parts = re.findall(r"[A-Za-z0-9]+", plain)
    base = "".join(part[0].upper() + part[1:] for part in parts)[:_MAX_NAME] or fallback
    base = f"N{base}" if base[0].isdigit() else base
    return next(one for one in _numbered(base, joiner="") if one not in taken and one not in RESERVED)


def singular(words: str) -> str:
    """Name one item of a list: “categories” gives “category”, “tags” gives “tag”, “data” gives “data item”."""
    if words.lower().endswith("ies") and len(words) > 4:
        return words[:-3] + "y"
    if words.lower().endswith("s") and not words.lower().endswith("ss") and len(words) > 3:
        return words[:-1]
    return f"{words} item"


def _is_free(name: str, taken: Collection[str]) -> bool:
    is_name = name.isidentifier() and unicodedata.normalize("NFKC", name) == name and len(name) <= 2 * _MAX_NAME
    is_reserved = name in RESERVED and not (name in dir(builtins) and name not in _USED_BUILTINS)
    is_reserved = (
        is_reserved or keyword.iskeyword(name) or name in dir(BaseModel) or name.startswith(("_", *_PROTECTED))
    )
    return is_name and not is_reserved and name not in taken


def _numbered(base: str, *, joiner: str) -> Iterator[str]:
    yield base
    if joiner:
        yield base + "_"
    number = 2
    while True:
        yield f"{base}{joiner}{number}"
        number += 1
