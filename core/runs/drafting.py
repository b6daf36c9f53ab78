"""Has a model draft a schema from a sentence, for somebody to look at and accept.

A draft runs on the background loop through the same engine, clients and outbound guard as runs do. It is not stored:
until somebody accepts it, nothing of it is theirs to keep, and a history of runs should hold runs of tasks. So it
lives in this process, for some minutes, and ends with it.
"""

import asyncio
import logging
import threading
import time
import uuid
from collections.abc import Awaitable, Callable

from core.actors import Actor
from core.background import BackgroundLoop
from core.errors import DashboardError, Detail, InvalidInputError, NotFoundError, StateConflictError
from core.providers.connections import build_connection
from core.providers.limiting.clocks import timeout_without_waits
from core.runs.drafting_notes import Drafting
from core.runs.drafting_prompts import build_prompt, find_job
from core.runs.drafting_records import DraftingRecord, DraftingStatus
from core.runs.executor import Engine
from core.runs.outcomes import RunOutcome, run_timed_out, unknown_error
from core.runs.plans import RunPlan
from core.runs.records import RunReason, RunStatus
from core.store import Store
from core.tasks.schema_rules import check_response_schema
from core.tasks.schemas.json_values import JsonObject, copy_json
from core.tasks.sources.drafted import build_schema, can_be_changed, change_schema
from db.queries import agents as agent_queries
from db.tables import AgentVersionRow, ProviderRow

_log = logging.getLogger(__name__)

MAX_DESCRIPTION_CHARACTERS = 4_000
MAX_AT_ONCE = 3
MAX_KEPT = 20
KEPT_SECONDS = 15 * 60.0
# Agents are often held to short answers, and a list of fields takes some hundred tokens.
LEAST_MAX_TOKENS = 1_000
_STOP_SECONDS = 5.0
_HINT = "Say it more simply, one thing after the other, or choose an agent with a stronger model."


class DraftingService:
    """Start, follow and cancel drafts. Its methods may be called from any thread."""

    def __init__(
        self,
        store: Store,
        *,
        background: BackgroundLoop,
        get_engine: Callable[[], Awaitable[Engine]],
        timeout_seconds: float,
        kept_seconds: float = KEPT_SECONDS,
    ) -> None:
        self._store = store
        self._background = background
        self._get_engine = get_engine
        self._timeout_seconds = timeout_seconds
        self._kept_seconds = kept_seconds
        self._lock = threading.Lock()
        self._draftings: dict[uuid.UUID, Drafting] = {}
        self._tasks: dict[uuid.UUID, asyncio.Task[None]] = {}
        self._is_stopping = False

    def start_drafting(
        self, actor: Actor, *, agent_id: uuid.UUID, description: str, present_schema: JsonObject | None = None
    ) -> uuid.UUID:
        """Have an agent's model draft a schema, and return at once.

        Of the agent are taken its provider, model, temperature, token limit (1,000 where it is lower, since a list of
        fields is longer than many an answer) and retries; its own system prompt and template are not used, the job is
        explained by Benchtop. With a `present_schema` the sentence changes it, and what it does not speak of stays.

        Raises: NotFoundError; StateConflictError: the agent is switched off;
        InvalidInputError: the sentence is blank or too long, or the present schema has no fields or could not be saved.
        """
        wish = _check_wish(description)
        if present_schema is not None:
            _check_present(present_schema)
        agent, version, provider, _ = self._find_agent(agent_id)
        drafting = Drafting(
            _build_plan(version, provider, wish=wish, present_schema=present_schema),
            actor_name=actor.name,
            agent_id=agent.id,
            agent_name=version.name,
            present_schema=copy_json(present_schema),
        )
        with self._lock:
            self._forget_old()
            mine = [one for one in self._draftings.values() if one.actor_name == actor.name]
            going_on = [one for one in mine if not one.status.is_over]
            for one in [one for one in mine if one.status.is_over][: max(0, len(mine) - MAX_KEPT + 1)]:
                del self._draftings[one.id]
            self._draftings[drafting.id] = drafting
        # Whoever closed a tab cannot cancel the draft that was asked for in it: the newest ones count.
        for one in going_on[: max(0, len(going_on) - MAX_AT_ONCE + 1)]:
            self.cancel_drafting(actor, one.id)
        self._background.call_soon(lambda: self._begin(drafting))
        return drafting.id

    def get_drafting(self, actor: Actor, drafting_id: uuid.UUID) -> DraftingRecord:
        """Return a draft as it is now. Raises: NotFoundError: it is somebody else's, or forgotten by now."""
        return self._find(actor, drafting_id).record()

    def cancel_drafting(self, actor: Actor, drafting_id: uuid.UUID) -> None:
        """Stop asking for a draft; does nothing when it is over. Raises: NotFoundError."""
        drafting = self._find(actor, drafting_id)
        drafting.is_cancelled = True
        self._background.call_soon(lambda: self._stop_task(drafting.id))

    async def stop(self) -> None:
        """End every draft of this process. Call it on the background loop, before the engine is closed."""
        self._is_stopping = True
        for drafting_id in list(self._tasks):
            self._stop_task(drafting_id)
        if self._tasks:
            await asyncio.wait(self._tasks.values(), timeout=_STOP_SECONDS)
        with self._lock:
            self._draftings.clear()

    def _find_agent(self, agent_id: uuid.UUID) -> agent_queries.AgentLine:
        with self._store.reading() as session:
            line = agent_queries.find_agent(session, agent_id)
        if line is None:
            raise NotFoundError("The agent is not there any more.", hint="Choose another one.")
        if not line[0].is_active:
            raise StateConflictError(f"“{line[0].name}” is switched off.", hint="Switch it on, on the Agents page.")
        return line

    def _find(self, actor: Actor, drafting_id: uuid.UUID) -> Drafting:
        with self._lock:
            self._forget_old()
            drafting = self._draftings.get(drafting_id)
        if drafting is None or drafting.actor_name != actor.name:
            raise NotFoundError("This draft is not kept any more.", hint="Draft it again.")
        return drafting

    def _forget_old(self) -> None:
        before = time.monotonic() - self._kept_seconds
        old = [one.id for one in self._draftings.values() if one.ended_at is not None and one.ended_at < before]
        for drafting_id in old:
            del self._draftings[drafting_id]

    def _begin(self, drafting: Drafting) -> None:
        if self._is_stopping or drafting.is_cancelled:
            drafting.end(DraftingStatus.CANCELLED)
            return
        task = self._tasks[drafting.id] = self._background.keep(self._carry_out(drafting))
        task.add_done_callback(lambda _: self._tasks.pop(drafting.id, None))

    def _stop_task(self, drafting_id: uuid.UUID) -> None:
        task = self._tasks.get(drafting_id)
        if task is not None and not task.cancelling():
            task.cancel()

    async def _carry_out(self, drafting: Drafting) -> None:
        try:
            outcome = await self._ask(drafting)
            # Beside the loop: a long answer takes its time to be read.
            await self._background.blocking(lambda: _settle(drafting, outcome))
        except asyncio.CancelledError:
            drafting.end(DraftingStatus.CANCELLED)

    async def _ask(self, drafting: Drafting) -> RunOutcome:
        try:
            engine = await self._get_engine()
            drafting.status = DraftingStatus.ASKING
            async with timeout_without_waits(self._timeout_seconds):
                return await engine.run(drafting.plan, journal=drafting)
        except TimeoutError:
            return run_timed_out(seconds=self._timeout_seconds)
        except Exception as error:  # noqa: BLE001  # a bug must end the draft at once, not leave it going on
            _log.exception("A draft met an error Benchtop does not know.")
            return unknown_error(error)


def _check_present(schema: JsonObject) -> None:
    check_response_schema(schema)
    if not can_be_changed(schema):
        raise InvalidInputError("This schema has no fields that could be changed in words.")


def _build_plan(
    version: AgentVersionRow, provider: ProviderRow, *, wish: str, present_schema: JsonObject | None
) -> RunPlan:
    connection = build_connection(provider)
    job = find_job(is_change=present_schema is not None, is_small=connection.kind.is_small)
    return RunPlan(
        run_id=uuid.uuid4(),
        agent_version_id=version.id,
        task_version_id=job.version_id,
        task_name="fields",
        connection=connection,
        model_name=version.model_name,
        system_prompt=job.instructions,
        user_prompt_template="",
        temperature=version.temperature,
        max_tokens=None if version.max_tokens is None else max(version.max_tokens, LEAST_MAX_TOKENS),
        retries=version.retries,
        response_schema=job.answer_shape,
        mends_answers=True,
        input=build_prompt(wish, present_schema=present_schema),
    )


def _check_wish(description: str) -> str:
    if not description.strip():
        message = "Say in a sentence what the fields are to hold."
        raise InvalidInputError(message, details=[Detail(place="description", message=message)])
    if len(description) > MAX_DESCRIPTION_CHARACTERS:
        raise InvalidInputError(
            f"The description has {len(description):,} characters; at most {MAX_DESCRIPTION_CHARACTERS:,} are taken."
        )
    return description


def _settle(drafting: Drafting, outcome: RunOutcome) -> None:
    """Make the schema of the answer, or say why there is none."""
    if outcome.status is not RunStatus.PASSED:
        drafting.end(DraftingStatus.FAILED, error=_explain(outcome, drafting))
        return
    try:
        present, answer = drafting.present_schema, outcome.result
        drafted = build_schema(answer) if present is None else change_schema(present, answer)
    except DashboardError as error:
        drafting.end(DraftingStatus.FAILED, error=error)
    except Exception as error:  # noqa: BLE001  # a bug must end the draft at once, not leave it going on
        _log.exception("A drafted answer met an error Benchtop does not know.")
        drafting.end(DraftingStatus.FAILED, error=_explain(unknown_error(error), drafting))
    else:
        drafting.end(DraftingStatus.DONE, drafted=drafted)


def _explain(outcome: RunOutcome, drafting: Drafting) -> DashboardError:
    """Return what a draft met, in its own words where a run's do not fit, with what each attempt was refused for."""
    message, hint = outcome.message, outcome.hint
    if outcome.reason is RunReason.INVALID_ANSWER:
        count = len(drafting.attempts)
        message = f"The model wrote no usable list of fields in {'its attempt' if count == 1 else f'{count} attempts'}."
        hint = _HINT
    elif outcome.reason is RunReason.TRUNCATED:
        limit = drafting.plan.max_tokens
        message = f"The list of fields was cut off at {f'{limit:,} tokens' if limit else 'the limit of the server'}."
        hint = "Ask for fewer fields, or raise the agent's max tokens."
    elif outcome.reason is RunReason.TIMEOUT:
        hint = "Ask for fewer fields, or choose an agent with a quicker model."
    details = [
        Detail(place=f"Attempt {attempt.number}", message="; ".join(attempt.refusals))
        for attempt in drafting.attempts
        if attempt.refusals
    ]
    return DashboardError(message.replace("The run ", "The draft "), hint=hint, details=details)
