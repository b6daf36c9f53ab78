"""Finds fields of a large schema by words."""

from core.tasks.builder import SchemaDraft
from core.tasks.drafts.fields import Field
from core.tasks.drafts.paths import Path
from core.tasks.schemas.json_values import Loc


def find_fields(draft: SchemaDraft, words: str) -> list[Path]:
    """Return the paths of the fields that say every one of the words, whatever the case.

    Looked through are the names on the way to the field, its title, description, type, choices with their notes, and
    what a reference names. Fields whose own name says them all come first, else reading order; no words find nothing.
    """
    wanted = words.casefold().split()
    if not wanted:
        return []
    named: list[Path] = []
    others: list[Path] = []
    for path, loc, field in draft.places():
        name = field.name.casefold()
        if name and all(word in name for word in wanted):
            named.append(path)
        elif _says_itself(field, wanted) and all(word in _text_of(field, loc) for word in wanted):
            others.append(path)
    return named + others


def _says_itself(field: Field, wanted: list[str]) -> bool:
    """Say whether some word is the field's own: the fields inside a match would all match by their way."""
    own = _own_text(field)
    return any(word in own for word in wanted)


def _own_text(field: Field) -> str:
    choices = [str(choice) for choice in field.choices]
    parts = [field.name, field.title, field.description, field.type.value, field.reference, *choices, *field.notes]
    return "\n".join(parts).casefold()


def _text_of(field: Field, loc: Loc) -> str:
    way = [
        str(step)
        for index, step in enumerate(loc)
        if index and loc[index - 1] in ("properties", "$defs", "definitions")
    ]
    return "\n".join([*way, _own_text(field)]).casefold()
