"""Which cells of a captured row are written with other letters on the claim: by column, beside the row's verdict."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Of rows read before, only the code of the finding is known."""
    op.add_column("charge_rows", sa.Column("letters", sa.String(length=255), nullable=False, server_default=""))


def downgrade() -> None:
    """Nothing is lost: the events of the claims say it too, and the files are in the archive as they came."""
    op.drop_column("charge_rows", "letters")
