"""Indexes that hold all that reports read of claims, visits and claim payments, whose documents are wide."""

from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

_INDEXES = (
    ("ix_claims_read", "claims", ["id", "service_date", "payer_id", "visit_id"]),
    ("ix_visits_read", "visits",
     ["visit_id", "revision", "captured_at", "service_date", "clinic_id", "therapist_id"]),
    ("ix_claim_payments_read", "claim_payments",
     ["claim_id", "state", "id", "payment_id", "status_code", "charge_cents", "paid_cents"]),
)  # fmt: skip


def upgrade() -> None:
    """The one of claim payments begins with the claim, as the one it replaces."""
    for name, table, columns in _INDEXES:
        op.create_index(name, table, columns)
    op.drop_index("ix_claim_payments_claim_id", "claim_payments")


def downgrade() -> None:
    """Loses nothing."""
    op.create_index("ix_claim_payments_claim_id", "claim_payments", ["claim_id"])
    for name, table, _ in _INDEXES:
        op.drop_index(name, table)
