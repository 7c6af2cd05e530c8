"""What reports read of visits and claims in columns of their own, and an index that holds all they sum."""

from collections.abc import Iterator
from datetime import date
from typing import Any

import msgspec
import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

Key = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
SUMMED = "ix_postings_account_claim_id_amount_cents"
DATED = "ix_postings_sums"
MANY = 2_000  # documents at a time
_JUDGED = ("held", "released")
_TAKEN = ("277CA accepted by clearinghouse", "277CA accepted by payer")
_TURNED_AWAY = ("277CA rejected by clearinghouse", "277CA rejected by payer")
_REMITTED = ("835 paid", "835 partly paid", "835 denied")
STEPS = {
    "scrubbed_at": _JUDGED, "sent_at": ("sent",), "file_answered_at": ("999 accepted", "999 rejected"),
    "claim_answered_at": (*_TAKEN, *_TURNED_AWAY), "remitted_at": _REMITTED,
    "scrubbed_event": _JUDGED, "held_event": ("held",), "sent_event": ("sent",), "accepted_event": _TAKEN,
    "rejected_event": ("TA1 rejected", "999 rejected", *_TURNED_AWAY), "reworked_event": ("reworked",),
    "remitted_event": _REMITTED, "paid_event": ("835 paid",), "partly_paid_event": ("835 partly paid",),
    "denied_event": ("835 denied",),
}  # fmt: skip


class _Coverage(msgspec.Struct):
    payer_id: str
    sequence: str = "P"


class _Captured(msgspec.Struct):
    therapist_minutes: int
    assistant_minutes: int


class _Visit(msgspec.Struct):
    therapist_id: str
    coverages: tuple[_Coverage, ...]
    charges: tuple[_Captured, ...]


class _Line(msgspec.Struct):
    number: int
    procedure: str
    charge: str
    units: int
    service_date: date
    control_number: str
    modifiers: tuple[str, ...] = ()


class _Claim(msgspec.Struct):
    lines: tuple[_Line, ...]


class _Trace(msgspec.Struct):
    line: int
    minutes: int


class _Coded(msgspec.Struct):
    claim: _Claim
    trace: tuple[_Trace, ...] = ()


def upgrade() -> None:
    for name in ("therapist_id", "payer_id"):
        op.add_column("visits", sa.Column(name, sa.String(length=64), nullable=False, server_default=""))
    for name in ("minutes", "charge_count"):
        op.add_column("visits", sa.Column(name, sa.Integer(), nullable=False, server_default="0"))
    op.create_table("claim_lines",
        sa.Column("claim_id", Key, nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("procedure", sa.String(length=48), nullable=False),
        sa.Column("modifiers", sa.String(length=48), nullable=False),
        sa.Column("units", sa.Integer(), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("charge_cents", sa.BigInteger(), nullable=False),
        sa.Column("service_date", sa.Date(), nullable=False),
        sa.Column("control_number", sa.String(length=50), nullable=False),
        sa.PrimaryKeyConstraint("claim_id", "line", name="pk_claim_lines"),
        sa.ForeignKeyConstraint(["claim_id"], ["claims.id"], name="fk_claim_lines_claim_id"),
    )  # fmt: skip
    op.create_table("claim_milestones",
        sa.Column("claim_id", Key, autoincrement=False, nullable=False),
        *(sa.Column(name, sa.BigInteger() if name.endswith("_at") else sa.Integer(), nullable=True) for name in STEPS),
        sa.PrimaryKeyConstraint("claim_id", name="pk_claim_milestones"),
        sa.ForeignKeyConstraint(["claim_id"], ["claims.id"], name="fk_claim_milestones_claim_id"),
    )  # fmt: skip
    fill_visits(op.get_bind())
    fill_lines(op.get_bind())
    fill_milestones(op.get_bind())
    op.create_index(DATED, "postings", ["account", "claim_id", "effective_date", "line", "claim_payment_id",
                                        "amount_cents"])  # fmt: skip
    op.drop_index(SUMMED, table_name="postings")


def downgrade() -> None:
    op.create_index(SUMMED, "postings", ["account", "claim_id", "amount_cents"])
    op.drop_index(DATED, table_name="postings")
    op.drop_table("claim_milestones")
    op.drop_table("claim_lines")
    for name in ("charge_count", "minutes", "payer_id", "therapist_id"):
        op.drop_column("visits", name)


def fill_visits(conn: sa.Connection) -> None:
    """What the documents of visits say, into the columns."""
    names = ("therapist_id", "payer_id", "minutes", "charge_count")
    visits = sa.table("visits", *map(sa.column, ("id", *names)))
    change = sa.update(visits).where(visits.c.id == sa.bindparam("of")).values(
        {name: sa.bindparam(name) for name in names})  # fmt: skip
    decode = msgspec.json.Decoder(_Visit).decode
    for some in documents(conn, "visits"):
        conn.execute(change, [{"of": key} | _visit(decode(text)) for key, text in some])


def _visit(one: _Visit) -> dict[str, object]:
    return {
        "therapist_id": one.therapist_id, "charge_count": len(one.charges),
        "payer_id": next((c.payer_id for c in one.coverages if c.sequence == "P"), ""),
        "minutes": sum(c.therapist_minutes + c.assistant_minutes for c in one.charges),
    }  # fmt: skip


def fill_lines(conn: sa.Connection) -> None:
    """A row for every line that the documents of claims have."""
    names = ("claim_id", "line", "procedure", "modifiers", "units", "minutes", "charge_cents",
             "control_number")  # fmt: skip
    lines = sa.table("claim_lines", *map(sa.column, names), sa.column("service_date", sa.Date()))
    decode = msgspec.json.Decoder(_Coded).decode
    for some in documents(conn, "claims"):
        rows = [row for key, text in some for row in _lines(key, decode(text))]
        if rows:
            conn.execute(sa.insert(lines), rows)


def _lines(claim_id: int, one: _Coded) -> Iterator[dict[str, object]]:
    minutes = {trace.line: trace.minutes for trace in one.trace}
    for line in one.claim.lines:
        whole, _, part = line.charge.partition(".")
        yield {
            "claim_id": claim_id, "line": line.number, "procedure": line.procedure, "units": line.units,
            "modifiers": ":".join(line.modifiers), "minutes": minutes.get(line.number, 0),
            "charge_cents": int(whole + part.ljust(2, "0")), "service_date": line.service_date,
            "control_number": line.control_number,
        }  # fmt: skip


def fill_milestones(conn: sa.Connection) -> None:
    """The first event of each kind of every claim, as the events tell it."""
    second = ("cast(floor(extract(epoch from at)) as bigint)" if conn.dialect.name == "postgresql"
              else "cast(strftime('%s', at) as bigint)")  # fmt: skip
    firsts = ", ".join(
        f"min(case when event in ({', '.join(map(repr, events))}) "
        f"then {second if name.endswith('_at') else 'sequence'} end)"
        for name, events in STEPS.items()
    )
    told = ", ".join(map(repr, sorted({event for events in STEPS.values() for event in events})))
    conn.exec_driver_sql(f"insert into claim_milestones (claim_id, {', '.join(STEPS)}) select claim_id, {firsts} "
                         f"from claim_events where event in ({told}) group by claim_id")


def documents(conn: sa.Connection, name: str) -> Iterator[list[Any]]:
    """Keys and documents of a table, many at a time, by the key."""
    of = sa.table(name, sa.column("id"), sa.column("document"))
    last = 0
    while some := conn.execute(sa.select(of.c.id, of.c.document).where(of.c.id > last).order_by(of.c.id)
                               .limit(MANY)).all():  # fmt: skip
        yield list(some)
        last = some[-1].id
