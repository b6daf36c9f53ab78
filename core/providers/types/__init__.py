"""The types of providers. Each is one module of this package that sets `TYPE`; the registry finds it by itself."""

import importlib
import pkgutil
from functools import cache
from typing import Annotated

from pydantic import AfterValidator, WithJsonSchema

from core.providers.types.base import ProviderType

_NOT_TYPES = frozenset({"base"})


@cache
def list_types() -> tuple[ProviderType, ...]:
    """Return every type, in the order of the form."""
    names = [found.name for found in pkgutil.iter_modules(__path__) if found.name not in _NOT_TYPES]
    modules = [importlib.import_module(f"{__name__}.{name}") for name in names]
    found = [module.TYPE for module in modules if hasattr(module, "TYPE")]
    return tuple(sorted(found, key=lambda one: (one.position, one.name)))


@cache
def _by_name() -> dict[str, ProviderType]:
    return {one.name: one for one in list_types()}


def find_type(name: str) -> ProviderType:
    """Return the type of that name. Raises: KeyError: there is none."""
    return _by_name()[name]


def _check_name(name: str) -> str:
    if name not in _by_name():
        known = ", ".join(_by_name())
        raise ValueError(f"There is no provider type “{name[:40]}”. Known are: {known}.")
    return name


ProviderTypeName = Annotated[
    str,
    AfterValidator(_check_name),
    WithJsonSchema({"type": "string", "enum": sorted(one.name for one in list_types())}),
]
"""The name of a type, as it is stored and sent."""
