"""An index that holds all that a sum over the ledger needs, in the place of the one on accounts alone."""

from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_postings_account_claim_id_amount_cents", "postings", ["account", "claim_id", "amount_cents"])
    op.drop_index("ix_postings_account", table_name="postings")


def downgrade() -> None:
    op.create_index("ix_postings_account", "postings", ["account"])
    op.drop_index("ix_postings_account_claim_id_amount_cents", table_name="postings")
