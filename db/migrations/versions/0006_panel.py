"""What the panel and the history need: variations, comparisons, ratings, search, and content that is not kept."""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = '0006'
down_revision = '0005'
branch_labels = None
depends_on = None

_MOMENT = sa.DateTime(timezone=True)
_RESULT = "(status = 'passed') = (result IS NOT NULL)"
_RESULT_OR_ERASED = (
    "CASE WHEN status = 'passed' THEN result IS NOT NULL OR content_erased_at IS NOT NULL ELSE result IS NULL END"
)
_RUN_CHECKS = {
    'input': 'input IS NOT NULL OR content_erased_at IS NOT NULL',
    'rating': 'rating IN (-1, 1)',
    'rated_at': '(rating IS NULL) = (rated_at IS NULL)',
    'comparison': 'num_nulls(comparison_id, comparison_position, comparison_repeat) IN (0, 3)',
}
_NEWEST, _ID = sa.text('queued_at DESC'), sa.text('id DESC')
_ALIVE = {'postgresql_where': sa.text('deleted_at IS NULL')}
_OLD_RUN_INDEXES: dict[str, list[str | sa.TextClause]] = {
    'ix_runs_queued_at_id': [_NEWEST, _ID],
    'ix_runs_agent_id_queued_at': ['agent_id', _NEWEST],
    'ix_runs_task_id_queued_at': ['task_id', _NEWEST],
}
_RUN_INDEXES: dict[str, tuple[list[str | sa.TextClause], dict[str, Any]]] = {
    'ix_runs_queued_at_id': ([_NEWEST, _ID], _ALIVE),
    'ix_runs_agent_id_queued_at_id': (['agent_id', _NEWEST, _ID], _ALIVE),
    'ix_runs_task_id_queued_at_id': (['task_id', _NEWEST, _ID], _ALIVE),
    'ix_runs_provider_id_queued_at_id': (['provider_id', _NEWEST, _ID], _ALIVE),
    'ix_runs_status_queued_at_id': (['status', _NEWEST, _ID], _ALIVE),
    'ix_runs_started_by_queued_at_id': (['started_by', _NEWEST, _ID], _ALIVE),
    'ix_runs_cost_usd_id': ([sa.text('cost_usd DESC NULLS LAST'), _ID], _ALIVE),
    'ix_runs_duration_seconds_id': ([sa.text('duration_seconds DESC NULLS LAST'), _ID], _ALIVE),
    'ix_runs_rating_queued_at_id': (
        ['rating', _NEWEST, _ID], {'postgresql_where': sa.text('deleted_at IS NULL AND rating IS NOT NULL')}
    ),
    'ix_runs_figures_id': (
        [_NEWEST, _ID],
        {
            'postgresql_include': [
                'agent_id', 'task_id', 'provider_id', 'status', 'duration_seconds', 'input_tokens', 'output_tokens',
                'cost_usd', 'is_cost_complete',
            ],
            **_ALIVE,
        },
    ),
    'ix_runs_search': (['search'], {'postgresql_using': 'gin'}),
    'ix_runs_with_content': (['queued_at'], {'postgresql_where': sa.text('content_erased_at IS NULL')}),
    'ix_runs_deleted_at': (['deleted_at'], {'postgresql_where': sa.text('deleted_at IS NOT NULL')}),
    'ix_runs_comparison_id': (['comparison_id'], {'postgresql_where': sa.text('comparison_id IS NOT NULL')}),
}
_RUN_COLUMNS = (
    'provider_id', 'rating', 'rating_note', 'rated_by', 'rated_at', 'comparison_id', 'comparison_position',
    'comparison_repeat', 'content_erased_at', 'deleted_at', 'duration_seconds', 'search',
)


def upgrade() -> None:
    _add_variations()
    # The defaults are for the rows that are there; new ones always come with a value.
    op.add_column('task_versions', sa.Column('stores_content', sa.Boolean(), server_default=sa.true(), nullable=False))
    op.alter_column('task_versions', 'stores_content', server_default=None)
    _add_comparisons()
    _add_to_runs()
    _fill_runs()
    for name in _OLD_RUN_INDEXES:
        op.drop_index(name, table_name='runs')
    for name, (columns, options) in _RUN_INDEXES.items():
        op.create_index(name, 'runs', columns, **options)


def _add_variations() -> None:
    op.alter_column('agent_versions', 'number', nullable=True)
    op.add_column('agent_versions', sa.Column('variation_of', sa.Integer(), nullable=True))
    op.create_check_constraint(
        op.f('ck_agent_versions_variation_of'), 'agent_versions', '(number IS NULL) = (variation_of IS NOT NULL)'
    )


def _add_comparisons() -> None:
    op.create_table(
        'comparisons',
        sa.Column('id', sa.Uuid(), nullable=False),
        sa.Column('task_id', sa.Uuid(), nullable=False),
        sa.Column('task_version_id', sa.Uuid(), nullable=False),
        sa.Column('input', sa.JSON(none_as_null=True), nullable=True),
        sa.Column('repeat_count', sa.Integer(), nullable=False),
        sa.Column('winner', sa.Integer(), nullable=True),
        sa.Column('winner_note', sa.Text(), nullable=False),
        sa.Column('decided_by', sa.Text(), nullable=True),
        sa.Column('decided_at', _MOMENT, nullable=True),
        sa.Column('started_by', sa.Text(), nullable=False),
        sa.Column('created_at', _MOMENT, nullable=False),
        sa.Column('content_erased_at', _MOMENT, nullable=True),
        sa.Column('deleted_at', _MOMENT, nullable=True),
        sa.CheckConstraint('repeat_count BETWEEN 1 AND 20', name=op.f('ck_comparisons_repeat_count')),
        sa.CheckConstraint('(winner IS NULL) = (decided_at IS NULL)', name=op.f('ck_comparisons_decided_at')),
        sa.CheckConstraint('input IS NOT NULL OR content_erased_at IS NOT NULL', name=op.f('ck_comparisons_input')),
        sa.ForeignKeyConstraint(['task_id'], ['task_configs.id'], name=op.f('fk_comparisons_task_id')),
        sa.ForeignKeyConstraint(['task_version_id'], ['task_versions.id'], name=op.f('fk_comparisons_task_version_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_comparisons')),
    )
    op.create_index('ix_comparisons_created_at_id', 'comparisons', [sa.text('created_at DESC'), sa.text('id DESC')])
    op.create_table(
        'comparison_columns',
        sa.Column('comparison_id', sa.Uuid(), nullable=False),
        sa.Column('position', sa.Integer(), autoincrement=False, nullable=False),
        sa.Column('agent_id', sa.Uuid(), nullable=False),
        sa.Column('agent_version_id', sa.Uuid(), nullable=False),
        sa.CheckConstraint('position BETWEEN 1 AND 8', name=op.f('ck_comparison_columns_position')),
        sa.ForeignKeyConstraint(['agent_id'], ['agent_configs.id'], name=op.f('fk_comparison_columns_agent_id')),
        sa.ForeignKeyConstraint(
            ['agent_version_id'], ['agent_versions.id'], name=op.f('fk_comparison_columns_agent_version_id')
        ),
        sa.ForeignKeyConstraint(
            ['comparison_id'], ['comparisons.id'], name=op.f('fk_comparison_columns_comparison_id'), ondelete='CASCADE'
        ),
        sa.PrimaryKeyConstraint('comparison_id', 'position', name=op.f('pk_comparison_columns')),
    )


def _add_to_runs() -> None:
    for column in (
        sa.Column('provider_id', sa.Uuid(), nullable=True),
        sa.Column('rating', sa.Integer(), nullable=True),
        sa.Column('rating_note', sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column('rated_by', sa.Text(), nullable=True),
        sa.Column('rated_at', _MOMENT, nullable=True),
        sa.Column('comparison_id', sa.Uuid(), nullable=True),
        sa.Column('comparison_position', sa.Integer(), nullable=True),
        sa.Column('comparison_repeat', sa.Integer(), nullable=True),
        sa.Column('content_erased_at', _MOMENT, nullable=True),
        sa.Column('deleted_at', _MOMENT, nullable=True),
        sa.Column(
            'duration_seconds',
            sa.Double(),
            sa.Computed('EXTRACT(epoch FROM ended_at - started_at)::double precision', persisted=True),
            nullable=True,
        ),
        sa.Column('search', postgresql.TSVECTOR(), server_default=sa.text("''::tsvector"), nullable=False),
    ):
        op.add_column('runs', column)
    op.alter_column('runs', 'rating_note', server_default=None)
    op.alter_column('runs', 'input', nullable=True)


def _fill_runs() -> None:
    # Through jsonb, which writes out what the stored text escapes. Names of fields are found too, for these rows.
    op.execute("""
        UPDATE runs SET
            provider_id = (SELECT provider_id FROM agent_versions WHERE agent_versions.id = runs.agent_version_id),
            search = to_tsvector('simple', translate(
                left(concat_ws(' ', input::jsonb::text, result::jsonb::text), 20000), '<>@/', '    '
            ))
    """)
    op.alter_column('runs', 'provider_id', nullable=False)
    op.create_foreign_key(op.f('fk_runs_provider_id'), 'runs', 'llm_providers', ['provider_id'], ['id'])
    op.create_foreign_key(op.f('fk_runs_comparison_id'), 'runs', 'comparisons', ['comparison_id'], ['id'])
    op.drop_constraint(op.f('ck_runs_result'), 'runs')
    op.create_check_constraint(op.f('ck_runs_result'), 'runs', _RESULT_OR_ERASED)
    for name, rule in _RUN_CHECKS.items():
        op.create_check_constraint(op.f(f'ck_runs_{name}'), 'runs', rule)


def downgrade() -> None:
    for name in _RUN_INDEXES:
        op.drop_index(name, table_name='runs')
    # What has no content, and what nobody saved, the tables before cannot hold.
    op.execute("""
        DELETE FROM runs
        WHERE deleted_at IS NOT NULL OR content_erased_at IS NOT NULL
            OR agent_version_id IN (SELECT id FROM agent_versions WHERE number IS NULL)
    """)
    for name in (*_RUN_CHECKS, 'result'):
        op.drop_constraint(op.f(f'ck_runs_{name}'), 'runs')
    op.create_check_constraint(op.f('ck_runs_result'), 'runs', _RESULT)
    for name in _RUN_COLUMNS:
        op.drop_column('runs', name)
    for name, columns in _OLD_RUN_INDEXES.items():
        op.create_index(name, 'runs', columns)
    op.alter_column('runs', 'input', nullable=False)
    op.drop_table('comparison_columns')
    op.drop_index('ix_comparisons_created_at_id', table_name='comparisons')
    op.drop_table('comparisons')
    op.drop_column('task_versions', 'stores_content')
    op.drop_constraint(op.f('ck_agent_versions_variation_of'), 'agent_versions')
    op.execute('DELETE FROM agent_versions WHERE number IS NULL')
    op.drop_column('agent_versions', 'variation_of')
    op.alter_column('agent_versions', 'number', nullable=False)
