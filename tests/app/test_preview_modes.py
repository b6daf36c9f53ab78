"""The preview of a run says in which mode the schema goes out, also at a vendor with an API of its own."""

import json
from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest

from core.actors import LOCAL_USER
from core.providers.dialects import DialectFindings, OutputMode, Support
from core.services import Services
from tests.app.test_run_preparation import NOWHERE, fill, open_preview, shown_codes, warned
from tests.factories import Workshop

OpenPage = Callable[..., AppTest]
MODES = {
    OutputMode.NATIVE: "as the format of the answer",
    OutputMode.TOOL: "as the arguments of a tool",
    OutputMode.PROMPTED: "written into the prompt",
}


@pytest.mark.parametrize("mode", OutputMode)
def test_preview_names_the_mode_that_is_used(
    open_page: OpenPage, workshop: Workshop, services: Services, mode: OutputMode
) -> None:
    agent, _ = workshop.make_pair(NOWHERE)
    findings = DialectFindings(output_mode=mode, system_messages=Support.NO, streaming=Support.NO)
    services.dialects.edit_dialect(LOCAL_USER, agent.provider_id, "", findings)

    app = open_preview(open_page("run"))

    assert not app.exception
    assert MODES[mode] in "\n".join(text.value for text in app.text)
    told = "\n".join(caption.value for caption in app.caption)
    assert "takes no system message" in told
    assert "does not stream" in told


def test_what_the_server_does_not_do_is_warned_of(open_page: OpenPage, workshop: Workshop, services: Services) -> None:
    agent, _ = workshop.make_pair(NOWHERE)
    findings = DialectFindings(output_mode=OutputMode.TOOL, tools=Support.NO)
    services.dialects.edit_dialect(LOCAL_USER, agent.provider_id, "", findings)

    assert any("the server or the model takes none" in sentence for sentence in warned(open_page("run")))


@pytest.mark.parametrize("provider_type", ["anthropic", "google"])
def test_the_request_of_another_vendor_can_be_seen_exactly(
    open_page: OpenPage, workshop: Workshop, provider_type: str
) -> None:
    provider = workshop.make_provider("http://127.0.0.1:9", provider_type=provider_type, api_key="a-key-of-sixteen")
    agent = workshop.make_agent(provider, system_prompt="Sort it.", max_tokens=50)
    workshop.assign(agent, workshop.make_task())
    app = open_preview(open_page("run"))
    fill(app, "Input", "Help")
    in_words = "\n".join(caption.value for caption in app.caption)

    app.toggle(key="run.exact").set_value(True).run()

    assert "an API of its own" in in_words
    (body,) = shown_codes(app)
    assert "Help" in json.dumps(json.loads(body))
    assert "Sort it." in body
