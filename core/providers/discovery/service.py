"""The models of providers: what is listed, which agents are in trouble, and warming one up."""

import logging
import uuid
from collections import Counter
from collections.abc import Callable, Collection, Iterable
from concurrent.futures import Future

import httpx2

from core.actors import SYSTEM, Actor
from core.background import BackgroundLoop
from core.encryption import Keyring
from core.errors import DashboardError, InvalidInputError
from core.providers.answers import BadAnswer
from core.providers.checking.calling import HttpCaller, open_parts
from core.providers.connections import ProviderConnection, build_connection
from core.providers.discovery.records import ProviderModelRecord, TroubledAgent
from core.providers.limiting.limiter import ProviderLimiter
from core.providers.model_lists import is_usable_name
from core.providers.outbound_errors import find_outbound_error
from core.providers.stored import lock_provider, read_provider
from core.providers.transport import OutboundPolicy
from core.providers.types import find_type
from core.providers.types.base import ProviderType
from core.store import Store
from db.events import announce
from db.queries import provider_models as model_queries

WARM_UP_SECONDS = 900.0
"""So long a server may take to load a model."""

_log = logging.getLogger(__name__)


class ModelService:
    """Read what providers list, and have a model loaded before somebody waits for it."""

    def __init__(
        self,
        store: Store,
        *,
        background: BackgroundLoop,
        find_keyring: Callable[[], Keyring],
        policy: OutboundPolicy,
        check_provider: Callable[[Actor, uuid.UUID], object],
        limiter: ProviderLimiter | None = None,
    ) -> None:
        """`limiter` notes uses of keys; loading a model heeds no limits."""
        self._store = store
        self._background = background
        self._find_keyring = find_keyring
        self._policy = policy.model_copy(update={"deadline_seconds": WARM_UP_SECONDS})
        self._check_provider = check_provider
        self._limiter = limiter
        self._warming: dict[tuple[uuid.UUID, str], Future[None]] = {}

    def list_models(self, actor: Actor, provider_id: uuid.UUID) -> tuple[ProviderModelRecord, ...]:
        """Return the models that the provider lists, by name, then those it listed formerly. Raises: NotFoundError."""
        with self._store.reading() as session:
            kind = find_type(read_provider(session, provider_id).type)
            lines = model_queries.list_models(session, provider_id)
            used = model_queries.list_used(session, provider_id)
        counts = _count_agents([model_name for model_name, _ in used], {line["name"] for line in lines}, kind)
        return tuple(ProviderModelRecord(**line, agent_count=counts[line["name"]]) for line in lines)

    def list_troubled_agents(self, actor: Actor, provider_id: uuid.UUID | None = None) -> tuple[TroubledAgent, ...]:
        """Return the agents whose model is gone or retires soon, of one provider or of all, by provider and name.

        A provider counts when its last check was good and it lists models at all.
        """
        with self._store.reading() as session:
            lines = model_queries.list_troubled(session, provider_id=provider_id)
        return tuple(TroubledAgent.model_validate(line) for line in lines)

    def warm_up(self, actor: Actor, provider_id: uuid.UUID, model_name: str) -> None:
        """Have the server load a model, in the background; return at once. It ends with a new check.

        Asked again while it goes on, it does nothing. Raises: NotFoundError; InvalidInputError: such servers load
        models by themselves, or no model has such a name.
        """
        if not model_name.strip() or not is_usable_name(model_name):
            raise InvalidInputError("No model can have this name.", hint="Pick one of the list.")
        with self._store.transaction() as session:
            connection = build_connection(lock_provider(session, provider_id))
            if not connection.kind.can_warm_up:
                message = f"{connection.kind.label} cannot be asked to load a model."
                raise InvalidInputError(message, hint="Start a run: the first one waits until it is loaded.")
            going_on = self._warming.get((provider_id, model_name))
            if going_on is not None and not going_on.done():
                return
            announce(session, "providers", "warming", id=provider_id, model_name=model_name)
        self._warming[provider_id, model_name] = self._background.submit(self._warm_up(connection, model_name))

    async def _warm_up(self, connection: ProviderConnection, model_name: str) -> None:
        is_warm = await self._load(connection, model_name)
        try:
            await self._background.blocking(lambda: self._tell(connection.provider_id, model_name, is_warm=is_warm))
        except DashboardError as error:
            _log.warning("A provider could not be checked after a model was loaded: %s", error.message)
        finally:
            self._warming.pop((connection.provider_id, model_name), None)

    async def _load(self, connection: ProviderConnection, model_name: str) -> bool:
        try:
            opening = open_parts(
                connection, find_keyring=self._find_keyring, policy=self._policy, limiter=self._limiter
            )
            async with opening as parts:
                await connection.kind.warm_up(HttpCaller(connection.kind, parts), model_name)
        except BadAnswer as answer:
            _log.warning("“%s” did not load a model: %s.", connection.name, answer.found)
        except httpx2.HTTPError as error:
            found = find_outbound_error(error)
            _log.warning("“%s” did not load a model: %s", connection.name, found.sentence if found else type(error))
        except DashboardError as error:
            _log.warning("“%s” did not load a model: %s", connection.name, error.message)
        else:
            return True
        return False

    def _tell(self, provider_id: uuid.UUID, model_name: str, *, is_warm: bool) -> None:
        with self._store.transaction() as session:
            announce(session, "providers", "warmed", id=provider_id, model_name=model_name, is_warm=is_warm)
        self._check_provider(SYSTEM, provider_id)


def _count_agents(used: Iterable[str], names: Collection[str], kind: ProviderType) -> Counter[str]:
    """Return how many of the names that agents use mean each of the listed ones."""
    meant = (next((one for one in kind.list_spellings(name) if one in names), None) for name in used)
    return Counter(name for name in meant if name is not None)
