"""The labels a response schema lets a model choose from, by the fields they belong to. Looks at 5,000 of them."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import unquote

from core.runs.preflight.nearness import MAX_WORD, look
from core.tasks.linting.findings import Part, walk
from core.tasks.schemas.json_values import JsonObject, Loc, to_pointer

_MAX_LABELS = 5_000
_MAX_REFERENCES = 2_000
_MAX_HOLDERS = 20


@dataclass
class LabelledField:
    """A name that fields with a closed list of labels have, and all the labels of those fields."""

    name: str
    pointer: str
    labels: dict[str, None] = field(default_factory=dict)
    looks: set[str] = field(default_factory=set)

    def add(self, labels: list[str]) -> None:
        """Add labels of one more field of this name."""
        self.labels.update(dict.fromkeys(labels))
        self.looks.update(map(look, labels))


@dataclass
class SchemaLabels:
    """Every labelled field of a schema, by the look of its name."""

    fields: dict[str, LabelledField] = field(default_factory=dict)
    names: set[str] = field(default_factory=set)
    """The looks of all its field names, which are no labels."""
    is_whole: bool = True
    """False when there were too many labels to look at."""

    exact: set[str] = field(default_factory=set)
    """Every label, as it is written."""
    by_look: dict[str, list[LabelledField]] = field(default_factory=dict)
    """The fields that have a label of this look, some of them if there are many."""

    def close(self) -> None:
        """Fill what is looked up; call it when the fields are complete."""
        for one in self.fields.values():
            self.exact.update(one.labels)
            for word in one.looks:
                holders = self.by_look.setdefault(word, [])
                if len(holders) < _MAX_HOLDERS:
                    holders.append(one)


def read_labels(schema: JsonObject) -> SchemaLabels:
    """Return the labels of a schema. A name that also has a field taking any text is left out: nothing is forbidden."""
    found, open_names, count = SchemaLabels(), set(), 0
    parts = list(walk(schema))
    uses = _list_uses(parts)
    for part in parts:
        if part.field_name is not None:
            found.names.add(look(part.field_name))
            if _takes_any_text(part.words):
                open_names.add(look(part.field_name))
        labels = _labels_of(part.words)
        count += len(labels)
        if count > _MAX_LABELS:
            found.is_whole = False
            break
        for name in _names_of(part.loc, uses) if labels else ():
            one = found.fields.setdefault(look(name), LabelledField(name, to_pointer(part.loc)))
            one.add(labels)
    for name in open_names:
        found.fields.pop(name, None)
    found.close()
    return found


def _labels_of(words: JsonObject) -> list[str]:
    entries = words.get("enum")
    if isinstance(entries, list):
        return [one for one in entries if isinstance(one, str) and 0 < len(one) <= MAX_WORD]
    for key in ("anyOf", "oneOf"):
        branches = words.get(key)
        if isinstance(branches, list):
            constants = [branch.get("const") for branch in branches if isinstance(branch, dict)]
            labels = [one for one in constants if isinstance(one, str) and 0 < len(one) <= MAX_WORD]
            if len(labels) > 1:
                return labels
    return []


def _takes_any_text(words: JsonObject) -> bool:
    named = words.get("type")
    names = named if isinstance(named, list) else [named]
    return "string" in names and "enum" not in words and "const" not in words


def _list_uses(parts: list[Part]) -> dict[str, list[Loc]]:
    """Return for each pointer that is referred to the places that refer to it."""
    uses: dict[str, list[Loc]] = {}
    for part in parts[:_MAX_REFERENCES]:
        reference = part.words.get("$ref")
        if isinstance(reference, str) and reference.startswith("#/"):
            uses.setdefault(unquote(reference[1:]), []).append(part.loc)
    return uses


def _names_of(loc: Loc, uses: dict[str, list[Loc]]) -> Iterator[str]:
    """Yield the names of the fields that hold what stands here, directly or as items."""
    for place in (loc, *uses.get(to_pointer(loc), ())):
        for index in range(len(place) - 1, 0, -1):
            if place[index - 1] == "properties":
                yield str(place[index])
                break
            if place[index - 1] in ("$defs", "definitions"):
                break
