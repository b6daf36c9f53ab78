"""Reading a Pydantic model's source: the same verdicts as the model's own schema, and nothing ever run."""

import sys
import types
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import InvalidInputError
from core.tasks.judge import check
from core.tasks.python_code.pydantic_code import pydantic_code
from core.tasks.schema_rules import check_schema
from core.tasks.sources.pydantic_source import schema_from_pydantic
from tests.unit.pydantic_corpus import CASES
from tests.unit.pydantic_models import FIELDS, HEAD, MODELS, VALUES
from tests.unit.schema_cases import Case

Json = Any  # Any: arbitrary JSON


def own_schema(source: str) -> Json:
    """Return what Pydantic says of the last model of a source of these tests."""
    module = types.ModuleType("pydantic_source_under_test")
    sys.modules[module.__name__] = module
    try:
        exec(compile(source, "<test>", "exec"), module.__dict__)
        made = [one for one in vars(module).values() if getattr(one, "__module__", "") == module.__name__]
        return next(one for one in reversed(made) if hasattr(one, "model_json_schema")).model_json_schema()
    finally:
        del sys.modules[module.__name__]


def assert_same_verdicts(source: str, values: list[Json] = VALUES) -> Json:
    ours, own = schema_from_pydantic(source), own_schema(source)
    check_schema(ours)

    differing = [value for value in values if bool(check(ours, value)) != bool(check(own, value))]

    assert differing == []
    return ours


@pytest.mark.parametrize("written", FIELDS)
def test_a_field_means_what_pydantic_says(written: str) -> None:
    assert_same_verdicts(f"{HEAD}\nclass M(BaseModel):\n    x: {written}\n")


@pytest.mark.parametrize("name", MODELS)
def test_models_mean_what_pydantic_says(name: str) -> None:
    assert_same_verdicts(HEAD + MODELS[name])


def test_names_texts_and_defaults_are_kept() -> None:
    schema = schema_from_pydantic(
        HEAD
        + '''
class Ticket(BaseModel):
    """What to do."""

    state: Literal["in progress, on hold", "done"] = Field(default="done", description="Where it stands.")
    score: float = Field(ge=0, le=1, examples=[0.5])
    note: Annotated[str | None, Field(title="A note")] = None
'''
    )

    assert schema == {
        "title": "Ticket",
        "description": "What to do.",
        "type": "object",
        "properties": {
            "state": {
                "type": "string",
                "enum": ["in progress, on hold", "done"],
                "description": "Where it stands.",
                "default": "done",
            },
            "score": {"type": "number", "minimum": 0, "maximum": 1, "examples": [0.5]},
            "note": {"type": ["string", "null"], "title": "A note", "default": None},
        },
        "required": ["score"],
    }


def test_what_only_code_can_say_is_named() -> None:
    schema = schema_from_pydantic(HEAD + MODELS["checks"])
    marked = schema_from_pydantic("class M(BaseModel):\n    x: Annotated[int, AfterValidator(check)]")

    assert schema["description"] == "A model.\n\nWith two lines."
    assert schema["properties"]["x"]["description"] == "What x is."
    assert schema["$comment"] == "Not carried over: the checks x_is_even."
    assert marked["properties"]["x"]["$comment"] == "Not carried over: AfterValidator."


def test_the_last_model_is_the_root_unless_one_is_named() -> None:
    source = "class A(BaseModel):\n    x: int\n\nclass B(BaseModel):\n    y: A\n\nNOTHING = 3\n"

    assert schema_from_pydantic(source)["title"] == "B"
    assert schema_from_pydantic(source)["properties"]["y"] == {"$ref": "#/$defs/A"}
    assert schema_from_pydantic(source, model="A")["title"] == "A"
    with pytest.raises(InvalidInputError, match="no model “C”") as caught:
        schema_from_pydantic(source, model="C")
    assert caught.value.hint == "It holds: A, B."


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("", "There is no Pydantic model in the source"),
        ("x = 3", "There is no Pydantic model in the source"),
        ("class A:\n    x: int", "There is no Pydantic model in the source"),
        ("class A(BaseModel)\n    x: int", "Line 1: this is not Python: expected ':'."),
        ("class A(BaseModel):\n    x: int\n    y: Foo", "Line 3: the type “Foo” is not known here."),
        ("class A(BaseModel):\n    x: list[np.ndarray]", "Line 2: the type “ndarray” is not known here."),
        ("class A(BaseModel):\n    x: 'list['", "Line 2: the quoted type is not Python."),
        ("class A(BaseModel):\n    x: 3", "Line 2: this is not a type that can be read."),
        ("class A(BaseModel):\n    x: f()", "Line 2: the type “f(…)” is not known here."),
        ("class A(BaseModel):\n    x: Literal[f()]", "Line 2: a value of this Literal is not written out."),
        ("class A(Base):\n    x: int\nclass B(A, BaseModel): pass", "Line 1: the base “Base” is not defined here."),
        ("class G(BaseModel):\n    x: int\nclass A(BaseModel):\n    x: G[int]", "Line 4: the generic model “G”"),
        ("T = list[T]\nclass A(BaseModel):\n    x: T", "Line 1: the type “T” is made of itself"),
        ("class E(Enum):\n    A = f()\nclass A(BaseModel):\n    x: E", "Line 2: the value of “A” is not written out."),
        ("class P:\n    pass\nclass A(BaseModel):\n    x: P", "Line 1: the class “P” is neither a model nor an enum."),
        (
            "class A(BaseModel):\n    model_config = ConfigDict(alias_generator=f)\n    x: int",
            "Line 2: the alias_generator would have to be run.",
        ),
    ],
)
def test_what_cannot_be_read_is_refused_with_its_line(source: str, message: str) -> None:
    with pytest.raises(InvalidInputError) as caught:
        schema_from_pydantic(source)

    assert caught.value.message.startswith(message)
    assert not message.startswith("Line") or caught.value.details[0].place == message.split(":")[0].lower()


DOUBLED = "\n".join(f"T{number + 1} = tuple[T{number}, T{number}]" for number in range(60))
DOUBLED_VALUES = "\n".join(f"V{number + 1} = [V{number}, V{number}]" for number in range(15))


@pytest.mark.parametrize(
    "source",
    [
        "class A(BaseModel):\n    x: " + "list[" * 90 + "int" + "]" * 90,
        "class A(BaseModel):\n    x: " + "list[" * 5_000 + "int" + "]" * 5_000,
        "class A(BaseModel):\n    x: int = " + "-" * 50_000 + "1",
        "class A(BaseModel):\n    x: a" + "()" * 50_000,
        "class A(BaseModel):\n    x: " + "(" * 50_000,
        "class A(BaseModel):\n    x: int\0",
        "class A(BaseModel):\n    x: int = " + "9" * 10_000,
        f"T0 = int\n{DOUBLED}\nclass A(BaseModel):\n    x: T60",
        f"V0 = 1\n{DOUBLED_VALUES}\nclass A(BaseModel):\n    x: int = V15",
        "#" * 200_001,
    ],
    ids=range(10),
)
def test_hostile_sources_are_refused(source: str) -> None:
    with pytest.raises(InvalidInputError):
        schema_from_pydantic(source)


def test_many_alternatives_are_read() -> None:
    schema = schema_from_pydantic("class A(BaseModel):\n    x: " + " | ".join(["int", "str"] * 1_000))

    assert schema["properties"]["x"] == {"anyOf": [{"type": "integer"}, {"type": "string"}]}


def test_nothing_in_a_source_is_run(tmp_path: Path) -> None:
    trace = tmp_path / "trace"
    touch = f"open({str(trace)!r}, 'w')"
    sources = [
        f"{touch}\nclass A(BaseModel):\n    x: int = {touch}\n",
        f"class A(BaseModel):\n    x: int = Field(default_factory=lambda: {touch})\n    {touch}\n",
        f"class A(BaseModel):\n    x: Annotated[int, {touch}]\n",
        f"class A(BaseModel):\n    x: int = Field(description={touch})\n",
        f"class A(BaseModel):\n    x: {touch!r}\n",
        f"class A(BaseModel, metaclass={touch}):\n    x: int\n",
    ]

    for source in sources:
        try:
            schema_from_pydantic(source)
        except InvalidInputError:
            continue

    assert not trace.exists()


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_generated_code_reads_back_to_the_same_verdicts(case: Case) -> None:
    code = pydantic_code(case.schema)

    schema = schema_from_pydantic(code, model="Answer")

    for value in case.valid:
        assert check(schema, value) == [], value
    if not case.unchecked:
        assert [value for value in case.invalid if not check(schema, value)] == []


@settings(max_examples=150, deadline=None)
@given(text=st.text(max_size=60), tail=st.sampled_from(["", "\nclass A(BaseModel):\n    x: int", "]", "'"]))
def test_any_text_is_read_or_refused(text: str, tail: str) -> None:
    for source in (text + tail, f"class A(BaseModel):\n    x: {text}{tail}"):
        try:
            schema = schema_from_pydantic(source)
        except InvalidInputError:
            continue
        assert schema["title"]
