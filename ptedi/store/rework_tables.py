"""The tables of what persons make of refused claims: corrected claims, letters, patient bills, write-offs, appeals."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Date, DateTime, ForeignKey, Index, Integer, String, Table, Text

from ptedi.store.tables import Key, metadata

reworks = Table(  # one action on one claim, from its draft to its end; who did what is in decisions and claim_events
    "reworks", metadata,
    Column("id", Key, primary_key=True),
    Column("key", String(128), nullable=False, unique=True),     # the same draft of the same claim is made once
    Column("claim_id", ForeignKey("claims.id"), nullable=False),
    Column("kind", String(16), nullable=False),                  # store.reworks.ReworkKind
    Column("state", String(12), nullable=False),                 # store.reworks.ReworkState
    Column("basis", Integer, nullable=False),                    # the claim's last event when it was drafted
    Column("message", Text, nullable=False),                     # what it does, in words
    Column("changes", Text, nullable=False),                     # submitted against draft: a JSON list of sentences
    Column("document", Text, nullable=False),                    # claims.model.CodedClaim without its number, or ""
    Column("reason", Text, nullable=False),
    Column("stake_cents", BigInteger, nullable=False),           # what it is about
    Column("paid_cents", BigInteger, nullable=False),            # what was paid on the claim when it was drafted
    Column("released_id", ForeignKey("claims.id"), unique=True), # the claim that a draft became
    Column("file_name", String(128), nullable=False),            # below the workspace, "" without one
    Column("file_sha256", String(64), nullable=False),
    Column("made_by", String(64), nullable=False),
    Column("made_at", DateTime(timezone=True), nullable=False),
    Column("decided_by", String(64), nullable=False),
    Column("decided_at", DateTime(timezone=True)),
    Index(None, "claim_id"), Index(None, "state", "kind"),
)  # fmt: skip

appeals = Table(  # an appeal that was sent, until its answer
    "appeals", metadata,
    Column("rework_id", ForeignKey("reworks.id"), primary_key=True, autoincrement=False),   # the letter
    Column("claim_id", ForeignKey("claims.id"), nullable=False),
    Column("level", Integer, nullable=False),                    # 1 is the first that the payer offers
    Column("level_name", String(40), nullable=False),
    Column("sent_on", Date, nullable=False),
    Column("due", Date, nullable=False),                         # an answer is expected until then
    Column("basis", Text, nullable=False),                       # from what that follows, with its source
    Column("outcome", String(20), nullable=False),               # store.appeals.Outcome, "" while it is waited for
    Column("answered_by", String(12), nullable=False),           # remittance, letter, person
    Column("answered_on", Date),
    Index(None, "claim_id"), Index(None, "outcome", "due"),
)  # fmt: skip
