"""The inputs kept with tasks become fixtures, which can be changed, deleted and brought back."""

import sqlalchemy as sa
from alembic import op

revision = '0005'
down_revision = '0004'
branch_labels = None
depends_on = None

_COLUMNS: list[str | sa.ColumnElement[str]] = ['task_id', sa.literal_column('lower(name)')]
_IS_THERE = sa.text('deleted_at IS NULL')


def upgrade() -> None:
    op.drop_index('uq_task_inputs_task_id_name', table_name='task_inputs')
    op.rename_table('task_inputs', 'fixtures')
    _rename_constraints('task_inputs', 'fixtures', table='fixtures')
    op.alter_column('fixtures', 'value', new_column_name='input')
    # The defaults are for the rows that are there; new ones always come with a value.
    op.add_column('fixtures', sa.Column('version', sa.Integer(), server_default=sa.text('1'), nullable=False))
    op.alter_column('fixtures', 'version', server_default=None)
    op.add_column('fixtures', sa.Column('updated_at', sa.DateTime(timezone=True), nullable=True))
    op.execute('UPDATE fixtures SET updated_at = created_at')
    op.alter_column('fixtures', 'updated_at', nullable=False)
    op.add_column('fixtures', sa.Column('deleted_at', sa.DateTime(timezone=True), nullable=True))
    op.create_check_constraint(op.f('ck_fixtures_version'), 'fixtures', 'version > 0')
    op.create_index('uq_fixtures_task_id_name', 'fixtures', _COLUMNS, unique=True, postgresql_where=_IS_THERE)


def downgrade() -> None:
    op.drop_index('uq_fixtures_task_id_name', table_name='fixtures', postgresql_where=_IS_THERE)
    # The table before knows nothing that is deleted, and a deleted one may have the name of another.
    op.execute('DELETE FROM fixtures WHERE deleted_at IS NOT NULL')
    op.drop_constraint(op.f('ck_fixtures_version'), 'fixtures')
    op.drop_column('fixtures', 'deleted_at')
    op.drop_column('fixtures', 'updated_at')
    op.drop_column('fixtures', 'version')
    op.alter_column('fixtures', 'input', new_column_name='value')
    _rename_constraints('fixtures', 'task_inputs', table='fixtures')
    op.rename_table('fixtures', 'task_inputs')
    op.create_index('uq_task_inputs_task_id_name', 'task_inputs', _COLUMNS, unique=True)


def _rename_constraints(old: str, new: str, *, table: str) -> None:
    for pattern in ('pk_{}', 'fk_{}_task_id', 'ck_{}_name'):
        op.execute(f'ALTER TABLE {table} RENAME CONSTRAINT {pattern.format(old)} TO {pattern.format(new)}')
