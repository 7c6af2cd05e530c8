"""How far a claim is on its way to the patient's next payer; what was adjudicated before is looked at anew."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

Key = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table("coordinations",
        sa.Column("claim_id", Key, nullable=False),
        sa.Column("payer_id", sa.String(length=64), nullable=False),
        sa.Column("sequence", sa.String(length=1), nullable=False),
        sa.Column("step", sa.String(length=12), nullable=False),
        sa.Column("next_claim_id", Key, nullable=True),
        sa.Column("since", sa.Date(), nullable=True),
        sa.Column("basis", sa.String(length=255), nullable=False),
        sa.Column("seen", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("claim_id", name="pk_coordinations"),
        sa.ForeignKeyConstraint(["claim_id"], ["claims.id"], name="fk_coordinations_claim_id"),
        sa.ForeignKeyConstraint(["next_claim_id"], ["claims.id"], name="fk_coordinations_next_claim_id"),
        sa.UniqueConstraint("next_claim_id", name="uq_coordinations_next_claim_id"),
    )
    op.create_index("ix_coordinations_step", "coordinations", ["step"])


def downgrade() -> None:
    """Only where no claim went to a second payer: the older version would count it as billed once more.

    Raises:
        RuntimeError: there is such a claim.
    """
    if op.get_bind().execute(sa.text("SELECT count(*) FROM coordinations WHERE next_claim_id IS NOT NULL")).scalar():
        raise RuntimeError("claims to later payers cannot be kept by the older version")
    op.drop_table("coordinations")
