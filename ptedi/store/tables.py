"""Every table of the store, in one place.  Amounts are integer cents; times are UTC; history is never updated.

SQLite by default, PostgreSQL alike: no dialect types here.  JSON documents hold domain objects
(`msgspec`), because they are read whole and never searched; what is searched or summed has a column of its own.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Column,
    Date,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)  # fmt: skip

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)
Key = BigInteger().with_variant(Integer, "sqlite")  # SQLite counts only INTEGER primary keys up by itself

files = Table(  # every file that came in or went out, once by content; the bytes are in the archive folder
    "files", metadata,
    Column("id", Key, primary_key=True),
    Column("sha256", String(64), nullable=False),
    Column("direction", String(3), nullable=False),              # in | out
    Column("kind", String(16), nullable=False),                  # charges, 837P, TA1, 999, 277CA, 835, bank, mixed ...
    Column("original_name", String(255), nullable=False),        # sanitised, for people
    Column("stored_name", String(128), nullable=False),          # relative to the workspace
    Column("size", BigInteger, nullable=False),
    Column("received_at", DateTime(timezone=True), nullable=False),
    Column("state", String(16), nullable=False),                 # received, processed, parked, quarantined
    Column("reason", Text, nullable=False, default=""),
    UniqueConstraint("sha256", "direction"), Index(None, "state", "kind"),
)  # fmt: skip

visits = Table(  # what was captured; a changed visit is a new revision, the old row stays
    "visits", metadata,
    Column("id", Key, primary_key=True),
    Column("visit_id", String(64), nullable=False),
    Column("revision", Integer, nullable=False),
    Column("content_sha256", String(64), nullable=False),        # of the visit without its sources
    Column("service_date", Date, nullable=False),
    Column("patient_id", String(64), nullable=False),
    Column("file_id", ForeignKey("files.id"), nullable=False),
    Column("document", Text, nullable=False),                    # claims.model.Visit as JSON
    Column("captured_at", DateTime(timezone=True), nullable=False),
    *(Column(name, String(64), nullable=False, server_default="")   # of the document, for those who filter and sum
      for name in ("clinic_id", "therapist_id", "payer_id")),
    *(Column(name, Integer, nullable=False, server_default="0") for name in ("minutes", "charge_count")),
    UniqueConstraint("visit_id", "revision"), Index(None, "service_date"),
    Index("ix_visits_read", "visit_id", "revision", "captured_at", "service_date", "clinic_id", "therapist_id"),
)  # fmt: skip

charge_rows = Table(  # the verdict on each captured row
    "charge_rows", metadata,
    Column("id", Key, primary_key=True),
    Column("file_id", ForeignKey("files.id"), nullable=False),
    Column("row", Integer, nullable=False),
    Column("row_sha256", String(64), nullable=False),
    Column("visit_id", String(64), nullable=False, default=""),
    Column("verdict", String(16), nullable=False),               # accepted, rejected, repeated, changed
    Column("codes", String(255), nullable=False, default=""),    # finding codes, blank-separated
    Column("letters", String(255), nullable=False, server_default="", default=""),  # columns sent in other letters
    Column("charge_cents", BigInteger),
    UniqueConstraint("file_id", "row"),
)  # fmt: skip

claims = Table(
    "claims", metadata,
    Column("id", Key, primary_key=True),
    Column("patient_control_number", String(20), nullable=False, unique=True),
    Column("fingerprint", String(64), nullable=False, unique=True),   # visit revision + payer + sequence
    Column("visit_row_id", ForeignKey("visits.id"), nullable=False),
    Column("visit_id", String(64), nullable=False),              # the first of claim_visits
    Column("patient_id", String(64), nullable=False),
    Column("service_date", Date, nullable=False),                # the first of its lines
    Column("payer_id", String(64), nullable=False),
    Column("partner_id", String(64), nullable=False),
    Column("charge_cents", BigInteger, nullable=False),
    Column("document", Text, nullable=False),                    # claims.model.CodedClaim as JSON
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("clinic_id", String(64), nullable=False, server_default=""),  # of its first visit
    Index(None, "service_date", "charge_cents", "id"), Index(None, "patient_id", "service_date"),
    Index(None, "visit_id"), Index(None, "clinic_id", "service_date"),
    Index("ix_claims_read", "id", "service_date", "payer_id", "visit_id"),  # reports read no document
)  # fmt: skip

claim_visits = Table(  # the visits a claim stands on, in the order of their days; claims.visit_row_id is the first
    "claim_visits", metadata,
    Column("claim_id", ForeignKey("claims.id"), primary_key=True),
    Column("place", Integer, primary_key=True),
    Column("visit_row_id", ForeignKey("visits.id"), nullable=False),   # the revision
    Column("visit_id", String(64), nullable=False),
    UniqueConstraint("claim_id", "visit_id"), Index(None, "visit_id"),
)  # fmt: skip

claim_events = Table(  # append-only; the state of a claim is state_after of its newest event
    "claim_events", metadata,
    Column("id", Key, primary_key=True),
    Column("claim_id", ForeignKey("claims.id"), nullable=False),
    Column("sequence", Integer, nullable=False),
    Column("event", String(48), nullable=False),
    Column("state_after", String(32), nullable=False),
    Column("actor", String(64), nullable=False),
    Column("at", DateTime(timezone=True), nullable=False),
    Column("detail", Text, nullable=False, default=""),          # one sentence, no patient data
    Column("file_id", ForeignKey("files.id")),
    Column("segment_index", Integer),
    Column("byte_offset", BigInteger),
    Column("evidence_key", String(128), nullable=False),         # makes the same evidence count once
    Column("prev_hash", String(64), nullable=False, server_default=""),  # of the claim's event before: store.chain
    Column("hash", String(64), nullable=False, server_default=""),       # of this event and prev_hash
    UniqueConstraint("claim_id", "sequence"), UniqueConstraint("claim_id", "evidence_key"),
)  # fmt: skip

claim_states = Table(  # the newest event of each claim: derived, kept with the event, can be made anew (store.events)
    "claim_states", metadata,
    Column("claim_id", ForeignKey("claims.id"), primary_key=True, autoincrement=False),
    Column("sequence", Integer, nullable=False),
    Column("state_after", String(32), nullable=False),
    Column("at", DateTime(timezone=True), nullable=False),
    Column("hash", String(64), nullable=False),
    Index(None, "state_after"),
)  # fmt: skip

audit_seals = Table(  # checkpoints of the chains: what was sealed can no longer be cut off at its end unseen
    "audit_seals", metadata,
    Column("id", Key, primary_key=True),
    Column("at", DateTime(timezone=True), nullable=False),
    Column("actor", String(64), nullable=False),
    Column("claims", Integer, nullable=False),                   # heads sealed here: claims that moved since the last
    Column("root", String(64), nullable=False),                  # Merkle root of those heads
    Column("prev_hash", String(64), nullable=False),             # hash of the seal before
    Column("hash", String(64), nullable=False, unique=True),
)  # fmt: skip

audit_heads = Table(  # the newest event of each claim that moved, as a seal found it
    "audit_heads", metadata,
    Column("seal_id", ForeignKey("audit_seals.id"), primary_key=True),
    Column("claim_id", ForeignKey("claims.id"), primary_key=True),
    Column("sequence", Integer, nullable=False),
    Column("hash", String(64), nullable=False),
    Index(None, "claim_id"),
)  # fmt: skip

claim_references = Table(  # what others call a claim: the payer's number (277CA REF*1K), the clearinghouse's (REF*D9)
    "claim_references", metadata,
    Column("id", Key, primary_key=True),
    Column("claim_id", ForeignKey("claims.id"), nullable=False),
    Column("kind", String(16), nullable=False),                  # payer, clearinghouse
    Column("value", String(50), nullable=False),
    Column("file_id", ForeignKey("files.id")),
    UniqueConstraint("claim_id", "kind", "value"), Index(None, "value"),
)  # fmt: skip

claim_drafts = Table(  # what to send about a visit that changed after billing, until a person decides
    "claim_drafts", metadata,
    Column("id", Key, primary_key=True),
    Column("visit_row_id", ForeignKey("visits.id"), nullable=False),   # the revision it stands on
    Column("visit_id", String(64), nullable=False),
    Column("claim_id", ForeignKey("claims.id"), nullable=False),       # the claim as it was billed
    Column("action", String(48), nullable=False),                # claims.changes.Action
    Column("message", Text, nullable=False),
    Column("changes", Text, nullable=False),                     # the line diff: a JSON list of sentences
    Column("document", Text, nullable=False),                    # claims.model.CodedClaim without its number, or ""
    Column("state", String(12), nullable=False),                 # open, released, withdrawn
    Column("released_id", ForeignKey("claims.id")),              # the claim it became
    Column("made_at", DateTime(timezone=True), nullable=False),
    Column("closed_at", DateTime(timezone=True)),
    UniqueConstraint("visit_row_id"), Index(None, "visit_id"),
)  # fmt: skip

coordinations = Table(  # how far an adjudicated claim is on its way to the patient's next payer
    "coordinations", metadata,
    Column("claim_id", ForeignKey("claims.id"), primary_key=True),
    Column("payer_id", String(64), nullable=False, default=""),  # the next payer, "" when we know none
    Column("sequence", String(1), nullable=False, default=""),   # S or T
    Column("step", String(12), nullable=False),                  # store.coordination.Step
    Column("next_claim_id", ForeignKey("claims.id"), unique=True),     # the claim to the next payer
    Column("since", Date),                                       # of the remittance that forwarded it
    Column("basis", String(255), nullable=False, default=""),    # the claim payments the next claim was made of
    Column("seen", Integer, nullable=False, default=0),          # the claim's event up to which it was looked at
    Column("at", DateTime(timezone=True), nullable=False),
    Index(None, "step"),
)  # fmt: skip

claim_findings = Table(  # what the scrubber said of a claim, as of its last scrub
    "claim_findings", metadata,
    Column("id", Key, primary_key=True),
    Column("claim_id", ForeignKey("claims.id"), nullable=False),
    Column("code", String(8), nullable=False),
    Column("severity", String(8), nullable=False),
    Column("document", Text, nullable=False),                    # findings.Finding as JSON
    Index(None, "claim_id"),
)  # fmt: skip

batches = Table(  # one built 837P file and what became of it (the outbox)
    "batches", metadata,
    Column("id", Key, primary_key=True),
    Column("partner_id", String(64), nullable=False),
    Column("environment", String(1), nullable=False),
    Column("service_date", Date),
    Column("interchange_control_number", BigInteger, nullable=False),
    Column("group_control_number", BigInteger, nullable=False),
    Column("batch_reference", String(30), nullable=False),       # BHT03
    Column("file_id", ForeignKey("files.id"), nullable=False),
    Column("file_name", String(255), nullable=False),            # the name at the partner
    Column("claim_count", Integer, nullable=False),
    Column("charge_cents", BigInteger, nullable=False),
    Column("state", String(16), nullable=False),                 # built, sending, sent, unknown, confirmed, failed
    Column("reason", Text, nullable=False, default=""),
    Column("document", Text, nullable=False),                    # submissions.batch.Envelope as JSON, to rebuild by
    Column("built_at", DateTime(timezone=True), nullable=False),
    Column("sent_at", DateTime(timezone=True)),
    Column("second_opinion_claims", Integer),                    # how many claims pyx12 judged; null: not counted, all
    UniqueConstraint("partner_id", "environment", "interchange_control_number"),
    UniqueConstraint("partner_id", "environment", "batch_reference"), Index(None, "state"),
)  # fmt: skip

batch_claims = Table(
    "batch_claims", metadata,
    Column("batch_id", ForeignKey("batches.id"), primary_key=True),
    Column("claim_id", ForeignKey("claims.id"), primary_key=True),
    Column("set_control_number", String(9), nullable=False),     # ST02
    Column("first_segment", Integer, nullable=False),            # position of CLM counted from ST, to read a 999 by
    Column("last_segment", Integer, nullable=False),
    Index(None, "claim_id"),
)  # fmt: skip

payments = Table(  # one 835 transaction set
    "payments", metadata,
    Column("id", Key, primary_key=True),
    Column("file_id", ForeignKey("files.id"), nullable=False),
    Column("set_index", Integer, nullable=False),                # 0-based order in the file
    Column("payment_key", String(64), nullable=False),           # sha256 of trace + originator + date + amount + payee
    Column("content_sha256", String(64), nullable=False),        # of the set without control numbers
    Column("trace_number", String(64), nullable=False),
    Column("originator", String(32), nullable=False),
    Column("payer", String(80), nullable=False),
    Column("payee_npi", String(16), nullable=False),
    Column("method", String(3), nullable=False),
    Column("payment_date", Date),
    Column("amount_cents", BigInteger, nullable=False),
    Column("claim_count", Integer, nullable=False),
    Column("state", String(16), nullable=False),                 # posted, parked, quarantined, duplicate
    Column("reason", Text, nullable=False, default=""),
    Column("posted_at", DateTime(timezone=True), nullable=False),
    Column("book_date", Date),                                   # the day in whose books it stands (never a closed one)
    UniqueConstraint("file_id", "set_index"),
    Index(None, "payment_key"), Index(None, "book_date"), Index(None, "trace_number"),
)  # fmt: skip

claim_payments = Table(  # one CLP and what it was matched to
    "claim_payments", metadata,
    Column("id", Key, primary_key=True),
    Column("payment_id", ForeignKey("payments.id"), nullable=False),
    Column("claim_id", ForeignKey("claims.id")),                 # null: unmatched, waits for a person
    Column("state", String(16), nullable=False),                 # posted, unmatched, quarantined, parked
    Column("reason", Text, nullable=False, default=""),
    Column("patient_control_number", String(38), nullable=False),
    Column("payer_claim_control_number", String(50), nullable=False),
    Column("status_code", String(2), nullable=False),
    Column("charge_cents", BigInteger, nullable=False),
    Column("paid_cents", BigInteger, nullable=False),
    Column("patient_cents", BigInteger, nullable=False),
    Column("segment_index", Integer, nullable=False),
    Column("byte_offset", BigInteger, nullable=False),
    Column("document", Text, nullable=False),                    # remittances.model.ClaimPayment as JSON
    Column("replaces_id", Key),                                  # the claim payment that this corrected copy replaces
    Column("match_score", Integer),                              # 0 to 100: ledger.matching.Fit; null: matched to none
    *(Column(name, String(120), nullable=False, server_default="") for name in ("match_agrees", "match_differs")),
    Column("assigned_lines", Text),                              # "2=1 3=1": lines of it a person gave to our lines
    Index("ix_claim_payments_read", "claim_id", "state", "id", "payment_id", "status_code", "charge_cents",
          "paid_cents"), Index(None, "payer_claim_control_number"), Index(None, "payment_id"),
    Index(None, "paid_cents", "state"),  # sums need no look at the rows; by state first it would lure from claim_id
)  # fmt: skip

_PAID = text("sequence = 1 AND payment_id IS NOT NULL")  # one posting of each entry of a payment
postings = Table(  # the ledger: append-only, each transaction sums to zero; foreign keys on PostgreSQL: see m0021
    "postings", metadata,
    Column("id", Key, primary_key=True),
    Column("transaction_key", String(96), nullable=False),       # what was posted as one; makes a rerun a no-op
    Column("sequence", Integer, nullable=False),
    Column("account", String(48), nullable=False),               # ledger.accounts.Account
    Column("amount_cents", BigInteger, nullable=False),          # positive debits, negative credits
    Column("claim_id", ForeignKey("claims.id")),
    Column("line", Integer),
    Column("payment_id", ForeignKey("payments.id")),
    Column("claim_payment_id", ForeignKey("claim_payments.id")),
    Column("adjustment_group", String(2), nullable=False, default=""),
    Column("adjustment_reason", String(5), nullable=False, default=""),
    Column("reference", String(64), nullable=False, default=""), # PLB reference and the like
    Column("source", String(8), nullable=False),                 # charge, era, rule, manual
    Column("file_id", ForeignKey("files.id")),
    Column("segment_index", Integer),
    Column("byte_offset", BigInteger),
    Column("effective_date", Date, nullable=False),
    Column("at", DateTime(timezone=True), nullable=False),
    UniqueConstraint("transaction_key", "sequence"), Index(None, "claim_id"), Index(None, "claim_payment_id"),
    Index("ix_postings_sums", "account", "claim_id", "effective_date", "line", "claim_payment_id",
          "amount_cents"),  # sums need no look at the rows
    Index("ix_postings_payment", "payment_id", "claim_payment_id"),  # the check's own entries stand together
    Index("ix_postings_days", "effective_date", sqlite_where=_PAID, postgresql_where=_PAID),
)  # fmt: skip

ledger_sums = Table(  # what each posting of the ledger added to its account: derived, written with it (store.sums)
    "ledger_sums", metadata,
    Column("id", Key, primary_key=True),
    Column("account", String(48), nullable=False),
    Column("on_claims", Integer, nullable=False),                # 1: of postings on claims, 0: of the others
    Column("cents", BigInteger, nullable=False),
)  # fmt: skip

work_items = Table(  # what waits for a person
    "work_items", metadata,
    Column("id", Key, primary_key=True),
    Column("key", String(128), nullable=False, unique=True),     # the same cause makes one item
    Column("kind", String(24), nullable=False),                  # denial, rejection, held, unmatched, quarantine ...
    Column("claim_id", ForeignKey("claims.id")),
    Column("line", Integer),
    Column("file_id", ForeignKey("files.id")),
    Column("payment_id", ForeignKey("payments.id")),
    Column("category", String(48), nullable=False),
    Column("adjustment_group", String(2), nullable=False, default=""),
    Column("adjustment_reason", String(5), nullable=False, default=""),
    Column("remarks", String(64), nullable=False, default=""),
    Column("sentence", Text, nullable=False),                    # why, in words
    Column("next_action", String(32), nullable=False),
    Column("how", Text, nullable=False, default=""),
    Column("amount_cents", BigInteger, nullable=False),
    Column("deadline", Date),
    Column("deadline_basis", Text, nullable=False, default=""),
    Column("priority", Integer, nullable=False),                 # rank where no amount is at stake: store.worklist
    Column("chance", Integer, nullable=False, server_default="100"),     # percent of the amount that work recovers
    *(Column(name, String(width), nullable=False, server_default="")  # whose fault, how sure ..., edits that stop it
      for name, width in (("fault", 16), ("confidence", 8), ("reworkable", 12), ("edits", 64))),
    Column("cited", Text, nullable=False, server_default=""),            # what decided about the category
    Column("snoozed_until", Date),                               # not listed before that day
    Column("owner", String(64), nullable=False, default=""),
    Column("state", String(12), nullable=False),                 # open, taken, resolved
    Column("resolution", Text, nullable=False, default=""),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("closed_at", DateTime(timezone=True)),
    Index(None, "state", "kind"), Index(None, "claim_id"),
)  # fmt: skip
