"""The visits of a claim: one until now, several where a payer takes a claim for a span of days."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

Key = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table("claim_visits",
        sa.Column("claim_id", Key, nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("visit_row_id", Key, nullable=False),
        sa.Column("visit_id", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("claim_id", "place", name="pk_claim_visits"),
        sa.ForeignKeyConstraint(["claim_id"], ["claims.id"], name="fk_claim_visits_claim_id"),
        sa.ForeignKeyConstraint(["visit_row_id"], ["visits.id"], name="fk_claim_visits_visit_row_id"),
        sa.UniqueConstraint("claim_id", "visit_id", name="uq_claim_visits_claim_id_visit_id"),
    )
    op.create_index("ix_claim_visits_visit_id", "claim_visits", ["visit_id"])
    op.execute("INSERT INTO claim_visits (claim_id, place, visit_row_id, visit_id) "
               "SELECT id, 1, visit_row_id, visit_id FROM claims")


def downgrade() -> None:
    """Only where each claim has one visit: the older tables cannot say more.

    Raises:
        RuntimeError: a claim stands on several visits.
    """
    if op.get_bind().execute(sa.text("SELECT count(*) FROM claim_visits WHERE place > 1")).scalar():
        raise RuntimeError("claims of several visits cannot be kept by the older version")
    op.drop_table("claim_visits")
