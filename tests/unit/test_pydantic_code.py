"""Pydantic code for a schema: it compiles, gives the same verdicts, and holds nothing of a hostile schema as code."""

import ast
import json
import sys
import types
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel, ValidationError

from core.errors import InvalidSchemaError
from core.tasks.judge import check
from core.tasks.python_code.pydantic_code import pydantic_code
from core.tasks.python_code.python_text import (
    RESERVED,
    class_name,
    docstring,
    field_name,
    literal,
    quote,
    quote_pattern,
)
from tests.unit.pydantic_corpus import CASES, SHIPPED
from tests.unit.schema_cases import Case, object_of

Json = Any  # Any: arbitrary JSON


@contextmanager
def the_model(schema: Json) -> Iterator[type[BaseModel]]:
    """Run the code for a schema of these tests, as somebody who pasted it would."""
    module = types.ModuleType("pasted_code")
    sys.modules[module.__name__] = module
    try:
        exec(compile(pydantic_code(schema), "<pasted>", "exec"), module.__dict__)
        yield module.Answer
    finally:
        del sys.modules[module.__name__]


def accepts(model: type[BaseModel], value: Json) -> tuple[bool, bool]:
    """Say whether the model takes a value as Python objects, and as JSON text."""
    verdicts = []
    for judge, given_value in ((model.model_validate, value), (model.model_validate_json, json.dumps(value))):
        try:
            judge(given_value)
            verdicts.append(True)
        except ValidationError:
            verdicts.append(False)
    return verdicts[0], verdicts[1]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_code_accepts_what_the_schema_accepts(case: Case) -> None:
    with the_model(case.schema) as model:
        own = model.model_json_schema()
        for value in case.valid:
            assert accepts(model, value) == (True, True), value
            assert check(own, value) == [], value


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_code_refuses_what_the_schema_refuses(case: Case) -> None:
    with the_model(case.schema) as model:
        own = model.model_json_schema()
        assert [value for value in case.invalid if not check(own, value)] == []
        if not case.unchecked:
            assert [value for value in case.invalid if accepts(model, value) != (False, False)] == []


@pytest.mark.parametrize("case", [case for case in CASES if case.unchecked], ids=lambda case: case.name)
def test_what_the_code_cannot_check_is_said_in_a_comment(case: Case) -> None:
    comments = [line.strip() for line in pydantic_code(case.schema).splitlines() if line.strip().startswith("#")]

    said = {word for line in comments for word in line.split(": ", 1)[1].split(", ")}
    assert said == case.unchecked


def test_code_without_gaps_has_no_comments() -> None:
    for case in CASES:
        if not case.unchecked:
            assert "    #" not in pydantic_code(case.schema), case.name


def test_the_code_reads_like_written_by_hand() -> None:
    code = pydantic_code(SHIPPED["Feedback sentiment"], name="feedback sentiment")

    assert code.endswith(
        """

class FeedbackSentiment(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid")

    sentiment: Literal["positive", "neutral", "negative"] = Field(description="The mood of the text.")
    stars: Annotated[int, Field(ge=1, le=5)] | None = Field(
        description="The stars given, from 1 to 5; null when the text names none.",
    )
    topic: str = Field(description="What the text is about, in a few words.", max_length=60)
"""
    )


def test_a_schema_that_is_refused_at_save_is_refused_here() -> None:
    with pytest.raises(InvalidSchemaError):
        pydantic_code({"$ref": "https://example.com/schema.json"})
    with pytest.raises(InvalidSchemaError):
        pydantic_code({"type": "object", "properties": {"x": {"pattern": "(?=a)"}}})


def test_a_ladder_of_alternatives_gives_code_in_bounded_size() -> None:
    schema: Json = {"type": "string"}
    for level in range(8):
        schema = object_of("", **{f"f{level}": schema}) | {
            "anyOf": [object_of("a", a=schema), object_of("b", b={"type": "integer"})]
        }

    code = pydantic_code(schema)

    ast.parse(code)
    assert len(code) < 1_000_000


PAYLOADS = [
    'x"""\nimport os\nos.system("true")\n"""',
    "x'''\nimport os\n'''",
    "a\nimport os",
    "a\r\nimport os",
    "a\x0cimport os",
    "a\u2028import os",
    'a"); import os; ("',
    "a'); import os; ('",
    "__import__('os').system('true')",
    "\\",
    '\\"',
    "a\\",
    "{os}",
    "%s{0}",
    "\u202eabc",
    "# type: ignore",
    "a # b",
    "BaseModel",
    "__class__",
    "lambda: os",
    "]]; import os",
    "",
    "\t",
    "é",
    "日本",
    "x" * 300,
    "🙂",
]
TEXTS = st.sampled_from(PAYLOADS) | st.text(max_size=12).filter(lambda text: "\x00" not in text)
LEAVES = st.one_of(
    st.fixed_dictionaries(
        {"type": st.just("string")}, optional={"description": TEXTS, "title": TEXTS, "default": TEXTS}
    ),
    st.fixed_dictionaries({"enum": st.lists(TEXTS, min_size=1, max_size=4, unique=True)}, optional={"title": TEXTS}),
    st.fixed_dictionaries({"const": TEXTS | st.lists(TEXTS, max_size=2) | st.dictionaries(TEXTS, TEXTS, max_size=2)}),
    st.fixed_dictionaries({"type": st.just("string"), "format": TEXTS}),
    st.fixed_dictionaries(
        {
            "type": st.just("string"),
            "pattern": TEXTS.map(lambda text: "".join(f"[{c}]" if c.isalnum() else "x" for c in text)),
        }
    ),
    st.fixed_dictionaries({"type": st.just("integer"), "examples": st.lists(TEXTS, max_size=2), "default": TEXTS}),
    st.fixed_dictionaries({"not": st.fixed_dictionaries({"const": TEXTS}), "x-note": TEXTS}),
)
SCHEMAS = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.fixed_dictionaries(
            {"type": st.just("object"), "properties": st.dictionaries(TEXTS, inner, max_size=3)},
            optional={
                "description": TEXTS,
                "title": TEXTS,
                "required": st.lists(TEXTS, max_size=2, unique=True),
                "additionalProperties": st.booleans() | inner,
                "patternProperties": st.just({"^x": {}}),
                "default": st.dictionaries(TEXTS, TEXTS, max_size=1),
            },
        ),
        st.fixed_dictionaries({"type": st.just("array"), "items": inner}, optional={"uniqueItems": st.booleans()}),
        st.fixed_dictionaries({"anyOf": st.lists(inner, min_size=1, max_size=3)}, optional={"title": TEXTS}),
        st.builds(lambda name, held: {"$defs": {name: held}, "allOf": [held], "description": name}, TEXTS, inner),
    ),
    max_leaves=5,
)
_NODES = (ast.Import, ast.ImportFrom, ast.Lambda, ast.FunctionDef, ast.AsyncFunctionDef)
_CALLED = {"Field", "ConfigDict", "AfterValidator", "BeforeValidator", "_one_of", "_written_as"}
_CHECKS = {"_one_of", "_written_as"}


def assert_only_our_code(code: str) -> None:
    """Every name that is called or imported is one of ours, and nothing but classes and aliases is defined."""
    tree = ast.parse(code)
    for statement in tree.body:
        if isinstance(statement, ast.FunctionDef):
            assert statement.name in _CHECKS
            continue
        assert isinstance(statement, ast.Import | ast.ImportFrom | ast.ClassDef | ast.Assign | ast.Expr)
        if isinstance(statement, ast.Import | ast.ImportFrom):
            module = statement.module if isinstance(statement, ast.ImportFrom) else statement.names[0].name
            assert module in {"__future__", "datetime", "re", "uuid", "collections.abc", "typing", "pydantic"}
            continue
        if isinstance(statement, ast.Expr):
            assert isinstance(statement.value, ast.Constant)
        for node in ast.walk(statement):
            assert not isinstance(node, (*_NODES, ast.JoinedStr, ast.Await, ast.NamedExpr, ast.comprehension))
            if isinstance(node, ast.Call):
                assert isinstance(node.func, ast.Name)
                assert node.func.id in _CALLED
            if isinstance(node, ast.ClassDef):
                assert [base.id for base in node.bases if isinstance(base, ast.Name)] in (["BaseModel"], ["RootModel"])
            if isinstance(node, ast.Attribute):
                assert isinstance(node.value, ast.Name)
                assert (node.value.id, node.attr) in {("dt", "date"), ("dt", "time"), ("uuid", "UUID")}


@settings(max_examples=300, deadline=None)
@given(schema=SCHEMAS, name=TEXTS)
def test_nothing_of_a_hostile_schema_becomes_code(schema: Json, name: str) -> None:
    try:
        code = pydantic_code(schema, name=name)
    except InvalidSchemaError:
        return

    assert_only_our_code(code)
    assert_only_our_comments(code)


def assert_only_our_comments(code: str) -> None:
    words = {"uniqueItems", "not", "format", "patternProperties", "enum", "false", "allOf", "additionalProperties"}
    words |= {"pattern", "anyOf"}
    texts = {node.value for node in ast.walk(ast.parse(code)) if isinstance(node, ast.Constant)}
    docs = "\n".join(str(text) for text in texts)
    for line in code.splitlines():
        if line.strip().startswith("# ") and line.strip() not in docs:
            for part in line.strip()[2:].split("; "):
                said, _, names = part.partition(": ")
                assert said in {"not checked by this code", "not in this code"}
                assert set(names.split(", ")) <= words


@pytest.mark.parametrize("payload", PAYLOADS)
def test_texts_come_back_out_of_the_code_as_they_went_in(payload: str) -> None:
    for written in (quote(payload), quote_pattern(payload), literal({payload: [payload, 1, None, True, 1.5]})):
        assert "\n" not in written
        assert ast.literal_eval(written) in (payload, {payload: [payload, 1, None, True, 1.5]})
    function = ast.parse(f"class A:\n{docstring(payload)}\n").body[0]
    assert isinstance(function, ast.ClassDef)
    if payload.isascii() and payload.strip():
        assert (ast.get_docstring(function, clean=True) or "").split() == payload.split()


@given(name=st.text(max_size=20) | st.sampled_from([*PAYLOADS, *sorted(RESERVED)]))
def test_names_are_plain_identifiers(name: str) -> None:
    used = field_name(name, taken={"taken"})
    called = class_name(name, taken={"Taken"})

    assert used.isidentifier()
    assert not used.startswith("_")
    assert not hasattr(BaseModel, used)
    assert called.isidentifier()
    assert called.isascii()
    assert called not in RESERVED
