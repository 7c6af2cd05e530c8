"""What persons make of refused claims: corrected claims, letters, patient bills, write-offs."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

Key = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table("reworks",
        sa.Column("id", Key, primary_key=True),
        sa.Column("key", sa.String(length=128), nullable=False),
        sa.Column("claim_id", Key, nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("basis", sa.Integer(), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("changes", sa.Text(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("stake_cents", sa.BigInteger(), nullable=False),
        sa.Column("paid_cents", sa.BigInteger(), nullable=False),
        sa.Column("released_id", Key, nullable=True),
        sa.Column("file_name", sa.String(length=128), nullable=False),
        sa.Column("file_sha256", sa.String(length=64), nullable=False),
        sa.Column("made_by", sa.String(length=64), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_by", sa.String(length=64), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["claim_id"], ["claims.id"], name="fk_reworks_claim_id"),
        sa.ForeignKeyConstraint(["released_id"], ["claims.id"], name="fk_reworks_released_id"),
        sa.UniqueConstraint("key", name="uq_reworks_key"),
        sa.UniqueConstraint("released_id", name="uq_reworks_released_id"),
    )
    op.create_index("ix_reworks_claim_id", "reworks", ["claim_id"])
    op.create_index("ix_reworks_state_kind", "reworks", ["state", "kind"])


def downgrade() -> None:
    """Only where nothing was decided: the older version would not know what its claims and postings stand for.

    Raises:
        RuntimeError: something was.
    """
    if op.get_bind().execute(sa.text("SELECT count(*) FROM reworks WHERE state <> 'open'")).scalar():
        raise RuntimeError("decided rework cannot be kept by the older version")
    op.drop_table("reworks")
