"""The kinds of fake servers. Each is one module of this package that sets `KIND`; its name is the kind's."""

import importlib
import pkgutil

from tests.fake_server.kinds.base import Kind

_NOT_KINDS = frozenset({"base"})


def list_kinds() -> tuple[str, ...]:
    """Return the names of every kind, in the order of the alphabet."""
    return tuple(sorted(found.name for found in pkgutil.iter_modules(__path__) if found.name not in _NOT_KINDS))


def find_kind(name: str) -> Kind:
    """Return the kind of that name. Raises: ModuleNotFoundError: there is none."""
    kind = importlib.import_module(f"{__name__}.{name}").KIND
    assert isinstance(kind, Kind)
    return kind
