"""Drafted answers to visits that changed after they were billed."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

Key = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table("claim_drafts",
        sa.Column("id", Key, nullable=False),
        sa.Column("visit_row_id", Key, nullable=False),
        sa.Column("visit_id", sa.String(length=64), nullable=False),
        sa.Column("claim_id", Key, nullable=False),
        sa.Column("action", sa.String(length=48), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("changes", sa.Text(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("released_id", Key, nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_claim_drafts"),
        sa.ForeignKeyConstraint(["visit_row_id"], ["visits.id"], name="fk_claim_drafts_visit_row_id"),
        sa.ForeignKeyConstraint(["claim_id"], ["claims.id"], name="fk_claim_drafts_claim_id"),
        sa.ForeignKeyConstraint(["released_id"], ["claims.id"], name="fk_claim_drafts_released_id"),
        sa.UniqueConstraint("visit_row_id", name="uq_claim_drafts_visit_row_id"),
    )
    op.create_index("ix_claim_drafts_visit_id", "claim_drafts", ["visit_id"])


def downgrade() -> None:
    op.drop_table("claim_drafts")
