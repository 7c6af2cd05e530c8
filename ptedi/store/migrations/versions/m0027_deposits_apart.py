"""Deposits and remittances that a person untied: the night does not tie such a pair by itself again."""

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None

Key = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """No row changes: what was untied before and fits was tied again by the next night."""
    op.create_table("deposits_apart",
        sa.Column("deposit_id", Key, nullable=False),
        sa.Column("payment_id", Key, nullable=False),
        sa.ForeignKeyConstraint(["deposit_id"], ["deposits.id"], name="fk_deposits_apart_deposit_id"),
        sa.ForeignKeyConstraint(["payment_id"], ["payments.id"], name="fk_deposits_apart_payment_id"),
        sa.PrimaryKeyConstraint("deposit_id", "payment_id", name="pk_deposits_apart"),
    )


def downgrade() -> None:
    """What a person untied is tied again where trace and amount fit, as the older version did."""
    op.drop_table("deposits_apart")
