"""The judge: whether a value satisfies a task's JSON Schema, and the same verdict as a type for pydantic-ai."""

import json
import threading
from collections import OrderedDict
from collections.abc import Iterator
from itertools import islice
from typing import Any, NoReturn, cast

from jsonschema_rs import ValidationError as RawError
from jsonschema_rs import Validator
from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler, ValidationError
from pydantic_core import CoreSchema, InitErrorDetails, PydanticCustomError, core_schema

from core.tasks.error_words import FieldError, explain
from core.tasks.json_values import JsonObject, JsonSchema, copy_json, find_unusable, show_value
from core.tasks.schema_graph import SchemaGraph, Weight
from core.tasks.schema_rules import MAX_DEPTH, MAX_NODES, fingerprint
from core.tasks.validators import compile_validator

__all__ = ["AnswerTextError", "FieldError", "check", "field_errors", "is_recursive", "output_type", "parse_answer"]

MAX_VALUE_DEPTH = 128
MAX_VALUE_NODES = 100_000
MAX_ERRORS = 100
_MAX_CACHED = 256
_MAX_EXPLAINED_NODES = 5_000
# Explaining a failure tries every alternative anew (25 µs each), and again at each level of a recursive schema.
_MAX_WAYS = 10_000


class AnswerTextError(ValueError):
    """A model's answer is not JSON that can be read; the text of the error is a sentence."""


class _Judge:
    """A compiled schema with what is needed to explain its verdicts in bounded time."""

    def __init__(self, schema: JsonSchema) -> None:
        self.validator: Validator = compile_validator(schema)
        graph = SchemaGraph(schema)
        self.is_recursive = graph.find_cycle(frozenset({"same", "inside"}), start="") is not None
        self.weight = graph.weigh()[""]
        self.ways = graph.count_ways()
        self.sent, self.is_stub = _schema_for_pydantic(graph, weight=self.weight, is_recursive=self.is_recursive)

    def check(self, value: object) -> list[FieldError]:
        unusable = find_unusable(value, max_depth=MAX_VALUE_DEPTH, max_nodes=MAX_VALUE_NODES)
        if unusable:
            loc, reason = unusable
            return [FieldError(loc, reason, None, "json")]
        if self.validator.is_valid(value):
            return []
        if not self._can_explain(value):
            return [FieldError((), "does not match the schema", value, "schema")]
        errors = (found for error in self._errors(value) for found in explain(error))
        return list(islice(errors, MAX_ERRORS))

    def _errors(self, value: object) -> Iterator[RawError]:
        """Yield the findings; for a large value only the first, since all are made before any is given out."""
        if find_unusable(value, max_depth=MAX_VALUE_DEPTH, max_nodes=_MAX_EXPLAINED_NODES) is None:
            yield from self.validator.iter_errors(value)
            return
        try:
            self.validator.validate(value)
        except RawError as error:
            yield error

    def _can_explain(self, value: object) -> bool:
        if not self.is_recursive or self.ways <= 1:
            return self.weight.nodes <= _MAX_WAYS
        depth = 0
        while self.ways**depth <= _MAX_WAYS:
            if find_unusable(value, max_depth=depth, max_nodes=MAX_VALUE_NODES) is None:
                return True
            depth += 1
        return False


_judges: OrderedDict[str, _Judge] = OrderedDict()
_judges_lock = threading.Lock()


def _judge_of(schema: JsonSchema) -> _Judge:
    key = fingerprint(schema)
    with _judges_lock:
        judge = _judges.get(key)
        if judge is not None:
            _judges.move_to_end(key)
            return judge
    judge = _Judge(schema)
    with _judges_lock:
        _judges[key] = judge
        while len(_judges) > _MAX_CACHED:
            _judges.popitem(last=False)
    return judge


def check(schema: JsonSchema, value: object) -> list[FieldError]:
    """Return what is wrong with the value, an empty list when it satisfies the schema.

    At most 100 findings are given, and only the first for a value of more than 5,000 parts.

    Raises: InvalidSchemaError: the schema itself cannot be used.
    """
    return _judge_of(schema).check(value)


def is_recursive(schema: JsonSchema) -> bool:
    """Say whether a part of the schema contains itself. Raises: InvalidSchemaError."""
    return _judge_of(schema).is_recursive


def parse_answer(text: str) -> object:
    """Read a model's answer as strict JSON. Raises: AnswerTextError: it is not JSON, or too deep or too large."""
    try:
        value: object = json.loads(text, parse_constant=_refuse_constant)
    except json.JSONDecodeError as error:
        place = f"line {error.lineno}, column {error.colno}"
        raise AnswerTextError(f"The answer is not JSON: {error.msg} at {place}.") from error
    except RecursionError as error:
        raise AnswerTextError("The answer is nested too deep to read.") from error
    except AnswerTextError:
        raise
    except ValueError as error:
        raise AnswerTextError("The answer holds a number that is too long to read.") from error
    unusable = find_unusable(value, max_depth=MAX_VALUE_DEPTH, max_nodes=MAX_VALUE_NODES)
    if unusable:
        loc, reason = unusable
        where = " at " + "/".join(str(step) for step in loc) if loc else ""
        raise AnswerTextError(f"The answer cannot be used: it {reason}{where}.")
    return value


def _refuse_constant(name: str) -> NoReturn:
    raise AnswerTextError(f"The answer holds {name}, which is not a number JSON can hold.")


def output_type(schema: JsonSchema, *, name: str = "answer") -> type[Any]:  # Any: a type made at run time
    """Return a type that accepts exactly what `check` accepts, for `TypeAdapter` and pydantic-ai's output modes.

    `name` becomes the name of the class. The type carries `schema_document`, a copy of the schema as written, and
    `is_stub`: True when the JSON schema that pydantic hands out only says “an object”, because the real one cannot
    pass through pydantic (it is recursive); the caller then puts `schema_document` into the request itself.
    Raises: InvalidSchemaError.
    """
    judge = _judge_of(schema)
    document: JsonSchema = copy_json(schema)

    def refuse_or_pass(value: object) -> object:
        errors = judge.check(value)
        if errors:
            raise ValidationError.from_exception_data(name, [_line_error(error) for error in errors])
        return value

    class Answer(dict[str, Any]):  # Any: JSON by the user's schema
        __is_model_like__ = True  # pydantic-ai: do not wrap it in {"response": …}
        schema_document = document
        is_stub = judge.is_stub

        @classmethod
        def __get_pydantic_core_schema__(cls, source: object, handler: GetCoreSchemaHandler) -> CoreSchema:
            return core_schema.no_info_after_validator_function(refuse_or_pass, core_schema.any_schema())

        @classmethod
        def __get_pydantic_json_schema__(cls, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonObject:
            return cast(JsonObject, copy_json(judge.sent))

    Answer.__name__ = Answer.__qualname__ = name
    return Answer


def _line_error(error: FieldError) -> InitErrorDetails:
    # The retry sends `input` back to the model: whole objects would repeat the answer once for each finding.
    is_shortened = isinstance(error.value, dict | list)
    given = show_value(error.value, limit=200) if is_shortened else error.value
    details = {"reason": error.message, "keyword": error.keyword, "is_shortened": is_shortened}
    return InitErrorDetails(type=PydanticCustomError("json_schema", "{reason}", details), loc=error.loc, input=given)


def _schema_for_pydantic(graph: SchemaGraph, *, weight: Weight, is_recursive: bool) -> tuple[JsonSchema, bool]:
    """Return what pydantic may be told, and whether that is only a stub: it cannot carry references."""
    if not is_recursive and not graph.problems and weight.nodes <= MAX_NODES and weight.depth <= MAX_DEPTH:
        inlined = graph.inline()
        if isinstance(inlined, dict) and not _mentions_reference(inlined):
            return inlined, False
    document = graph.document
    kept = ("title", "description")
    about = {key: document[key] for key in kept if key in document} if isinstance(document, dict) else {}
    return {"type": "object", **about}, True


def _mentions_reference(schema: JsonObject) -> bool:
    """Say whether any object in it has a key `$ref`; pydantic reads even a field's name as a reference."""
    todo: list[object] = [schema]
    while todo:
        node = todo.pop()
        if isinstance(node, dict):
            if "$ref" in node:
                return True
            todo.extend(node.values())
        elif isinstance(node, list):
            todo.extend(node)
    return False


def field_errors(error: ValidationError) -> list[FieldError]:
    """Return what a `ValidationError` of an output type found, in the form `check` gives it."""
    return [
        FieldError(
            line["loc"],
            line.get("ctx", {}).get("reason") or line["msg"],
            line["input"],
            line.get("ctx", {}).get("keyword") or "json",
        )
        for line in error.errors(include_url=False)
    ]
