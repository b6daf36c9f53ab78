"""Names for the entries of a choice: a browser sends the name back, so two that read the same would be one."""

import json
from collections import Counter
from collections.abc import Sequence

from pages.ui.input.leaf_values import said
from pages.ui.input.plan import Part
from pages.ui.text import cut

_NOTE_LIMIT = 80


def tell_apart(names: Sequence[str]) -> list[str]:
    """Return the names, those that came before with a number."""
    told, taken = list[str](), set(names)
    seen = set[str]()
    for name in names:
        number, unlike = 2, name
        while unlike in seen or (unlike != name and unlike in taken):
            unlike, number = f"{name} ({number})", number + 1
        seen.add(unlike)
        told.append(unlike)
    return told


def name_choices(part: Part) -> list[str]:
    """Return what the choices of a part are called: a text that is blank, or reads like a number, in quotes."""
    is_flag = "enum" not in part.words
    words = [said(choice, is_flag=is_flag) for choice in part.choices]
    count = Counter(words)
    names = list[str]()
    for place, (word, choice) in enumerate(zip(words, part.choices, strict=True)):
        is_plain = not isinstance(choice, str) or (bool(word.strip()) and count[word] == 1)
        name = word if is_plain else json.dumps(choice, ensure_ascii=False)
        note = part.notes[place] if place < len(part.notes) else ""
        names.append(f"{name}: {cut(note, _NOTE_LIMIT)}" if note else name)
    return tell_apart(names)
