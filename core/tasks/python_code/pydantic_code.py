"""A schema as Pydantic 2 models: source text to read and paste, never run by Benchtop itself.

Every text of the schema goes through `repr` into a literal; names become plain identifiers with aliases. Comments
and annotations are made of words of this module only. What the code cannot check is said in a comment and stays in
`model_json_schema()` wherever it can be carried there.
"""

import json
from collections.abc import Collection
from dataclasses import replace
from typing import Any

from core.tasks.python_code.python_text import (
    MAX_LITERAL_DEPTH,
    class_name,
    depth_of,
    docstring,
    field_name,
    literal,
    quote,
    quote_pattern,
)
from core.tasks.python_code.python_types import FORMATS, PythonType, check_name, comment_on, extra_argument, field_call
from core.tasks.python_code.python_typing import TypeReader, untyped_words
from core.tasks.schema_rules import check_schema
from core.tasks.schemas.json_values import JsonObject, JsonSchema
from core.tasks.schemas.schema_merging import ANNOTATIONS, FlatSchemas, types_of
from core.tasks.schemas.validators import is_draft_07

Json = Any  # Any: JSON of whatever shape

_WIDTH = 110
_PYDANTIC = ("AfterValidator", "AwareDatetime", "BaseModel", "BeforeValidator", "ConfigDict", "Field", "RootModel")
_TYPING = ("Annotated", "Any", "Literal")
_ABOUT = """\
Pydantic 2, Python 3.11 or later. Values are taken as they are: "41" is no number here, and 1.0 no whole number.
A field that may be left out, and has no default, is None when it is."""
# A text is turned into a date: strict mode would take dates only.
_LAX = [("strict", "False")]
_WRITTEN_AS = '''\
def _written_as(pattern: str, words: str) -> Callable[[Any], Any]:
    """Return a check that takes a text only when it is written like this, and no number in its place."""

    def check(value: Any) -> Any:
        if isinstance(value, (int, float)) or (isinstance(value, str) and not re.fullmatch(pattern, value, re.ASCII)):
            raise ValueError(words)
        return value

    return check'''
_ONE_OF = '''\
def _one_of(*choices: Any) -> Callable[[Any], Any]:
    """Return a check that takes these values only."""

    def check(value: Any) -> Any:
        if value not in choices:
            raise ValueError("must be one of the choices")
        return value

    return check'''


def pydantic_code(schema: JsonSchema, *, name: str = "Answer", taken: Collection[str] = ()) -> str:
    """Return Python source with a class that accepts what the schema accepts, called after `name`.

    No class is called like one of `taken`. Nothing is executed.

    Raises: InvalidSchemaError: the schema would be refused at save, too.
    """
    check_schema(schema)
    return _Module(schema, name, taken).render()


class _Module:
    """The code being written: its classes and aliases in the order they need one another."""

    def __init__(self, schema: JsonSchema, name: str, taken: Collection[str]) -> None:
        self._flat = FlatSchemas(schema)
        self._types = TypeReader(self._flat, self, is_draft_07=is_draft_07(schema))
        self._blocks: list[str] = []
        self._needs: set[str] = {"BaseModel", "ConfigDict"}
        self._taken: set[str] = set(taken)
        self._classes: dict[str, PythonType] = {}
        self._aliases: dict[str, PythonType] = {}
        self._targets: dict[str, PythonType] = {}
        self._open: dict[str, str] = {}
        self._recursive: set[str] = set()
        self._root_name = self._take(name, fallback="Answer")

    def render(self) -> str:
        """Return the whole text."""
        self._write_root()
        parts = [docstring(_ABOUT, indent=""), "from __future__ import annotations", *self._imports(), *self._checks()]
        return "\n\n".join(parts) + "\n\n\n" + "\n\n\n".join(self._blocks) + "\n"

    def define_class(self, words: JsonObject, name: str) -> PythonType:
        """Return the class for an object with named fields; the same words give the same class."""
        key = _key(words)
        if key not in self._classes:
            title = words.get("title")
            called = self._take(title if isinstance(title, str) and 0 < len(title) <= 40 else name)
            self._classes[key] = PythonType(called, is_plain=False, refers=True)
            self._write_class(words, called)
        return self._classes[key]

    def define_alias(self, found: PythonType, name: str) -> PythonType:
        """Return the name given to a type without classes in it."""
        if found.text not in self._aliases:
            called = self._take(name)
            self._need(found)
            self._blocks.append(f"{called} = {found.text}")
            self._aliases[found.text] = replace(found, text=called, needs=frozenset())
        return self._aliases[found.text]

    def define_target(self, reference: str) -> PythonType:
        """Return the type at a reference: a class, an alias, or the type itself where it may stand in place."""
        if reference in self._targets:
            return self._targets[reference]
        if reference in self._open:
            self._recursive.add(reference)
            self._open[reference] = self._open[reference] or self._take(_last_name(reference))
            return PythonType(self._open[reference], is_plain=False, refers=True)
        self._open[reference] = ""
        name = _last_name(reference)
        found = self._types.read(self._flat.target_of(reference), name)
        called = self._open.pop(reference)
        if called:
            self._write_root_model(found, called, {})
            found = PythonType(called, is_plain=False, refers=True)
        elif not found.refers and (found.arguments or found.checks):
            written = found.annotated()
            alias = self.define_alias(replace(written, unchecked=(), missing=()), name)
            found = replace(alias, unchecked=written.unchecked, missing=written.missing)
        self._targets[reference] = found
        return found

    def _take(self, words: str, *, fallback: str = "Part") -> str:
        name = class_name(words, taken=self._taken, fallback=fallback)
        self._taken.add(name)
        return name

    def _need(self, found: PythonType) -> None:
        self._needs |= found.needs

    def _write_root(self) -> None:
        words = self._flat.flatten(self._flat.root)
        is_class = types_of(words) == {"object"} and not ({"anyOf", "oneOf", "enum", "const"} & words.keys())
        if not is_class:
            self._targets[""] = PythonType(self._root_name, is_plain=False, refers=True)
            found = self._types.read_words(words, self._root_name)
            self._write_root_model(found, self._root_name, words)
            return
        self._classes[_key(words)] = PythonType(self._root_name, is_plain=False, refers=True)
        reference = self._flat.root.get("$ref") if isinstance(self._flat.root, dict) else None
        self._targets[""] = self._classes[_key(words)]
        if reference is not None and self._flat.root.keys() <= {"$ref", *ANNOTATIONS}:
            self._targets[reference] = self._classes[_key(words)]
        self._write_class(words, self._root_name, beside=untyped_words(words))

    def _write_root_model(self, found: PythonType, called: str, words: JsonObject) -> None:
        """Write a class around a value that is no object with fields."""
        self._needs |= {"RootModel"}
        written = found.annotated()
        self._need(written)
        lines = [f"class {called}(RootModel):", *_about(words)]
        lines.append("    model_config = ConfigDict(strict=True)\n")
        lines += [f"    {comment_on(found)}"] * bool(comment_on(found))
        lines.append(f"    root: {written.text}")
        self._blocks.append("\n".join(lines))

    def _write_class(self, words: JsonObject, called: str, *, beside: JsonObject | None = None) -> None:
        others, left = self._types.read_other_fields(words, f"{called} value")
        left |= beside or {}
        whole = PythonType(called).with_extra(left, is_draft_07=False)
        config = [("strict", "True"), ("extra", '"forbid"' if others is None else '"allow"')]
        config += [("title", quote(words["title"]))] if isinstance(words.get("title"), str) else []
        config += extra_argument(whole.extra)
        lines = [f"class {called}(BaseModel):", *_about(words)]
        lines += [f"    {comment_on(whole)}"] * bool(comment_on(whole))
        lines.append("    model_config = ConfigDict(" + ", ".join(f"{key}={value}" for key, value in config) + ")")
        body = self._other_fields(others) + self._fields(words, called, others)
        self._blocks.append("\n".join([*lines, *([""] if body else []), *body]))

    def _other_fields(self, others: PythonType | None) -> list[str]:
        if others is None or others.text == "Any":
            return []
        written = others.annotated()
        self._need(written)
        self._needs |= {"Field"}
        note = [f"    {comment_on(others)}"] if comment_on(others) else []
        return [*note, f"    __pydantic_extra__: dict[str, {written.text}] = Field(init=False)"]

    def _fields(self, words: JsonObject, called: str, others: PythonType | None) -> list[str]:
        properties: JsonObject = words.get("properties", {})
        required = set(words.get("required", ()))
        unnamed = [name for name in words.get("required", ()) if name not in properties]
        taken: set[str] = set()
        lines: list[str] = []
        # Names that can stay as they are come first, so that a changed one never takes theirs.
        own = {name: field_name(name, taken=()) for name in [*properties, *unnamed]}
        kept = {name for name, used in own.items() if used == name}
        for name in own:
            used = name if name in kept else field_name(name, taken=taken | kept)
            taken.add(used)
            if name in properties:
                found = self._types.read(properties[name], name)
            else:
                found = others or PythonType("Any", extra={"not": {}}, unchecked=("false",), needs=frozenset({"Any"}))
            lines += self._field(found, properties.get(name, {}), used, name, is_required=name in required)
        return lines

    def _field(self, found: PythonType, schema: Json, used: str, name: str, *, is_required: bool) -> list[str]:
        about: JsonObject = schema if isinstance(schema, dict) else {}
        note = comment_on(found)
        extra: JsonObject = {}
        if found.checks:
            found = found.annotated()
        else:
            extra, found = dict(found.extra), replace(found, extra={})
        arguments = _default(found, about, extra, is_required=is_required)
        arguments += [("alias", quote(name))] if used != name else []
        arguments += _described(about, is_class=found.refers and "$ref" not in about)
        arguments += [*found.arguments, *extra_argument(extra)]
        self._need(found)
        lines = [f"    {note}"] if note else []
        if not arguments:
            return [*lines, f"    {used}: {found.text}"]
        self._needs |= {"Field"}
        line = f"    {used}: {found.text} = {field_call(arguments)}"
        if len(line) <= _WIDTH:
            return [*lines, line]
        inner = [f"        {key}={value}," for key, value in arguments]
        return [*lines, f"    {used}: {found.text} = Field(", *inner, "    )"]

    def _imports(self) -> list[str]:
        formats = [need for need in self._needs if need.startswith("format:")]
        has_checks = bool(formats) or "one_of" in self._needs
        lines = ["import datetime as dt"] * ("dt" in self._needs) + ["import re"] * bool(formats)
        lines += ["import uuid"] * ("uuid" in self._needs)
        lines += ["from collections.abc import Callable"] * has_checks
        typing = [word for word in _TYPING if word in self._needs or (word == "Any" and has_checks)]
        lines += [f"from typing import {', '.join(typing)}"] * bool(typing)
        pydantic = [word for word in _PYDANTIC if word in self._needs]
        if not any("(BaseModel)" in block for block in self._blocks):
            pydantic.remove("BaseModel")
        return ["\n".join(lines)] * bool(lines) + [f"from pydantic import {', '.join(pydantic)}"]

    def _checks(self) -> list[str]:
        formats = [name for name in FORMATS if f"format:{name}" in self._needs]
        parts = ["\n" + _WRITTEN_AS] * bool(formats) + ["\n" + _ONE_OF] * ("one_of" in self._needs)
        for name in formats:
            parts.append("\n" * (name == formats[0]) + _format_lines(name))
        return parts


def _format_lines(name: str) -> str:
    """Write the check of a format and the type that has it."""
    known, check = FORMATS[name], check_name(name)
    inside = field_call([("json_schema_extra", literal({"format": name}))] if known.type_text == "str" else _LAX)
    pattern, words = quote_pattern(known.pattern), quote(known.words)
    lines = [f"{check} = _written_as(", f"    {pattern},", f"    {words},", ")"]
    lines.append(f"{known.alias} = Annotated[{known.type_text}, {inside}, BeforeValidator({check})]")
    return "\n".join(lines)


def _default(found: PythonType, about: JsonObject, extra: JsonObject, *, is_required: bool) -> list[tuple[str, str]]:
    """Return the arguments for the default; one that cannot stand as it is is told in the JSON Schema only."""
    has_default = "default" in about and depth_of(about["default"]) <= MAX_LITERAL_DEPTH
    if has_default and not is_required and found.is_plain:
        return [("default", literal(about["default"]))]
    if has_default and "$ref" not in json.dumps(about["default"]):
        extra["default"] = about["default"]
    return [] if is_required else [("default", "None")]


def _described(about: JsonObject, *, is_class: bool) -> list[tuple[str, str]]:
    """Return the arguments that only describe; of an inline object, its class tells title and description."""
    texts = [] if is_class else [key for key in ("title", "description") if isinstance(about.get(key), str)]
    arguments = [(key, quote(about[key])) for key in texts]
    examples = about.get("examples")
    if isinstance(examples, list) and examples and depth_of(examples) <= MAX_LITERAL_DEPTH:
        arguments += [("examples", literal(examples))] if "$ref" not in json.dumps(examples) else []
    return arguments


def _about(words: JsonObject) -> list[str]:
    text = words.get("description")
    return [docstring(text) + "\n"] if isinstance(text, str) and text.strip() else []


def _key(words: JsonObject) -> str:
    return json.dumps(words, sort_keys=True)


def _last_name(reference: str) -> str:
    return reference.rsplit("/", 1)[-1].replace("~1", " ").replace("~0", " ")
