"""The people of the workbench, their sessions and kept views, forms sent once, and the log of who looked at what."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

Key = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
Time = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table("people",
        sa.Column("id", Key, nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("role", sa.String(length=16), nullable=False),
        sa.Column("source", sa.String(length=16), nullable=False),
        sa.Column("subject", sa.String(length=255), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("not_before", Time, nullable=True),
        sa.Column("locked_at", Time, nullable=True),
        sa.Column("seen_at", Time, nullable=True),
        sa.Column("created_at", Time, nullable=False),
        sa.Column("created_by", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_people"),
        sa.UniqueConstraint("name", name="uq_people_name"),
        sa.UniqueConstraint("source", "subject", name="uq_people_source_subject"),
    )
    op.create_table("sessions",
        sa.Column("key_hash", sa.String(length=64), nullable=False),
        sa.Column("person_id", Key, nullable=False),
        sa.Column("csrf", sa.String(length=64), nullable=False),
        sa.Column("flash", sa.Text(), nullable=False),
        sa.Column("created_at", Time, nullable=False),
        sa.Column("seen_at", Time, nullable=False),
        sa.PrimaryKeyConstraint("key_hash", name="pk_sessions"),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name="fk_sessions_person_id"),
    )
    op.create_index("ix_sessions_person_id", "sessions", ["person_id"])
    op.create_table("view_states",
        sa.Column("key", sa.String(length=43), nullable=False),
        sa.Column("person_id", Key, nullable=False),
        sa.Column("page", sa.String(length=32), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("at", Time, nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_view_states"),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name="fk_view_states_person_id"),
    )
    op.create_index("ix_view_states_person_id_at", "view_states", ["person_id", "at"])
    op.create_table("used_keys",
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("person_id", Key, nullable=False),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.Column("at", Time, nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_used_keys"),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name="fk_used_keys_person_id"),
    )
    op.create_table("access_log",
        sa.Column("id", Key, nullable=False),
        sa.Column("at", Time, nullable=False),
        sa.Column("person", sa.String(length=64), nullable=False),
        sa.Column("verb", sa.String(length=32), nullable=False),
        sa.Column("page", sa.String(length=64), nullable=False),
        sa.Column("object", sa.String(length=128), nullable=False),
        sa.Column("prev_hash", sa.String(length=64), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_access_log"),
        sa.UniqueConstraint("prev_hash", name="uq_access_log_prev_hash"),
    )
    op.create_index("ix_access_log_person_at", "access_log", ["person", "at"])


def downgrade() -> None:
    if op.get_bind().execute(sa.text("SELECT 1 FROM access_log LIMIT 1")).first():
        raise RuntimeError("the log of who looked at what would be lost; a practice must keep it")
    for name in ("access_log", "used_keys", "view_states", "sessions", "people"):
        op.drop_table(name)
