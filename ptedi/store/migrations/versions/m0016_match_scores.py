"""How well a claim payment fits the claim that it was matched to, kept with the match."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

_TOLD = ("match_agrees", "match_differs")


def upgrade() -> None:
    """What was matched before has no score."""
    op.add_column("claim_payments", sa.Column("match_score", sa.Integer(), nullable=True))
    for name in _TOLD:
        op.add_column("claim_payments", sa.Column(name, sa.String(length=120), nullable=False, server_default=""))


def downgrade() -> None:
    """Loses the scores; the matches stay, and a score can be told again from the document and the claim."""
    for name in ("match_score", *_TOLD):
        op.drop_column("claim_payments", name)
