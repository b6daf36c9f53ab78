"""The migrated database is the one the tables describe."""

import threading

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import CheckConstraint, text
from sqlmodel import SQLModel

from db.migrate import SchemaTooNew, head_revision, is_current, migrate
from db.session import Database


def test_migrated_schema_equals_the_tables(database: Database) -> None:
    with database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_server_default": True})
        differences = compare_metadata(context, SQLModel.metadata)

    assert differences == []


def test_check_constraints_of_the_tables_are_all_in_the_database(database: Database) -> None:
    declared = {
        f"ck_{table.name}_{constraint.name}".replace(f"ck_{table.name}_ck_{table.name}_", f"ck_{table.name}_")
        for table in SQLModel.metadata.sorted_tables
        for constraint in table.constraints
        if isinstance(constraint, CheckConstraint)
    }

    with database.engine.connect() as connection:
        found = set(connection.execute(text("SELECT conname FROM pg_constraint WHERE contype = 'c'")).scalars())

    assert declared
    assert declared <= found


def test_many_processes_starting_at_once_migrate_once(database: Database) -> None:
    with database.engine.begin() as connection:
        connection.execute(text("DROP SCHEMA public CASCADE; CREATE SCHEMA public"))
    failures: list[BaseException] = []

    def start() -> None:
        try:
            migrate(database)
        except BaseException as error:  # noqa: BLE001  # whatever a thread raised is what the test is about
            failures.append(error)

    threads = [threading.Thread(target=start) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert failures == []
    assert is_current(database)


def test_a_newer_schema_is_refused_and_left_alone(database: Database) -> None:
    with database.engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    try:
        with pytest.raises(SchemaTooNew, match="9999"):
            migrate(database)
    finally:
        with database.engine.begin() as connection:
            connection.execute(text("UPDATE alembic_version SET version_num = :head"), {"head": head_revision()})
