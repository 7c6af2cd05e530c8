"""Series of control numbers that a person lets begin, or go on, at another number: which, and by which decision."""

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None

Key = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """No row changes: every series that is there began at 1."""
    op.create_table("series_starts",
        sa.Column("id", Key, nullable=False),
        sa.Column("partner_id", sa.String(64), nullable=False),
        sa.Column("environment", sa.String(1), nullable=False),
        sa.Column("name", sa.String(16), nullable=False),
        sa.Column("after", sa.BigInteger(), nullable=False),
        sa.Column("value", sa.BigInteger(), nullable=False),
        sa.Column("decision_id", Key, nullable=False),
        sa.ForeignKeyConstraint(["decision_id"], ["decisions.id"], name="fk_series_starts_decision_id"),
        sa.PrimaryKeyConstraint("id", name="pk_series_starts"),
    )


def downgrade() -> None:
    """Only where every series began at 1: the older version would call the numbers left out a gap.

    Raises:
        RuntimeError: one did not.
    """
    if op.get_bind().execute(sa.text("SELECT count(*) FROM series_starts")).scalar():
        raise RuntimeError("where a series of control numbers began cannot be kept by the older version")
    op.drop_table("series_starts")
