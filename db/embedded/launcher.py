"""One app's handle on the bundled PostgreSQL of a data folder."""

import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

from db.embedded.account import Account, choose_account
from db.embedded.binaries import Binaries, copy_binaries, find_binaries
from db.embedded.cluster import (
    choose_home,
    create_cluster,
    make_data_folder,
    make_home,
    refuse_other_major,
    remove_unfinished,
    reset_passwords,
)
from db.embedded.connection import answers, prepare_database
from db.embedded.files import UserHold, exclusive_lock
from db.embedded.process import find_server, is_ready, is_running, launch_server, read_log_tail, stop_server
from db.embedded.server_file import (
    ServerFile,
    find_free_port,
    is_port_free,
    make_server_file,
    read_server_file,
    write_server_file,
)
from db.errors import EmbeddedServerError

_POLL_SECONDS = 0.02
_LOCK_GRACE_SECONDS = 30.0


class EmbeddedPostgres:
    """Starts, joins and stops the server of one data folder. Safe from threads; one handle per app is enough."""

    def __init__(self, data_dir: Path, *, binaries: Path | None = None, start_timeout_seconds: float = 120.0) -> None:
        self._data_dir = data_dir.resolve()
        self._explicit_binaries = binaries
        self._timeout_seconds = start_timeout_seconds
        self._thread_lock = threading.Lock()
        self._hold: UserHold | None = None

    def start(self) -> str:
        """Make the server run, or join the running one, and return its SQLAlchemy URL.

        A first start makes the cluster. The server goes on when this app dies.
        Raises: EmbeddedServerError: it cannot run here; the hint says what to do.
        """
        with self._thread_lock, self._explained():
            make_data_folder(self._data_dir, account=choose_account(None))
            with self._start_lock():
                return self._start_and_hold().url

    def url(self) -> str:
        """Return the URL as it is now; the port may have moved. Raises: EmbeddedServerError: never started here."""
        with self._explained():
            server = read_server_file(self._data_dir)
        if server is None:
            raise self._not_started()
        return server.url

    def ensure_running(self) -> str:
        """Return the URL of a server that answers, restarting it if it died.

        Costs one connection when it lives. Raises: EmbeddedServerError: it cannot run, or this app has not started
        it or has stopped using it.
        """
        if self._hold is None:
            raise self._not_started()
        with self._explained():
            server = read_server_file(self._data_dir)
            if server is not None and answers(server, cluster=self._cluster(server)):
                return server.url
            with self._thread_lock:
                if self._hold is None:
                    raise self._not_started()
                with self._start_lock():
                    return self._bring_up().url

    def stop(self) -> None:
        """Give up this app's use of the server, and stop it when no other app uses it. Harmless when repeated.

        Raises: EmbeddedServerError: the server did not stop in time.
        """
        with self._thread_lock, self._explained():
            if self._hold is None:
                return
            with self._start_lock():
                hold, self._hold = self._hold, None
                try:
                    if hold.is_last():
                        self._stop_server()
                finally:
                    hold.release()

    def _start_and_hold(self) -> ServerFile:
        if self._hold is not None:
            return self._bring_up()
        hold = UserHold(self._data_dir / "users.lock")
        try:
            server = self._bring_up()
        except BaseException:
            hold.release()
            raise
        self._hold = hold
        return server

    def _bring_up(self) -> ServerFile:
        server = read_server_file(self._data_dir)
        if server is None or not answers(server, cluster=self._cluster(server)):
            server = self._launch(server)
        prepare_database(server)
        return server

    def _launch(self, known: ServerFile | None) -> ServerFile:
        binaries = find_binaries(self._explicit_binaries)
        account = choose_account(self._cluster(known) if known else None)
        home = self._cluster(known).parent if known else choose_home(self._data_dir, account)
        cluster = home / f"pg{binaries.major}"
        if known is None:
            account = choose_account(cluster)
        refuse_other_major(home, major=binaries.major)
        make_home(home)
        remove_unfinished(home)
        if not account.can_run(binaries.program("initdb")):
            binaries = copy_binaries(binaries, into=home)
        server = known or self._make_server_file(cluster, binaries=binaries, account=account)
        if self._cluster(server) != cluster:  # moved to a newer major by hand
            server = server.model_copy(update={"cluster": str(cluster)})
            write_server_file(self._data_dir, server)
        if not cluster.exists():
            create_cluster(
                cluster,
                binaries=binaries,
                account=account,
                admin_password=server.admin_password,
                timeout_seconds=self._timeout_seconds,
            )
        return self._run_until_it_answers(server, cluster=cluster, binaries=binaries, account=account)

    def _make_server_file(self, cluster: Path, *, binaries: Binaries, account: Account) -> ServerFile:
        """Invent passwords, and store them before anything is made with them."""
        server = make_server_file(data_dir=self._data_dir, cluster=cluster)
        if cluster.exists():
            stop_server(cluster, timeout_seconds=self._timeout_seconds)
            reset_passwords(
                cluster, binaries=binaries, account=account, server=server, timeout_seconds=self._timeout_seconds
            )
        write_server_file(self._data_dir, server)
        return server

    def _run_until_it_answers(
        self, server: ServerFile, *, cluster: Path, binaries: Binaries, account: Account
    ) -> ServerFile:
        deadline = time.monotonic() + self._timeout_seconds
        child: int | None = None
        while time.monotonic() < deadline:
            if find_server(cluster) is not None:
                # Not asked before it is ready: crash recovery may take long, and each refusal would be logged.
                if is_ready(cluster) and answers(server, cluster=cluster):
                    return server
            elif child is None or not is_running(child):
                if child is not None:
                    self._check_failure(server, cluster=cluster)
                server = self._with_usable_port(server)
                child = launch_server(cluster, binaries=binaries, account=account, port=server.port, log=self._log_path)
            time.sleep(_POLL_SECONDS)
        raise self._failed(f"did not answer within {self._timeout_seconds:.0f} seconds", cluster=cluster)

    def _check_failure(self, server: ServerFile, *, cluster: Path) -> None:
        """Return when another try is worth it. Raises: EmbeddedServerError: it is not."""
        if not is_port_free(server.port):
            return
        # A killed server's processes go on until they notice that it is gone: at the end of a long query.
        if "shared memory block" not in self._log_path.read_text(errors="replace"):
            raise self._failed("ended right after its start", cluster=cluster)
        time.sleep(_POLL_SECONDS * 10)

    def _with_usable_port(self, server: ServerFile) -> ServerFile:
        if is_port_free(server.port):
            return server
        moved = server.model_copy(update={"port": find_free_port()})
        write_server_file(self._data_dir, moved)
        return moved

    def _stop_server(self) -> None:
        server = read_server_file(self._data_dir)
        if server is None:
            return
        cluster = self._cluster(server)
        if not stop_server(cluster, timeout_seconds=self._timeout_seconds):
            raise self._failed(f"did not stop within {self._timeout_seconds:.0f} seconds", cluster=cluster)

    def _cluster(self, server: ServerFile) -> Path:
        return self._data_dir / server.cluster

    @property
    def _log_path(self) -> Path:
        return self._data_dir / "server.log"

    @contextmanager
    def _start_lock(self) -> Iterator[None]:
        timeout_seconds = self._timeout_seconds + _LOCK_GRACE_SECONDS
        with exclusive_lock(self._data_dir / "start.lock", timeout_seconds=timeout_seconds):
            yield

    @contextmanager
    def _explained(self) -> Iterator[None]:
        """Turn what the system says into a sentence for a person."""
        try:
            yield
        except psycopg.Error as error:
            raise EmbeddedServerError(
                f"The bundled PostgreSQL of “{self._data_dir}” refused its own set-up: {error}.",
                hint=f"Its log is in “{self._data_dir}”. DATABASE_URL chooses another server.",
            ) from error
        except (OSError, subprocess.SubprocessError) as error:
            reason = str(error)
            if isinstance(error, OSError) and error.strerror:
                reason = f"{error.strerror} (“{error.filename}”)" if error.filename else error.strerror
            raise EmbeddedServerError(
                f"The bundled PostgreSQL cannot use the data folder “{self._data_dir}”: {reason}.",
                hint="Check that you may write there and that the disk is not full; BENCHTOP_DATA_DIR chooses another "
                "folder, DATABASE_URL another server.",
            ) from error

    def _failed(self, what: str, *, cluster: Path) -> EmbeddedServerError:
        said = read_log_tail(cluster, log=self._log_path)
        return EmbeddedServerError(
            f"The bundled PostgreSQL in “{cluster}” {what}.",
            hint="Check the free space and the permissions there, or set DATABASE_URL to a server of yours. "
            + (f"The server said:\n{said}" if said else "The server said nothing."),
        )

    def _not_started(self) -> EmbeddedServerError:
        return EmbeddedServerError(
            f"The bundled PostgreSQL of “{self._data_dir}” is not in use by this app.", hint="Start Benchtop again."
        )
