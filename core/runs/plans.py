"""Everything one run needs, read once when it is claimed. Nothing that is edited later changes it."""

import json
import uuid
from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict

from core.providers.connections import ProviderConnection, build_connection
from core.providers.prices import PriceTable, read_prices
from core.runs.costs import AttemptUsage, Cost, cost_of
from db.queries.runs import RunLine


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
    input: Any  # Any: JSON the user wrote
    prices: PriceTable | None = None
    """The provider's own. Beside the connection: a new price is no reason to connect anew."""

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


def build_plan(line: RunLine) -> RunPlan:
    """Return the plan of a stored run."""
    run, agent, task, provider = line
    return RunPlan(
        run_id=run.id,
        agent_version_id=agent.id,
        task_version_id=task.id,
        task_name=task.name,
        connection=build_connection(provider),
        model_name=agent.model_name,
        system_prompt=agent.system_prompt,
        user_prompt_template=agent.user_prompt_template,
        temperature=agent.temperature,
        max_tokens=agent.max_tokens,
        retries=agent.retries,
        response_schema=json.loads(task.response_schema_text),
        mends_answers=task.mends_answers,
        input=run.input,
        prices=read_prices(provider.prices),
    )
