"""The tables of control numbers."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, DateTime, ForeignKey, String, Table

from ptedi.store.tables import Key, metadata

series = Table(  # the next number of each control-number series
    "series", metadata,
    Column("partner_id", String(64), primary_key=True),
    Column("environment", String(1), primary_key=True),          # T | P
    Column("name", String(16), primary_key=True),                # ISA13, GS06, ST02, BHT03, CLM01
    Column("last_value", BigInteger, nullable=False),
)  # fmt: skip

series_log = Table(  # the audit: every number ever given out and to what, in the transaction that used it
    "series_log", metadata,
    Column("partner_id", String(64), primary_key=True),
    Column("environment", String(1), primary_key=True),
    Column("name", String(16), primary_key=True),
    Column("value", BigInteger, primary_key=True),
    Column("used_for", String(64), nullable=False),
    Column("at", DateTime(timezone=True), nullable=False),
)  # fmt: skip

series_starts = Table(  # where a person let one begin: `value` comes after `after`; the newest for it holds
    "series_starts", metadata,
    Column("id", Key, primary_key=True),
    Column("partner_id", String(64), nullable=False),
    Column("environment", String(1), nullable=False),
    Column("name", String(16), nullable=False),
    Column("after", BigInteger, nullable=False),                 # the last number given out before, 0 when none was
    Column("value", BigInteger, nullable=False),
    Column("decision_id", ForeignKey("decisions.id"), nullable=False),  # who, when and why
)  # fmt: skip
