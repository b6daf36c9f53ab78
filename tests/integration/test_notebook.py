"""The notebook of the documentation: it runs from top to bottom, and what is shown in it was computed."""

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient
from starlette.routing import Mount

from api.application import build_api
from core.actors import LOCAL_USER
from core.agents.records import AgentDraft
from core.examples import FEEDBACK_SENTIMENT, TEXT_EXTRACTOR
from core.runs.records import RunFilter, RunStatus
from core.services import Services
from tests.factories import Workshop
from tests.fake_model_server import FakeModelServer
from tests.integration.live_server import LiveServer, serving

NOTEBOOK = Path(__file__).parents[2] / "docs" / "notebook.ipynb"
ROWS = 20
MAX_BYTES = 200_000


@pytest.fixture
def server(services: Services) -> Iterator[LiveServer]:
    """The API, served over the network."""
    with serving([Mount("/api", app=build_api())]) as server:
        yield server


@pytest.fixture
def feedback(workshop: Workshop, model_server: FakeModelServer) -> None:
    """The example task the notebook uses, and its agent on the fake model server."""
    provider = workshop.make_provider(model_server.base_url)
    prompts = {"system_prompt": TEXT_EXTRACTOR.system_prompt, "user_prompt_template": "Text: {{input}}"}
    draft = AgentDraft(name=TEXT_EXTRACTOR.name, provider_id=provider.id, model_name="ok", **prompts)
    agent = workshop.services.agents.create_agent(LOCAL_USER, draft)
    task = workshop.make_task(dict(FEEDBACK_SENTIMENT.response_schema), name=FEEDBACK_SENTIMENT.name)
    workshop.assign(agent, task)


def _read() -> Any:  # Any: nbformat has no types
    return nbformat.read(NOTEBOOK, as_version=4)  # type: ignore[no-untyped-call]  # as above


def _list_media(notebook: Any) -> list[str]:  # Any: as above
    return [kind for cell in notebook.cells for output in cell.get("outputs", ()) for kind in output.get("data", ())]


@pytest.mark.usefixtures("feedback")
def test_the_notebook_runs_from_top_to_bottom(server: LiveServer, workshop: Workshop, tmp_path: Path) -> None:
    notebook = _read()
    client = NotebookClient(notebook, timeout=60, resources={"metadata": {"path": str(NOTEBOOK.parent)}})
    folders = {name: str(tmp_path) for name in ("IPYTHONDIR", "JUPYTER_CONFIG_DIR", "MPLCONFIGDIR")}
    # Streamlit, imported by other tests, chooses a backend that shows nothing; the kernel has one of its own.
    inherited = {name: value for name, value in os.environ.items() if name != "MPLBACKEND"}

    client.execute(env=inherited | folders | {"BENCHTOP_URL": server.url, "PYTHONWARNINGS": "default"})

    assert "image/png" in _list_media(notebook)
    assert workshop.services.history.page_runs(LOCAL_USER, RunFilter(status=RunStatus.PASSED)).total == ROWS
    spoken = [output["text"] for cell in notebook.cells for output in cell.get("outputs", ()) if "text" in output]
    assert spoken == []  # no warning either


def test_the_notebook_is_stored_with_what_it_computed_and_without_where() -> None:
    notebook = _read()

    numbers = [cell["execution_count"] for cell in notebook.cells if cell["cell_type"] == "code"]
    assert numbers == list(range(1, len(numbers) + 1))
    assert {"image/png", "text/html"} <= set(_list_media(notebook))
    assert NOTEBOOK.stat().st_size < MAX_BYTES
    assert re.findall(r"(?:/home|/root|/tmp|/Users|/work)/", NOTEBOOK.read_text()) == []
