"""Reading type annotations and `Field(...)` calls of a Pydantic model's syntax tree."""

import ast
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from core.tasks.schemas.json_values import JsonObject
from core.tasks.sources.annotation_schemas import (
    CALLS,
    CONSTRAINTS,
    LISTS,
    MAPS,
    MARKERS,
    SETS,
    TUPLES,
    choices_schema,
    constrain,
    known_schema,
    union_schema,
)
from core.tasks.sources.python_source import NotALiteral, PythonSource, parse_expression, refusal

Json = Any  # Any: JSON of whatever shape

_MAX_DEPTH = 64
_ABOUT = ("title", "description", "examples")
_TRANSPARENT = frozenset({"Required", "NotRequired", "ReadOnly", "Final", "SkipValidation", "Strict", "InitVar"})
# Arguments and markers that change nothing a schema could say.
_SILENT = frozenset({"Strict", "Doc", "Discriminator", "Tag", "SkipValidation", "WithJsonSchema", "FailFast"})
_HINT = "Define it in the same text, or write it as one of the types Pydantic knows, such as str, int or list[str]."


@dataclass(slots=True)
class FieldWords:
    """What stands around a type: constraints, descriptions, default and alias. `lost` names what no schema can say."""

    constraints: JsonObject = field(default_factory=dict)
    about: JsonObject = field(default_factory=dict)
    alias: str | None = None
    has_default: bool = False
    default: list[Json] = field(default_factory=list)
    """The default alone in a list, empty when it is not written out."""
    lost: list[str] = field(default_factory=list)

    def apply(self, schema: JsonObject) -> JsonObject:
        """Return the schema with constraints and descriptions."""
        written = {**constrain(schema, self.constraints), **self.about}
        if self.lost:
            written["$comment"] = "Not carried over: " + ", ".join(dict.fromkeys(self.lost)) + "."
        return written


class AnnotationReader:
    """Turns annotations into schemas; classes of the source are handed to `refer`."""

    def __init__(self, source: PythonSource, refer: Callable[[str, ast.AST], JsonObject]) -> None:
        self._source = source
        self._refer = refer
        self._open: list[str] = []
        self._depth = 0

    def read(self, node: ast.expr) -> JsonObject:
        """Return the schema of an annotation. Raises: InvalidInputError: a type in it is not known."""
        self._source.count(node)
        self._depth += 1
        try:
            if self._depth > _MAX_DEPTH:
                raise refusal(node, "the type is nested too deep")
            return self._read(node)
        finally:
            self._depth -= 1

    def _read(self, node: ast.expr) -> JsonObject:
        match node:
            case ast.Constant(value=None):
                return {"type": "null"}
            case ast.Constant(value=str() as text):
                return self.read(parse_expression(text, at=node))
            case ast.BinOp(op=ast.BitOr()):
                return union_schema([self.read(one) for one in _alternatives(node)])
            case ast.Subscript():
                return self._read_subscript(node)
            case ast.Call():
                return self._read_call(node)
            case ast.Name() | ast.Attribute():
                return self._read_name(node)
        raise refusal(node, "this is not a type that can be read", hint=_HINT)

    def _read_name(self, node: ast.Name | ast.Attribute) -> JsonObject:
        name = self._source.name_of(node)
        if name in self._source.classes:
            return self._refer(name, node)
        if name in self._source.values and name not in self._open:
            self._open.append(name)
            try:
                return self.read(self._source.values[name])
            finally:
                self._open.pop()
        if name in self._open:
            raise refusal(node, f"the type “{name}” is made of itself; write it as a model")
        found = known_schema(name)
        if found is None:
            raise refusal(node, f"the type “{name}” is not known here", hint=_HINT)
        return found

    def _read_subscript(self, node: ast.Subscript) -> JsonObject:
        name = self._source.name_of(node.value)
        inner = list(node.slice.elts) if isinstance(node.slice, ast.Tuple) else [node.slice]
        if name == "Literal":
            return self._read_literal(node, inner)
        if name == "Annotated" and inner:
            words = FieldWords()
            for extra in inner[1:]:
                self.read_words(extra, words)
            return words.apply(self.read(inner[0]))
        if name in TUPLES:
            return self._read_tuple(inner)
        if name in MAPS and len(inner) in (1, 2):
            return self._read_map(inner)
        return self._read_generic(node, name, inner)

    def _read_generic(self, node: ast.Subscript, name: str, inner: list[ast.expr]) -> JsonObject:
        if name == "Union" or (name == "Optional" and len(inner) == 1):
            nothing: list[JsonObject] = [{"type": "null"}] if name == "Optional" else []
            return union_schema([*(self.read(one) for one in inner), *nothing])
        if name in LISTS | SETS and inner:
            items: JsonObject = {"type": "array", "items": self.read(inner[0])}
            return {**items, "uniqueItems": True} if name in SETS else items
        if name in _TRANSPARENT and inner:
            return self.read(inner[0])
        if name in self._source.classes:
            raise refusal(node, f"the generic model “{name}” cannot be read", hint="Write it out for this type.")
        raise refusal(node, f"the type “{name}” is not known here", hint=_HINT)

    def _read_literal(self, node: ast.Subscript, inner: list[ast.expr]) -> JsonObject:
        try:
            values = [self._source.literal(one) for one in inner]
        except NotALiteral as error:
            raise refusal(node, "a value of this Literal is not written out") from error
        texts = [value for value in values if value is not None]
        if len(texts) == len(values):
            return choices_schema(values)
        return union_schema([choices_schema(texts), {"type": "null"}]) if texts else {"type": "null"}

    def _read_tuple(self, inner: list[ast.expr]) -> JsonObject:
        if len(inner) == 2 and isinstance(inner[1], ast.Constant) and inner[1].value is Ellipsis:
            return {"type": "array", "items": self.read(inner[0])}
        if not inner or (isinstance(inner[0], ast.Tuple) and not inner[0].elts):
            return {"type": "array", "maxItems": 0}
        items = [self.read(one) for one in inner]
        return {"type": "array", "prefixItems": items, "minItems": len(items), "maxItems": len(items)}

    def _read_map(self, inner: list[ast.expr]) -> JsonObject:
        schema: JsonObject = {"type": "object", "additionalProperties": self.read(inner[-1])}
        key = self.read(inner[0]) if len(inner) == 2 else {}
        # A field's name is always text; of the other keys Pydantic reads the text, and says nothing.
        names = {word: value for word, value in key.items() if word in ("enum", "pattern", "minLength", "maxLength")}
        return {**schema, "propertyNames": names} if names and key.get("type") == "string" else schema

    def _read_call(self, node: ast.Call) -> JsonObject:
        name = self._source.name_of(node)
        if name not in CALLS:
            raise refusal(node, f"the type “{name}(…)” is not known here", hint=_HINT)
        words = FieldWords()
        schema = known_schema(CALLS[name]) or {}
        arguments = {one.arg: one.value for one in node.keywords if one.arg}
        item = arguments.pop("item_type", node.args[0] if node.args else None)
        if item is not None:
            schema["items"] = self.read(item)
        for argument, value in arguments.items():
            self._read_argument(argument, value, words)
        return words.apply(schema)

    def read_words(self, node: ast.expr, words: FieldWords) -> None:
        """Read something beside a type in Annotated, or what stands as a field's value."""
        name = self._source.name_of(node)
        if name == "Field" and isinstance(node, ast.Call):
            if node.args:
                self.read_default(node.args[0], words)
            for one in node.keywords:
                self._read_argument(one.arg or "", one.value, words)
        elif name == "StringConstraints" and isinstance(node, ast.Call):
            for one in node.keywords:
                self._read_argument(one.arg or "", one.value, words)
        elif name in MARKERS and isinstance(node, ast.Call) and (node.args or node.keywords):
            self._read_argument(MARKERS[name], node.args[0] if node.args else node.keywords[0].value, words)
        elif name in ("Len", "Interval") and isinstance(node, ast.Call):
            self._read_group(node, words)
        elif name and name not in _SILENT and not isinstance(node, ast.Constant):
            words.lost.append(name)

    def _read_group(self, node: ast.Call, words: FieldWords) -> None:
        for argument, value in zip(("min_length", "max_length"), node.args, strict=False):
            self._read_argument(argument, value, words)
        for one in node.keywords:
            self._read_argument(one.arg or "", one.value, words)

    def read_default(self, node: ast.expr, words: FieldWords) -> None:
        """Read a default as written; `...` stands for none."""
        if isinstance(node, ast.Constant) and node.value is Ellipsis:
            return
        words.has_default = True
        try:
            words.default = [self._source.literal(node)]
        except NotALiteral:
            words.default = []

    def _read_argument(self, name: str, node: ast.expr, words: FieldWords) -> None:
        if name == "default":
            self.read_default(node, words)
        elif name == "default_factory":
            words.has_default = True
            made: Json = {"list": [[]], "dict": [{}], "set": [[]]}
            words.default = made.get(self._source.name_of(node), [])
        elif name in ("alias", "validation_alias"):
            self._read_alias(name, node, words)
        elif name in (*_ABOUT, *CONSTRAINTS, "deprecated", "json_schema_extra"):
            self._read_word(name, node, words)

    def _read_alias(self, name: str, node: ast.expr, words: FieldWords) -> None:
        if self._source.name_of(node) == "AliasChoices" and isinstance(node, ast.Call) and node.args:
            node = node.args[0]
        try:
            alias = self._source.literal(node)
        except NotALiteral as error:
            raise refusal(node, "the alias is not written out as text") from error
        if isinstance(alias, str) and (words.alias is None or name == "validation_alias"):
            words.alias = alias

    def _read_word(self, name: str, node: ast.expr, words: FieldWords) -> None:
        try:
            value = self._source.literal(node)
        except NotALiteral:
            words.lost.append(name)
            return
        if name in CONSTRAINTS:
            words.constraints[name] = value
        elif name == "json_schema_extra":
            words.about |= value if isinstance(value, dict) else {}
        elif name == "deprecated":
            words.about |= {"deprecated": True} if value else {}
        elif value is not None:
            words.about[name] = value


def _alternatives(node: ast.expr) -> list[ast.expr]:
    """Return what stands between the bars, left to right, however many there are."""
    found: list[ast.expr] = []
    while isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr):
        found.append(node.right)
        node = node.left
    return [node, *reversed(found)]
