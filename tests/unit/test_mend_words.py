"""What was mended is told in plain words."""

from typing import Any

import pytest

from core.tasks.mending import mend
from pages.ui.mend_words import tell_mend
from tests.unit.schema_cases import object_of

WHOLE = {"type": "integer"}


@pytest.mark.parametrize(
    ("schema", "value", "expected"),
    [
        (WHOLE, "41", ["text “41” taken as the integer 41"]),
        (WHOLE, "-7", ["text “-7” taken as the integer -7"]),
        ({"type": "number"}, "0.5", ["text “0.5” taken as the number 0.5"]),
        ({"type": "number"}, "1e3", ["text “1e3” taken as the number 1000.0"]),
        ({"type": "boolean"}, "True", ["text “True” taken as true"]),
        (
            {"type": "array", "items": WHOLE},
            "3",
            ["the lone item “3” taken as a list of one", "text “3” taken as the integer 3"],
        ),
    ],
)
def test_a_mended_value_is_told_in_plain_words(schema: Any, value: Any, expected: list[str]) -> None:
    mended = mend(object_of("held", held=schema), {"held": value})

    assert [tell_mend(each) for each in mended.mends] == expected


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ('```json\n{"held": 1}\n```', "the JSON was taken out of its code fence"),
        ('Here it is: {"held": 1}', "the JSON was taken out of the text around it"),
    ],
)
def test_json_taken_out_of_a_text_is_told_in_plain_words(answer: str, expected: str) -> None:
    mended = mend(object_of("held", held=WHOLE), answer)

    assert [tell_mend(each) for each in mended.mends] == [expected]
