"""Running sums of the ledger beside it, and indexes that hold all that sums over claims and claim payments need."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

Key = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_INDEXES = (("ix_claims_service_date_charge_cents_id", "claims", ["service_date", "charge_cents", "id"]),
            ("ix_claim_payments_paid_cents_state", "claim_payments", ["paid_cents", "state"]),
            ("ix_payments_trace_number", "payments", ["trace_number"]),
            ("ix_deposits_trace_number", "deposits", ["trace_number"]))  # fmt: skip


def upgrade() -> None:
    """The sums begin with what the ledger holds."""
    op.create_table("ledger_sums",
        sa.Column("id", Key, nullable=False),
        sa.Column("account", sa.String(length=48), nullable=False),
        sa.Column("on_claims", sa.Integer(), nullable=False),
        sa.Column("cents", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_ledger_sums"),
    )
    on_claims = "CASE WHEN claim_id IS NULL THEN 0 ELSE 1 END"
    op.execute(f"INSERT INTO ledger_sums (account, on_claims, cents) SELECT account, {on_claims}, SUM(amount_cents) "
               f"FROM postings GROUP BY account, {on_claims} ORDER BY account, {on_claims}")
    for name, table, columns in _INDEXES:
        op.create_index(name, table, columns)
    op.drop_index("ix_claims_service_date", "claims")


def downgrade() -> None:
    """Loses nothing: the ledger holds what the sums say."""
    op.create_index("ix_claims_service_date", "claims", ["service_date"])
    for name, table, _ in _INDEXES:
        op.drop_index(name, table)
    op.drop_table("ledger_sums")
