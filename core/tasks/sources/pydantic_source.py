"""A Pydantic model's source as a JSON Schema: read as a syntax tree, never imported and never run."""

import ast
import inspect
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from pydantic.alias_generators import to_camel, to_pascal, to_snake

from core.errors import InvalidInputError
from core.tasks.schemas.json_values import JsonObject
from core.tasks.sources.annotation_schemas import choices_schema
from core.tasks.sources.annotations import AnnotationReader, FieldWords
from core.tasks.sources.python_source import NotALiteral, PythonSource, refusal

Json = Any  # Any: JSON of whatever shape

_MODELS = frozenset({"BaseModel", "RootModel", "TypedDict", "BaseSettings", "SQLModel"})
_ENUMS = frozenset({"Enum", "StrEnum", "IntEnum"})
_PLAIN = frozenset({"object", "ABC", "str", "int", "float", "ReprEnum"})
_CHECKS = frozenset({"field_validator", "model_validator", "validator", "root_validator"})
_ALIASES = {"to_camel": to_camel, "to_pascal": to_pascal, "to_snake": to_snake}
_MAX_BASES = 20


def schema_from_pydantic(source: str, *, model: str | None = None) -> JsonObject:
    """Return the JSON Schema of a model in a Python text, the last one unless `model` names one.

    The text is only parsed: nothing in it is imported or run. What a schema cannot say, such as a validator, is named
    in `$comment`. Raises: InvalidInputError: it is not Python, holds no such model, or names a type that is not known;
    the message and `details` give the line.
    """
    try:
        return _Models(PythonSource(source)).build(model)
    except RecursionError as error:
        raise InvalidInputError("The source is nested too deep to read.") from error


def list_models(source: str) -> tuple[str, ...]:
    """Return the names of the models in a Python text, in its order; none where it cannot be read."""
    try:
        return _Models(PythonSource(source)).names
    except (InvalidInputError, RecursionError):
        return ()


@dataclass(slots=True)
class _Config:
    """What `model_config`, or a class `Config`, says that matters to a schema."""

    extra: str = "ignore"
    title: str = ""
    alias_generator: str = ""
    by_docstring: bool = True
    extra_words: JsonObject | None = None


class _Models:
    """The models of one text, built from the root outwards."""

    def __init__(self, source: PythonSource) -> None:
        self._source = source
        self._annotations = AnnotationReader(source, self._refer)
        self._definitions: dict[str, JsonObject] = {}
        self._root = ""

    @property
    def names(self) -> tuple[str, ...]:
        """The models, in the order of the text."""
        return tuple(one for one in self._source.classes if self._is_model(self._source.classes[one]))

    def build(self, name: str | None) -> JsonObject:
        """Return the schema of the root with what it needs in `$defs`."""
        models = self.names
        if name is not None and name not in models:
            raise InvalidInputError(f"There is no model “{name}” in the source.", hint=_listed(models))
        if not models:
            raise InvalidInputError("There is no Pydantic model in the source: no class based on BaseModel.")
        self._root = name or models[-1]
        schema = self._build_class(self._source.classes[self._root])
        return {**schema, "$defs": self._definitions} if self._definitions else schema

    def _refer(self, name: str, node: ast.AST) -> JsonObject:
        """Return a reference to a class, which is built on first use."""
        if name == self._root:
            return {"$ref": "#"}
        if name not in self._definitions:
            self._source.count(node)
            self._definitions[name] = {}  # open: whatever refers to it meanwhile finds it here
            found = self._source.classes[name]
            self._definitions[name] = self._build_enum(found) if self._is_enum(found) else self._build_class(found)
        return {"$ref": f"#/$defs/{quote(name)}"}

    def _ancestors(self, node: ast.ClassDef) -> list[ast.ClassDef]:
        """Return the classes of this text that a class is made of, itself last."""
        found: dict[str, ast.ClassDef] = {}
        todo = [node]
        while todo and len(found) < _MAX_BASES:
            one = todo.pop()
            if one.name not in found:
                found[one.name] = one
                names = [self._source.name_of(base) for base in reversed(one.bases)]
                todo += [self._source.classes[name] for name in reversed(names) if name in self._source.classes]
        return list(reversed(found.values()))

    def _base_names(self, node: ast.ClassDef) -> set[str]:
        return {self._source.name_of(base) for one in self._ancestors(node) for base in one.bases}

    def _is_model(self, node: ast.ClassDef) -> bool:
        return bool(self._base_names(node) & _MODELS) or self._is_dataclass(node)

    def _is_enum(self, node: ast.ClassDef) -> bool:
        return bool(self._base_names(node) & _ENUMS)

    def _is_dataclass(self, node: ast.ClassDef) -> bool:
        return any(self._source.name_of(one) == "dataclass" for one in node.decorator_list)

    def _build_enum(self, node: ast.ClassDef) -> JsonObject:
        values = [value for _, value in self._source.members(node)]
        if not values:
            raise refusal(node, f"the enum “{node.name}” has no values")
        return {**choices_schema(values), "title": node.name, **_described(node)}

    def _build_class(self, node: ast.ClassDef) -> JsonObject:
        if not self._is_model(node):
            raise refusal(node, f"the class “{node.name}” is neither a model nor an enum", hint="Base it on BaseModel.")
        self._check_bases(node)
        config = self._read_config(node)
        about: JsonObject = {"title": config.title or node.name, **_described(node)}
        lost = [name for one in self._ancestors(node) for name in _checks_of(one, self._source)]
        if lost:
            about["$comment"] = "Not carried over: the checks " + ", ".join(dict.fromkeys(lost)) + "."
        root = self._root_annotation(node)
        body = self._annotations.read(root) if root is not None else self._build_object(node, config)
        return {**about, **body, **(config.extra_words or {})}

    def _check_bases(self, node: ast.ClassDef) -> None:
        for one in self._ancestors(node):
            for base in one.bases:
                name = self._source.name_of(base)
                if name not in _MODELS | _PLAIN | self._source.classes.keys():
                    raise refusal(
                        base, f"the base “{name}” is not defined here", hint="Paste the class it comes from, too."
                    )

    def _root_annotation(self, node: ast.ClassDef) -> ast.expr | None:
        """Return the annotation of the one value a RootModel holds, None for a model with fields."""
        if "RootModel" not in self._base_names(node):
            return None
        for one in self._ancestors(node)[::-1]:
            for statement in one.body:
                if isinstance(statement, ast.AnnAssign) and self._source.name_of(statement.target) == "root":
                    return statement.annotation
            for base in one.bases:
                if isinstance(base, ast.Subscript):
                    return base.slice
        raise refusal(node, f"the root of “{node.name}” has no type")

    def _build_object(self, node: ast.ClassDef, config: _Config) -> JsonObject:
        properties: JsonObject = {}
        required: list[str] = []
        fields: dict[str, tuple[ast.AnnAssign, str]] = {}
        for one in self._ancestors(node):
            fields |= dict(self._fields_of(one))
        is_total = not any(
            word.arg == "total" and isinstance(word.value, ast.Constant) and word.value.value is False
            for word in node.keywords
        )
        for name, (statement, note) in fields.items():
            words, schema = self._read_field(statement)
            if note and config.by_docstring:
                words.about.setdefault("description", note)
            used = _ALIASES.get(config.alias_generator, str)(name) if words.alias is None else words.alias
            properties[used] = words.apply(schema) | ({"default": words.default[0]} if words.default else {})
            wrapper = self._source.name_of(statement.annotation)
            if wrapper == "Required" or (is_total and wrapper != "NotRequired" and not words.has_default):
                required.append(used)
        schema = {"type": "object", "properties": properties}
        schema |= {"required": required} if required else {}
        closed = {"forbid": {"additionalProperties": False}, "allow": {"additionalProperties": True}}
        schema |= closed.get(config.extra, {})
        others = self._other_fields(node)
        return {**schema, "additionalProperties": others} if others and config.extra == "allow" else schema

    def _other_fields(self, node: ast.ClassDef) -> JsonObject | None:
        """Return the schema of the fields a model takes without declaring them, None when it says nothing of them."""
        for statement in node.body:
            match statement:
                case ast.AnnAssign(
                    target=ast.Name(id="__pydantic_extra__"),
                    annotation=ast.Subscript(slice=ast.Tuple(elts=[_, value])),
                ):
                    return self._annotations.read(value)
        return None

    def _fields_of(self, node: ast.ClassDef) -> Iterator[tuple[str, tuple[ast.AnnAssign, str]]]:
        """Yield the fields a class declares, each with the text that stands as its docstring."""
        for statement, after in zip(node.body, [*node.body[1:], None], strict=True):
            match statement:
                case ast.AnnAssign(target=ast.Name(id=name), annotation=annotation) if not name.startswith("_"):
                    is_class_wide = self._source.name_of(annotation) == "ClassVar"
                    if name != "model_config" and not is_class_wide:
                        yield name, (statement, _text_of(after))

    def _read_field(self, statement: ast.AnnAssign) -> tuple[FieldWords, JsonObject]:
        words = FieldWords()
        annotation = statement.annotation
        while self._source.name_of(annotation) == "Annotated" and isinstance(annotation, ast.Subscript):
            inner = annotation.slice.elts if isinstance(annotation.slice, ast.Tuple) else [annotation.slice]
            for extra in inner[1:]:
                self._annotations.read_words(extra, words)
            annotation = inner[0]
        value = statement.value
        if value is not None and self._source.name_of(value) in ("Field", "field") and isinstance(value, ast.Call):
            self._annotations.read_words(value, words)
        elif value is not None:
            self._annotations.read_default(value, words)
        return words, self._annotations.read(annotation)

    def _read_config(self, node: ast.ClassDef) -> _Config:
        config = _Config()
        for one in self._ancestors(node):
            for name, value in [*_settings(one), *((word.arg or "", word.value) for word in one.keywords)]:
                self._set(config, name, value)
        return config

    def _set(self, config: _Config, name: str, value: ast.expr) -> None:
        if name == "alias_generator":
            config.alias_generator = self._source.name_of(value)
            if config.alias_generator not in _ALIASES:
                raise refusal(value, "the alias_generator would have to be run", hint="Write each alias in its Field.")
            return
        try:
            read = self._source.literal(value)
        except NotALiteral:
            read = self._source.name_of(value) if name == "extra" else None  # Extra.forbid
        if name == "extra" and isinstance(read, str):
            config.extra = read
        elif name == "title" and isinstance(read, str):
            config.title = read
        elif name == "json_schema_extra" and isinstance(read, dict):
            config.extra_words = read


def _settings(node: ast.ClassDef) -> Iterator[tuple[str, ast.expr]]:
    """Yield the settings of a class: of `model_config` as a call or a dict, or of a class `Config`."""
    for statement in node.body:
        match statement:
            case (
                ast.Assign(targets=[ast.Name(id="model_config")], value=value)
                | ast.AnnAssign(target=ast.Name(id="model_config"), value=value)
            ):
                if isinstance(value, ast.Call):
                    yield from ((word.arg or "", word.value) for word in value.keywords)
                elif isinstance(value, ast.Dict):
                    yield from _pairs(value)
            case ast.ClassDef(name="Config", body=body):
                for inner in body:
                    if isinstance(inner, ast.Assign) and isinstance(inner.targets[0], ast.Name):
                        yield inner.targets[0].id, inner.value


def _pairs(node: ast.Dict) -> Iterator[tuple[str, ast.expr]]:
    for key, value in zip(node.keys, node.values, strict=True):
        if isinstance(key, ast.Constant) and isinstance(key.value, str):
            yield key.value, value


def _checks_of(node: ast.ClassDef, source: PythonSource) -> Iterator[str]:
    for statement in node.body:
        if isinstance(statement, ast.FunctionDef) and any(
            source.name_of(one) in _CHECKS for one in statement.decorator_list
        ):
            yield statement.name


def _described(node: ast.ClassDef) -> JsonObject:
    text = ast.get_docstring(node)
    return {"description": text} if text else {}


def _text_of(statement: ast.stmt | None) -> str:
    match statement:
        case ast.Expr(value=ast.Constant(value=str() as text)):
            return inspect.cleandoc(text)
    return ""


def _listed(models: tuple[str, ...]) -> str:
    return f"It holds: {', '.join(models)}." if models else "It holds none at all."
