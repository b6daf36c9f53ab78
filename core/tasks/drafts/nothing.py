"""The mark for a JSON value that is not there, since null is a value like any other."""

from enum import Enum
from typing import Final


class Nothing(Enum):
    """No value at all, as opposed to null."""

    NOTHING = "nothing"

    def __bool__(self) -> bool:
        return False


NOTHING: Final = Nothing.NOTHING
