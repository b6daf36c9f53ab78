"""Alembic's entry: runs on the connection that `db.migrate` hands over."""

from alembic import context
from sqlmodel import SQLModel

import db.tables  # noqa: F401  the import fills the metadata

connection = context.config.attributes.get("connection")
if connection is None:
    raise RuntimeError("Run migrations through db.migrate.migrate(); there is no alembic.ini.")

context.configure(connection=connection, target_metadata=SQLModel.metadata, transactional_ddl=True)
with context.begin_transaction():
    context.run_migrations()
