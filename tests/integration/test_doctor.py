"""The command line's doctor: what it finds, and that it changes nothing."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from typer.testing import Result

from core.actors import LOCAL_USER
from core.doctor import Verdict, examine_disk
from core.encryption import make_key
from core.providers.records import ProviderRecord
from core.settings import Settings
from db.embedded import EmbeddedPostgres
from db.embedded.process import find_server
from db.migrate import head_revision
from db.session import Database
from tests.factories import Workshop, wait_until
from tests.fake_model_server import FakeModelServer
from tests.integration.embedded_folders import cluster_of, reachable_folder
from tests.integration.own_services import execute
from tests.integration.shell import Shell, invoking, variables_of


@pytest.fixture
def shell(settings: Settings) -> Shell:
    return Shell(variables_of(settings))


@pytest.fixture
def invoke(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Result]]:
    with invoking(settings, monkeypatch) as invoke:
        yield invoke


def _settle(workshop: Workshop, provider: ProviderRecord) -> None:
    def is_settled() -> bool:
        return workshop.services.providers.get_provider(LOCAL_USER, provider.id).validation_status.is_settled

    wait_until(is_settled, what="the check to end")


def test_doctor_finds_a_healthy_installation_well(
    shell: Shell, workshop: Workshop, model_server: FakeModelServer
) -> None:
    _settle(workshop, workshop.make_provider(model_server.base_url, name="Good", api_key="sk-something-long"))

    code, out, err = shell.run("doctor", python=("-X", "importtime"))

    assert code == 0, out
    assert [line.split()[0] for line in out.splitlines()] == ["ok"] * 5
    assert "sk-something-long" not in out
    assert "sqlalchemy" in err
    assert "pydantic_ai" not in err


def test_doctor_names_a_key_that_is_not_loaded_and_a_provider_in_error(
    invoke: Callable[..., Result], workshop: Workshop, unused_port: int
) -> None:
    address = f"http://127.0.0.1:{unused_port}/v1"
    _settle(workshop, workshop.make_provider(address, name="Away", api_key="sk-something-long"))
    sealed_with = workshop.services.find_keyring().primary

    done = invoke("doctor", "--json", ENCRYPTION_KEY=make_key())

    problems = {found["subject"]: found for found in json.loads(done.stdout) if found["verdict"] == "problem"}
    assert done.exit_code == 1
    assert set(problems) == {"encryption keys", "provider “Away”"}
    assert sealed_with in problems["encryption keys"]["message"]
    assert all(problem["hint"] for problem in problems.values())


def test_doctor_says_when_the_database_is_away(invoke: Callable[..., Result], unused_port: int) -> None:
    done = invoke("doctor", DATABASE_URL=f"postgresql://nobody:hidden@127.0.0.1:{unused_port}/none")

    assert done.exit_code == 1
    assert "problem  database" in done.stdout
    assert "hidden" not in done.output


@pytest.mark.parametrize(("revision", "verdict", "code"), [("0001", "warning", 0), ("9999", "problem", 1)])
def test_doctor_compares_the_schema_and_changes_nothing(
    invoke: Callable[..., Result], database: Database, revision: str, verdict: str, code: int
) -> None:
    execute(database, "UPDATE alembic_version SET version_num = :revision", revision=revision)
    try:
        done = invoke("doctor", "--json")
    finally:
        execute(database, "UPDATE alembic_version SET version_num = :head", head=head_revision())

    found = json.loads(done.stdout)[-1]
    assert (done.exit_code, found["subject"], found["verdict"]) == (code, "migrations", verdict)
    assert revision in found["message"]


def test_room_on_the_disk_is_judged(tmp_path: Path) -> None:
    folder, endless = tmp_path / "not" / "made" / "yet", 2**62

    plenty = examine_disk(folder, low_bytes=0, full_bytes=0)
    low = examine_disk(folder, low_bytes=endless, full_bytes=0)
    full = examine_disk(folder, low_bytes=endless, full_bytes=endless)

    assert [plenty.verdict, low.verdict, full.verdict] == [Verdict.OK, Verdict.WARNING, Verdict.PROBLEM]
    assert not folder.exists()


def test_the_bundled_database_is_started_or_joined_and_left_as_it_was() -> None:
    with reachable_folder() as folder:
        data_dir = folder / "data"
        shell = Shell({"BENCHTOP_DATA_DIR": str(data_dir), "BENCHTOP_EXAMPLES": "false"})

        code, out, _ = shell.run("doctor")
        assert (code, data_dir.exists()) == (0, False), out

        code, _, err = shell.run("providers", "check")
        assert code == 0, err
        assert find_server(cluster_of(data_dir)) is None

        running_app = EmbeddedPostgres(data_dir)
        running_app.start()
        code, out, err = shell.run("doctor")
        assert code == 0, out + err
        assert find_server(cluster_of(data_dir)) is not None
        running_app.stop()
