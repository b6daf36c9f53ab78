"""Talk to the server as its administrator: does it answer, is it the right one, has it our database."""

from pathlib import Path

import psycopg
from psycopg import sql

from db.embedded.server_file import ADMIN_ROLE, APP_ROLE, DATABASE, HOST, ServerFile

_CONNECT_TIMEOUT_SECONDS = 3
_TOO_MANY_CONNECTIONS = "too many clients"


def answers(server: ServerFile, *, cluster: Path) -> bool:
    """Say whether the server at this port lives, takes our password and serves this cluster."""
    try:
        with _connect(server) as connection:
            row = connection.execute("SHOW data_directory").fetchone()
    except psycopg.OperationalError as error:
        return _TOO_MANY_CONNECTIONS in str(error)
    return row is not None and Path(row[0]).resolve() == cluster.resolve()


def prepare_database(server: ServerFile) -> None:
    """Make the app's role and database, if they are missing."""
    with _connect(server) as connection:
        if not connection.execute("SELECT FROM pg_roles WHERE rolname = %s", [APP_ROLE]).rowcount:
            connection.execute(
                sql.SQL("CREATE ROLE {} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE PASSWORD {}").format(
                    sql.Identifier(APP_ROLE), sql.Literal(server.password)
                )
            )
        if not connection.execute("SELECT FROM pg_database WHERE datname = %s", [DATABASE]).rowcount:
            connection.execute(
                sql.SQL("CREATE DATABASE {} OWNER {}").format(sql.Identifier(DATABASE), sql.Identifier(APP_ROLE))
            )


def _connect(server: ServerFile) -> psycopg.Connection:
    return psycopg.connect(
        host=HOST,
        hostaddr=HOST,
        port=server.port,
        user=ADMIN_ROLE,
        password=server.admin_password,
        dbname="postgres",
        connect_timeout=_CONNECT_TIMEOUT_SECONDS,
        require_auth="scram-sha-256",  # a stranger on our port cannot ask for the password itself
        sslmode="disable",
        gssencmode="disable",
        application_name="benchtop launcher",
        autocommit=True,
    )
