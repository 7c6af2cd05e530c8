"""Tables that say again what documents and histories say, narrow, because reports read all of it, or a person searches.

Both are derived: written in the transaction that writes what they repeat, and can be made anew.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Date, ForeignKey, Index, Integer, String, Table, UniqueConstraint

from ptedi.store.tables import Key, metadata

claim_lines = Table(  # each line of a claim as last coded
    "claim_lines", metadata,
    Column("claim_id", ForeignKey("claims.id"), primary_key=True),
    Column("line", Integer, primary_key=True),                   # from 1
    Column("procedure", String(48), nullable=False),
    Column("modifiers", String(48), nullable=False),             # joined by colons
    Column("units", Integer, nullable=False),
    Column("minutes", Integer, nullable=False),                  # those the units were made of
    Column("charge_cents", BigInteger, nullable=False),
    Column("service_date", Date, nullable=False),
    Column("control_number", String(50), nullable=False),        # REF*6R
)  # fmt: skip

claim_milestones = Table(  # the first event of each kind: its number in the claim's history, its second since 1970
    "claim_milestones", metadata,
    Column("claim_id", ForeignKey("claims.id"), primary_key=True, autoincrement=False),
    *(Column(f"{name}_at", BigInteger) for name in ("scrubbed", "sent", "file_answered", "claim_answered",
                                                    "remitted")),
    *(Column(f"{name}_event", Integer) for name in ("scrubbed", "held", "sent", "accepted", "rejected", "reworked",
                                                    "remitted", "paid", "partly_paid", "denied")),
)  # fmt: skip

patient_names = Table(  # every name and birth date under which a patient was captured, to be found by
    "patient_names", metadata,
    Column("id", Key, primary_key=True),
    Column("patient_id", String(64), nullable=False),
    Column("last_name", String(60), nullable=False),
    Column("first_name", String(60), nullable=False),
    Column("birth_date", Date, nullable=False),
    Column("folded", String(124), nullable=False),               # " LAST FIRST" in capitals, without accents
    UniqueConstraint("patient_id", "last_name", "first_name", "birth_date"), Index(None, "folded", "id"),
)  # fmt: skip
