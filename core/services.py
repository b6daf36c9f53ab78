"""The only wiring: everything a process needs, made once, started and stopped together."""

import importlib
import logging
import threading
import uuid
from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import unquote

from pydantic import BaseModel, ConfigDict

from core.actors import SYSTEM
from core.agents.assignments import AssignmentService
from core.agents.service import AgentService
from core.background import BackgroundLoop
from core.encryption import Keyring
from core.errors import DashboardError, DatabaseUnavailableError, SecretError
from core.events import ChangeEvent, EventService, Topic
from core.housekeeping import Housekeeper
from core.idempotency import IdempotencyService
from core.keys import load_keyring
from core.providers.builtin import BuiltinModelServer
from core.providers.checking.checker import ProviderChecker
from core.providers.service import ProviderService
from core.providers.transport import OutboundPolicy
from core.redaction import guard_logging, register_secret
from core.runs.code.service import CodeService
from core.runs.comparing.service import ComparisonService
from core.runs.drafting import DraftingService
from core.runs.executor import Engine, RunExecutor
from core.runs.history.service import HistoryService
from core.runs.preparing import PreparationService
from core.runs.rating import RatingService
from core.runs.retention import Retention
from core.runs.service import RunService
from core.seeding import seed_examples
from core.settings import Settings, read_settings
from core.store import Store
from core.tasks.fixtures import FixtureService
from core.tasks.service import TaskService
from db.embedded import EmbeddedPostgres
from db.errors import DatabaseError
from db.instances import InstanceLock
from db.migrate import is_current, migrate
from db.session import Database

_log = logging.getLogger(__name__)
_RETRY_SECONDS = 3.0
_CHECK_SECONDS = 15.0


class Readiness(BaseModel):
    """Whether Benchtop can work, and if not, why and what to do."""

    model_config = ConfigDict(frozen=True)

    is_ready: bool
    message: str = ""
    hint: str = ""


_STARTING = Readiness(is_ready=False, message="Benchtop is starting.", hint="This takes a few seconds.")


class Services:
    """Every service of one process. `start` returns when the first attempt to get ready has ended either way.

    With `for_one_command` they do what they are asked and look for no other work: a command that took up the app's
    queued runs and open checks would end them when it ends itself. Nor is loaded what only runs need.
    """

    def __init__(self, settings: Settings, *, for_one_command: bool = False) -> None:
        self.settings = settings
        self._for_one_command = for_one_command
        self.background = BackgroundLoop()
        self.builtin = BuiltinModelServer()
        self._instance_id = uuid.uuid4()
        self._readiness = _STARTING
        self._keyring: Keyring | None = None
        self._keyring_error: SecretError | None = None
        self._stopping = threading.Event()
        self._settled = threading.Event()
        self._starter: threading.Thread | None = None
        self.embedded, self.database = _build_database(settings)
        self.store = Store(self.database)
        self._lock = InstanceLock(self.database, self._instance_id)
        self._wire()

    def _wire(self) -> None:
        settings, background = self.settings, self.background
        policy = OutboundPolicy(
            allow_private=settings.allow_private_addresses, deadline_seconds=settings.request_timeout_seconds
        )
        check_seconds = min(_CHECK_SECONDS, settings.request_timeout_seconds)
        check_policy = policy.model_copy(update={"deadline_seconds": check_seconds})
        self.executor = RunExecutor(
            self.store,
            background=background,
            build_engine=_engine_builder(find_keyring=self.find_keyring, policy=policy, builtin=self.builtin),
            instance_id=self._instance_id,
            max_concurrent_runs=settings.max_concurrent_runs,
            run_timeout_seconds=settings.run_timeout_seconds,
        )
        self.providers = ProviderService(
            self.store,
            find_keyring=self.find_keyring,
            background=background,
            checker=ProviderChecker(find_keyring=self.find_keyring, policy=check_policy, builtin=self.builtin),
        )
        self.events = EventService(self.store, background=background)
        self.idempotency = IdempotencyService(self.store)
        self.agents = AgentService(self.store)
        self.assignments = AssignmentService(self.store)
        self.tasks = TaskService(self.store)
        self.fixtures = FixtureService(self.store)
        self.runs = RunService(self.store, executor=self.executor)
        self.ratings = RatingService(self.store)
        self.comparisons = ComparisonService(self.store, executor=self.executor)
        self.history = HistoryService(self.store)
        self.preparation = PreparationService(self.store, background=background)
        self.code = CodeService(self.store, runs=self.runs, request_timeout_seconds=settings.request_timeout_seconds)
        self.drafting = DraftingService(
            self.store,
            background=background,
            get_engine=self.executor.get_engine,
            timeout_seconds=settings.run_timeout_seconds,
        )
        self.events.bus.subscribe(self._hear_cancellations)
        self.housekeeper = Housekeeper(
            self.store,
            background=background,
            executor=self.executor,
            lock=self._lock,
            instance_id=self._instance_id,
            resume_checks=self.providers.resume_checks,
            retention=Retention(self.store, keep_days=settings.keep_content_days),
        )

    def _hear_cancellations(self, events: Sequence[ChangeEvent]) -> None:
        """Stop at once what was cancelled through another process; housekeeping looks for what this misses."""
        for event in events:
            if event.topic == Topic.RUNS and event.event == "cancel_requested":
                self.executor.cancel(uuid.UUID(event.data["id"]))

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

    def find_keyring(self) -> Keyring:
        """Return the encryption keys. Raises: SecretError: there are none that can be used."""
        if self._keyring is None:
            raise self._keyring_error or SecretError("Benchtop is still starting.", hint="Try again in a moment.")
        return self._keyring

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
            _register_password(self.embedded.start())
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
        await self.builtin.stop()


def _build_database(settings: Settings) -> tuple[EmbeddedPostgres | None, Database]:
    if settings.database_url is not None:
        url = settings.database_url.get_secret_value()
        _register_password(url)
        return None, Database(lambda: url)
    embedded = EmbeddedPostgres(settings.data_dir)
    return embedded, Database(embedded.url, revive=embedded.ensure_running)


def _register_password(url: str) -> None:
    """Keep the database's password out of logs and errors, in either spelling."""
    secret = url.partition("://")[2].rpartition("@")[0].partition(":")[2]
    register_secret(secret)
    register_secret(unquote(secret))


def _engine_builder(**parts: Any) -> Callable[[], Engine]:  # Any: passed on to RunEngine
    def build() -> Engine:
        # Loaded by name because importing pydantic-ai takes over a second, which no page should wait for.
        engine: Engine = importlib.import_module("core.runs.engine").RunEngine(**parts)
        return engine

    return build


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
