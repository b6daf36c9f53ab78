"""What the form in the browser is sent: plain JSON, all of it text that a person or a schema may have written."""

from typing import Any, Literal, NotRequired, TypeAlias, TypedDict

Steps: TypeAlias = list[str | int]
RowKind: TypeAlias = Literal["field", "shape", "definition"]
ControlKind: TypeAlias = Literal[
    "text", "lines", "json", "jsons", "number", "count", "flag", "bound", "choices", "constant"
]


class ItemView(TypedDict):
    """What a list holds, by its path; `type` is `anything` where it may hold that."""

    path: Steps
    type: str
    target: str | None


class MarkView(TypedDict):
    """Something said at a field."""

    text: str
    tone: str


class KeptView(TypedDict):
    """A keyword the form does not edit, as compact JSON; the keyword is blank for a schema that is true or false."""

    keyword: str
    text: str


class RowView(TypedDict):
    """A field, a shape or a definition."""

    id: int
    path: Steps
    depth: int
    kind: RowKind
    name: str
    required: bool
    type: str
    description: str
    title: str
    items: list[ItemView]
    inside: Steps
    holds: Literal["fields", "shapes"] | None
    target: str | None
    badges: list[str]
    canMoveOut: bool
    canMoveInto: bool
    uses: int
    marks: list[MarkView]


class ControlView(TypedDict):
    """One thing that can be said of a field. What `value` is depends on the kind."""

    part: str
    label: str
    kind: ControlKind
    value: Any  # Any: JSON of the kind's own shape
    placeholder: NotRequired[str]
    help: NotRequired[str]


class SectionView(TypedDict):
    """The controls of the field itself (blank title), or of what its list holds."""

    path: Steps
    title: str
    controls: list[ControlView]


class DetailsView(TypedDict):
    """All that can be said of the selected field beside its row."""

    path: Steps
    sections: list[SectionView]
    kept: list[KeptView]
    canExtract: bool
    canInline: bool


class HeldView(TypedDict):
    """What stands in the form as typed because it could not be taken; see `Held`."""

    path: Steps
    level: int
    part: str
    value: Any  # Any: what was typed
    message: str


class RefusalView(TypedDict):
    """Why the edit of this number was not made."""

    number: int
    message: str
    path: Steps | None
    part: str


class FormView(TypedDict):
    """All that the form shows. `rootInside` and `rootHolds` say for the root what a row says for a field."""

    applied: int
    rows: list[RowView]
    details: DetailsView | None
    selected: Steps | None
    undo: str | None
    redo: str | None
    found: list[Steps] | None
    search: str
    held: list[HeldView]
    refusal: RefusalView | None
    definitions: list[str]
    unused: int
    rootIsObject: bool
    rootType: str
    rootInside: Steps
    rootHolds: Literal["fields", "shapes"] | None
    rootKept: list[KeptView]
    rootMarks: list[MarkView]
    noun: str
