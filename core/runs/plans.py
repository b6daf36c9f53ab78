"""Everything one run needs, read once when it is claimed. Nothing that is edited later changes it."""

import json
import logging
import threading
import traceback
import uuid
from collections import OrderedDict
from datetime import datetime
from functools import cached_property
from typing import Any, NamedTuple

from pydantic import BaseModel, ConfigDict

from core.providers.connections import ProviderConnection, build_connection
from core.providers.dialects import ServerDialect
from core.providers.prices import PriceTable, read_prices
from core.runs.costs import AttemptUsage, Cost, cost_of
from core.store import Store
from db.queries import runs as run_queries
from db.queries.run_steps import ClaimedRun, read_called_provider
from db.queries.runs import RunLine
from db.tables import AgentVersionRow, ProviderRow, TaskVersionRow

_log = logging.getLogger(__name__)
_MAX_PINNED = 256
_MAX_CALLED = 64


class RunPlan(BaseModel):
    """The pinned agent, task and input of a run, and how to reach its provider."""

    model_config = ConfigDict(frozen=True, protected_namespaces=())

    run_id: uuid.UUID
    agent_version_id: uuid.UUID
    task_version_id: uuid.UUID
    task_name: str
    connection: ProviderConnection
    model_name: str
    system_prompt: str
    user_prompt_template: str
    temperature: float | None
    max_tokens: int | None
    retries: int
    response_schema: dict[str, Any]  # Any: a JSON Schema, kept exactly as written
    mends_answers: bool
    stores_content: bool = True
    """Whether input, requests and answers are stored, or only figures."""
    input: Any  # Any: JSON the user wrote
    prices: PriceTable | None = None
    """The provider's own. Beside the connection: a new price is no reason to connect anew."""

    @cached_property
    def dialect(self) -> ServerDialect:
        """How the model is spoken to, from all that is known when the run is claimed."""
        return self.connection.find_dialect(self.model_name)

    def find_cost(self, usage: AttemptUsage, *, at: datetime) -> Cost | None:
        """Return what an attempt cost that was sent at `at`; None is unknown."""
        return cost_of(
            usage,
            provider_type=self.connection.type,
            base_url=self.connection.base_url,
            model_name=self.model_name,
            prices=self.prices,
            at=at,
        )


class _Called(NamedTuple):
    """A provider as it is called."""

    state: str
    connection: ProviderConnection
    prices: PriceTable | None


class PlanReader:
    """Builds the plans of claimed runs, and holds what those of late were made of.

    The versions they pin never change; of a provider each claim tells whether it did.
    """

    def __init__(self) -> None:
        self._pinned: OrderedDict[tuple[uuid.UUID, uuid.UUID], tuple[AgentVersionRow, TaskVersionRow]] = OrderedDict()
        self._called: OrderedDict[uuid.UUID, _Called] = OrderedDict()
        self._lock = threading.Lock()

    def read_plan(self, store: Store, run: ClaimedRun) -> RunPlan:
        """Return the plan of a claimed run."""
        key = (run.agent_version_id, run.task_version_id)
        with self._lock:
            pinned, called = self._pinned.get(key), self._called.get(run.provider_id)
        if pinned is None:
            with store.reading() as session:
                pinned = run_queries.get_pinned(session, agent_version_id=key[0], task_version_id=key[1])
            with self._lock:
                self._pinned[key] = pinned
                if len(self._pinned) > _MAX_PINNED:
                    self._pinned.popitem(last=False)
        if called is None or called.state != run.provider_state:
            called = self._read_called(store, run.provider_id)
        return _make_plan(run.id, run.input, *pinned, called)

    def _read_called(self, store: Store, provider_id: uuid.UUID) -> _Called:
        with store.reading() as session:
            called = _make_called(*read_called_provider(session, provider_id))
        with self._lock:
            self._called[provider_id] = called
            if len(self._called) > _MAX_CALLED:
                self._called.popitem(last=False)
        return called


def build_plan(line: RunLine) -> RunPlan:
    """Return the plan of a stored run."""
    run, agent, task, provider = line
    return _make_plan(run.id, run.input, agent, task, _make_called("", provider))


def _make_called(state: str, row: ProviderRow) -> _Called:
    return _Called(state, build_connection(row), read_prices(row.prices))


def _make_plan(
    run_id: uuid.UUID, value: object, agent: AgentVersionRow, task: TaskVersionRow, called: _Called
) -> RunPlan:
    return RunPlan(
        run_id=run_id,
        agent_version_id=agent.id,
        task_version_id=task.id,
        task_name=task.name,
        connection=called.connection,
        model_name=agent.model_name,
        system_prompt=agent.system_prompt,
        user_prompt_template=agent.user_prompt_template,
        temperature=agent.temperature,
        max_tokens=agent.max_tokens,
        retries=agent.retries,
        response_schema=json.loads(task.response_schema_text),
        mends_answers=task.mends_answers,
        stores_content=task.stores_content,
        input=value,
        prices=called.prices,
    )


def log_unknown_error(error: Exception, plan: RunPlan) -> None:
    """Log a bug that a run met: whole, or without its message, which may quote the answer, when that is not stored."""
    if plan.stores_content:
        _log.error("A run met an error Benchtop does not know.", exc_info=error)
        return
    places = "".join(traceback.format_tb(error.__traceback__))
    _log.error("A run met an error Benchtop does not know (%s):\n%s", type(error).__name__, places)
