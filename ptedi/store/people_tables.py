"""The tables about the people of the workbench: who they are, who is signed in, what they looked at."""

from __future__ import annotations

from sqlalchemy import Column, DateTime, ForeignKey, Index, Integer, String, Table, Text, UniqueConstraint

from ptedi.store.tables import Key, metadata

people = Table(  # who may sign in; nobody is ever deleted, because the books name them
    "people", metadata,
    Column("id", Key, primary_key=True),
    Column("name", String(64), nullable=False),                  # lower case; the actor of events and deeds
    Column("role", String(16), nullable=False),                  # viewer, biller, approver, administrator
    Column("source", String(16), nullable=False),                # local, oidc, airflow: who says who they are
    Column("subject", String(255), nullable=False),              # their name there; their own name when local
    Column("password_hash", Text, nullable=False, default=""),   # argon2id; "" where another one asks for it
    Column("failures", Integer, nullable=False, default=0),      # wrong passwords in a row
    Column("not_before", DateTime(timezone=True)),               # no attempt counts before
    Column("locked_at", DateTime(timezone=True)),
    Column("seen_at", DateTime(timezone=True)),                  # last sign-in
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("created_by", String(64), nullable=False),
    UniqueConstraint("name"), UniqueConstraint("source", "subject"),
)  # fmt: skip

sessions = Table(  # who is signed in; the key itself stands only in the browser's cookie
    "sessions", metadata,
    Column("key_hash", String(64), primary_key=True),            # sha256 of the key
    Column("person_id", ForeignKey("people.id"), nullable=False),
    Column("csrf", String(64), nullable=False),
    Column("flash", Text, nullable=False, default=""),           # sentences for the next page, JSON
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("seen_at", DateTime(timezone=True), nullable=False),
    Index(None, "person_id"),
)  # fmt: skip

view_states = Table(  # filters of a list, kept here because they name patients, and an address must not
    "view_states", metadata,
    Column("key", String(43), primary_key=True),
    Column("person_id", ForeignKey("people.id"), nullable=False),
    Column("page", String(32), nullable=False),
    Column("document", Text, nullable=False),                    # JSON
    Column("at", DateTime(timezone=True), nullable=False),
    Index(None, "person_id", "at"),
)  # fmt: skip

used_keys = Table(  # forms that were sent: a second sending gets the first one's answer
    "used_keys", metadata,
    Column("key", String(64), primary_key=True),
    Column("person_id", ForeignKey("people.id"), nullable=False),
    Column("answer", Text),                                      # NULL while the first one runs
    Column("at", DateTime(timezone=True), nullable=False),
)  # fmt: skip

access_log = Table(  # append-only, one chain: who looked at or did what with patient data in the workbench
    "access_log", metadata,
    Column("id", Key, primary_key=True),
    Column("at", DateTime(timezone=True), nullable=False),
    Column("person", String(64), nullable=False),
    Column("verb", String(32), nullable=False),
    Column("page", String(64), nullable=False),                  # the route's name
    Column("object", String(128), nullable=False, default=""),   # ids only
    Column("prev_hash", String(64), nullable=False),
    Column("hash", String(64), nullable=False),
    UniqueConstraint("prev_hash"),                               # two cannot follow one
    Index(None, "person", "at"),
)  # fmt: skip
