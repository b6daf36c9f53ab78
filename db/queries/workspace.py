"""Facts about this workspace. Nothing here commits."""

from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Session, select

from db.tables import WorkspaceRow, utc_now


def claim_seeding(session: Session) -> bool:
    """Say whether this transaction is the one that seeds the examples; locked until it ends."""
    session.connection().execute(insert(WorkspaceRow).values(id=1).on_conflict_do_nothing())
    row = session.exec(select(WorkspaceRow).where(WorkspaceRow.id == 1).with_for_update(key_share=True)).one()
    if row.examples_seeded_at is not None:
        return False
    row.examples_seeded_at = utc_now()
    session.add(row)
    return True
