"""What an attempt was charged for and what it cost, the sum of a run, and the prices of a provider's models."""

import sqlalchemy as sa
from alembic import op

revision = '0004'
down_revision = '0003'
branch_labels = None
depends_on = None


def upgrade() -> None:
    # What is there was never cut; new rows always come with a value.
    op.add_column('run_attempts', sa.Column('is_request_cut', sa.Boolean(), server_default=sa.false(), nullable=False))
    op.alter_column('run_attempts', 'is_request_cut', server_default=None)
    op.add_column('run_attempts', sa.Column('cached_input_tokens', sa.Integer(), nullable=True))
    op.add_column('run_attempts', sa.Column('cache_write_tokens', sa.Integer(), nullable=True))
    op.add_column('run_attempts', sa.Column('cost_usd', sa.Numeric(), nullable=True))
    op.add_column('run_attempts', sa.Column('cost', sa.JSON(), nullable=True))
    op.create_check_constraint(op.f('ck_run_attempts_cost_usd'), 'run_attempts', '(cost_usd IS NULL) = (cost IS NULL) AND cost_usd >= 0')
    op.add_column('runs', sa.Column('cost_usd', sa.Numeric(), nullable=True))
    op.add_column('runs', sa.Column('is_cost_complete', sa.Boolean(), server_default=sa.true(), nullable=False))
    # What the runs of the past cost is unknown, unless nothing was asked.
    op.execute("UPDATE runs SET is_cost_complete = false WHERE attempt_count > 0")
    op.create_check_constraint(op.f('ck_runs_cost_usd'), 'runs', 'cost_usd >= 0')
    op.add_column('llm_providers', sa.Column('prices', sa.JSON(), nullable=True))


def downgrade() -> None:
    op.drop_column('llm_providers', 'prices')
    op.drop_constraint(op.f('ck_runs_cost_usd'), 'runs', type_='check')
    op.drop_column('runs', 'is_cost_complete')
    op.drop_column('runs', 'cost_usd')
    op.drop_constraint(op.f('ck_run_attempts_cost_usd'), 'run_attempts', type_='check')
    for name in ('cost', 'cost_usd', 'cache_write_tokens', 'cached_input_tokens', 'is_request_cut'):
        op.drop_column('run_attempts', name)
