"""Where fields can move, and where everything stands afterwards."""

import pytest

from core.tasks.builder import Path, from_json_schema
from core.tasks.drafts.definitions import count_uses
from core.tasks.drafts.destinations import (
    after_insertion,
    after_move,
    after_removal,
    inner_place,
    innermost,
    landing,
    outer_place,
    siblings_of,
)

ROOT = from_json_schema(
    {
        "type": "object",
        "properties": {
            "rows": {"type": "array", "items": {"type": "array", "items": {"type": "object", "properties": {"a": {}}}}},
            "place": {"type": "object", "properties": {"city": {}, "way": {"anyOf": [{"$ref": "#/$defs/node"}, {}]}}},
            "name": {"type": "string"},
        },
        "$defs": {"node": {"type": "object", "properties": {"next": {"$ref": "#/$defs/node"}, "in": {}}}},
    }
).root


@pytest.mark.parametrize(
    ("path", "gone", "expected"),
    [
        ((2,), (1,), (1,)),
        ((0,), (1,), (0,)),
        ((1, 0), (1,), None),
        ((1,), (1, 0), (1,)),
        ((2, "[]", 3), (2, "[]", 0), (2, "[]", 2)),
        ((2, "[]", 3), (1, 0), (2, "[]", 3)),
        (("$defs", 2, 0), ("$defs", 0), ("$defs", 1, 0)),
        (("$defs", 2), (0,), ("$defs", 2)),
        ((), (0,), ()),
    ],
)
def test_what_stands_behind_a_removed_field_moves_up(path: Path, gone: Path, expected: Path | None) -> None:
    assert after_removal(path, gone) == expected
    if expected is not None:
        assert after_insertion(expected, gone) == path


def test_what_is_inside_a_moved_field_goes_along() -> None:
    assert after_move((0, "[]", 1), (0,), (1, 2)) == (1, 2, "[]", 1)
    assert after_move((2,), (0,), (1, 0)) == (1,)
    assert after_move((1,), (2,), (0,)) == (2,)
    assert landing((0,), (2, "[]"), 3) == (1, "[]", 3)
    assert landing((1, 0), (), 2) == (2,)


def test_the_objects_around_and_before_a_field_are_found() -> None:
    assert outer_place(ROOT, (0, "[]", "[]", 0)) == ((), 1)
    assert outer_place(ROOT, (1, 1, 0)) == ((1,), 2)
    assert outer_place(ROOT, (1,)) is None
    assert outer_place(ROOT, ("$defs", 0)) is None
    assert outer_place(ROOT, ("$defs", 0, 1)) is None
    assert inner_place(ROOT, (2,)) == ((1,), 2)
    assert inner_place(ROOT, (1,)) == ((0, "[]", "[]"), 1)
    assert inner_place(ROOT, (0,)) is None
    assert innermost(ROOT)[0] == ()
    assert [field.name for field in siblings_of(ROOT, ("$defs", 0))] == ["node"]
    assert [field.name for field in siblings_of(ROOT, (1, 0))] == ["city", "way"]


def test_the_uses_of_every_definition_are_counted_at_once() -> None:
    assert count_uses(ROOT) == {"node": 2}
