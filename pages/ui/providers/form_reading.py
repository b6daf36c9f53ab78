"""Reads what stands in the provider's form. Everything that cannot be used is named at once, each at its field."""

from collections.abc import Callable, Mapping
from typing import TypeVar

from core.errors import Detail, InvalidInputError
from core.providers.base_urls import clean_base_url
from core.providers.price_lines import read_price_lines
from core.providers.records import ProviderDraft, ProviderRecord
from core.providers.types import find_type
from core.providers.types.base import KeyUse, OptionField, ProviderType
from core.requests import parse_request
from pages.ui.providers.form_view import LIMITS, FormView, field_key, has_headers
from pages.ui.providers.header_lines import read_header_lines

Found = TypeVar("Found")
Values = Mapping[str, object]

_PLAIN = ("name", "base_url", "api_key", "request_timeout_seconds", "connect_timeout_seconds")
_NESTED = frozenset({"options", "secrets", "limits"})


def preset_key(kind: ProviderType) -> str:
    """Return the field that holds the chosen preset of a type."""
    return f"preset.{kind.name}"


def read_draft(values: Values, record: ProviderRecord | None) -> ProviderDraft:
    """Return the draft that the form describes. `record` is the provider it edits, None for a new one.

    Raises: InvalidInputError: `details` name the fields as `form_view.list_places` does.
    """
    kind = find_type(str(values.get("type")))
    preset = kind.find_preset(_text(values, preset_key(kind)))
    view = FormView(kind, preset, record, error=None)
    problems = list[Detail]()
    wanted: dict[str, object] = {name: values[name] for name in _PLAIN if values.get(name) is not None}
    wanted |= {
        "name": _text(values, "name"),
        "type": kind.name,
        "preset": "" if preset is None else preset.name,
        "options": {one.name: _text(values, field_key(one)) for one in kind.fields if not one.is_secret},
        "secrets": {one.name: _text(values, field_key(one)) for one in kind.fields if one.is_secret},
        "limits": {name: values.get(f"limits.{name}") for name in LIMITS},
        "prices": _attempt(lambda: read_price_lines(_text(values, "prices")), problems),
    }
    if has_headers(kind):
        wanted["headers"] = _attempt(lambda: _read_headers(values), problems)
    own = [*_find_missing(view, values), *_find_faults(kind, values)]
    problems += _find_wrong_address(view, values)
    try:
        draft = parse_request(ProviderDraft, wanted)
    except InvalidInputError as error:
        # What is told at a field of the type is not told once more as a whole.
        problems = [*(_at_field(one) for one in error.details if one.place or not own), *problems]
    problems += own
    if problems:
        raise InvalidInputError(problems[0].message, details=problems)
    return draft


def _read_headers(values: Values) -> object:
    """None: those stored; empty: none any more."""
    given = read_header_lines(_text(values, "headers"))
    return given if given or values.get("drop_headers") is True else None


def _find_wrong_address(view: FormView, values: Values) -> list[Detail]:
    """Return what is wrong with the address as it was typed; a blank one that may stay so is right."""
    typed = _text(values, "base_url").strip()
    if not typed and (view.usual_address or any(one.is_required for one in view.kind.fields)):
        return []
    try:
        clean_base_url(view.kind.fit_address(typed, {}), provider_type=view.kind.name)
    except InvalidInputError as error:
        return list(error.details)
    return []


def _find_missing(view: FormView, values: Values) -> list[Detail]:
    missing = list[Detail]()
    if not _text(values, "api_key").strip() and not view.has_key and _needs_key(view, _text(values, "base_url")):
        owner = view.kind.label if view.preset is None else view.preset.label
        missing = [Detail(place="api_key", message=f"{owner} needs a key. Paste one of yours.")]
    wanted = [one for one in view.kind.fields if one.is_required and not _stays(view, one)]
    blank = [field_key(one) for one in wanted if not _text(values, field_key(one)).strip()]
    return [*missing, *(Detail(place=key, message=f"{view.kind.label} needs this.") for key in blank)]


def _find_faults(kind: ProviderType, values: Values) -> list[Detail]:
    """Return what the type finds wrong with its fields, at the one without which nothing would be."""
    given = {one.name: _text(values, field_key(one)).strip() for one in kind.fields if not one.is_secret}
    options = {name: value for name, value in given.items() if value}
    fault = kind.find_fault(options)
    if not fault:
        return []
    rest = {name: {other: options[other] for other in options if other != name} for name in options}
    found = next((name for name in options if not kind.find_fault(rest[name])), next(iter(given), ""))
    return [Detail(place=f"options.{found}", message=fault)]


def _needs_key(view: FormView, address: str) -> bool:
    """The vendor's own server needs one; what stands in front of it at another address may do without."""
    typed, usual = address.strip().rstrip("/"), view.usual_address
    return view.key_use is KeyUse.REQUIRED and (not usual or typed in ("", usual))


def _stays(view: FormView, field: OptionField) -> bool:
    return field.is_secret and view.is_stored(field)


def _attempt(read: Callable[[], Found], problems: list[Detail]) -> Found | None:
    try:
        return read()
    except InvalidInputError as error:
        problems += error.details
        return None


def _at_field(detail: Detail) -> Detail:
    """Name the field of the form that a place deep in the request belongs to."""
    parts = detail.place.split(".")
    return Detail(place=".".join(parts[: 2 if parts[0] in _NESTED else 1]), message=detail.message)


def _text(values: Values, name: str) -> str:
    value = values.get(name)
    return value if isinstance(value, str) else ""
