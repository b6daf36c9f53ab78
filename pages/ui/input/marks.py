"""Finds the field that each error of an input is about. Knows no Streamlit."""

from core.errors import Detail
from pages.ui.input.nodes import FormTree, Group, Leaf, Node, Rows


class Marks:
    """The errors of the input sent last, by the number of their node.

    A mark goes away when what stands in its field becomes something else. `details` are those it was made of.
    """

    def __init__(self, tree: FormTree | None = None, details: tuple[Detail, ...] = ()) -> None:
        self.details = details
        self._found: dict[int, tuple[list[str], object]] = {}
        if tree is None or not details:
            return
        nodes: dict[str, Node] = {}
        for node in tree.walk(only_sent=True):
            nodes.setdefault(node.pointer, node)
        for detail in details:
            node = nodes[_nearest(nodes, _inside(detail.place))]
            if node is not tree.root or isinstance(node, Leaf):
                self._found.setdefault(node.number, ([], _snapshot(node)))[0].append(detail.message)

    def at(self, node: Node) -> list[str]:
        """Return what is wrong with a node itself."""
        messages, snapshot = self._found.get(node.number, ([], None))
        return messages if messages and snapshot == _snapshot(node) else []

    def count_inside(self, tree: FormTree, node: Node) -> int:
        """Return how many errors are at the node or inside it."""
        return sum(len(self.at(each)) for each in tree.walk(node, only_sent=True)) if self._found else 0


def _inside(place: str) -> str:
    """Return a pointer into the input: the service writes `input/…`, the judge `/…`."""
    path = place.removeprefix("input")
    return path if not path or path.startswith("/") else f"/{path}"


def _nearest(pointers: dict[str, Node], place: str) -> str:
    while place and place not in pointers:
        place = place.rpartition("/")[0]
    return place


def _snapshot(node: Node) -> object:
    if isinstance(node, Leaf):
        return node.is_null, node.raw
    if isinstance(node, Rows):
        items = None if node.items is None else len(node.items)
        return node.is_null, items, None if node.words is None else tuple(node.words)
    return (node.is_null, None) if isinstance(node, Group) else None
