"""What the dialog “Start from” remembers: what was typed, what was uploaded, what came of it. Knows no Streamlit."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

from core.errors import DashboardError
from core.tasks.schemas.json_values import JsonObject


class Way(StrEnum):
    """What a schema can be started from, as people read it."""

    EXAMPLES = "Examples"
    CSV = "CSV"
    JSON_SCHEMA = "JSON Schema"
    PYDANTIC = "Pydantic"
    GALLERY = "Gallery"
    IN_WORDS = "In words"


@dataclass(frozen=True)
class Proposal:
    """A schema to go on with, once somebody accepts it. `label` names it in the history: `Schema from CSV`."""

    schema: JsonObject
    notes: tuple[str, ...]
    label: str


@dataclass(frozen=True)
class SentFile:
    """An uploaded file. `error` says why it could not be read, and then there is no text."""

    name: str
    text: str = ""
    error: DashboardError | None = None


class Reading(NamedTuple):
    """What came of a text: a proposal or an error, neither for a blank one. `asked` is what it was read from."""

    asked: tuple[str, str]
    proposal: Proposal | None = None
    error: DashboardError | None = None
    models: tuple[str, ...] = ()
    """The models that a Python text offers, in its order."""


@dataclass
class StartState:
    """One dialog. `model` and `template` are what was chosen, blank for none; `file_round` is a part of widget keys."""

    way: Way = Way.EXAMPLES
    texts: dict[Way, str] = field(default_factory=dict)
    files: dict[Way, SentFile] = field(default_factory=dict)
    readings: dict[Way, Reading] = field(default_factory=dict)
    model: str = ""
    template: str = ""
    file_round: int = 0

    def take_file(self, way: Way, file: SentFile) -> None:
        """Read the file instead of what is typed, which stays."""
        self.files[way] = file
        self.file_round += 1

    def drop_file(self, way: Way) -> None:
        """Go back to what is typed."""
        self.files.pop(way, None)


@dataclass
class OpenStart:
    """Which editor's dialog is open, by its prefix: one at most, whatever stands on the page."""

    prefix: str = ""

    def close(self) -> None:
        self.prefix = ""
