"""Fills a new workspace with the examples, once. What is deleted afterwards stays deleted."""

import json
import uuid
from datetime import timedelta

from core.actors import SYSTEM
from core.examples import EXAMPLE_WORKSPACE, ExampleAgent, ExampleTask
from core.store import Store
from db.events import announce
from db.queries import workspace as workspace_queries
from db.session import Session
from db.tables import (
    AgentRow,
    AgentVersionRow,
    AssignmentRow,
    FixtureRow,
    ProviderRow,
    TaskRow,
    TaskVersionRow,
    utc_now,
)


def seed_examples(store: Store) -> bool:
    """Store the example workspace unless that was ever done; say whether it was done now."""
    with store.transaction() as session:
        if not workspace_queries.claim_seeding(session):
            return False
        provider = ProviderRow(name=EXAMPLE_WORKSPACE.provider_name, type="builtin")
        session.add(provider)
        session.flush()
        agents = {agent.name: _add_agent(session, agent, provider.id) for agent in EXAMPLE_WORKSPACE.agents}
        tasks = {task.name: _add_task(session, task) for task in EXAMPLE_WORKSPACE.tasks}
        announce(session, "providers", "created", id=provider.id)
        for topic, ids in (("agents", agents.values()), ("tasks", tasks.values())):
            for each in ids:
                announce(session, topic, "created", id=each)
        session.add_all(
            AssignmentRow(agent_id=agents[pair.agent_name], task_id=tasks[pair.task_name])
            for pair in EXAMPLE_WORKSPACE.assignments
        )
    return True


def _add_agent(session: Session, agent: ExampleAgent, provider_id: uuid.UUID) -> uuid.UUID:
    row = AgentRow(name=agent.name)
    session.add(row)
    session.flush()
    session.add(
        AgentVersionRow(
            agent_id=row.id,
            number=1,
            name=agent.name,
            description=agent.description,
            provider_id=provider_id,
            model_name=agent.model_name,
            system_prompt=agent.system_prompt,
            user_prompt_template=agent.user_prompt_template,
            temperature=agent.temperature,
            max_tokens=agent.max_tokens,
            retries=agent.retries,
            created_by=SYSTEM.name,
        )
    )
    return row.id


def _add_task(session: Session, task: ExampleTask) -> uuid.UUID:
    row = TaskRow(name=task.name)
    session.add(row)
    session.flush()
    session.add(
        TaskVersionRow(
            task_id=row.id,
            number=1,
            name=task.name,
            description=task.description,
            response_schema_text=json.dumps(task.response_schema),
            request_schema_text=None if task.request_schema is None else json.dumps(task.request_schema),
            created_by=SYSTEM.name,
        )
    )
    now = utc_now()
    session.add_all(
        # The inputs are listed by age, so their ages keep the order they are written in.
        FixtureRow(
            task_id=row.id, name=sample.title, input=sample.content, created_at=now + timedelta(milliseconds=place)
        )
        for place, sample in enumerate(task.sample_inputs)
    )
    return row.id
