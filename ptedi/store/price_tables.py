"""Tables of expected payments: what each comparison came to, and up to where a claim's remittances were compared."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Date, DateTime, ForeignKey, Index, Integer, String, Table, Text

from ptedi.store.tables import Key, metadata

line_prices = Table(  # one line compared with its price; a new result replaces the row, which stays as history
    "line_prices", metadata,
    Column("id", Key, primary_key=True),
    Column("claim_id", ForeignKey("claims.id"), nullable=False),
    Column("line", Integer, nullable=False),
    Column("payer_id", String(64), nullable=False),
    Column("procedure", String(48), nullable=False),
    Column("units", Integer, nullable=False),
    Column("service_date", Date, nullable=False),
    Column("verdict", String(24), nullable=False),               # pricing.compare.Verdict
    Column("cause", String(24), nullable=False, default=""),     # pricing.ways.Cause, "" when nothing differs
    Column("contract", String(64), nullable=False, default=""),  # the contract's id, "" without one
    Column("version", String(16), nullable=False, default=""),   # of the contract's files
    Column("charge_cents", BigInteger, nullable=False),
    Column("allowed_cents", BigInteger, nullable=False),         # by the payer
    Column("paid_cents", BigInteger, nullable=False),
    Column("deductible_cents", BigInteger, nullable=False),      # as the payer states it
    Column("expected_allowed_cents", BigInteger),                # null: no price
    Column("expected_cents", BigInteger),
    Column("difference_cents", BigInteger, nullable=False),      # paid less expected: negative was underpaid
    Column("sentence", Text, nullable=False, default=""),
    Column("claim_payment_id", BigInteger),                      # the newest that decided the line
    Column("segment_index", Integer),                            # of its SVC there, of its CLP when told as a whole
    Column("byte_offset", BigInteger),
    Column("at", DateTime(timezone=True), nullable=False),
    Column("replaced_at", DateTime(timezone=True)),              # null: holds now
    Index(None, "claim_id"), Index(None, "verdict", "payer_id"),
)  # fmt: skip

price_marks = Table(  # the claim payments of a claim that its comparison knows
    "price_marks", metadata,
    Column("claim_id", ForeignKey("claims.id"), primary_key=True, autoincrement=False),
    Column("seen", Integer, nullable=False),                     # how many were posted
    Column("last", BigInteger, nullable=False),                  # the newest of them
    Column("at", DateTime(timezone=True), nullable=False),
)  # fmt: skip
