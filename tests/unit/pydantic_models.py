"""Pydantic models as source text, and values on all sides of them."""

from typing import Any

Json = Any  # Any: arbitrary JSON

HEAD = """
import datetime as dt
import enum
import uuid
from datetime import date as Day
from decimal import Decimal
from enum import Enum, StrEnum
from typing import Annotated, Any, ClassVar, Dict, List, Literal, Optional, Union

import annotated_types
from annotated_types import Ge, Len
from pydantic import (
    AliasChoices, AnyUrl, BaseModel, BeforeValidator, ConfigDict, Field, HttpUrl, PositiveInt, RootModel,
    StringConstraints, conint, conlist, constr, field_validator,
)
from pydantic.alias_generators import to_camel
"""
FIELDS = [
    *("str", "int", "float", "bool", "Any", "None", "object", "dt.date", "Day", "dt.datetime", "dt.time", "uuid.UUID"),
    *("HttpUrl", "AnyUrl", "Decimal", "PositiveInt", "list", "dict", "set[int]", "list[str]", "List[int]"),
    *("Dict[str, int]", "dict[str, list[int]]", "dict[Literal['a', 'b'], int]", "tuple[int, str]", "tuple[int, ...]"),
    *("Optional[int]", "int | None", "Union[int, str]", "Union[int, None, str]", "None | str", "'int | None'"),
    *("Literal['a', 'b c']", "Literal['a', None]", "Literal[1, 'a', True]", "Optional[Literal['a']]", "Literal[-1]"),
    *(
        "constr(min_length=2, pattern='^a')",
        "conint(gt=1, le=5)",
        "conlist(int, min_length=1)",
        "Annotated[int, Ge(3)]",
    ),
    *("Annotated[int, Field(gt=2, lt=9, multiple_of=2)]", "Annotated[str, StringConstraints(max_length=2)]"),
    *("list[Annotated[int, Field(ge=3)]]", "Annotated[Optional[int], Field(gt=2)]", "Annotated[list[int], Len(1, 2)]"),
    *(
        "int = 3",
        "int = None",
        "int | None = None",
        "list[int] = []",
        "str = 'x'",
        "Optional[str] = Field(None, max_length=2)",
    ),
    *("int = Field(ge=1, description='D', title='T', examples=[1])", "int = Field(default=3, alias='y')"),
    *(
        "list[int] = Field(default_factory=list, min_length=1)",
        "str = Field(..., pattern='^a+$')",
        "int = Field(5, gt=-1)",
    ),
    *("int = Field(validation_alias=AliasChoices('y', 'z'))", "float = Field(gt=0, json_schema_extra={'maximum': 3})"),
    "int = Field(default_factory=lambda: 4)",
]
MODELS = {
    "nested": """
class Inner(BaseModel):
    model_config = ConfigDict(extra="forbid")
    y: int

class Outer(BaseModel):
    x: Inner
    z: list[Inner] = []
    w: Inner | None = None
""",
    "recursive": """
class Node(BaseModel):
    x: int
    y: "Node | None" = None
    z: list["Node"] = Field(default_factory=list)
""",
    "each other": """
class A(BaseModel):
    x: Optional["B"] = None

class B(BaseModel):
    x: Optional[A] = None
    y: int = 1
""",
    "enums": """
class Colour(str, Enum):
    RED = "red"
    BLUE = "light blue, or so"

class Size(enum.IntEnum):
    SMALL = 1
    LARGE = enum.auto()

class Mood(StrEnum):
    GLAD = enum.auto()

class M(BaseModel):
    x: Colour = Colour.RED
    y: Size | None = None
    z: list[Mood] = [Mood.GLAD]
    w: Literal[Colour.RED] = Colour.RED
""",
    "inherited": """
class Base(BaseModel, extra="forbid"):
    x: int
    y: str = "a"

class M(Base):
    y: int
    kind: ClassVar[str] = "m"
    _hidden: int = 3
""",
    "camel case": """
class M(BaseModel):
    model_config = {"alias_generator": to_camel, "extra": "allow", "title": "My model"}
    first_name: str
    x: int = Field(default=1, alias="y")
""",
    "other fields": """
class M(BaseModel):
    model_config = ConfigDict(extra="allow")
    __pydantic_extra__: dict[str, int] = Field(init=False)
    x: str = ""
""",
    "a list": """
class Item(BaseModel):
    x: int

class M(RootModel[list[Item]]):
    pass
""",
    "a root": """
class M(RootModel):
    root: dict[str, int | list["M"]]
""",
    "names": """
LOWEST = 2
Score = Annotated[int, Field(ge=LOWEST, le=LOWEST)]
Choices = Literal["a", "b"]

class M(BaseModel):
    x: Score
    y: dict[str, Choices] = {}
    z: Optional[Choices] = None
""",
    "checks": '''
class M(BaseModel):
    """A model.

    With two lines.
    """

    x: int
    """What x is."""

    @field_validator("x")
    @classmethod
    def x_is_even(cls, value: int) -> int:
        return value
''',
}
LEAVES: list[Json] = [
    0,
    1,
    2,
    3,
    4,
    5,
    6,
    9,
    -1,
    1.5,
    3.0,
    "",
    "a",
    "b",
    "aa",
    "b c",
    "x",
    "red",
    "glad",
    "light blue, or so",
]
LEAVES += [True, False, None, "2026-03-31", "2026-03-31T14:05:00Z", "14:05:00Z", "https://example.com/", "my", "12"]
LEAVES += [
    "7f3c1f0e-52ad-4a6e-9c41-0b5b5d1f8a10",
    [],
    {},
    [1],
    [1, 1],
    [1, "a"],
    ["a"],
    [3, 4, 5],
    {"a": 1},
    {"a": "b"},
]
LEAVES += [
    {"y": 1},
    [{"y": 1}],
    {"y": 1, "q": 1},
    {"x": 1},
    [{"x": 1}],
    {"x": {"y": 2}},
    {"a": [1, {"b": [2]}]},
    {"a": [1]},
]
VALUES: list[Json] = [*LEAVES, *({key: leaf} for key in "xyzw" for leaf in LEAVES)]
VALUES += [{"x": one, "y": other} for one in LEAVES[:8] for other in LEAVES]
VALUES += [{"x": {"y": 1}, "z": [{"y": 2}], "w": None}, {"firstName": "a", "y": 3}, {"first_name": "a"}]
