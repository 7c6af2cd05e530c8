"""The tables about the worklist beside the items themselves: what was done with each item, and saved views."""

from __future__ import annotations

from sqlalchemy import Column, DateTime, ForeignKey, Index, String, Table, Text

from ptedi.store.tables import Key, metadata

work_events = Table(  # append-only: what persons and steps did with an item
    "work_events", metadata,
    Column("id", Key, primary_key=True),
    Column("item_id", ForeignKey("work_items.id"), nullable=False),
    Column("at", DateTime(timezone=True), nullable=False),
    Column("actor", String(64), nullable=False),
    Column("action", String(16), nullable=False),                # store.work.Deed
    Column("detail", Text, nullable=False, default=""),
    Index(None, "item_id"),
)  # fmt: skip

work_views = Table(  # named filters of the worklist
    "work_views", metadata,
    Column("name", String(64), primary_key=True),
    Column("document", Text, nullable=False),                    # store.worklist.WantedWork as JSON
    Column("saved_by", String(64), nullable=False),
    Column("at", DateTime(timezone=True), nullable=False),
)  # fmt: skip
