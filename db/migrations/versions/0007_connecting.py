"""What connecting needs: types from the registry, sealed headers, limits, dialects, models, checks and slots."""

import sqlalchemy as sa
from alembic import op

revision = '0007'
down_revision = '0006'
branch_labels = None
depends_on = None

_MOMENT = sa.DateTime(timezone=True)
_TEXT_COLUMNS = ('preset', 'diagnosis', 'suggested_base_url', 'waiting_model', 'model_list')
_JSON_COLUMNS = {'options': '{}', 'header_names': '[]', 'secret_names': '[]', 'limits': '{}', 'dialects': '{}'}
_OTHER_COLUMNS = (
    'sealed_secrets', 'secrets_fingerprint', 'key_used_at', 'request_timeout_seconds', 'connect_timeout_seconds',
    'check_due_at',
)
_CHECKS = {
    'type': "type ~ '^[a-z][a-z0-9_]{0,30}$'",
    'sealed_secrets': '(sealed_secrets IS NULL) = (secrets_fingerprint IS NULL)',
    'request_timeout_seconds': 'request_timeout_seconds > 0',
    'connect_timeout_seconds': 'connect_timeout_seconds > 0',
}

_FAULTS = (
    "deleted_at IS NULL AND reason IN ('builtin_unavailable', 'key_refused', 'model_not_found', 'provider_fault', "
    "'provider_unreachable', 'rate_limited', 'timeout', 'unreadable_answer')"
)


def upgrade() -> None:
    op.drop_constraint(op.f('ck_llm_providers_type'), 'llm_providers', type_='check')
    _add_to_providers()
    for name, rule in _CHECKS.items():
        op.create_check_constraint(op.f(f'ck_llm_providers_{name}'), 'llm_providers', rule)
    # So far one type stood for OpenAI and for whatever speaks like it.
    op.execute(
        "UPDATE llm_providers SET type = 'compatible' "
        "WHERE type = 'openai' AND base_url !~* '^https?://api[.]openai[.]com(:[0-9]+)?(/|$)'"
    )
    _add_models()
    _add_checks()
    _add_slots()
    op.create_index(
        'ix_runs_provider_faults', 'runs', ['provider_id', 'queued_at'],
        postgresql_where=sa.text(_FAULTS), postgresql_include=['reason'],
    )


def _add_to_providers() -> None:
    # The defaults are for the rows that are there; new ones always come with a value.
    for name in _TEXT_COLUMNS:
        op.add_column('llm_providers', sa.Column(name, sa.Text(), server_default='', nullable=False))
        op.alter_column('llm_providers', name, server_default=None)
    for name, empty in _JSON_COLUMNS.items():
        op.add_column('llm_providers', sa.Column(name, sa.JSON(), server_default=empty, nullable=False))
        op.alter_column('llm_providers', name, server_default=None)
    for column in (
        sa.Column('sealed_secrets', sa.Text(), nullable=True),
        sa.Column('secrets_fingerprint', sa.Text(), nullable=True),
        sa.Column('key_used_at', _MOMENT, nullable=True),
        sa.Column('check_due_at', _MOMENT, nullable=True),
        sa.Column('request_timeout_seconds', sa.Float(), nullable=True),
        sa.Column('connect_timeout_seconds', sa.Float(), nullable=True),
    ):
        op.add_column('llm_providers', column)
    op.create_foreign_key(
        op.f('fk_llm_providers_secrets_fingerprint'), 'llm_providers', 'crypto_keys', ['secrets_fingerprint'],
        ['fingerprint'],
    )


def _add_models() -> None:
    op.create_table(
        'provider_models',
        sa.Column('provider_id', sa.Uuid(), nullable=False),
        sa.Column('name', sa.Text(), nullable=False),
        sa.Column('first_seen_at', _MOMENT, nullable=False),
        sa.Column('last_seen_at', _MOMENT, nullable=False),
        sa.Column('is_listed', sa.Boolean(), nullable=False),
        sa.Column('context_tokens', sa.BigInteger(), nullable=True),
        sa.Column('size_bytes', sa.BigInteger(), nullable=True),
        sa.Column('parameter_size', sa.Text(), nullable=False),
        sa.Column('quantization', sa.Text(), nullable=False),
        sa.Column('is_loaded', sa.Boolean(), nullable=True),
        sa.Column('modalities', sa.JSON(), nullable=False),
        sa.Column('retires_on', sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(
            ['provider_id'], ['llm_providers.id'], name=op.f('fk_provider_models_provider_id'), ondelete='CASCADE'
        ),
        sa.PrimaryKeyConstraint('provider_id', 'name', name=op.f('pk_provider_models')),
    )
    op.execute(
        'INSERT INTO provider_models (provider_id, name, first_seen_at, last_seen_at, is_listed, parameter_size, '
        "quantization, modalities) SELECT id, listed, coalesce(validated_at, now()), coalesce(validated_at, now()), "
        "true, '', '', '[]' FROM llm_providers, json_array_elements_text(model_names) AS listed "
        'ON CONFLICT DO NOTHING'
    )


def _add_checks() -> None:
    op.create_table(
        'provider_checks',
        sa.Column('id', sa.BigInteger(), nullable=False),
        sa.Column('provider_id', sa.Uuid(), nullable=False),
        sa.Column('checked_at', _MOMENT, nullable=False),
        sa.Column('is_connected', sa.Boolean(), nullable=False),
        sa.Column('diagnosis', sa.Text(), nullable=False),
        sa.Column('latency_ms', sa.Float(), nullable=True),
        sa.ForeignKeyConstraint(
            ['provider_id'], ['llm_providers.id'], name=op.f('fk_provider_checks_provider_id'), ondelete='CASCADE'
        ),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_provider_checks')),
    )
    op.create_index(
        'ix_provider_checks_provider_id_checked_at', 'provider_checks', ['provider_id', sa.text('checked_at DESC')]
    )


def _add_slots() -> None:
    op.create_table(
        'provider_slots',
        sa.Column('id', sa.Uuid(), nullable=False),
        sa.Column('provider_id', sa.Uuid(), nullable=False),
        sa.Column('counted_from', _MOMENT, nullable=False),
        sa.Column('tokens', sa.BigInteger(), nullable=False),
        sa.Column('expires_at', _MOMENT, nullable=False),
        sa.Column('ended_at', _MOMENT, nullable=True),
        sa.CheckConstraint('tokens >= 0', name=op.f('ck_provider_slots_tokens')),
        sa.ForeignKeyConstraint(
            ['provider_id'], ['llm_providers.id'], name=op.f('fk_provider_slots_provider_id'), ondelete='CASCADE'
        ),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_provider_slots')),
    )
    op.create_index('ix_provider_slots_provider_id_counted_from', 'provider_slots', ['provider_id', 'counted_from'])


def downgrade() -> None:
    op.drop_index('ix_runs_provider_faults', 'runs')
    for table in ('provider_slots', 'provider_checks', 'provider_models'):
        op.drop_table(table)
    # What the older version knows: everything that speaks like OpenAI, and nothing else.
    op.execute("UPDATE llm_providers SET type = 'openai' WHERE type NOT IN ('builtin', 'ollama', 'openai')")
    for name in _CHECKS:
        op.drop_constraint(op.f(f'ck_llm_providers_{name}'), 'llm_providers', type_='check')
    op.drop_constraint(op.f('fk_llm_providers_secrets_fingerprint'), 'llm_providers', type_='foreignkey')
    for name in (*_TEXT_COLUMNS, *_JSON_COLUMNS, *_OTHER_COLUMNS):
        op.drop_column('llm_providers', name)
    op.create_check_constraint(
        op.f('ck_llm_providers_type'), 'llm_providers', "type IN ('builtin', 'ollama', 'openai')"
    )
