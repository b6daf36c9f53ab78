"""What was mended in the answer of an attempt, and whether a task has its answers mended at all."""

import sqlalchemy as sa
from alembic import op

revision = '0003'
down_revision = '0002'
branch_labels = None
depends_on = None


def upgrade() -> None:
    # The defaults are for the rows that are there; new ones always come with a value.
    op.add_column('run_attempts', sa.Column('mends', sa.JSON(), server_default=sa.text("'[]'"), nullable=False))
    op.alter_column('run_attempts', 'mends', server_default=None)
    op.add_column('task_versions', sa.Column('mends_answers', sa.Boolean(), server_default=sa.true(), nullable=False))
    op.alter_column('task_versions', 'mends_answers', server_default=None)


def downgrade() -> None:
    op.drop_column('task_versions', 'mends_answers')
    op.drop_column('run_attempts', 'mends')
