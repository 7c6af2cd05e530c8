"""The newest event of each claim in a table of its own, so that asking for a state does not read every history."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

Key = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table("claim_states",
        sa.Column("claim_id", Key, nullable=False, autoincrement=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("state_after", sa.String(length=32), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("claim_id", name="pk_claim_states"),
        sa.ForeignKeyConstraint(["claim_id"], ["claims.id"], name="fk_claim_states_claim_id"),
    )
    op.execute(
        "insert into claim_states (claim_id, sequence, state_after, at, hash) "
        "select e.claim_id, e.sequence, e.state_after, e.at, e.hash from claim_events e "
        "join (select claim_id, max(sequence) as sequence from claim_events group by claim_id) top "
        "on top.claim_id = e.claim_id and top.sequence = e.sequence"
    )
    op.create_index("ix_claim_states_state_after", "claim_states", ["state_after"])
    op.add_column("batches", sa.Column("second_opinion_claims", sa.Integer(), nullable=True))


def downgrade() -> None:
    op.drop_column("batches", "second_opinion_claims")
    op.drop_table("claim_states")
