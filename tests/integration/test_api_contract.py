"""The API does what its OpenAPI document says: thousands of requests that schemathesis makes up find nothing."""

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from api.application import mount_api
from core.services import Services
from core.settings import PROJECT_FOLDER
from tests.factories import Workshop
from tests.fake_model_server import FakeModelServer
from tests.integration.fake_internet import lead_everything_to
from tests.integration.live_server import serving

_CONFIG = Path(__file__).parent / "schemathesis.toml"
_SEED = 20261122
_HANGING_SECONDS = 400
"""Nothing is said by how long it takes: half a minute alone, minutes beside other tests on a slow machine."""


@pytest.mark.timeout(_HANGING_SECONDS + 60)
@pytest.mark.parametrize(
    ("seed", "phases", "least_cases"),
    [
        (_SEED, ("examples",), 50),
        (_SEED, ("coverage",), 1500),
        (_SEED, ("fuzzing",), 500),
        (_SEED, ("stateful",), 50),
        # It ends the stateful phase, in silence, where a repeated request is answered in another way than before,
        # as is the nature of an API that remembers. Hence a further run of it.
        (_SEED + 1, ("stateful",), 50),
    ],
)
def test_schemathesis_finds_nothing(
    services: Services,
    workshop: Workshop,
    model_server: FakeModelServer,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    seed: int,
    phases: Sequence[str],
    least_cases: int,
) -> None:
    model_server.models = ["ok"]
    lead_everything_to(model_server, services, monkeypatch)
    _stock(workshop)
    report_file = tmp_path / "report.json"

    with serving(mount_api()) as server:
        ended = _run_schemathesis(
            server.url, "--phases", ",".join(phases), "--seed", str(seed), report_file=report_file
        )

    assert ended.returncode == 0, ended.stdout[-15_000:] + ended.stderr[-5_000:]
    report = json.loads(report_file.read_text())
    assert {name: report["phases"][name]["status"] for name in phases} == dict.fromkeys(phases, "success")
    assert (report["failures"], report["errors"]) == ([], [])
    assert report["test_cases"]["generated"] >= least_cases


def _stock(workshop: Workshop) -> None:
    """Make things to come across, every agent assigned to every task; two agents take long enough to be cancelled."""
    agents = [workshop.make_agent(model_name=name) for name in ("ok", "ok", "slow:0.2", "slow:0.2")]
    tasks = [workshop.make_task() for _ in agents]
    for agent in agents:
        for task in tasks:
            workshop.assign(agent, task)
    for agent, task in zip(agents, tasks, strict=True):
        workshop.run(agent, task)


def _run_schemathesis(url: str, *options: str, report_file: Path) -> subprocess.CompletedProcess[str]:
    """Run it in a process of its own, in the project's folder, from where the config names the hooks."""
    command = [sys.executable, "-m", "schemathesis.cli", "--config-file", str(_CONFIG), "run"]
    reports = ["--no-color", "--report", "json", "--report-json-path", str(report_file)]
    return subprocess.run(
        [*command, f"{url}/api/openapi.json", *reports, *options],
        cwd=PROJECT_FOLDER,
        capture_output=True,
        text=True,
        timeout=_HANGING_SECONDS,
    )
