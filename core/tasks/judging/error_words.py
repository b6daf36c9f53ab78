"""What jsonschema-rs finds wrong, in plain words and at the field a person would look at."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from jsonschema_rs import ValidationError, ValidationErrorKind

from core.tasks.schemas.json_values import Loc, show_value


@dataclass(frozen=True, slots=True)
class FieldError:
    """One thing wrong with a value. `loc` is the path to it, () for the whole value.

    `message` continues the field's name: “is required”, “must be at most 100”. `value` is what stood there; for a
    missing or an unexpected field, the value of the object around it or of the field. `keyword` is the schema
    keyword that refused it.
    """

    loc: Loc
    message: str
    value: object
    keyword: str

    @property
    def shown(self) -> str:
        """The value on one short line."""
        return show_value(self.value)


Kind = Any  # Any: each keyword's kind has attributes of its own

_TYPE_WORDS = {
    "string": "a string",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "array": "a list",
    "object": "an object",
    "null": "null",
}
_FORMAT_WORDS = {
    "date": "a date like 2026-03-31",
    "date-time": "a date and time with a time zone, like 2026-03-31T14:05:00Z",
    "time": "a time with a time zone, like 14:05:00Z",
    "duration": "a duration like P3DT4H",
    "email": "a valid email address",
    "idn-email": "a valid email address",
    "uri": "a full URL like https://example.com/page",
    "iri": "a full URL like https://example.com/page",
    "uri-reference": "a percent-encoded reference, with %20 for a space",
    "uuid": "a UUID like 7f3c1f0e-52ad-4a6e-9c41-0b5b5d1f8a10",
    "hostname": "a valid host name",
    "ipv4": "an IPv4 address like 192.0.2.1",
    "ipv6": "an IPv6 address like 2001:db8::1",
    "regex": "a valid regular expression",
}
_MAX_OPTIONS = 30
# Where the finding is named after another keyword.
_TOLD_BY_PLACE = ("dependentRequired", "dependencies", "minContains", "maxContains")
# Where a plain false is the way to forbid something.
_TAKE_FALSE = ("additionalProperties", "items", "additionalItems", "then", "else", "contains")


def explain(error: ValidationError) -> list[FieldError]:
    """Turn one finding into what is wrong at which field; a failed anyOf or oneOf is told by its closest branch."""
    kind: Kind = error.kind
    loc = tuple(error.instance_path)
    match kind:
        case ValidationErrorKind.Required():
            return [FieldError((*loc, kind.property), "is required", error.instance, _keyword(error))]
        case ValidationErrorKind.AdditionalProperties() | ValidationErrorKind.UnevaluatedProperties():
            return [_unexpected(error, loc, name) for name in kind.unexpected]
        case ValidationErrorKind.AnyOf() | ValidationErrorKind.OneOfNotValid():
            branch = _closest_branch(kind.context, depth=len(loc))
            if branch is not None:
                return [found for inner in branch for found in explain(inner)]
    return [FieldError(loc, _message(error), error.instance, _keyword(error))]


def _unexpected(error: ValidationError, loc: Loc, name: str) -> FieldError:
    holder = error.instance
    value = holder.get(name) if isinstance(holder, dict) else None
    return FieldError((*loc, name), "is not expected here", value, error.kind.name)


def _keyword(error: ValidationError) -> str:
    written = str(error.schema_path[-1]) if error.schema_path else ""
    if isinstance(error.kind, ValidationErrorKind.FalseSchema):
        return written if written in _TAKE_FALSE else "false"
    return written if written in _TOLD_BY_PLACE else error.kind.name


def _closest_branch(context: Sequence[Sequence[ValidationError]], *, depth: int) -> Sequence[ValidationError] | None:
    """Return the one alternative the value was plainly meant for: its type fits, then its labels fit."""
    fitting = [errors for errors in context if not _fails_at(errors, depth=depth, kinds=(ValidationErrorKind.Type,))]
    if len(fitting) > 1:
        labels = (ValidationErrorKind.Constant, ValidationErrorKind.Enum)
        fitting = [errors for errors in fitting if not _fails_at(errors, depth=depth + 1, kinds=labels)]
    return fitting[0] if len(fitting) == 1 and fitting[0] else None


def _fails_at(errors: Sequence[ValidationError], *, depth: int, kinds: tuple[type[ValidationErrorKind], ...]) -> bool:
    return any(len(error.instance_path) == depth and isinstance(error.kind, kinds) for error in errors)


def _type_names(error: ValidationError) -> list[str]:
    kind: Kind = error.kind
    return list(kind.types) if isinstance(kind, ValidationErrorKind.Type) else []


def _message(error: ValidationError) -> str:
    words = _WORDS.get(error.kind.name)
    if words is not None:
        return words(error.kind, error)
    first_line = error.message.splitlines()[0] if error.message else "does not match the schema"
    return f"is refused: {first_line[:300]}"


def _must_be(names: Sequence[str]) -> str:
    ordered = sorted(names, key=lambda name: name == "null")
    words = [_TYPE_WORDS.get(name, name) for name in ordered if name != "integer" or "number" not in names]
    return "must be " + (words[0] if len(words) == 1 else ", ".join(words[:-1]) + " or " + words[-1])


def _count(limit: int, noun: str) -> str:
    return f"{limit} {noun}" if limit == 1 else f"{limit} {noun}s"


def _one_of(options: Sequence[object]) -> str:
    bare = all(option and "," not in option for option in options if isinstance(option, str))
    shown = [option if bare and isinstance(option, str) else show_value(option) for option in options[:_MAX_OPTIONS]]
    text = ", ".join(shown)
    rest = f", … ({len(options)} in all)" if len(options) > _MAX_OPTIONS else ""
    return f"must be one of: {text if len(text) <= 600 else text[:600] + '…'}{rest}"


def _any_of(kind: Kind, _: ValidationError) -> str:
    kinds: list[Kind] = [errors[0].kind if len(errors) == 1 else None for errors in kind.context]
    if all(isinstance(one, ValidationErrorKind.Type) for one in kinds):
        return _must_be(list(dict.fromkeys(name for one in kinds for name in one.types)))
    if all(isinstance(one, ValidationErrorKind.Constant) for one in kinds):
        return _one_of([one.expected_value for one in kinds])
    return f"matches none of the {len(kinds)} allowed shapes"


def _contains(_: Kind, error: ValidationError) -> str:
    words = {
        "minContains": "holds too few items of the required kind",
        "maxContains": "holds too many items of the limited kind",
    }
    return words.get(_keyword(error), "must hold at least one item of the required kind")


def _property_names(kind: Kind, _: ValidationError) -> str:
    inner: ValidationError = kind.error
    return f"has the field name {show_value(inner.instance)}, which {_message(inner)}"


def _min_length(kind: Kind, _: ValidationError) -> str:
    return "must not be empty" if kind.limit == 1 else f"must be at least {kind.limit} characters long"


_WORDS: Mapping[str, Callable[[Kind, ValidationError], str]] = {
    "type": lambda kind, _: _must_be(kind.types),
    "enum": lambda kind, _: _one_of(kind.options),
    "const": lambda kind, _: f"must be exactly {show_value(kind.expected_value, limit=300)}",
    "minimum": lambda kind, _: f"must be at least {kind.limit}",
    "maximum": lambda kind, _: f"must be at most {kind.limit}",
    "exclusiveMinimum": lambda kind, _: f"must be more than {kind.limit}",
    "exclusiveMaximum": lambda kind, _: f"must be less than {kind.limit}",
    "multipleOf": lambda kind, _: f"must be a multiple of {kind.multiple_of}",
    "minLength": _min_length,
    "maxLength": lambda kind, _: f"must be at most {_count(kind.limit, 'character')} long",
    "minItems": lambda kind, _: f"must have at least {_count(kind.limit, 'item')}",
    "maxItems": lambda kind, _: f"must have at most {_count(kind.limit, 'item')}",
    "minProperties": lambda kind, _: f"must have at least {_count(kind.limit, 'field')}",
    "maxProperties": lambda kind, _: f"must have at most {_count(kind.limit, 'field')}",
    "uniqueItems": lambda _, __: "must not hold the same item twice",
    "pattern": lambda kind, _: f"must match the pattern {kind.pattern[:200]}",
    "format": lambda kind, _: f"must be {_FORMAT_WORDS.get(kind.format, f'a valid {kind.format}')}",
    "anyOf": _any_of,
    "oneOf": lambda kind, error: (
        "matches more than one of the allowed shapes, and must match exactly one"
        if isinstance(kind, ValidationErrorKind.OneOfMultipleValid)
        else _any_of(kind, error)
    ),
    "not": lambda _, __: "is a value that is ruled out",
    "contains": _contains,
    "propertyNames": _property_names,
    "falseSchema": lambda _, __: "is not allowed here",
    "unevaluatedItems": lambda _, __: "has items that no rule allows",
    "additionalItems": lambda kind, _: f"must have at most {_count(kind.limit, 'item')}",
}
