"""The migrated database is the one the tables describe."""

import threading

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import CheckConstraint, Connection, text
from sqlmodel import SQLModel

from db.migrate import SchemaTooNew, build_config, head_revision, is_current, migrate
from db.session import Database

_STORED_AT_0002 = """
    INSERT INTO llm_providers (id, name, type, base_url, revision, validation_status, validation_message,
        validation_hint, model_names, created_at, updated_at)
    VALUES (gen_random_uuid(), 'Local', 'openai', 'http://127.0.0.1:9/v1', 1, 'pending', '', '', '[]', now(), now());
    INSERT INTO agent_configs (id, name, is_active, version, created_at, updated_at)
    VALUES (gen_random_uuid(), 'Sorter', true, 1, now(), now());
    INSERT INTO agent_versions (id, agent_id, number, name, description, provider_id, model_name, system_prompt,
        user_prompt_template, retries, created_at, created_by)
    SELECT gen_random_uuid(), agent_configs.id, 1, 'Sorter', '', llm_providers.id, 'ok', 'Sort it.', '', 2, now(), 'me'
    FROM agent_configs, llm_providers;
    INSERT INTO task_configs (id, name, version, created_at, updated_at)
    VALUES (gen_random_uuid(), 'Triage', 1, now(), now());
    INSERT INTO task_versions (id, task_id, number, name, description, response_schema_text, created_at, created_by)
    SELECT gen_random_uuid(), id, 1, 'Triage', '', '{"type": "object"}', now(), 'me' FROM task_configs;
    INSERT INTO runs (id, agent_id, task_id, agent_version_id, task_version_id, status, reason, message, hint, input,
        result, attempt_count, input_tokens, output_tokens, queued_at, ended_at, started_by)
    SELECT gen_random_uuid(), agent_id, task_id, agent_versions.id, task_versions.id, 'passed', '', '', '', '"x"',
        '{}', 1, 1, 1, now(), now(), 'me'
    FROM agent_versions, task_versions;
    INSERT INTO run_attempts (id, run_id, number, status, raw_answer, errors, exchanges, finish_reason, input_tokens,
        output_tokens, started_at)
    SELECT gen_random_uuid(), id, 1, 'passed', '{}', '[]', '[]', 'stop', 1, 1, now() FROM runs;
"""


def _upgrade_to(revision: str, connection: Connection) -> None:
    config = build_config()
    config.attributes["connection"] = connection
    command.upgrade(config, revision)


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


def test_what_was_stored_before_the_mends_came_is_kept(database: Database) -> None:
    with database.engine.begin() as connection:
        connection.execute(text("DROP SCHEMA public CASCADE; CREATE SCHEMA public"))
        _upgrade_to("0002", connection)
        connection.execute(text(_STORED_AT_0002))

    migrate(database)

    with database.engine.begin() as connection:
        attempt = connection.execute(text("SELECT raw_answer, mends FROM run_attempts")).one()
        version = connection.execute(text("SELECT name, mends_answers FROM task_versions")).one()
    assert tuple(attempt) == ("{}", [])
    assert tuple(version) == ("Triage", True)
    assert is_current(database)


def test_what_was_stored_before_the_costs_came_is_kept_and_its_cost_is_unknown(database: Database) -> None:
    with database.engine.begin() as connection:
        connection.execute(text("DROP SCHEMA public CASCADE; CREATE SCHEMA public"))
        _upgrade_to("0002", connection)
        connection.execute(text(_STORED_AT_0002))
        _upgrade_to("0003", connection)

    migrate(database)

    with database.engine.begin() as connection:
        attempt = connection.execute(
            text("SELECT raw_answer, is_request_cut, cached_input_tokens, cost_usd, cost FROM run_attempts")
        ).one()
        run = connection.execute(text("SELECT status, cost_usd, is_cost_complete FROM runs")).one()
        provider = connection.execute(text("SELECT name, prices FROM llm_providers")).one()
    assert tuple(attempt) == ("{}", False, None, None, None)
    assert tuple(run) == ("passed", None, False)
    assert tuple(provider) == ("Local", None)
    assert is_current(database)


def test_the_costs_can_be_taken_back(database: Database) -> None:
    with database.engine.begin() as connection:
        config = build_config()
        config.attributes["connection"] = connection
        command.downgrade(config, "0003")
        columns = connection.execute(
            text("SELECT count(*) FROM information_schema.columns WHERE column_name IN ('cost_usd', 'cost', 'prices')")
        ).scalar_one()

    assert columns == 0
    migrate(database)
    assert is_current(database)


def test_the_mends_can_be_taken_back(database: Database) -> None:
    with database.engine.begin() as connection:
        config = build_config()
        config.attributes["connection"] = connection
        command.downgrade(config, "0002")
        columns = connection.execute(
            text("SELECT count(*) FROM information_schema.columns WHERE column_name IN ('mends', 'mends_answers')")
        ).scalar_one()

    assert columns == 0
    migrate(database)
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
