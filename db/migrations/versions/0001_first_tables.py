"""The first tables: providers, agents, tasks, assignments, runs, and the workspace's own facts."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = '0001'
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    _create_agent_configs()
    _create_crypto_keys()
    _create_task_configs()
    _create_workspace()
    _create_agent_task_assignments()
    _create_llm_providers()
    _create_task_inputs()
    _create_task_versions()
    _create_agent_versions()
    _create_runs()
    _create_run_attempts()
    _create_run_events()


def downgrade() -> None:
    op.drop_index('ix_run_events_run_id_seq', table_name='run_events')
    op.drop_table('run_events')
    op.drop_table('run_attempts')
    op.drop_index('ix_runs_task_id_queued_at', table_name='runs')
    op.drop_index('ix_runs_queued_at_id', table_name='runs')
    op.drop_index('ix_runs_open', table_name='runs', postgresql_where=sa.text('ended_at IS NULL'))
    op.drop_index('ix_runs_agent_id_queued_at', table_name='runs')
    op.drop_table('runs')
    op.drop_index(op.f('ix_agent_versions_provider_id'), table_name='agent_versions')
    op.drop_table('agent_versions')
    op.drop_table('task_versions')
    op.drop_index('uq_task_inputs_task_id_name', table_name='task_inputs')
    op.drop_table('task_inputs')
    op.drop_index('uq_llm_providers_name', table_name='llm_providers', postgresql_where=sa.text('deleted_at IS NULL'))
    op.drop_table('llm_providers')
    op.drop_index(op.f('ix_agent_task_assignments_task_id'), table_name='agent_task_assignments')
    op.drop_table('agent_task_assignments')
    op.drop_table('workspace')
    op.drop_index('uq_task_configs_name', table_name='task_configs', postgresql_where=sa.text('deleted_at IS NULL'))
    op.drop_table('task_configs')
    op.drop_table('crypto_keys')
    op.drop_index('uq_agent_configs_name', table_name='agent_configs', postgresql_where=sa.text('deleted_at IS NULL'))
    op.drop_table('agent_configs')


def _create_agent_configs() -> None:
    op.create_table('agent_configs',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('is_active', sa.Boolean(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('updated_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('deleted_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint('btrim(name) = name AND length(name) BETWEEN 1 AND 120', name=op.f('ck_agent_configs_name')),
    sa.CheckConstraint('version > 0', name=op.f('ck_agent_configs_version')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_agent_configs'))
    )
    op.create_index('uq_agent_configs_name', 'agent_configs', [sa.literal_column('lower(name)')], unique=True, postgresql_where=sa.text('deleted_at IS NULL'))


def _create_crypto_keys() -> None:
    op.create_table('crypto_keys',
    sa.Column('fingerprint', sa.Text(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('fingerprint', name=op.f('pk_crypto_keys'))
    )


def _create_task_configs() -> None:
    op.create_table('task_configs',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('updated_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('deleted_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint('btrim(name) = name AND length(name) BETWEEN 1 AND 120', name=op.f('ck_task_configs_name')),
    sa.CheckConstraint('version > 0', name=op.f('ck_task_configs_version')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_task_configs'))
    )
    op.create_index('uq_task_configs_name', 'task_configs', [sa.literal_column('lower(name)')], unique=True, postgresql_where=sa.text('deleted_at IS NULL'))


def _create_workspace() -> None:
    op.create_table('workspace',
    sa.Column('id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('examples_seeded_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint('id = 1', name=op.f('ck_workspace_single_row')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_workspace'))
    )


def _create_agent_task_assignments() -> None:
    op.create_table('agent_task_assignments',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('agent_id', sa.Uuid(), nullable=False),
    sa.Column('task_id', sa.Uuid(), nullable=False),
    sa.Column('is_active', sa.Boolean(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['agent_id'], ['agent_configs.id'], name=op.f('fk_agent_task_assignments_agent_id')),
    sa.ForeignKeyConstraint(['task_id'], ['task_configs.id'], name=op.f('fk_agent_task_assignments_task_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_agent_task_assignments')),
    sa.UniqueConstraint('agent_id', 'task_id', name=op.f('uq_agent_task_assignments_agent_id_task_id'))
    )
    op.create_index(op.f('ix_agent_task_assignments_task_id'), 'agent_task_assignments', ['task_id'], unique=False)


def _create_llm_providers() -> None:
    op.create_table('llm_providers',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('type', sa.Text(), nullable=False),
    sa.Column('base_url', sa.Text(), nullable=False),
    sa.Column('sealed_key', sa.Text(), nullable=True),
    sa.Column('key_fingerprint', sa.Text(), nullable=True),
    sa.Column('revision', sa.Integer(), nullable=False),
    sa.Column('validation_status', sa.Text(), nullable=False),
    sa.Column('validation_message', sa.Text(), nullable=False),
    sa.Column('validation_hint', sa.Text(), nullable=False),
    sa.Column('validation_latency_ms', sa.Float(), nullable=True),
    sa.Column('validated_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('model_names', sa.JSON(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('updated_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('deleted_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint("type IN ('builtin', 'ollama', 'openai')", name=op.f('ck_llm_providers_type')),
    sa.CheckConstraint("validation_status IN ('pending', 'validating', 'connected', 'error')", name=op.f('ck_llm_providers_validation_status')),
    sa.CheckConstraint('(sealed_key IS NULL) = (key_fingerprint IS NULL)', name=op.f('ck_llm_providers_sealed_key')),
    sa.CheckConstraint('btrim(name) = name AND length(name) BETWEEN 1 AND 120', name=op.f('ck_llm_providers_name')),
    sa.CheckConstraint('revision > 0', name=op.f('ck_llm_providers_revision')),
    sa.CheckConstraint('validation_latency_ms >= 0', name=op.f('ck_llm_providers_validation_latency_ms')),
    sa.ForeignKeyConstraint(['key_fingerprint'], ['crypto_keys.fingerprint'], name=op.f('fk_llm_providers_key_fingerprint')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_llm_providers'))
    )
    op.create_index('uq_llm_providers_name', 'llm_providers', [sa.literal_column('lower(name)')], unique=True, postgresql_where=sa.text('deleted_at IS NULL'))


def _create_task_inputs() -> None:
    op.create_table('task_inputs',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('task_id', sa.Uuid(), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('value', sa.JSON(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint('btrim(name) = name AND length(name) BETWEEN 1 AND 120', name=op.f('ck_task_inputs_name')),
    sa.ForeignKeyConstraint(['task_id'], ['task_configs.id'], name=op.f('fk_task_inputs_task_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_task_inputs'))
    )
    op.create_index('uq_task_inputs_task_id_name', 'task_inputs', ['task_id', sa.literal_column('lower(name)')], unique=True)


def _create_task_versions() -> None:
    op.create_table('task_versions',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('task_id', sa.Uuid(), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('description', sa.Text(), nullable=False),
    sa.Column('response_schema_text', sa.Text(), nullable=False),
    sa.Column('request_schema_text', sa.Text(), nullable=True),
    sa.Column('response_schema', postgresql.JSONB(astext_type=sa.Text()), sa.Computed('response_schema_text::jsonb', persisted=True), nullable=True),
    sa.Column('request_schema', postgresql.JSONB(astext_type=sa.Text()), sa.Computed('request_schema_text::jsonb', persisted=True), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('created_by', sa.Text(), nullable=False),
    sa.CheckConstraint("jsonb_typeof(request_schema) = 'object'", name=op.f('ck_task_versions_request_schema')),
    sa.CheckConstraint("jsonb_typeof(response_schema) = 'object'", name=op.f('ck_task_versions_response_schema')),
    sa.CheckConstraint('btrim(name) = name AND length(name) BETWEEN 1 AND 120', name=op.f('ck_task_versions_name')),
    sa.CheckConstraint('number > 0', name=op.f('ck_task_versions_number')),
    sa.ForeignKeyConstraint(['task_id'], ['task_configs.id'], name=op.f('fk_task_versions_task_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_task_versions')),
    sa.UniqueConstraint('task_id', 'number', name=op.f('uq_task_versions_task_id_number'))
    )


def _create_agent_versions() -> None:
    op.create_table('agent_versions',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('agent_id', sa.Uuid(), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('description', sa.Text(), nullable=False),
    sa.Column('provider_id', sa.Uuid(), nullable=False),
    sa.Column('model_name', sa.Text(), nullable=False),
    sa.Column('system_prompt', sa.Text(), nullable=False),
    sa.Column('user_prompt_template', sa.Text(), nullable=False),
    sa.Column('temperature', sa.Float(), nullable=True),
    sa.Column('max_tokens', sa.Integer(), nullable=True),
    sa.Column('retries', sa.Integer(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('created_by', sa.Text(), nullable=False),
    sa.CheckConstraint("btrim(model_name) <> ''", name=op.f('ck_agent_versions_model_name')),
    sa.CheckConstraint("btrim(system_prompt) <> ''", name=op.f('ck_agent_versions_system_prompt')),
    sa.CheckConstraint('btrim(name) = name AND length(name) BETWEEN 1 AND 120', name=op.f('ck_agent_versions_name')),
    sa.CheckConstraint('max_tokens BETWEEN 1 AND 1000000', name=op.f('ck_agent_versions_max_tokens')),
    sa.CheckConstraint('number > 0', name=op.f('ck_agent_versions_number')),
    sa.CheckConstraint('retries BETWEEN 0 AND 10', name=op.f('ck_agent_versions_retries')),
    sa.CheckConstraint('temperature BETWEEN 0 AND 2', name=op.f('ck_agent_versions_temperature')),
    sa.ForeignKeyConstraint(['agent_id'], ['agent_configs.id'], name=op.f('fk_agent_versions_agent_id')),
    sa.ForeignKeyConstraint(['provider_id'], ['llm_providers.id'], name=op.f('fk_agent_versions_provider_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_agent_versions')),
    sa.UniqueConstraint('agent_id', 'number', name=op.f('uq_agent_versions_agent_id_number'))
    )
    op.create_index(op.f('ix_agent_versions_provider_id'), 'agent_versions', ['provider_id'], unique=False)


def _create_runs() -> None:
    op.create_table('runs',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('agent_id', sa.Uuid(), nullable=False),
    sa.Column('task_id', sa.Uuid(), nullable=False),
    sa.Column('agent_version_id', sa.Uuid(), nullable=False),
    sa.Column('task_version_id', sa.Uuid(), nullable=False),
    sa.Column('status', sa.Text(), nullable=False),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.Column('message', sa.Text(), nullable=False),
    sa.Column('hint', sa.Text(), nullable=False),
    sa.Column('input', sa.JSON(), nullable=False),
    sa.Column('result', sa.JSON(none_as_null=True), nullable=True),
    sa.Column('attempt_count', sa.Integer(), nullable=False),
    sa.Column('input_tokens', sa.Integer(), nullable=False),
    sa.Column('output_tokens', sa.Integer(), nullable=False),
    sa.Column('claimed_by', sa.Uuid(), nullable=True),
    sa.Column('cancel_requested_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('queued_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('started_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('started_by', sa.Text(), nullable=False),
    sa.CheckConstraint("(ended_at IS NULL) = (status IN ('queued', 'running'))", name=op.f('ck_runs_ended_at')),
    sa.CheckConstraint("(status = 'passed') = (result IS NOT NULL)", name=op.f('ck_runs_result')),
    sa.CheckConstraint("status IN ('queued', 'running', 'passed', 'failed', 'cancelled', 'interrupted')", name=op.f('ck_runs_status')),
    sa.CheckConstraint('input_tokens >= 0 AND output_tokens >= 0 AND attempt_count >= 0', name=op.f('ck_runs_counts')),
    sa.ForeignKeyConstraint(['agent_id'], ['agent_configs.id'], name=op.f('fk_runs_agent_id')),
    sa.ForeignKeyConstraint(['agent_version_id'], ['agent_versions.id'], name=op.f('fk_runs_agent_version_id')),
    sa.ForeignKeyConstraint(['task_id'], ['task_configs.id'], name=op.f('fk_runs_task_id')),
    sa.ForeignKeyConstraint(['task_version_id'], ['task_versions.id'], name=op.f('fk_runs_task_version_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_runs'))
    )
    op.create_index('ix_runs_agent_id_queued_at', 'runs', ['agent_id', sa.literal_column('queued_at DESC')], unique=False)
    op.create_index('ix_runs_open', 'runs', ['status'], unique=False, postgresql_where=sa.text('ended_at IS NULL'))
    op.create_index('ix_runs_queued_at_id', 'runs', [sa.literal_column('queued_at DESC'), sa.literal_column('id DESC')], unique=False)
    op.create_index('ix_runs_task_id_queued_at', 'runs', ['task_id', sa.literal_column('queued_at DESC')], unique=False)


def _create_run_attempts() -> None:
    op.create_table('run_attempts',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('run_id', sa.Uuid(), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('status', sa.Text(), nullable=False),
    sa.Column('request', sa.JSON(none_as_null=True), nullable=True),
    sa.Column('raw_answer', sa.Text(), nullable=False),
    sa.Column('errors', sa.JSON(), nullable=False),
    sa.Column('exchanges', sa.JSON(), nullable=False),
    sa.Column('finish_reason', sa.Text(), nullable=False),
    sa.Column('input_tokens', sa.Integer(), nullable=False),
    sa.Column('output_tokens', sa.Integer(), nullable=False),
    sa.Column('started_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('first_token_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint("status IN ('running', 'passed', 'failed', 'cancelled', 'interrupted')", name=op.f('ck_run_attempts_status')),
    sa.CheckConstraint('number > 0', name=op.f('ck_run_attempts_number')),
    sa.ForeignKeyConstraint(['run_id'], ['runs.id'], name=op.f('fk_run_attempts_run_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_run_attempts')),
    sa.UniqueConstraint('run_id', 'number', name=op.f('uq_run_attempts_run_id_number'))
    )


def _create_run_events() -> None:
    op.create_table('run_events',
    sa.Column('seq', sa.BigInteger(), sa.Identity(always=True), nullable=False),
    sa.Column('run_id', sa.Uuid(), nullable=False),
    sa.Column('kind', sa.Text(), nullable=False),
    sa.Column('data', sa.JSON(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['run_id'], ['runs.id'], name=op.f('fk_run_events_run_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('seq', name=op.f('pk_run_events'))
    )
    op.create_index('ix_run_events_run_id_seq', 'run_events', ['run_id', 'seq'], unique=False)
