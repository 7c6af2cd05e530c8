"""Deposits that a person ties to several checks, or several to one: which part of which belongs to which."""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

Key = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """No row changes: what was found by trace stays in `deposits.payment_id`."""
    op.create_table("deposit_parts",
        sa.Column("id", Key, nullable=False),
        sa.Column("deposit_id", Key, nullable=False),
        sa.Column("payment_id", Key, nullable=False),
        sa.Column("cents", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["deposit_id"], ["deposits.id"], name="fk_deposit_parts_deposit_id"),
        sa.ForeignKeyConstraint(["payment_id"], ["payments.id"], name="fk_deposit_parts_payment_id"),
        sa.PrimaryKeyConstraint("id", name="pk_deposit_parts"),
        sa.UniqueConstraint("deposit_id", "payment_id", name="uq_deposit_parts_deposit_id_payment_id"),
    )
    op.create_index("ix_deposit_parts_payment_id", "deposit_parts", ["payment_id"])


def downgrade() -> None:
    """Loses the ties by hand: their deposits wait again, the decisions say which they were."""
    op.drop_table("deposit_parts")
