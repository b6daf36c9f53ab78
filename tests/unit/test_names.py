"""Names are trimmed and printable; foreign text is made storable."""

import pytest
from pydantic import TypeAdapter, ValidationError

from core.errors import NameTakenError
from core.names import Name, copy_until_free, next_copy_name, storable
from db.tables import MAX_NAME_CHARACTERS

NAMES: TypeAdapter[str] = TypeAdapter(Name)
JOINED = [
    "\u0645\u06cc\u200c\u0631\u0648\u0645",
    "\U0001f468\u200d\U0001f469\u200d\U0001f467",
    "\u2764\ufe0f\u200d\U0001f525 team",
]
UNJOINED = ["\u200d", "\u200da", "a\u200c", "a \u200d b", "a\u200d\u200db", "a\u200d\u202eb"]
BIDI = [f"a{chr(code)}b" for code in (*range(0x202A, 0x202F), *range(0x2066, 0x206A))]


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("Ada", "Ada"),
        ("  Ada\t Lovelace\n", "Ada Lovelace"),
        ("\u00a0Ünï 名\u00a0", "Ünï 名"),
        ("x" * 120, "x" * 120),
        *((name, name) for name in JOINED),
    ],
)
def test_a_name_is_trimmed_and_its_white_space_folded(typed: str, kept: str) -> None:
    assert NAMES.validate_python(typed) == kept


@pytest.mark.parametrize("typed", ["", " \n", "x" * 121, "a\x00b", "a\x07b", "a\u200bb", "a\ud800b", *UNJOINED, *BIDI])
def test_a_name_that_cannot_be_used_is_refused(typed: str) -> None:
    with pytest.raises(ValidationError):
        NAMES.validate_python(typed)


@pytest.mark.parametrize(
    ("name", "taken", "expected"),
    [
        ("Sorter", ["Sorter"], "Sorter copy"),
        ("Sorter", ["Sorter", "SORTER COPY"], "Sorter copy 2"),
        ("Sorter", ["Sorter copy", "Sorter copy 2", "Sorter"], "Sorter copy 3"),
        ("Sorter", [], "Sorter copy"),
        ("x" * 120, ["x" * 120], "x" * 115 + " copy"),
        ("x" * 114 + " yyyyy", [], "x" * 114 + " copy"),
        ("x" * 113 + "\U0001f468\u200d\U0001f469", [], "x" * 113 + "\U0001f468 copy"),
    ],
)
def test_a_copy_gets_the_next_free_name(name: str, taken: list[str], expected: str) -> None:
    found = next_copy_name(name, taken=taken)

    assert found == expected
    assert len(found) <= MAX_NAME_CHARACTERS


def test_what_postgres_cannot_store_is_replaced() -> None:
    assert storable("a\x00b\ud800c\U0001f600") == "a\ufffdb\ufffdc\U0001f600"


def test_copies_that_another_name_gets_ahead_of_are_tried_again() -> None:
    tries: list[int] = []

    def copy() -> int:
        tries.append(len(tries))
        if len(tries) < 3:
            raise NameTakenError("Taken.")
        return len(tries)

    assert copy_until_free(copy) == 3
