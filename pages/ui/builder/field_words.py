"""What fields and their parts are called in the labels of undo and in sentences. Knows no Streamlit."""

from typing import Final

from core.tasks.builder import DEFINITIONS, ITEM, Path, SchemaDraft
from core.tasks.schemas.json_values import show_value

_LONGEST_NAME: Final = 40
_CHANGES: Final = {
    "name": "Rename {it}",
    "type": "Change the type of {it}",
    "shape": "Change the type of {it}",
    "required": "Change whether {it} is required",
    "nullable": "Change whether {it} may be null",
    "title": "Change the title of {it}",
    "description": "Change the description of {it}",
    "default": "Change the default of {it}",
    "constant": "Change the value of {it}",
    "examples": "Change the examples of {it}",
    "choices": "Change the choices of {it}",
    "target": "Change what {it} refers to",
}


def quoted(name: str) -> str:
    """Return a name on one line between quotation marks, cut where it is long."""
    return show_value(" ".join(name.split()), limit=_LONGEST_NAME)


def say_field(draft: SchemaDraft, path: Path) -> str:
    """Return what a field is called in half a sentence: `“qty”`, `each item of “tags”`."""
    if not path:
        return "the whole schema"
    if path[-1] == ITEM:
        return f"each item of {say_field(draft, path[:-1])}"
    field = draft.get_field(path)
    if path[:-1] == (DEFINITIONS,):
        return f"the definition {quoted(field.name)}" if field.name.strip() else "a definition"
    is_shape = draft.get_field(path[:-1]).type == "one of"
    return quoted(field.name) if field.name.strip() else "a shape" if is_shape else "a field"


def say_change(draft: SchemaDraft, path: Path, part: str) -> str:
    """Return the label of a change: `Rename “qty”`."""
    if part == "name" and not draft.get_field(path).name.strip():
        return "Name a field"
    return _CHANGES.get(part, "Change the limits of {it}").replace("{it}", say_field(draft, path))
