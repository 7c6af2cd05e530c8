"""The audit of what happened to claims: sealing it, and looking whether anybody changed it."""

from __future__ import annotations

from dataclasses import replace

from ptedi.money import from_cents, usd
from ptedi.steps.faults import point
from ptedi.steps.night import Night
from ptedi.store import audit, decisions, postings, standings, sums
from ptedi.store.audit import Misfit, Seal, Verdict

__all__ = ["Misfit", "Seal", "Verdict", "seal_audit", "verify_audit"]


def seal_audit(night: Night, actor: str = "seal_audit") -> Seal | None:
    """Seals what moved since the last seal; None when nothing did."""
    with night.store.exclusive("seal"), night.store.begin() as conn:
        made = audit.seal(conn, actor)
        point("audit.sealed")
    return made


def verify_audit(night: Night, expect: str = "") -> Verdict:
    """Looks at events, seals, the ledger, the numbers given out, the decisions; `expect`: a seal kept outside."""
    with night.store.read() as conn:
        found = audit.verify(conn, expect.strip().lower())
        off = [f"entry {key} does not sum to zero" for key in postings.unbalanced(conn)]
        off += [f"the running sum of {account} is {usd(from_cents(cents))} more than its postings"
                for account, cents in sums.differences(conn)]  # fmt: skip
        off += [f"{lost:,} postings name {table} that are not there" for table, lost in postings.dangling(conn)]
        numbers = standings.gaps(conn)
        decided = [f"decision {number} was changed, or the one before it" for number in decisions.broken(conn)]
    others = (("ledger", off), ("control numbers", numbers), ("decisions", decided))
    more = [Misfit(claim="", sequence=None, event=what, problem=one) for what, problems in others for one in problems]
    return replace(found, misfits=(*found.misfits, *more))
