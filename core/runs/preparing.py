"""The verbs before a run: what it will send, and what speaks against it. No token is spent and nothing is stored."""

import importlib
import uuid

from core.actors import Actor
from core.agents.records import AgentRecord
from core.background import BackgroundLoop
from core.errors import DashboardError, InvalidInputError, NotFoundError
from core.providers.connections import ProviderConnection, build_connection
from core.runs.plans import RunPlan
from core.runs.preflight.check import check_before_run
from core.runs.preflight.context import Window, fit_told_window
from core.runs.preflight.notices import Notice
from core.runs.preflight.object_fields import read_object_fields
from core.runs.preview import NOT_GIVEN, RequestPreview, preview_request
from core.store import Store
from core.tasks.records import TaskRecord
from core.tasks.schemas.json_values import JsonObject
from db.queries import provider_dialects as dialect_queries
from db.queries import providers as provider_queries
from db.tables import ProviderRow

_REHEARSAL_SECONDS = 20.0


class PreparationService:
    """Preview, check and rehearse the run of an agent on a task, as they are or as somebody would have them."""

    def __init__(
        self, store: Store, *, background: BackgroundLoop, rehearsal_seconds: float = _REHEARSAL_SECONDS
    ) -> None:
        self._store = store
        self._background = background
        self._rehearsal_seconds = rehearsal_seconds

    def preview_run(
        self, actor: Actor, agent: AgentRecord, task: TaskRecord, value: object = NOT_GIVEN
    ) -> RequestPreview:
        """Return what a run would send first, as far as the input fills it; NOT_GIVEN: there is none yet.

        Raises: NotFoundError: the provider is not there any more; InvalidInputError; InvalidSchemaError.
        """
        connection = build_connection(self._find_provider(agent))
        return preview_request(
            agent,
            task,
            value,
            dialect=connection.find_dialect(agent.model_name),
            kind=connection.kind,
            base_url=connection.base_url,
        )

    def check_run(self, actor: Actor, agent: AgentRecord, task: TaskRecord, value: object = NOT_GIVEN) -> list[Notice]:
        """Return what to know before the run, warnings first. None of it keeps the run from being started.

        An input that still lacks what the request schema requires counts as not given: it is being filled in.
        Raises: NotFoundError: the provider is not there any more.
        """
        connection = build_connection(self._find_provider(agent))
        given = value if _is_complete(value, task.request_schema) else NOT_GIVEN
        return check_before_run(
            agent,
            task,
            given,
            provider_type=connection.type,
            base_url=connection.base_url,
            dialect=connection.find_dialect(agent.model_name),
            window=self._find_window(connection, agent.model_name),
        )

    def rehearse_run(self, actor: Actor, agent: AgentRecord, task: TaskRecord, value: object) -> JsonObject:
        """Return the body of the first request exactly as it would go out, written on the background loop.

        Raises: NotFoundError: the provider is not there any more; InvalidInputError: there is no input yet, or it does
        not fill the template; InvalidSchemaError: no request can be made of the response schema; MissingPackageError.
        """
        if value is NOT_GIVEN:
            raise InvalidInputError("There is no input yet.", hint="Write one: then the exact request can be shown.")
        plan = _build_plan(agent, task, build_connection(self._find_provider(agent)), value)
        writing = self._background.submit(self._rehearse(plan))
        try:
            return writing.result(self._rehearsal_seconds)
        except TimeoutError as error:
            writing.cancel()
            raise DashboardError("Writing the request took too long.", hint="Try again in a moment.") from error

    async def _rehearse(self, plan: RunPlan) -> JsonObject:
        # Loaded by name because importing pydantic-ai takes over a second, which no page should wait for.
        module = await self._background.blocking(lambda: importlib.import_module("core.runs.rehearsal"))
        body: JsonObject = await module.rehearse(plan)
        return body

    def _find_window(self, connection: ProviderConnection, model_name: str) -> Window | None:
        names = connection.kind.list_spellings(model_name)
        with self._store.reading() as session:
            told = dialect_queries.find_told_window(session, connection.provider_id, names)
        tokens, is_loaded = told or (None, None)
        return fit_told_window(connection.type, tokens=tokens, is_loaded=is_loaded)

    def _find_provider(self, agent: AgentRecord) -> ProviderRow:
        with self._store.reading() as session:
            row = provider_queries.find_provider(session, agent.provider_id)
        if row is None:
            raise NotFoundError("The agent's provider is not there any more.", hint="Choose another one for the agent.")
        return row


def _is_complete(value: object, request_schema: JsonObject | None) -> bool:
    if request_schema is None or not isinstance(value, dict):
        return True
    return read_object_fields(request_schema).required <= value.keys()


def _build_plan(agent: AgentRecord, task: TaskRecord, connection: ProviderConnection, value: object) -> RunPlan:
    return RunPlan(
        run_id=uuid.uuid4(),
        agent_version_id=agent.version_id,
        task_version_id=task.version_id,
        task_name=task.name,
        connection=connection,
        model_name=agent.model_name,
        system_prompt=agent.system_prompt,
        user_prompt_template=agent.user_prompt_template,
        temperature=agent.temperature,
        max_tokens=agent.max_tokens,
        retries=agent.retries,
        response_schema=task.response_schema,
        mends_answers=task.mends_answers,
        input=value,
    )
