"""Sealing the chains of events, and looking whether anything in them was changed: see `store.chain` for how and why."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import cast

from sqlalchemy import Connection, Subquery, func, insert, select

from ptedi.dates import now
from ptedi.store import chain
from ptedi.store._sql import insert_ids, utc
from ptedi.store.events import newest_by_history
from ptedi.store.tables import audit_heads, audit_seals, claim_events, claims


@dataclass(frozen=True, slots=True, kw_only=True)
class Seal:
    """A checkpoint: how many claims moved since the one before, the root over their heads, its own hash."""

    id: int
    at: datetime
    actor: str
    claims: int
    root: str
    prev_hash: str
    hash: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Misfit:
    """Something that does not fit: which claim (its control number), which event of it, what is wrong."""

    claim: str
    sequence: int | None
    event: str
    problem: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What was looked at and what does not fit; `unsealed` counts events newer than the last seal of their claim."""

    claims: int
    events: int
    seals: int
    unsealed: int
    last_seal: str
    misfits: tuple[Misfit, ...]

    @property
    def whole(self) -> bool:
        """Whether everything fits."""
        return not self.misfits


def seal(conn: Connection, actor: str) -> Seal | None:
    """Seals what moved since the last seal; None when nothing did.  One caller at a time."""
    head, sealed = newest_by_history(), _sealed()
    query = (
        select(head.c.claim_id, head.c.sequence, head.c.hash)
        .outerjoin(sealed, sealed.c.claim_id == head.c.claim_id)
        .where(func.coalesce(sealed.c.sequence, 0) < head.c.sequence)
        .order_by(head.c.claim_id)
    )
    moved = [(int(c), int(s), str(h)) for c, s, h in conn.execute(query)]
    if not moved:
        return None
    at, tree, last = now(), chain.root([chain.leaf(*one) for one in moved]), newest_seal(conn)
    previous = last.hash if last else chain.START
    values = {"at": at, "actor": actor, "claims": len(moved), "root": tree, "prev_hash": previous,
              "hash": chain.seal(previous, at, actor, len(moved), tree)}  # fmt: skip
    seal_id = insert_ids(conn, audit_seals, [values])[0]
    rows = [{"seal_id": seal_id, "claim_id": c, "sequence": s, "hash": h} for c, s, h in moved]
    conn.execute(insert(audit_heads), rows)
    return Seal(id=seal_id, at=at, actor=actor, claims=len(moved), root=tree, prev_hash=previous,
                hash=str(values["hash"]))  # fmt: skip


def newest_seal(conn: Connection) -> Seal | None:
    """The last seal."""
    return next(iter(_seals(conn, newest_first=True)), None)


def verify(conn: Connection, expect: str = "") -> Verdict:
    """Looks at every event and every seal; `expect` is the hash of a seal that was kept outside and must be there."""
    names = {int(i): str(n) for i, n in conn.execute(select(claims.c.id, claims.c.patient_control_number))}
    sealed = _heads_sealed(conn)
    misfits, events, unsealed, seen = list[Misfit](), 0, 0, set[int]()
    for claim_id, rows in groupby(_events(conn), key=_claim_id):
        several = list(rows)
        seen.add(claim_id)
        events += len(several)
        heads = sealed.get(claim_id, {})
        unsealed += max(len(several) - max(heads, default=0), 0)
        misfits += _claim(names.get(claim_id, f"#{claim_id}"), several, heads)
    misfits += [_nothing(names[one], bool(sealed.get(one))) for one in sorted(set(names) - seen)]
    seals = list(_seals(conn))
    misfits += _chain_of_seals(seals, _leaves(conn))
    if expect and expect not in {one.hash for one in seals}:
        misfits.append(Misfit(claim="", sequence=None, event="seal", problem=f"there is no seal {expect}"))
    return Verdict(claims=len(names), events=events, seals=len(seals), unsealed=unsealed,
                   last_seal=seals[-1].hash if seals else "", misfits=tuple(misfits))  # fmt: skip


def _claim_id(row: dict[str, object]) -> int:
    return cast(int, row["claim_id"])


def _claim(name: str, rows: list[dict[str, object]], heads: dict[int, str]) -> Iterator[Misfit]:
    """What does not fit in the chain of one claim, and against what was sealed of it."""
    last, found = chain.START, dict[int, str]()
    for number, row in enumerate(rows, 1):
        sequence, own = cast(int, row["sequence"]), cast(str, row["hash"])
        problems = []
        if sequence != number:
            problems = [f"event {sequence} stands where event {number} belongs: one is missing or was put in"]
        elif row["prev_hash"] != last:
            problems = ["it does not follow the event before it: that one was changed, replaced or put in"]
        if chain.link(cast(str, row["prev_hash"]), row) != own:
            problems.append("its content is not what its hash was made of: it was changed")
        for problem in problems:
            yield Misfit(claim=name, sequence=sequence, event=str(row["event"]), problem=problem)
        if sequence != number:
            return
        last, found[sequence] = own, own
    for sequence, kept in sorted(heads.items()):
        if sequence not in found:
            yield Misfit(claim=name, sequence=sequence, event="", problem="it was sealed and is gone")
        elif found[sequence] != kept:
            event = str(rows[sequence - 1]["event"])
            yield Misfit(claim=name, sequence=sequence, event=event, problem="it is not the event that was sealed")


def _nothing(name: str, was_sealed: bool) -> Misfit:
    gone = "its events were sealed and are gone" if was_sealed else "the claim has no event at all"
    return Misfit(claim=name, sequence=None, event="", problem=gone)


def _chain_of_seals(seals: list[Seal], leaves: dict[int, list[str]]) -> Iterator[Misfit]:
    last = chain.START
    for one in seals:
        kept = leaves.get(one.id, [])
        problem = ""
        if one.prev_hash != last:
            problem = "it does not follow the seal before it"
        elif chain.seal(one.prev_hash, one.at, one.actor, one.claims, one.root) != one.hash:
            problem = "it was changed"
        elif len(kept) != one.claims or chain.root(kept) != one.root:
            problem = "the heads kept with it were changed"
        if problem:
            yield Misfit(claim="", sequence=one.id, event="seal", problem=problem)
        last = one.hash


# --- reading ---


def _events(conn: Connection) -> Iterator[dict[str, object]]:
    columns = [claim_events.c[name] for name in (*chain.FIELDS, "prev_hash", "hash")]
    query = select(*columns).order_by(claim_events.c.claim_id, claim_events.c.sequence, claim_events.c.id)
    return (dict(row) for row in conn.execute(query, execution_options={"yield_per": 2000}).mappings())


def _sealed() -> Subquery:
    """How far each claim was sealed."""
    c = audit_heads.c
    return select(c.claim_id, func.max(c.sequence).label("sequence")).group_by(c.claim_id).subquery("sealed")


def _heads_sealed(conn: Connection) -> dict[int, dict[int, str]]:
    """By claim: sequence and hash of every event that was a head when a seal was made."""
    found: dict[int, dict[int, str]] = {}
    for claim_id, sequence, own in conn.execute(select(*(audit_heads.c[n] for n in ("claim_id", "sequence", "hash")))):
        found.setdefault(int(claim_id), {})[int(sequence)] = str(own)
    return found


def _leaves(conn: Connection) -> dict[int, list[str]]:
    found: dict[int, list[str]] = {}
    c = audit_heads.c
    query = select(c.seal_id, c.claim_id, c.sequence, c.hash).order_by(c.seal_id, c.claim_id)
    for seal_id, claim_id, sequence, own in conn.execute(query):
        found.setdefault(int(seal_id), []).append(chain.leaf(claim_id, sequence, own))
    return found


def _seals(conn: Connection, *, newest_first: bool = False) -> Iterator[Seal]:
    order = audit_seals.c.id.desc() if newest_first else audit_seals.c.id
    for row in conn.execute(select(audit_seals).order_by(order)):
        yield Seal(**(row._asdict() | {"at": utc(row.at)}))
