"""The only wiring: every service of a process, made once, nothing of it at work yet."""

import importlib
import uuid
from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import unquote

from core.agents.assignments import AssignmentService
from core.agents.service import AgentService
from core.background import BackgroundLoop
from core.encryption import Keyring
from core.errors import SecretError
from core.events import ChangeEvent, EventService, Topic
from core.housekeeping import Housekeeper
from core.idempotency import IdempotencyService
from core.providers.builtin import BuiltinModelServer
from core.providers.checking.checker import ProviderChecker
from core.providers.discovery.service import ModelService
from core.providers.health import HealthService
from core.providers.limiting.limiter import ProviderLimiter
from core.providers.probing.service import DialectService
from core.providers.service import ProviderService
from core.providers.transport import OutboundPolicy
from core.redaction import register_secret
from core.runs.code.service import CodeService
from core.runs.comparing.service import ComparisonService
from core.runs.drafting import DraftingService
from core.runs.executor import Engine, RunExecutor
from core.runs.history.service import HistoryService
from core.runs.preparing import PreparationService
from core.runs.rating import RatingService
from core.runs.retention import Retention
from core.runs.service import RunService
from core.settings import Settings
from core.store import Store
from core.tasks.fixtures import FixtureService
from core.tasks.service import TaskService
from db.embedded import EmbeddedPostgres
from db.instances import InstanceLock
from db.session import Database

_CHECK_SECONDS = 15.0
# The longest list of models there is has 1 MB, and a check reads several answers at once.
_CHECK_BYTES = 3 * 1024 * 1024


class WiredServices:
    """Every service of one process, and what they share."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.background = BackgroundLoop()
        self.builtin = BuiltinModelServer()
        self.instance_id = uuid.uuid4()
        """Another one each time Benchtop starts."""
        self._keyring: Keyring | None = None
        self._keyring_error: SecretError | None = None
        self.embedded, self.database = _build_database(settings)
        self.store = Store(self.database)
        self.limiter = ProviderLimiter(self.store, background=self.background)
        self._lock = InstanceLock(self.database, self.instance_id)
        self._wire()

    def _wire(self) -> None:
        settings, background = self.settings, self.background
        policy = OutboundPolicy(
            allow_private=settings.allows_private_addresses,
            allowed=settings.allowed_addresses,
            deadline_seconds=settings.request_timeout_seconds,
        )
        self.executor = RunExecutor(
            self.store,
            background=background,
            build_engine=_engine_builder(
                find_keyring=self.find_keyring, policy=policy, builtin=self.builtin, limiter=self.limiter
            ),
            instance_id=self.instance_id,
            max_concurrent_runs=settings.max_concurrent_runs,
            run_timeout_seconds=settings.run_timeout_seconds,
        )
        self._wire_providers(policy)
        self._wire_work()

    def _wire_providers(self, policy: OutboundPolicy) -> None:
        """Make what knows the providers; `policy` is that of their calls."""
        settings, background = self.settings, self.background
        check_seconds = min(_CHECK_SECONDS, settings.request_timeout_seconds)
        check_policy = policy.model_copy(update={"deadline_seconds": check_seconds, "max_body_bytes": _CHECK_BYTES})
        self.providers = ProviderService(
            self.store,
            find_keyring=self.find_keyring,
            background=background,
            checker=ProviderChecker(
                find_keyring=self.find_keyring,
                policy=check_policy,
                builtin=self.builtin,
                names_proxy=settings.names_proxy,
                limiter=self.limiter,
            ),
        )
        self.models = ModelService(
            self.store,
            background=background,
            find_keyring=self.find_keyring,
            policy=policy,
            check_provider=self.providers.check_provider,
            limiter=self.limiter,
        )
        self.dialects = DialectService(
            self.store,
            background=background,
            find_keyring=self.find_keyring,
            policy=policy,
            builtin=self.builtin,
            limiter=self.limiter,
        )

    def _wire_work(self) -> None:
        """Make what works with what calls the providers."""
        settings, background = self.settings, self.background
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
        self.health = HealthService(self.store)
        self.preparation = PreparationService(self.store, background=background)
        self.code = CodeService(self.store, runs=self.runs, request_timeout_seconds=settings.request_timeout_seconds)
        self.drafting = DraftingService(
            self.store,
            background=background,
            get_engine=self.executor.get_engine,
            timeout_seconds=settings.run_timeout_seconds,
        )
        self.events.bus.subscribe(self._hear_cancellations)
        self.events.bus.subscribe(self.dialects.hear)
        self.housekeeper = Housekeeper(
            self.store,
            background=background,
            executor=self.executor,
            lock=self._lock,
            instance_id=self.instance_id,
            resume_checks=self.providers.resume_checks,
            repeat_checks=self.providers.repeat_due_checks,
            retention=Retention(self.store, keep_days=settings.keep_content_days),
        )

    def _hear_cancellations(self, events: Sequence[ChangeEvent]) -> None:
        """Stop at once what was cancelled through another process; housekeeping looks for what this misses."""
        for event in events:
            if event.topic == Topic.RUNS and event.event == "cancel_requested":
                self.executor.cancel(uuid.UUID(event.data["id"]))

    def find_keyring(self) -> Keyring:
        """Return the encryption keys. Raises: SecretError: there are none that can be used."""
        if self._keyring is None:
            raise self._keyring_error or SecretError("Benchtop is still starting.", hint="Try again in a moment.")
        return self._keyring


def _build_database(settings: Settings) -> tuple[EmbeddedPostgres | None, Database]:
    if settings.database_url is not None:
        url = settings.database_url.get_secret_value()
        register_password(url)
        return None, Database(lambda: url)
    embedded = EmbeddedPostgres(settings.data_dir)
    return embedded, Database(embedded.url, revive=embedded.ensure_running)


def register_password(url: str) -> None:
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
