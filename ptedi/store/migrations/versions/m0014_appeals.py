"""The clock of appeals: when each was sent, at which level, until when its answer is expected, how it ended."""

import datetime

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

Key = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_SENT = "SELECT id, claim_id, decided_at FROM reworks WHERE kind = 'appeal' AND state = 'done'"


def upgrade() -> None:
    """Appeals sent before have the clock of a payer of whom nothing is known."""
    table = op.create_table("appeals",
        sa.Column("rework_id", Key, autoincrement=False, nullable=False),
        sa.Column("claim_id", Key, nullable=False),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.Column("level_name", sa.String(length=40), nullable=False),
        sa.Column("sent_on", sa.Date(), nullable=False),
        sa.Column("due", sa.Date(), nullable=False),
        sa.Column("basis", sa.Text(), nullable=False),
        sa.Column("outcome", sa.String(length=20), nullable=False),
        sa.Column("answered_by", sa.String(length=12), nullable=False),
        sa.Column("answered_on", sa.Date(), nullable=True),
        sa.PrimaryKeyConstraint("rework_id", name="pk_appeals"),
        sa.ForeignKeyConstraint(["rework_id"], ["reworks.id"], name="fk_appeals_rework_id"),
        sa.ForeignKeyConstraint(["claim_id"], ["claims.id"], name="fk_appeals_claim_id"),
    )
    op.create_index("ix_appeals_claim_id", "appeals", ["claim_id"])
    op.create_index("ix_appeals_outcome_due", "appeals", ["outcome", "due"])
    days = sa.text(_SENT).columns(id=sa.BigInteger(), claim_id=sa.BigInteger(), decided_at=sa.DateTime(timezone=True))
    for one in op.get_bind().execute(days).all():
        day = one.decided_at.date()
        op.bulk_insert(table, [{
            "rework_id": one.id, "claim_id": one.claim_id, "level": 1, "level_name": "appeal", "sent_on": day,
            "due": day + datetime.timedelta(days=60), "basis": "answer time of this payer not known: 60 days",
            "outcome": "", "answered_by": "", "answered_on": None,
        }])  # fmt: skip


def downgrade() -> None:
    """The clocks are lost; the letters and what became of their claims stay."""
    op.drop_table("appeals")
