"""Everything a process needs, started and stopped together. What is made of what stands in core/wiring.py."""

import logging
import threading

from pydantic import BaseModel, ConfigDict

from core.actors import SYSTEM
from core.errors import DashboardError, DatabaseUnavailableError, SecretError
from core.keys import load_keyring
from core.redaction import guard_logging
from core.seeding import seed_examples
from core.settings import Settings, read_settings
from core.wiring import WiredServices, register_password
from db.errors import DatabaseError
from db.migrate import is_current, migrate

_log = logging.getLogger(__name__)
_RETRY_SECONDS = 3.0


class Readiness(BaseModel):
    """Whether Benchtop can work, and if not, why and what to do."""

    model_config = ConfigDict(frozen=True)

    is_ready: bool
    message: str = ""
    hint: str = ""


_STARTING = Readiness(is_ready=False, message="Benchtop is starting.", hint="This takes a few seconds.")


class Services(WiredServices):
    """Every service of one process. `start` returns when the first attempt to get ready has ended either way.

    With `for_one_command` they do what they are asked and look for no other work: a command that took up the app's
    queued runs and open checks would end them when it ends itself. Nor is loaded what only runs need.
    """

    def __init__(self, settings: Settings, *, for_one_command: bool = False) -> None:
        super().__init__(settings)
        self._for_one_command = for_one_command
        self._readiness = _STARTING
        self._stopping = threading.Event()
        self._settled = threading.Event()
        self._starter: threading.Thread | None = None

    def readiness(self) -> Readiness:
        """Say whether pages can work; asks nobody, so it costs nothing."""
        return self._readiness

    def check_health(self) -> Readiness:
        """Ask the database whether it answers and is at this version's schema."""
        if not self._readiness.is_ready:
            return self._readiness
        try:
            is_migrated = is_current(self.database)
        except DatabaseError as error:
            return Readiness(is_ready=False, message=error.message, hint=error.hint)
        if not is_migrated:
            return Readiness(is_ready=False, message="The database is not at this version's schema.")
        return self._readiness

    def start(self) -> None:
        """Get ready; when the database cannot be had, go on trying in the background."""
        guard_logging()
        self._starter = threading.Thread(target=self._become_ready, name="benchtop-start", daemon=True)
        self._starter.start()
        self._settled.wait()

    def _become_ready(self) -> None:
        while not self._stopping.is_set():
            try:
                self._prepare()
            except (DatabaseError, DashboardError) as error:
                self._wait_because(Readiness(is_ready=False, message=error.message, hint=error.hint))
            except Exception as error:  # noqa: BLE001  # a bug, told on the page; silence would say "starting" for ever
                message = f"Benchtop cannot start ({type(error).__name__})."
                self._wait_because(
                    Readiness(is_ready=False, message=message, hint="The server's log says more."), error
                )
            else:
                self._readiness = Readiness(is_ready=True)
                try:
                    # Before `start` returns: what is asked for from then on is not taken for work left behind.
                    self._begin_work()
                finally:
                    self._settled.set()
                return
            self._settled.set()
            self._stopping.wait(_RETRY_SECONDS)

    def _wait_because(self, reason: Readiness, error: Exception | None = None) -> None:
        if reason != self._readiness:  # the same reason every few seconds is told once
            _log.warning("Not ready yet: %s %s", reason.message, reason.hint, exc_info=error)
        self._readiness = reason

    def _prepare(self) -> None:
        if self.embedded is not None:
            register_password(self.embedded.start())
        migrate(self.database)
        self._lock.hold()
        self.events.begin()
        try:
            self._keyring = load_keyring(self.settings, self.store)
        except SecretError as error:
            self._keyring_error = error
            _log.warning("%s %s", error.message, error.hint)
        if self.settings.seed_examples:
            seed_examples(self.store)

    def _begin_work(self) -> None:
        self.background.submit(self.events.follow())
        if self._for_one_command:
            self.background.submit(self.housekeeper.show_life())
            return
        try:
            self.housekeeper.sweep()
            self.providers.resume_checks(SYSTEM)
        except DatabaseUnavailableError as error:
            _log.warning("Housekeeping waits for the database: %s", error.message)
        self.background.submit(self.housekeeper.keep_house())
        self.background.submit(self.executor.get_engine())

    def stop(self) -> None:
        """End what runs, close what is open, and stop the bundled database if nobody else uses it."""
        self._stopping.set()
        if self._starter is not None:
            self._starter.join()
        self.background.submit(self._stop_async()).result()
        self.background.stop()
        self._lock.release()
        self.database.close()
        if self.embedded is not None:
            self.embedded.stop()

    async def _stop_async(self) -> None:
        await self.drafting.stop()
        await self.executor.stop()
        await self.limiter.stop()
        await self.builtin.stop()


_current: Services | None = None
_current_lock = threading.Lock()


def current_services() -> Services:
    """Return this process's services, made on first use; whoever runs the process starts them."""
    global _current  # the one process-wide instance
    with _current_lock:
        if _current is None:
            _current = Services(read_settings())
        return _current


def install_services(services: Services | None) -> None:
    """Make these the process's services, as tests do; None forgets them."""
    global _current  # the one process-wide instance
    with _current_lock:
        _current = services
