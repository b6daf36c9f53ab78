"""The tables, as stored. Nothing outside `db` and the services sees these rows.

Schemas, inputs and results keep the order of their keys, which `jsonb` would lose: the text as written is the truth,
and for schemas a generated `jsonb` column stands beside it for queries.
"""

from db.tables.agents import AgentRow, AgentVersionRow, AssignmentRow
from db.tables.base import MAX_NAME_CHARACTERS, utc_now
from db.tables.comparisons import ComparisonColumnRow, ComparisonRow
from db.tables.providers import CryptoKeyRow, ProviderCheckRow, ProviderModelRow, ProviderRow, ProviderSlotRow
from db.tables.runs import AttemptRow, RunEventRow, RunRow
from db.tables.tasks import FixtureRow, TaskRow, TaskVersionRow
from db.tables.workspace import EventRow, IdempotencyRow, WorkspaceRow

__all__ = [
    "MAX_NAME_CHARACTERS",
    "AgentRow",
    "AgentVersionRow",
    "AssignmentRow",
    "AttemptRow",
    "ComparisonColumnRow",
    "ComparisonRow",
    "CryptoKeyRow",
    "EventRow",
    "FixtureRow",
    "IdempotencyRow",
    "ProviderCheckRow",
    "ProviderModelRow",
    "ProviderRow",
    "ProviderSlotRow",
    "RunEventRow",
    "RunRow",
    "TaskRow",
    "TaskVersionRow",
    "WorkspaceRow",
    "utc_now",
]
