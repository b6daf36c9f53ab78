"""The form as it stands: a tree of what was typed, kept apart from the widgets, so that one not drawn loses nothing.

Knows no Streamlit. Every node has a number of its own, the key of its widgets, so that values stay with their item
when others are added, moved or removed. Fields and items are made when they are first needed: schemas may be recursive.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, tzinfo
from typing import Any

from core.tasks.schemas.json_values import JsonObject, copy_json
from pages.ui.input.leaf_values import MISSING, UNFIT, are_words, to_raw
from pages.ui.input.plan import Kind, Part, Planner
from pages.ui.input.shapes import closest, name_shapes

MAX_ROWS = 50
"""A longer list is asked for as JSON."""
DEEPEST = 40
_MOST_BLANK_ROWS = 3
_TEXTUAL = frozenset({Kind.TEXT, Kind.LONG_TEXT, Kind.DATE, Kind.DATE_TIME, Kind.TIME})
_STRUCTURES = frozenset({Kind.OBJECT, Kind.LIST, Kind.SHAPES})


@dataclass
class Node:
    """A part of the input. `pointer` is where its value was in the input when that was last put together.

    `given` is what the form started from here, MISSING for nothing. `is_null` says that null is to be sent. `depth`
    counts the objects and lists around it.
    """

    number: int
    name: str
    part: Part
    is_required: bool
    depth: int
    given: object = MISSING
    is_null: bool = False
    pointer: str = ""

    @property
    def keeps_empty(self) -> bool:
        """Whether an empty value is sent all the same, because the form started from one."""
        return self.given == "" or self.given == {} or self.given == []


@dataclass
class Leaf(Node):
    """A part with one widget, which holds `raw`. It was drawn first with `start`; `first` is what it began as."""

    raw: object = None
    start: object = None
    first: object = None


@dataclass
class Group(Node):
    """An object with fields, None until they are needed. `rest` is what it came with beside them."""

    fields: list[Node] | None = None
    rest: Leaf | None = None


@dataclass
class Rows(Node):
    """A list, by items or, of short texts, as `words` in one widget, None when it is by items."""

    items: list[Node] | None = None
    words: list[str] | None = None
    start: list[str] = field(default_factory=list)
    added: set[int] = field(default_factory=set)
    """The items added by hand, which stand open."""


@dataclass
class Shapes(Node):
    """A "one of": the shape chosen, if any, and those chosen before, so that going back finds what was typed."""

    index: int | None = None
    parts: tuple[Part, ...] = ()
    names: tuple[str, ...] = ()
    made: dict[int, Node] = field(default_factory=dict)

    @property
    def chosen(self) -> Node | None:
        return None if self.index is None else self.made.get(self.index)


class FormTree:
    """The form for one request schema, started from `given`, MISSING for nothing. `zone` is the viewer's."""

    def __init__(self, schema: JsonObject, given: object = MISSING, *, zone: tzinfo = UTC) -> None:
        self.schema = schema
        self.zone = zone
        self._planner = Planner(schema)
        self._count = 0
        self.root = self.make(self._planner.plan_root(), "", copy_json(given), is_required=True, depth=0)

    @property
    def is_text_only(self) -> bool:
        """Whether nothing but JSON text can ask for the input."""
        return isinstance(self.root, Leaf)

    def make(self, part: Part, name: str, given: object, *, is_required: bool, depth: int) -> Node:
        """Return a new node that holds `given`, as JSON text where the part's own widget cannot hold it."""
        base = Node(self._next(), name, part, is_required, depth, given)
        if given is None and part.takes_null:
            base.given, base.is_null = MISSING, True
        if base.given is MISSING and is_required and "default" in part.words:
            return self._make_fitting(replace(base, given=copy_json(part.words["default"])), is_default=True)
        return self._make_fitting(base)

    def _make_fitting(self, base: Node, *, is_default: bool = False) -> Node:
        kind, given = base.part.kind, base.given
        if kind is Kind.OBJECT and (given is MISSING or isinstance(given, dict)):
            return Group(**vars(base))
        if kind is Kind.LIST and (given is MISSING or (isinstance(given, list) and len(given) <= MAX_ROWS)):
            return self._make_rows(base)
        if kind is Kind.SHAPES:
            made = self._make_shapes(base)
            if made is not None:
                return made
        return self._make_leaf(base, is_default=is_default)

    def _make_leaf(self, base: Node, *, is_default: bool) -> Leaf:
        own = base.part.kind
        others = (Kind.TEXT, Kind.LONG_TEXT, Kind.JSON) if own in _TEXTUAL else (Kind.JSON,)
        for kind in others if own in _STRUCTURES else (own, *others):
            part = replace(base.part, kind=kind)
            raw = None if base.given is MISSING else to_raw(part, base.given, zone=self.zone)
            if raw is not UNFIT:
                given = MISSING if is_default else base.given
                return Leaf(**{**vars(base), "part": part, "given": given}, raw=raw, start=raw, first=raw)
        raise AssertionError("JSON text holds every value.")

    def _make_rows(self, base: Node) -> Rows:
        rows = Rows(**vars(base))
        given = [] if rows.given is MISSING else rows.given
        if self.can_be_words(rows) and are_words(given):
            rows.words, rows.start = list(given), list(given)
        return rows

    def _make_shapes(self, base: Node) -> Shapes | None:
        plans = tuple(self._planner.plan(shape, trail=base.part.trail) for shape in base.part.shapes)
        index = closest(plans, base.given) if base.given is not MISSING else 0 if base.is_required else None
        if index is None and base.given is not MISSING:
            return None
        refs = [_last_step(shape) for shape in base.part.shapes]
        shapes = Shapes(**vars(base), parts=plans, names=tuple(name_shapes(plans, refs=refs)))
        if base.is_null and not base.is_required:
            index = None
        self.choose(shapes, index, given=base.given)
        return shapes

    def choose(self, shapes: Shapes, index: int | None, *, given: object = MISSING) -> None:
        """Turn to a shape, None for none, as it was left."""
        shapes.index = index
        if index is not None and index not in shapes.made and shapes.depth < DEEPEST:
            depth = shapes.depth + (shapes.parts[index].kind is Kind.SHAPES)
            shapes.made[index] = self.make(shapes.parts[index], shapes.name, given, is_required=True, depth=depth)

    def fields_of(self, group: Group) -> list[Node]:
        """Return the fields of an object."""
        if group.fields is None:
            values: dict[str, Any] = group.given if isinstance(group.given, dict) else {}  # Any: JSON
            properties, required = group.part.words["properties"], group.part.words.get("required", [])
            group.fields = [
                self.make(
                    self._planner.plan(schema, trail=group.part.trail),
                    name,
                    values.get(name, MISSING),
                    is_required=name in required,
                    depth=group.depth + 1,
                )
                for name, schema in properties.items()
            ]
            group.rest = self._make_rest(group, {key: held for key, held in values.items() if key not in properties})
        return group.fields

    def _make_rest(self, group: Group, rest: JsonObject) -> Leaf | None:
        words = group.part.words
        has_map = isinstance(words.get("additionalProperties"), dict) and bool(words["additionalProperties"])
        if not rest and not has_map and "patternProperties" not in words:
            return None
        base = Node(self._next(), "", Part(Kind.JSON, {}), False, group.depth + 1, rest or MISSING)
        return self._make_leaf(base, is_default=False)

    def items_of(self, rows: Rows) -> list[Node]:
        """Return the items of a list; a required one that takes at least some begins with blank ones."""
        if rows.items is None:
            rows.items = []
            for value in rows.given if isinstance(rows.given, list) else []:
                self._append(rows, value)
            lowest = rows.part.words.get("minItems", 0)
            if rows.given is MISSING and rows.is_required and rows.depth < DEEPEST:
                for _ in range(min(int(lowest), _MOST_BLANK_ROWS)):
                    self._append(rows, MISSING)
        return rows.items

    def _append(self, rows: Rows, value: object) -> Node:
        rows.items = [] if rows.items is None else rows.items
        part = self._planner.plan(rows.part.words.get("items", {}), trail=rows.part.trail)
        rows.items.append(self.make(part, rows.name, value, is_required=True, depth=rows.depth + 1))
        return rows.items[-1]

    def add_item(self, rows: Rows) -> None:
        """Add a blank item at the end."""
        self.items_of(rows)
        rows.added.add(self._append(rows, MISSING).number)

    def remove_item(self, rows: Rows, number: int) -> None:
        """Take an item out."""
        rows.items = [item for item in self.items_of(rows) if item.number != number]

    def move_item(self, rows: Rows, number: int, offset: int) -> None:
        """Move an item by this many places, as far as there is room."""
        items = self.items_of(rows)
        place = next((place for place, item in enumerate(items) if item.number == number), None)
        if place is not None:
            item = items.pop(place)
            items.insert(max(0, min(place + offset, len(items))), item)

    def can_be_words(self, rows: Rows) -> bool:
        """Return whether a list of short texts can stand in one widget."""
        part = self._planner.plan(rows.part.words.get("items", {}), trail=rows.part.trail)
        if part.takes_null:
            return False
        return part.kind in (Kind.TEXT, Kind.LONG_TEXT) or (part.kind is Kind.CHOICE and are_words(list(part.choices)))

    def word_choices(self, rows: Rows) -> list[str]:
        """Return the only words a list may hold; none when it takes any."""
        part = self._planner.plan(rows.part.words.get("items", {}), trail=rows.part.trail)
        return [str(choice) for choice in part.choices]

    def turn_to_rows(self, rows: Rows) -> None:
        """Show a list of words by its items."""
        words, rows.words, rows.items = rows.words or [], None, []
        for word in words:
            self._append(rows, word)

    def turn_to_words(self, rows: Rows, words: list[str]) -> None:
        """Show a list of texts in one widget again."""
        rows.words, rows.start, rows.items = list(words), list(words), None

    def walk(self, node: Node | None = None, *, only_sent: bool = False) -> Iterator[Node]:
        """Yield every node that was made, unless `only_sent` also those that nothing is sent of at present."""
        found = self.root if node is None else node
        yield found
        inner: list[Node] = []
        if only_sent and found.is_null:
            return
        match found:
            case Group():
                inner = [*(found.fields or []), *([found.rest] if found.rest else [])]
            case Rows():
                inner = found.items or []
            case Shapes():
                inner = [found.chosen] if only_sent and found.chosen else [] if only_sent else list(found.made.values())
        for each in inner:
            yield from self.walk(each, only_sent=only_sent)

    def _next(self) -> int:
        self._count += 1
        return self._count


def _last_step(shape: Any) -> str:  # Any: a JSON Schema
    if isinstance(shape, dict) and isinstance(shape.get("allOf"), list):
        shape = shape["allOf"][0]
    reference = shape.get("$ref", "") if isinstance(shape, dict) else ""
    return str(reference).rpartition("/")[2]
