"""The inputs that tasks had before there were fixtures are fixtures now, and can become inputs again."""

from collections.abc import Iterator

import pytest
from alembic import command
from sqlalchemy import text

from db.migrate import build_config, is_current, migrate
from db.session import Database

_STORED_AT_0004 = """
    INSERT INTO task_configs (id, name, version, created_at, updated_at)
    VALUES (gen_random_uuid(), 'Triage', 1, now(), now());
    INSERT INTO task_inputs (id, task_id, name, value, created_at)
    SELECT gen_random_uuid(), id, 'One', '{"zeta": 1.0, "alpha": "x"}', '2026-01-02T03:04:05Z' FROM task_configs;
"""
_AS_TEXT = '{"zeta": 1.0, "alpha": "x"}'


@pytest.fixture
def old_database(database: Database) -> Iterator[Database]:
    """The database before there were fixtures, with an input of a task; migrated again in the end."""
    _go(database, to="0004")
    with database.engine.begin() as connection:
        connection.execute(text(_STORED_AT_0004))
    yield database
    migrate(database)
    assert is_current(database)


def _go(database: Database, *, to: str) -> None:
    with database.engine.begin() as connection:
        config = build_config()
        config.attributes["connection"] = connection
        command.downgrade(config, to)


def test_inputs_become_fixtures_as_they_were_written(old_database: Database) -> None:
    migrate(old_database)

    with old_database.engine.begin() as connection:
        row = connection.execute(
            text("SELECT name, input::text, version, updated_at = created_at, deleted_at FROM fixtures")
        ).one()
        names = connection.execute(
            text("SELECT conname FROM pg_constraint WHERE conrelid = 'fixtures'::regclass AND contype <> 'n'")
        ).scalars()
    assert tuple(row) == ("One", _AS_TEXT, 1, True, None)
    assert set(names) == {"pk_fixtures", "fk_fixtures_task_id", "ck_fixtures_name", "ck_fixtures_version"}


def test_fixtures_become_inputs_again_but_for_those_that_are_deleted(old_database: Database) -> None:
    migrate(old_database)
    with old_database.engine.begin() as connection:
        connection.execute(
            text("""
                INSERT INTO fixtures (id, task_id, name, input, version, created_at, updated_at, deleted_at)
                SELECT gen_random_uuid(), task_id, name, '"x"', 1, now(), now(), now() FROM fixtures
            """)
        )

    _go(old_database, to="0004")

    with old_database.engine.begin() as connection:
        rows = connection.execute(text("SELECT name, value::text FROM task_inputs")).all()
        names = connection.execute(
            text("SELECT conname FROM pg_constraint WHERE conrelid = 'task_inputs'::regclass AND contype <> 'n'")
        ).scalars()
    assert [tuple(row) for row in rows] == [("One", _AS_TEXT)]
    assert set(names) == {"pk_task_inputs", "fk_task_inputs_task_id", "ck_task_inputs_name"}
