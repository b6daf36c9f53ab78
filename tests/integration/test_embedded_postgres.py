"""The bundled PostgreSQL on real servers: first starts, joins, crashes, stale files and odd paths."""

import signal
import socket
import stat
import struct
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import psutil  # type: ignore[import-untyped]  # it ships no annotations
import psycopg
import pytest
from sqlalchemy import make_url

from db.embedded import EmbeddedPostgres
from db.embedded.account import choose_account
from db.embedded.binaries import find_binaries
from db.embedded.process import find_server
from db.embedded.server_file import read_server_file
from db.errors import EmbeddedServerError
from tests.integration.embedded_app import AppProcess
from tests.integration.embedded_folders import cluster_of, kill_all_of, query, reachable_folder, wait_until


@pytest.fixture
def parent() -> Iterator[Path]:
    with reachable_folder() as folder:
        yield folder


@pytest.fixture
def data_dir(parent: Path) -> Path:
    return parent / "data"


@pytest.fixture(scope="module")
def shared() -> Iterator[Path]:
    """The data folder of a running server for the tests that only look."""
    with reachable_folder() as folder:
        embedded = EmbeddedPostgres(folder / "shared")
        embedded.start()
        yield folder / "shared"
        embedded.stop()


@pytest.fixture(scope="module")
def stopped() -> Iterator[Path]:
    """The data folder of a server that was started and stopped."""
    with reachable_folder() as folder:
        embedded = EmbeddedPostgres(folder / "stopped")
        embedded.start()
        embedded.stop()
        yield folder / "stopped"


def ask_for_password(stranger: socket.socket) -> bytes:
    """Play a server that wants the password in the clear, and return what it is told."""
    connection, _ = stranger.accept()
    with connection:
        connection.settimeout(20)
        connection.recv(1000)
        connection.sendall(b"R" + struct.pack("!ii", 8, 3))
        return connection.recv(1000)


def test_first_start_makes_a_private_well_set_server(shared: Path) -> None:
    server = read_server_file(shared)
    assert server is not None
    admin = {"user": "benchtop_admin", "password": server.admin_password}

    settings = dict(query(server.url, "SELECT name, setting FROM pg_settings", **admin))
    rules = {row[0] for row in query(server.url, "SELECT auth_method FROM pg_hba_file_rules", **admin)}
    [(superuser, owner, lowered)] = query(
        server.url,
        "SELECT rolsuper, pg_get_userbyid(datdba), lower('Ä') FROM pg_roles, pg_database "
        "WHERE rolname = current_user AND datname = current_database()",
    )

    expected = {"listen_addresses": "127.0.0.1", "unix_socket_directories": "", "max_connections": "100"}
    expected |= {"fsync": "on", "data_checksums": "on", "logging_collector": "on", "server_encoding": "UTF8"}
    assert {name: settings[name] for name in expected} == expected
    assert (rules, superuser, owner) == ({"scram-sha-256"}, False, "benchtop")
    assert lowered == "ä"
    assert min(len(server.password), len(server.admin_password)) >= 32
    assert stat.S_IMODE((shared / "server.json").stat().st_mode) == 0o600
    assert stat.S_IMODE(cluster_of(shared).stat().st_mode) == 0o700
    assert cluster_of(shared).name == f"pg{find_binaries(None).major}"


def test_server_ends_with_its_last_app(data_dir: Path) -> None:
    first, second = EmbeddedPostgres(data_dir), EmbeddedPostgres(data_dir)
    assert first.start() == second.start() == first.url()

    first.stop()
    assert query(second.ensure_running(), "SELECT 1") == [(1,)]
    second.stop()
    second.stop()

    assert find_server(cluster_of(data_dir)) is None
    with pytest.raises(EmbeddedServerError, match="not in use"):
        second.ensure_running()


def test_processes_starting_at_once_get_one_server(data_dir: Path) -> None:
    with ExitStack() as stack:
        apps = [stack.enter_context(AppProcess(data_dir)) for _ in range(5)]
        for app in apps:
            app.send("start")
        urls = {app.answer()["url"] for app in apps}
        assert len(urls) == 1
        assert query(urls.pop(), "SELECT 1") == [(1,)]

        assert [app.ask("stop") for app in apps] == [{"stopped": True}] * 5
        assert find_server(cluster_of(data_dir)) is None


def test_killed_app_leaves_the_server_to_the_next_one(data_dir: Path) -> None:
    with AppProcess(data_dir) as app:
        url = app.ask("start")["url"]
        pid = find_server(cluster_of(data_dir))
        app.signal_group(signal.SIGKILL)
    following = EmbeddedPostgres(data_dir)

    assert following.start() == url
    assert find_server(cluster_of(data_dir)) == pid
    following.stop()

    assert find_server(cluster_of(data_dir)) is None


def test_interrupt_in_the_terminal_spares_the_server_which_keeps_nothing_of_the_app(data_dir: Path) -> None:
    with AppProcess(data_dir) as app:
        port = app.ask("listen")["port"]
        url = app.ask("start")["url"]
        app.signal_group(signal.SIGINT)
        app.read_to_end()

    assert query(url, "SELECT 1") == [(1,)]
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port))


def test_commits_survive_a_killed_server_and_the_port_stays(data_dir: Path) -> None:
    embedded = EmbeddedPostgres(data_dir)
    url = embedded.start()
    query(url, "CREATE TABLE kept AS SELECT 41 AS value")
    with psycopg.connect(url.replace("+psycopg", "")) as connection:  # leaves the port in TIME_WAIT
        kill_all_of(cluster_of(data_dir))
        with pytest.raises(psycopg.OperationalError):
            connection.execute("SELECT 1")

    with ThreadPoolExecutor(8) as pool:
        urls = set(pool.map(lambda _: embedded.ensure_running(), range(8)))

    assert urls == {url}
    assert query(url, "SELECT value FROM kept") == [(41,)]
    embedded.stop()


def test_busy_process_of_a_killed_server_is_waited_for(data_dir: Path) -> None:
    embedded = EmbeddedPostgres(data_dir)
    url = embedded.start()
    pid = find_server(cluster_of(data_dir))
    with ThreadPoolExecutor(1) as pool:
        busy = pool.submit(query, url, "SELECT count(*) AS busy FROM generate_series(1, 5000000)")
        wait_until(lambda: query(url, "SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%AS busy%'") == [(2,)])
        psutil.Process(pid).kill()

        assert query(embedded.ensure_running(), "SELECT 1") == [(1,)]
        busy.exception()  # whether it got its answer out before it noticed does not matter
    embedded.stop()


def test_port_moves_only_when_another_program_holds_it_and_that_gets_no_password(data_dir: Path) -> None:
    embedded = EmbeddedPostgres(data_dir)
    old = embedded.start()
    embedded.stop()
    with socket.create_server(("127.0.0.1", make_url(old).port or 0)) as stranger, ThreadPoolExecutor(1) as pool:
        stranger.settimeout(20)
        overheard = pool.submit(ask_for_password, stranger)
        moved = embedded.start()

        assert overheard.result() == b""
    assert moved != old
    assert embedded.url() == moved
    assert query(moved, "SELECT 1") == [(1,)]
    embedded.stop()
    assert embedded.start() == moved
    embedded.stop()


@pytest.mark.parametrize("kind", ["stranger", "zombie", "other cluster", "nobody's"])
def test_stale_pid_file_is_seen_through(stopped: Path, shared: Path, kind: str) -> None:
    embedded = EmbeddedPostgres(stopped)
    pid_file = cluster_of(stopped) / "postmaster.pid"
    lines = (cluster_of(shared) / "postmaster.pid").read_text().replace(str(shared), str(stopped)).splitlines()
    seconds = {"stranger": "60", "zombie": "0"}.get(kind)
    # PostgreSQL itself is taken in only by a process of its own account.
    account = choose_account(cluster_of(stopped))
    with subprocess.Popen(["sleep", seconds or "0"], **account.identity) as sleeper:
        if kind == "zombie":
            wait_until(lambda: psutil.Process(sleeper.pid).status() == psutil.STATUS_ZOMBIE)
        pid = {"other cluster": find_server(cluster_of(shared)), "nobody's": 2**22 - 1}.get(kind, sleeper.pid)
        pid_file.write_text("\n".join([str(pid), *lines[1:]]) + "\n")

        assert query(embedded.start(), "SELECT 1") == [(1,)]
        sleeper.kill()
    assert find_server(cluster_of(shared)) is not None
    embedded.stop()


def test_killed_first_start_does_not_hinder_the_next(data_dir: Path) -> None:
    with AppProcess(data_dir) as app:
        app.send("start")
        wait_until(lambda: any(data_dir.glob(".init-*/cluster/PG_VERSION")))
        app.signal_group(signal.SIGKILL)
    assert not list(data_dir.glob("pg*"))
    embedded = EmbeddedPostgres(data_dir)

    assert query(embedded.start(), "SELECT 1") == [(1,)]
    assert not list(data_dir.glob(".init-*"))
    embedded.stop()


def test_long_path_with_spaces_and_quotes_works(parent: Path) -> None:
    embedded = EmbeddedPostgres(parent / 'it\'s a "quoted" $HOME `x` folder' / ("long" * 50) / "data")

    assert query(embedded.start(), "SELECT 1") == [(1,)]
    embedded.stop()
