"""The worklist: chance, fault and evidence of an item, snoozing, its history, saved views."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

Key = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_CHANCES = {"denial": 50, "rejection": 90, "held": 95, "charge": 95, "reversal": 50, "parked": 0, "rules": 0,
            "draft": 90, "coordination": 80, "stale": 60}  # fmt: skip


def upgrade() -> None:
    texts = {"fault": 16, "confidence": 8, "reworkable": 12, "edits": 64}
    op.add_column("work_items", sa.Column("chance", sa.Integer(), nullable=False, server_default="100"))
    for name, width in texts.items():
        op.add_column("work_items", sa.Column(name, sa.String(length=width), nullable=False, server_default=""))
    op.add_column("work_items", sa.Column("cited", sa.Text(), nullable=False, server_default=""))
    op.add_column("work_items", sa.Column("snoozed_until", sa.Date(), nullable=True))
    for kind, chance in _CHANCES.items():
        op.execute(f"UPDATE work_items SET chance = {chance} WHERE kind = '{kind}'")
    op.create_table("work_events",
        sa.Column("id", Key, nullable=False),
        sa.Column("item_id", Key, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.String(length=64), nullable=False),
        sa.Column("action", sa.String(length=16), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_work_events"),
        sa.ForeignKeyConstraint(["item_id"], ["work_items.id"], name="fk_work_events_item_id"),
    )
    op.create_index("ix_work_events_item_id", "work_events", ["item_id"])
    op.create_table("work_views",
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("saved_by", sa.String(length=64), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_work_views"),
    )


def downgrade() -> None:
    """The history of the items and the views are lost; the items stay."""
    op.drop_table("work_views")
    op.drop_table("work_events")
    for name in ("snoozed_until", "cited", "edits", "reworkable", "confidence", "fault", "chance"):
        op.drop_column("work_items", name)
