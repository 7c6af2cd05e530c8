"""Decisions of persons about money, closed days, the day in whose books a payment stands, corrected claim payments."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

Key = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.add_column("payments", sa.Column("book_date", sa.Date(), nullable=True))
    op.execute("update payments set book_date = payment_date")
    day = "date(posted_at)" if op.get_bind().dialect.name == "sqlite" else "(posted_at at time zone 'UTC')::date"
    op.execute(f"update payments set book_date = {day} where book_date is null")
    op.create_index("ix_payments_book_date", "payments", ["book_date"])
    op.add_column("claim_payments", sa.Column("replaces_id", Key, nullable=True))
    op.create_index("ix_postings_claim_payment_id", "postings", ["claim_payment_id"])
    op.create_table("decisions",
        sa.Column("id", Key, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.String(length=64), nullable=False),
        sa.Column("action", sa.String(length=16), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("payment_id", Key, nullable=True),
        sa.Column("claim_payment_id", Key, nullable=True),
        sa.Column("claim_id", Key, nullable=True),
        sa.Column("file_id", Key, nullable=True),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("prev_hash", sa.String(length=64), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_decisions"),
        sa.ForeignKeyConstraint(["payment_id"], ["payments.id"], name="fk_decisions_payment_id"),
        sa.ForeignKeyConstraint(["claim_payment_id"], ["claim_payments.id"], name="fk_decisions_claim_payment_id"),
        sa.ForeignKeyConstraint(["claim_id"], ["claims.id"], name="fk_decisions_claim_id"),
        sa.ForeignKeyConstraint(["file_id"], ["files.id"], name="fk_decisions_file_id"),
        sa.UniqueConstraint("hash", name="uq_decisions_hash"),
    )
    op.create_index("ix_decisions_payment_id", "decisions", ["payment_id"])
    op.create_index("ix_decisions_claim_payment_id", "decisions", ["claim_payment_id"])
    op.create_table("closings",
        sa.Column("id", Key, nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.String(length=64), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("content_sha256", sa.String(length=64), nullable=False),
        sa.Column("prev_hash", sa.String(length=64), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_closings"),
        sa.UniqueConstraint("day", name="uq_closings_day"),
        sa.UniqueConstraint("hash", name="uq_closings_hash"),
    )


def downgrade() -> None:
    op.drop_table("closings")
    op.drop_table("decisions")
    op.drop_index("ix_postings_claim_payment_id", "postings")
    op.drop_column("claim_payments", "replaces_id")
    op.drop_index("ix_payments_book_date", "payments")
    op.drop_column("payments", "book_date")
