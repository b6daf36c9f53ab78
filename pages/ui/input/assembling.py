"""Puts the input together from what stands in the form. Knows no Streamlit."""

from dataclasses import dataclass, field
from typing import Any, NamedTuple

from core.errors import Detail, InvalidInputError
from core.tasks.schemas.json_equality import same_json
from core.tasks.schemas.json_values import JsonObject
from pages.ui.input.leaf_values import MISSING, Unreadable, from_raw
from pages.ui.input.nodes import DEEPEST, FormTree, Group, Leaf, Node, Rows, Shapes
from pages.ui.input.plan import Kind

REST = "Other values"


@dataclass
class InputForm:
    """What a form holds: the input so far, and what in it cannot be read."""

    value: JsonObject = field(default_factory=dict)
    problems: list[Detail] = field(default_factory=list)


class _Found(NamedTuple):
    """A value, and whether anybody filled anything in: what the form fills by itself does not count."""

    value: object
    is_filled: bool


_NOTHING = _Found(MISSING, False)


def assemble(tree: FormTree) -> InputForm:
    """Return the input. Blank fields are left out: whether one is missing is for the schema to say."""
    form = InputForm()
    value = _Assembler(tree, form.problems).find(tree.root, "").value
    return take_whole(form, value)


def take_whole(form: InputForm, value: object) -> InputForm:
    """Put a whole input into the form: an object, nothing, or the reason why it cannot be read."""
    if isinstance(value, Unreadable):
        form.problems.append(Detail(place="", message=value.reason))
    elif isinstance(value, dict):
        form.value = value
    elif value is not MISSING:
        form.problems.append(Detail(place="", message="The input must be a JSON object, in curly brackets."))
    return form


def finished_input(given: InputForm | str) -> Any:  # Any: JSON
    """Return the input to run. Raises: InvalidInputError: something in the form cannot be read."""
    if isinstance(given, str):
        return given
    if given.problems:
        raise InvalidInputError("The input cannot be read yet.", details=given.problems)
    return given.value


class _Assembler:
    def __init__(self, tree: FormTree, problems: list[Detail]) -> None:
        self._tree = tree
        self._problems = problems

    def find(self, node: Node, pointer: str) -> _Found:
        node.pointer = pointer
        if node.is_null:
            return _Found(None, True)
        match node:
            case Leaf():
                return self._find_leaf(node)
            case Group():
                return self._find_group(node)
            case Rows():
                return self._find_rows(node)
            case Shapes():
                return _NOTHING if node.chosen is None else self.find(node.chosen, pointer)
        return _NOTHING

    def _find_leaf(self, leaf: Leaf) -> _Found:
        if leaf.given is not MISSING and leaf.raw == leaf.first and leaf.part.kind is not Kind.CONSTANT:
            return _Found(leaf.given, True)
        value = from_raw(leaf.part, leaf.raw, zone=self._tree.zone)
        if isinstance(value, Unreadable):
            if leaf.pointer:
                self._problems.append(Detail(place=leaf.pointer, message=value.reason))
                return _Found(MISSING, True)
            return _Found(value, True)
        if value is MISSING:
            return _Found("", True) if leaf.given == "" else _NOTHING
        if leaf.part.kind is Kind.CONSTANT:
            return _Found(value, leaf.given is not MISSING)
        return _Found(value, leaf.raw != leaf.first or leaf.given is not MISSING)

    def _find_group(self, group: Group) -> _Found:
        if group.fields is None and (group.given is not MISSING or not group.is_required or group.depth > DEEPEST):
            return _Found(group.given, group.given is not MISSING)
        value: JsonObject = {}
        is_filled = group.keeps_empty
        for node in self._tree.fields_of(group):
            found = self.find(node, f"{group.pointer}/{_step(node.name)}")
            is_filled = is_filled or found.is_filled
            if found.value is not MISSING:
                value[node.name] = found.value
        is_filled = self._add_rest(group, value) or is_filled
        return _Found(value, is_filled) if is_filled or group.is_required else _NOTHING

    def _add_rest(self, group: Group, value: JsonObject) -> bool:
        """Add what the object has beside its fields; say whether there is anything."""
        if group.rest is None:
            return False
        group.rest.pointer = f"{group.pointer}/{REST}"
        found = self._find_leaf(group.rest).value
        if isinstance(found, dict) and not any(name in group.part.words["properties"] for name in found):
            value.update(found)
        elif found is not MISSING:
            problem = "These must be a JSON object, in curly brackets, without the names of the fields."
            self._problems.append(Detail(place=group.rest.pointer, message=problem))
        return found is not MISSING

    def _find_rows(self, rows: Rows) -> _Found:
        if rows.words is not None:
            value: list[object] = list(rows.words)
        elif rows.items is None and rows.given is not MISSING:
            return _Found(rows.given, True)
        else:
            value = []
            for item in self._tree.items_of(rows):
                found = self.find(item, f"{rows.pointer}/{len(value)}").value
                if found is not MISSING:
                    value.append(found)
        if rows.given is not MISSING and same_json(rows.given, value):
            return _Found(rows.given, True)
        return _Found(value, bool(value)) if value or rows.is_required else _NOTHING


def _step(name: str) -> str:
    return name.replace("~", "~0").replace("/", "~1")
