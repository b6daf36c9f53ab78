"""A database that cannot be had is explained in a sentence, with what to do."""

import traceback

import pytest
from sqlalchemy import make_url, text

from db.errors import ConstraintViolated, DatabaseUnavailable
from db.session import Database, normalise_url


@pytest.mark.parametrize("url", ["nonsense", "sqlite:///data.db", "mysql://user@127.0.0.1/name"])
def test_an_address_of_something_else_is_refused(url: str) -> None:
    with pytest.raises(DatabaseUnavailable, match="not the address of a PostgreSQL") as caught:
        Database(lambda: url).check()

    assert "postgresql://" in caught.value.hint


def test_an_unknown_option_in_the_address_is_refused(postgres_url: str) -> None:
    with pytest.raises(DatabaseUnavailable, match="not the address of a PostgreSQL"):
        Database(lambda: f"{postgres_url}&colour=blue").check()


def test_a_server_that_is_not_there_is_named_as_not_answering(unused_port: int) -> None:
    with pytest.raises(DatabaseUnavailable, match="does not answer"):
        Database(lambda: f"postgresql://user:password@127.0.0.1:{unused_port}/name").check()


def test_a_wrong_password_is_told_apart(postgres_url: str) -> None:
    wrong = make_url(postgres_url).set(password="wrong").render_as_string(hide_password=False)

    with pytest.raises(DatabaseUnavailable, match="refused the user or the password"):
        Database(lambda: wrong).check()


def test_a_missing_database_is_told_apart(postgres_url: str) -> None:
    missing = make_url(postgres_url).set(database="missing").render_as_string(hide_password=False)

    with pytest.raises(DatabaseUnavailable, match="does not exist"):
        Database(lambda: missing).check()


@pytest.mark.parametrize("prefix", ["postgres://", "postgresql://", "postgresql+psycopg://"])
def test_the_common_spellings_of_an_address_mean_the_same(prefix: str) -> None:
    assert normalise_url(f"{prefix}user@host/name") == "postgresql+psycopg://user@host/name"


def test_a_broken_constraint_is_named_and_nothing_is_stored(database: Database) -> None:
    with pytest.raises(ConstraintViolated) as caught, database.transaction() as session:
        session.connection().execute(text("INSERT INTO workspace (id) VALUES (1), (2)"))

    with database.transaction() as session:
        stored = session.connection().execute(text("SELECT count(*) FROM workspace")).scalar_one()
    assert caught.value.constraint == "ck_workspace_single_row"
    assert stored == 0


def test_pieces_of_a_password_are_in_no_error() -> None:
    piece = "".join(["2pw", "SECRET"])  # put together, so that the traceback's lines of this file do not hold it

    with pytest.raises(DatabaseUnavailable) as caught:
        Database(lambda: f"postgresql://me:abc@hunter:{piece}@127.0.0.1:port/name").check()

    assert piece not in "".join(traceback.format_exception(caught.value))
