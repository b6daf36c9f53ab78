"""Services for one command in a shell."""

from collections.abc import Iterator
from contextlib import contextmanager

from core.errors import DatabaseUnavailableError
from core.services import Services
from core.settings import read_settings


@contextmanager
def one_shot_services() -> Iterator[Services]:
    """Start services for one command, with the settings of the environment, and stop them again.

    The bundled database is joined when the app is running, else started and stopped.
    Raises: InvalidInputError: a setting cannot be used; DatabaseUnavailableError: they did not get ready.
    """
    services = Services(read_settings(), for_one_command=True)
    try:
        services.start()
        readiness = services.readiness()
        if not readiness.is_ready:
            raise DatabaseUnavailableError(readiness.message, hint=readiness.hint)
        yield services
    finally:
        services.stop()
