"""Reading a Python module's text as a syntax tree: its classes, names and literal values. Nothing is ever run."""

import ast
import math
from collections.abc import Iterator
from typing import Any, Final

from core.errors import Detail, InvalidInputError

Json = Any  # Any: JSON of whatever shape

MAX_CHARACTERS: Final = 200_000
_MAX_DEPTH = 40
_MAX_PARTS = 5_000


class NotALiteral(Exception):
    """A value is not written out, so that only running the code would tell it."""


class PythonSource:
    """What a module's text defines at its top level, and in the bodies of its classes.

    Raises: InvalidInputError: it is not Python, or too large.
    """

    def __init__(self, text: str) -> None:
        self.classes: dict[str, ast.ClassDef] = {}
        self.values: dict[str, ast.expr] = {}
        self._imports: dict[str, str] = {}
        self._parts_left = _MAX_PARTS
        self._depth = 0
        self._take(_parse(text).body)

    def _take(self, body: list[ast.stmt]) -> None:
        for statement in body:
            match statement:
                case ast.ClassDef(name=name):
                    self.classes[name] = statement
                    self._take([inner for inner in statement.body if isinstance(inner, ast.ClassDef)])
                case ast.Assign(targets=[ast.Name(id=name)], value=value):
                    self.values[name] = value
                case ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value):
                    self.values[name] = value
                case ast.ImportFrom(names=names) | ast.Import(names=names):
                    self._imports |= {one.asname: one.name.rsplit(".", 1)[-1] for one in names if one.asname}
                case ast.If(body=inner, orelse=other) | ast.Try(body=inner, orelse=other):
                    self._take([*inner, *other])
                case _ if type(statement).__name__ == "TypeAlias":  # `type X = …`, from Python 3.12 on
                    named: Any = statement  # Any: a node this Python may not know
                    self.values[named.name.id] = named.value

    def count(self, node: ast.AST) -> None:
        """Count one more part read. Raises: InvalidInputError: it is too much."""
        self._parts_left -= 1
        if self._parts_left < 0:
            raise refusal(node, "the models grow to too many parts when their types are written out")

    def name_of(self, node: ast.AST) -> str:
        """Return the last part of a dotted name, as it was called where it was imported from; blank when it is none."""
        while isinstance(node, ast.Subscript | ast.Call):
            node = node.value if isinstance(node, ast.Subscript) else node.func
        if isinstance(node, ast.Name):
            name = node.id
            return name if name in self.classes or name in self.values else self._imports.get(name, name)
        return node.attr if isinstance(node, ast.Attribute) else ""

    def literal(self, node: ast.AST) -> Json:
        """Return a value that is written out, also through a constant or a member of an enum. Raises: NotALiteral."""
        self.count(node)
        self._depth += 1
        try:
            if self._depth > _MAX_DEPTH:
                raise NotALiteral
            return self._literal(node)
        finally:
            self._depth -= 1

    def _literal(self, node: ast.AST) -> Json:
        match node:
            case ast.Constant(value=None | bool() | int() | str() as value):
                return value
            case ast.Constant(value=float() as number) if math.isfinite(number):
                return number
            case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int() | float() as number)):
                return -number
            case ast.List(elts=items) | ast.Tuple(elts=items) | ast.Set(elts=items):
                return [self.literal(item) for item in items]
            case ast.Dict():
                return self._dict(node)
            case ast.Name(id=name) if name in self.values:
                return self.literal(self.values[name])
            case ast.Attribute(value=ast.Attribute() as member, attr="value"):
                return self.literal(member)
            case ast.Attribute(value=ast.Name(id=name), attr=member) if name in self.classes:
                return self._member(self.classes[name], member)
        raise NotALiteral

    def _dict(self, node: ast.Dict) -> Json:
        names = [self.literal(key) if key is not None else None for key in node.keys]
        if not all(isinstance(name, str) for name in names):
            raise NotALiteral
        return {name: self.literal(value) for name, value in zip(names, node.values, strict=True)}

    def _member(self, enum: ast.ClassDef, member: str) -> Json:
        for name, value in self.members(enum):
            if name == member:
                return value
        raise NotALiteral

    def members(self, enum: ast.ClassDef) -> Iterator[tuple[str, Json]]:
        """Yield the members of an enum with their values. Raises: InvalidInputError: a value is not written out."""
        is_text = any(self.name_of(base) == "StrEnum" for base in enum.bases)
        for index, statement in enumerate(self._assignments(enum), start=1):
            name, value = statement
            if self.name_of(value) == "auto" and isinstance(value, ast.Call):
                yield name, name.lower() if is_text else index
                continue
            try:
                yield name, self.literal(value)
            except NotALiteral as error:
                raise refusal(value, f"the value of “{name}” is not written out") from error

    def _assignments(self, enum: ast.ClassDef) -> Iterator[tuple[str, ast.expr]]:
        for statement in enum.body:
            if isinstance(statement, ast.Assign) and isinstance(statement.targets[0], ast.Name):
                name = statement.targets[0].id
                if not name.startswith("_"):
                    yield name, statement.value


def refusal(node: ast.AST, reason: str, *, hint: str = "") -> InvalidInputError:
    """Return the error that refuses the source because of what stands in a line."""
    line = getattr(node, "lineno", 1)
    message = f"Line {line}: {reason}."
    return InvalidInputError(message, hint=hint, details=[Detail(place=f"line {line}", message=reason)])


def parse_expression(text: str, *, at: ast.AST) -> ast.expr:
    """Return the expression a quoted annotation holds, on the line of the quotes. Raises: InvalidInputError."""
    try:
        tree = ast.parse(text.strip(), mode="eval")
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise refusal(at, "the quoted type is not Python") from error
    for node in ast.walk(tree):
        if hasattr(node, "lineno"):
            node.lineno = getattr(at, "lineno", 1)
    return tree.body


def _parse(text: str) -> ast.Module:
    if len(text) > MAX_CHARACTERS:
        raise InvalidInputError(f"The source is longer than {MAX_CHARACTERS:,} characters.")
    try:
        return ast.parse(text)
    except SyntaxError as error:
        place = f"line {error.lineno or 1}"
        reason = f"this is not Python: {error.msg}"
        raise InvalidInputError(f"L{place[1:]}: {reason}.", details=[Detail(place=place, message=reason)]) from error
    except (ValueError, RecursionError, MemoryError) as error:
        raise InvalidInputError("The source cannot be read as Python: it is nested too deep or holds a NUL.") from error
