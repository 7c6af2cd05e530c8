"""Which line of a claim a person says a line of a claim payment is."""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """No row changes."""
    op.add_column("claim_payments", sa.Column("assigned_lines", sa.Text()))


def downgrade() -> None:
    """Loses which line a person gave to which; the ledger keeps it."""
    op.drop_column("claim_payments", "assigned_lines")
