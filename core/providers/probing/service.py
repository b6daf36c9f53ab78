"""The verbs of dialects: what is known of how a provider's models are spoken to, probing it, and setting it by hand."""

import uuid
from collections.abc import Callable, Sequence
from datetime import timedelta

from core.actors import Actor
from core.background import BackgroundLoop
from core.encryption import Keyring
from core.errors import Detail, InvalidInputError, NotFoundError, StateConflictError
from core.events import ChangeEvent
from core.providers.builtin import BuiltinModelServer
from core.providers.connections import build_connection
from core.providers.dialects import WHOLE_PROVIDER, DialectFindings, KeptDialect, read_dialects, write_dialects
from core.providers.limiting.limiter import ProviderLimiter
from core.providers.model_lists import is_usable_name
from core.providers.probing.background import WAIT_SECONDS, BackgroundProbes
from core.providers.probing.opening import Opener
from core.providers.probing.records import DialectRecord, build_dialect_record, is_probing
from core.providers.stored import lock_provider
from core.providers.transport import OutboundPolicy
from core.store import Store
from db.events import announce
from db.queries import providers as provider_queries
from db.session import Session
from db.tables import ProviderRow, utc_now

PROBE_SECONDS = 120.0
_MAX_KEPT = 500
# What a probe may take beyond its deadline, to be stored.
_GRACE_SECONDS = 30.0


class DialectService:
    """Reads, probes and sets dialects. They are no part of a provider's revision: nothing is checked anew for them."""

    def __init__(
        self,
        store: Store,
        *,
        background: BackgroundLoop,
        find_keyring: Callable[[], Keyring],
        policy: OutboundPolicy,
        builtin: BuiltinModelServer,
        limiter: ProviderLimiter | None = None,
        probe_seconds: float = PROBE_SECONDS,
    ) -> None:
        """With a `limiter` the questions of a probe count against the limits of its provider."""
        self._store = store
        self._probe_seconds = probe_seconds
        opener = Opener(background, find_keyring=find_keyring, policy=policy, builtin=builtin, limiter=limiter)
        self._probes = BackgroundProbes(store, background=background, opener=opener, deadline_seconds=probe_seconds)

    def list_dialects(self, actor: Actor, provider_id: uuid.UUID) -> tuple[DialectRecord, ...]:
        """Return that of the whole provider, and by name those of the models something is kept of.

        Raises: NotFoundError.
        """
        with self._store.reading() as session:
            connection = build_connection(_read(session, provider_id))
        names = sorted(name for name in connection.dialects if name != WHOLE_PROVIDER)
        now = utc_now()
        return tuple(build_dialect_record(connection, name, now=now) for name in (WHOLE_PROVIDER, *names))

    def get_dialect(self, actor: Actor, provider_id: uuid.UUID, model_name: str = WHOLE_PROVIDER) -> DialectRecord:
        """Return how a model is spoken to, or with a blank name those of which nothing else is known.

        Raises: NotFoundError.
        """
        with self._store.reading() as session:
            return _build(_read(session, provider_id), model_name)

    def edit_dialect(
        self, actor: Actor, provider_id: uuid.UUID, model_name: str, edited: DialectFindings
    ) -> DialectRecord:
        """Replace what was set by hand, which goes before what a probe found. Empty findings take it back.

        Raises: NotFoundError, InvalidInputError.
        """
        name = _clean_name(model_name)
        is_set = edited != DialectFindings()
        with self._store.transaction() as session:
            row = lock_provider(session, provider_id)
            _change(row, name, {"edited": edited, "edited_at": utc_now() if is_set else None})
            announce(session, "providers", "dialect_changed", id=provider_id)
            return _build(row, name)

    def start_probe(self, actor: Actor, provider_id: uuid.UUID, model_name: str) -> DialectRecord:
        """Start to ask a model at most ten tiny questions, and return at once. A probe that goes on is left to.

        Raises: NotFoundError; InvalidInputError: there is no such name of a model; StateConflictError: another model
        of the provider is being probed.
        """
        name = _clean_name(model_name)
        if name == WHOLE_PROVIDER:
            problem = "Choose a model to ask."
            raise InvalidInputError(problem, details=[Detail(place="model_name", message=problem)])
        now = utc_now()
        with self._store.transaction() as session:
            row = lock_provider(session, provider_id)
            kept = read_dialects(row.dialects)
            if is_probing(kept, name, now=now):
                return _build(row, name)
            if is_probing(kept, WHOLE_PROVIDER, now=now):
                raise StateConflictError(
                    f"Another model of “{row.name}” is being probed.", hint="Wait until that is over; it takes seconds."
                )
            waits = 0.0 if build_connection(row).limits.is_unlimited else WAIT_SECONDS
            until = now + timedelta(seconds=self._probe_seconds + _GRACE_SECONDS + waits)
            _change(row, name, {"probing_until": until, "probe_note": ""})
            announce(session, "providers", "probing", id=provider_id)
            record, revision = _build(row, name), row.revision
        self._probes.start(provider_id, name, revision=revision)
        return record

    def hear(self, events: Sequence[ChangeEvent]) -> None:
        """Give up the probes of providers that were saved meanwhile. Called on the background loop."""
        self._probes.hear(events)


def _read(session: Session, provider_id: uuid.UUID) -> ProviderRow:
    row = provider_queries.find_provider(session, provider_id)
    if row is None:
        raise NotFoundError("This provider is not there any more.", hint="Go back to the list of providers.")
    return row


def _build(row: ProviderRow, model_name: str) -> DialectRecord:
    return build_dialect_record(build_connection(row), model_name, now=utc_now())


def _change(row: ProviderRow, model_name: str, changes: dict[str, object]) -> None:
    kept = read_dialects(row.dialects)
    kept[model_name] = kept.get(model_name, KeptDialect()).model_copy(update=changes)
    if kept[model_name] == KeptDialect():
        del kept[model_name]
    if len(kept) > _MAX_KEPT:
        raise InvalidInputError(f"At most {_MAX_KEPT} models of a provider can have a dialect of their own.")
    row.dialects = write_dialects(kept)


def _clean_name(model_name: str) -> str:
    name = model_name.strip()
    if not is_usable_name(name):
        problem = "This cannot be the name of a model."
        raise InvalidInputError(problem, details=[Detail(place="model_name", message=problem)])
    return name
