"""The verb that copies a run as code."""

import uuid
from dataclasses import dataclass

from core.actors import Actor
from core.agents.records import AgentVersionRecord
from core.errors import NotFoundError, StateConflictError
from core.providers.connections import build_connection
from core.providers.stored import build_record
from core.runs.code.curl import curl_command
from core.runs.code.python_file import python_file
from core.runs.code.run_json import run_json
from core.runs.service import RunService
from core.store import Store
from core.tasks.stored import build_version_record
from db.queries import runs as run_queries
from db.tables import AgentVersionRow, ProviderRow

BENCHTOP_URL = "http://127.0.0.1:8501"


@dataclass(frozen=True, slots=True)
class RunCode:
    """A run in three ways to repeat or keep it. Neither key nor extra header of the provider is in any."""

    python: str
    """A file that asks as the run did, with pydantic-ai alone."""
    curl: str
    """A command that starts a run with the same input; of the agent and the task as they are by then.

    Of a variation, it tries the same on the version that it varied."""
    json: str
    """The run as the API gives it."""


class CodeService:
    """Copies runs as code."""

    def __init__(self, store: Store, *, runs: RunService, request_timeout_seconds: float) -> None:
        self._store = store
        self._runs = runs
        self._request_timeout_seconds = request_timeout_seconds

    def copy_run(self, actor: Actor, run_id: uuid.UUID, *, benchtop_url: str = BENCHTOP_URL) -> RunCode:
        """Return the run as code, with the input and the versions of agent and task that it pinned.

        The provider is taken as it is now. `benchtop_url` is where Benchtop's pages are, without /api.
        Raises: NotFoundError; StateConflictError: its input is not kept any more, so nothing can be repeated.
        """
        record = self._runs.get_run(actor, run_id)
        if record.input is None:
            raise StateConflictError("The input of this run is not kept any more.", hint="Run with a new input.")
        with self._store.reading() as session:
            line = run_queries.find_run(session, run_id)
        if line is None:
            raise NotFoundError("There is no such run.", hint="Open History to find it.")
        _, agent, task, provider = line
        return RunCode(
            python=python_file(
                _build_agent(agent, provider),
                build_version_record(task),
                build_record(provider, agent_count=0),
                record.input,
                dialect=build_connection(provider).find_dialect(agent.model_name),
                request_timeout_seconds=self._request_timeout_seconds,
            ),
            curl=curl_command(
                agent_id=record.agent_id,
                task_id=record.task_id,
                value=record.input,
                agent_version=record.variation_of,
                variation=self._runs.get_variation(actor, run_id),
                benchtop_url=benchtop_url,
            ),
            json=run_json(record),
        )


def _build_agent(row: AgentVersionRow, provider: ProviderRow) -> AgentVersionRecord:
    stored = {name: getattr(row, name) for name in AgentVersionRecord.model_fields if name != "provider_name"}
    # A variation has no number of its own; the code says what the state holds, not what it is called.
    stored["number"] = row.number or row.variation_of
    return AgentVersionRecord(**stored, provider_name=provider.name)
