"""The judge: whether a value satisfies a task's JSON Schema, and the same verdict as a type for pydantic-ai.

What is judged is a value, not its text. Of a key that stands twice in one object of a model's answer the last is
taken, as JSON readers do, and the others are not looked at.
"""

import hashlib
import marshal
import threading
from collections import OrderedDict
from collections.abc import Iterator
from itertools import islice
from typing import Any, TypeVar, cast

from jsonschema_rs import ValidationError as RawError
from jsonschema_rs import Validator
from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler, ValidationError
from pydantic_core import CoreSchema, InitErrorDetails, PydanticCustomError, core_schema

from core.tasks.judging.effort import Effort
from core.tasks.judging.error_words import FieldError, explain
from core.tasks.judging.measures import measure_whole
from core.tasks.judging.workload import Extent, Workload
from core.tasks.schema_rules import MAX_DEPTH, MAX_NODES, fingerprint, refuse_endless
from core.tasks.schemas.json_values import JsonObject, JsonSchema, copy_json, find_unusable, show_value
from core.tasks.schemas.schema_graph import SchemaGraph
from core.tasks.schemas.validators import compile_validator

__all__ = ["FieldError", "check", "output_type"]

MAX_VALUE_DEPTH = 128
MAX_VALUE_NODES = 100_000
MAX_VALUE_CHARACTERS = 10_000_000
MAX_ERRORS = 100
_MAX_CACHED = 256
_Key = TypeVar("_Key", str, bytes)


class _Judge:
    """A compiled schema with what is needed to explain its verdicts in bounded time."""

    def __init__(self, schema: JsonSchema) -> None:
        graph = SchemaGraph(schema)
        refuse_endless(graph)
        self.validator: Validator = compile_validator(schema)
        self.sent, self.is_stub = _schema_for_pydantic(graph)
        self._workload = Workload(graph)
        self._effort = Effort(graph)

    def check(self, value: object) -> list[FieldError]:
        whole = measure_whole(
            value, max_depth=MAX_VALUE_DEPTH, max_values=MAX_VALUE_NODES, max_characters=MAX_VALUE_CHARACTERS
        )
        if whole is None:
            unusable = find_unusable(value, max_depth=MAX_VALUE_DEPTH, max_nodes=MAX_VALUE_NODES)
            loc, reason = unusable or ((), f"holds more than {MAX_VALUE_CHARACTERS:,} characters")
            return [FieldError(loc, reason, None, "json")]
        if self._effort.is_too_much(value, whole):
            return [FieldError((), "is too large to be judged by this schema in time", None, "schema")]
        if self.validator.is_valid(value):
            return []
        extent = self._workload.extent(value)
        if extent is Extent.VERDICT:
            return [FieldError((), "does not match the schema", value, "schema")]
        errors = (found for error in self._errors(value, extent) for found in explain(error))
        return list(islice(errors, MAX_ERRORS))

    def _errors(self, value: object, extent: Extent) -> Iterator[RawError]:
        if extent is Extent.ALL:
            yield from self.validator.iter_errors(value)
            return
        try:
            self.validator.validate(value)
        except RawError as error:
            yield error


class _Judges:
    """The judges used last, by the fingerprint of their schema."""

    def __init__(self) -> None:
        self._judges: OrderedDict[str, _Judge] = OrderedDict()
        # By the schema as it stands in memory: three times as fast to make as its canonical form.
        self._spellings: OrderedDict[bytes, _Judge] = OrderedDict()
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return max(len(self._judges), len(self._spellings))

    def find(self, schema: JsonSchema) -> _Judge:
        """Return the judge of a schema, made now if need be. Raises: InvalidSchemaError."""
        spelling = _spell(schema)
        with self._lock:
            judge = self._spellings.get(spelling) if spelling else None
            if judge is not None:
                self._spellings.move_to_end(spelling)
                return judge
        key = fingerprint(schema)
        with self._lock:
            judge = self._judges.get(key)
        if judge is None:
            judge = _Judge(schema)
        with self._lock:
            _keep(self._judges, key, judge)
            if spelling:
                _keep(self._spellings, spelling, judge)
        return judge


def _spell(schema: JsonSchema) -> bytes:
    """Return what is equal only for schemas written alike, or nothing for one that is not made of plain JSON."""
    try:
        return hashlib.sha256(marshal.dumps(schema, 0)).digest()  # only written, never read
    except ValueError:
        return b""


def _keep(cache: "OrderedDict[_Key, _Judge]", key: _Key, judge: _Judge) -> None:
    cache[key] = judge
    cache.move_to_end(key)
    while len(cache) > _MAX_CACHED:
        cache.popitem(last=False)


_judges = _Judges()


def check(schema: JsonSchema, value: object) -> list[FieldError]:
    """Return what is wrong with the value, an empty list when it satisfies the schema.

    At most 100 findings are given; only the first, or one for the whole, where saying all would take too long.

    Raises: InvalidSchemaError: the schema itself cannot be used.
    """
    return _judges.find(schema).check(value)


def output_type(schema: JsonSchema, *, name: str = "answer") -> type[Any]:  # Any: a type made at run time
    """Return a type that accepts exactly what `check` accepts, for `TypeAdapter` and pydantic-ai's output modes.

    `name` becomes the name of the class. The type carries `schema_document`, a copy of the schema as written, and
    `is_stub`: True when the JSON schema that pydantic hands out only says “an object”, because the real one cannot
    pass through pydantic (it is recursive); the caller then puts `schema_document` into the request itself.
    Raises: InvalidSchemaError.
    """
    judge = _judges.find(schema)
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


def _schema_for_pydantic(graph: SchemaGraph) -> tuple[JsonSchema, bool]:
    """Return what pydantic may be told, and whether that is only a stub: it cannot carry references."""
    is_recursive = graph.find_cycle(frozenset({"same", "inside"}), start="") is not None
    weight = graph.weigh()[""]
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
