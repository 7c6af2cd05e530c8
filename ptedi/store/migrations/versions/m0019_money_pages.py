"""Indexes: how the pages of money find the days of the books and a check's own entries at once."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

_PAID = sa.text("sequence = 1 AND payment_id IS NOT NULL")


def upgrade() -> None:
    """Only indexes: no row changes."""
    op.create_index("ix_postings_payment", "postings", ["payment_id", "claim_payment_id"])
    op.create_index("ix_postings_days", "postings", ["effective_date"], sqlite_where=_PAID, postgresql_where=_PAID)
    op.create_index("ix_deposits_payment_id", "deposits", ["payment_id"])
    op.drop_index("ix_postings_payment_id", "postings")


def downgrade() -> None:
    """The indexes as they were."""
    op.create_index("ix_postings_payment_id", "postings", ["payment_id"])
    op.drop_index("ix_deposits_payment_id", "deposits")
    op.drop_index("ix_postings_days", "postings")
    op.drop_index("ix_postings_payment", "postings")
