"""Untrusted texts and values as Python literals that are pleasant to read: laid out as a formatter would."""

import json
import math
import re
from typing import Any

from core.tasks.python_code.python_text import MAX_LITERAL_DEPTH, depth_of, quote

Json = Any  # Any: JSON of whatever shape

WIDTH = 120
_INDENT = "    "
_LINE = re.compile(r"[^\n]*\n|[^\n]+")


def text_literal(text: str) -> str:
    """Write a text: between triple quotes where that changes nothing of it, else as quoted lines."""
    lines = _LINE.findall(text)
    if len(lines) < 2:
        return quote(text)
    if _is_plain(text):
        return f'"""\\\n{text}"""'
    return "(\n" + "".join(f"{_INDENT}{quote(line)}\n" for line in lines) + ")"


def _is_plain(text: str) -> bool:
    lines = text.split("\n")
    is_quoted = '"""' in text or text.endswith('"') or "\\" in text
    # Tools look for the packages of a file between such lines, wherever they stand.
    is_quoted = is_quoted or any(line.startswith("# ///") for line in lines)
    # An editor takes blanks at the ends of lines away, and nobody sees that they were there.
    return not is_quoted and all(line.isprintable() and line == line.rstrip() for line in lines)


def json_literal(value: Json, *, used: int = 0) -> str:
    """Write a JSON value, one item a line where it is too wide; `used` columns stand before it on its line.

    What nests too deep for a literal, or holds a number that is none in Python, is written as JSON to be read.
    """
    if depth_of(value) > MAX_LITERAL_DEPTH or not _is_finite(value):
        return f"json.loads({quote(json.dumps(value))})"
    return _lay_out(value, indent="", used=used)


def _lay_out(value: Json, *, indent: str, used: int) -> str:
    short = _on_one_line(value)
    is_held = isinstance(value, dict | list) and value
    if not is_held or len(indent) + used + len(short) < WIDTH:
        return short
    inner = indent + _INDENT
    if isinstance(value, list):
        items = [inner + _lay_out(item, indent=inner, used=1) for item in value]
        return "[\n" + ",\n".join(items) + f",\n{indent}]"
    fields = [(quote(name) + ": ", held) for name, held in value.items()]
    lines = [inner + start + _lay_out(held, indent=inner, used=len(start) + 1) for start, held in fields]
    return "{\n" + ",\n".join(lines) + f",\n{indent}}}"


def _on_one_line(value: Json) -> str:
    if isinstance(value, str):
        return quote(value)
    if isinstance(value, list):
        return "[" + ", ".join(_on_one_line(item) for item in value) + "]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{quote(name)}: {_on_one_line(held)}" for name, held in value.items()) + "}"
    return repr(value)


def _is_finite(value: Json) -> bool:
    todo = [value]
    while todo:
        node = todo.pop()
        if isinstance(node, dict):
            todo += node.values()
        elif isinstance(node, list):
            todo += node
        elif isinstance(node, float) and not math.isfinite(node):
            return False
    return True
