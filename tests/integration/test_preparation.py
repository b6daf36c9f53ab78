"""What the services say before a run is what the run then sends, and asking costs nothing."""

import uuid

import pytest

from core.actors import LOCAL_USER
from core.errors import DashboardError, InvalidInputError, NotFoundError
from core.runs.preflight.notices import NoticeKind
from core.runs.preparing import PreparationService
from core.runs.preview import NOT_GIVEN
from core.services import Services
from tests.factories import Workshop
from tests.fake_model_server import FakeModelServer


def test_preview_and_rehearsal_are_what_the_run_sends(
    workshop: Workshop, services: Services, model_server: FakeModelServer
) -> None:
    agent, task = workshop.make_pair(model_server.base_url, user_prompt_template="A: {{input}}", temperature=0.5)

    previewed = services.preparation.preview_run(LOCAL_USER, agent, task, "Help").body()
    rehearsed = services.preparation.rehearse_run(LOCAL_USER, agent, task, "Help")
    asked_before = len(model_server.chat_requests)
    workshop.run(agent, task, "Help")

    assert asked_before == 0
    assert previewed == rehearsed == model_server.chat_requests[0].body


def test_rehearsal_refuses_an_input_that_does_not_fill_the_template(workshop: Workshop, services: Services) -> None:
    agent, task = workshop.make_agent(user_prompt_template="{{subject}}"), workshop.make_task()

    for value in (NOT_GIVEN, "plain text"):
        with pytest.raises(InvalidInputError):
            services.preparation.rehearse_run(LOCAL_USER, agent, task, value)


def test_rehearsal_that_takes_too_long_is_given_up(workshop: Workshop, services: Services) -> None:
    hasty = PreparationService(services.store, background=services.background, rehearsal_seconds=0)
    agent, task = workshop.make_agent(), workshop.make_task()

    with pytest.raises(DashboardError, match="took too long"):
        hasty.rehearse_run(LOCAL_USER, agent, task, "Help")


def test_agent_whose_provider_is_gone_is_told_of(workshop: Workshop, services: Services) -> None:
    agent = workshop.make_agent().model_copy(update={"provider_id": uuid.uuid4()})

    with pytest.raises(NotFoundError):
        services.preparation.check_run(LOCAL_USER, agent, workshop.make_task())


def test_check_looks_at_the_address_of_the_provider(workshop: Workshop, services: Services) -> None:
    schema = {"type": "object", "properties": {"rest": {"type": "object"}}}
    task = workshop.make_task(schema)
    agents = [
        workshop.make_agent(workshop.make_provider(f"{url}/v1")) for url in ("https://api.openai.com", "http://[::1]:9")
    ]

    at_openai, elsewhere = (services.preparation.check_run(LOCAL_USER, agent, task) for agent in agents)

    assert NoticeKind.DIALECT_REFUSES in [notice.kind for notice in at_openai]
    assert elsewhere == []
