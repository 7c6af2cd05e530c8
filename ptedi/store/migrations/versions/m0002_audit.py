"""A hash chain over the events of each claim, and its seals.  The events that are there are linked up."""

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

Key = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
FIELDS = ("claim_id", "sequence", "event", "state_after", "actor", "at", "detail", "file_id", "segment_index",
          "byte_offset", "evidence_key")  # fmt: skip


def upgrade() -> None:
    for name in ("prev_hash", "hash"):
        op.add_column("claim_events", sa.Column(name, sa.String(length=64), nullable=False, server_default=""))
    _link_up()
    op.create_table("audit_seals",
        sa.Column("id", Key, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.String(length=64), nullable=False),
        sa.Column("claims", sa.Integer(), nullable=False),
        sa.Column("root", sa.String(length=64), nullable=False),
        sa.Column("prev_hash", sa.String(length=64), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_audit_seals"),
        sa.UniqueConstraint("hash", name="uq_audit_seals_hash"),
    )
    op.create_table("audit_heads",
        sa.Column("seal_id", Key, nullable=False),
        sa.Column("claim_id", Key, nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["seal_id"], ["audit_seals.id"], name="fk_audit_heads_seal_id"),
        sa.ForeignKeyConstraint(["claim_id"], ["claims.id"], name="fk_audit_heads_claim_id"),
        sa.PrimaryKeyConstraint("seal_id", "claim_id", name="pk_audit_heads"),
    )
    op.create_index("ix_audit_heads_claim_id", "audit_heads", ["claim_id"])


def downgrade() -> None:
    op.drop_table("audit_heads")
    op.drop_table("audit_seals")
    for name in ("hash", "prev_hash"):
        op.drop_column("claim_events", name)


def _link_up() -> None:
    conn = op.get_bind()
    events = sa.table("claim_events", sa.column("id"), sa.column("at", sa.DateTime(timezone=True)),
                      *(sa.column(name) for name in FIELDS if name != "at"))  # fmt: skip
    query = sa.select(events).order_by(events.c.claim_id, events.c.sequence)
    claim_id, last, links = None, "", []
    for row in conn.execute(query).mappings():
        previous = last if row["claim_id"] == claim_id else "0" * 64
        claim_id, last = row["claim_id"], _hash(previous, dict(row))
        links.append({"of": row["id"], "previous": previous, "own": last})
    if links:
        update = sa.text("update claim_events set prev_hash = :previous, hash = :own where id = :of")
        conn.execute(update, links)


def _hash(previous: str, row: Mapping[str, Any]) -> str:
    at = row["at"].replace(tzinfo=UTC) if row["at"].tzinfo is None else row["at"].astimezone(UTC)
    plain = {**row} | {"at": at.strftime("%Y-%m-%dT%H:%M:%S.%fZ")}
    text = json.dumps([previous, *(plain[name] for name in FIELDS)], ensure_ascii=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()
