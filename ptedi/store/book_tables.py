"""Tables of the bank and of the books: what the bank says, what persons decided about money, the days they closed."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Column,
    Date,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from ptedi.store.tables import Key, metadata

deposits = Table(  # what the bank says
    "deposits", metadata,
    Column("id", Key, primary_key=True),
    Column("file_id", ForeignKey("files.id"), nullable=False),
    Column("row", Integer, nullable=False),
    Column("trace_number", String(64), nullable=False),
    Column("originator", String(32), nullable=False),
    Column("deposit_date", Date, nullable=False),
    Column("amount_cents", BigInteger, nullable=False),
    Column("payment_id", ForeignKey("payments.id")),             # the 835 it pays for
    UniqueConstraint("file_id", "row"), Index(None, "trace_number"), Index(None, "payment_id"),
)  # fmt: skip

deposit_parts = Table(  # what of a deposit a person tied to which check; of these deposits payment_id is null
    "deposit_parts", metadata,
    Column("id", Key, primary_key=True),
    Column("deposit_id", ForeignKey("deposits.id"), nullable=False),
    Column("payment_id", ForeignKey("payments.id"), nullable=False),
    Column("cents", BigInteger, nullable=False),
    UniqueConstraint("deposit_id", "payment_id"), Index(None, "payment_id"),
)  # fmt: skip

deposits_apart = Table(  # pairs that a person untied: only a person ties them again
    "deposits_apart", metadata,
    Column("deposit_id", ForeignKey("deposits.id"), primary_key=True),
    Column("payment_id", ForeignKey("payments.id"), primary_key=True),
)  # fmt: skip

decisions = Table(  # what persons decided about money, append-only: each row carries the hash of the one before
    "decisions", metadata,
    Column("id", Key, primary_key=True),
    Column("at", DateTime(timezone=True), nullable=False),
    Column("actor", String(64), nullable=False),
    Column("action", String(16), nullable=False),                # release, match, park, unpost, repost, enter, close
    Column("reason", Text, nullable=False),                      # the person's words
    Column("payment_id", ForeignKey("payments.id")),
    Column("claim_payment_id", ForeignKey("claim_payments.id")),
    Column("claim_id", ForeignKey("claims.id")),
    Column("file_id", ForeignKey("files.id")),
    Column("detail", Text, nullable=False, default=""),          # what it did, in figures
    Column("prev_hash", String(64), nullable=False),
    Column("hash", String(64), nullable=False, unique=True),
    Index(None, "payment_id"), Index(None, "claim_payment_id"),
)  # fmt: skip

closings = Table(  # a day's equation as it was when somebody closed it
    "closings", metadata,
    Column("id", Key, primary_key=True),
    Column("day", Date, nullable=False, unique=True),
    Column("at", DateTime(timezone=True), nullable=False),
    Column("actor", String(64), nullable=False),
    Column("document", Text, nullable=False),                    # steps.close: figures with their rows, as JSON
    Column("content_sha256", String(64), nullable=False),        # of the document
    Column("prev_hash", String(64), nullable=False),
    Column("hash", String(64), nullable=False, unique=True),
)  # fmt: skip
