"""Rejected claims on the worklist: one item each, in the tree of denials, judged anew when the table changes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ptedi import denials
from ptedi.denials import Denial, priority, rejections
from ptedi.denials.rejections import Complaint
from ptedi.money import from_cents
from ptedi.payers.profile import PayerRules
from ptedi.steps.night import Night
from ptedi.store import Connection, claims, work
from ptedi.store.claims import ClaimRow
from ptedi.store.work import NewWork, WorkKind

BYSTANDERS = Denial(
    category=denials.Category.FILE_FORMAT, cause="Another claim of the set was refused, and with it the set",
    reworkable=denials.Reworkable.YES, action=denials.Action.CORRECT_RESUBMIT, how="Nothing is wrong with these claims",
    deadline=denials.DeadlineBasis.FILING, chance=95, confidence=denials.Confidence.HIGH, fault=denials.Fault.NOBODY,
    as_new_claim=True, source="005010X231A1: a set is taken or refused as a whole",
    cited="005010X231A1: a set is taken or refused as a whole",
)  # fmt: skip
"""What waits with a claim that was refused: nothing is wrong with it."""


def rejection_work(
    night: Night, row: ClaimRow, what: Denial, sentence: str, complaints: Sequence[Complaint], *, key: str,
    file_id: int | None,
) -> NewWork:  # fmt: skip
    """The item of a rejected claim: never adjudicated, so the filing limit of a new claim is its deadline."""
    profile = night.profiles.get(row.payer_id)
    rules = profile.on(row.service_date) if profile else PayerRules()
    limit = denials.deadline(what, rules, service_date=row.service_date, remit_date=row.service_date)
    rank = priority(from_cents(row.charge_cents), what.chance, denials.days_left(limit))
    return NewWork(
        key=key, kind=WorkKind.REJECTION, category=what.category, claim_id=row.id, file_id=file_id, sentence=sentence,
        remarks=spelled(complaints), next_action=what.action, how=f"{what.how}. It was never adjudicated: no appeal.",
        amount_cents=row.charge_cents, deadline=limit.day, deadline_basis=limit.basis, priority=rank.value,
        chance=what.chance, fault=what.fault, confidence=what.confidence, reworkable=what.reworkable,
        edits=" ".join(what.edits), cited=what.cited,
    )  # fmt: skip


def spelled(complaints: Iterable[Complaint]) -> str:
    """Complaints as they are kept with an item: as many as fit, none of them cut."""
    words = list(dict.fromkeys(map(str, complaints)))
    while len(" ".join(words)) > 64:
        words.pop()
    return " ".join(words)


def judge_again(night: Night, conn: Connection) -> int:
    """Brings waiting rejections in line with the table as it is now; how many say something else than before."""
    items = [one for one in work.list_work(conn, kinds=[WorkKind.REJECTION]) if one.claim_id is not None]
    known, rows = claims.get_all(conn, [one.claim_id or 0 for one in items]), rejections.of_workspace(
        night.workspace.root)  # fmt: skip
    wanted = []
    for one in items:
        row, complaints = known[one.claim_id or 0], rejections.of_text(one.remarks)
        if complaints:
            what = rejections.classify(complaints, payer=row.payer_id, on=row.service_date, rows=rows)
            wanted.append(rejection_work(night, row, what, one.sentence, complaints, key=one.key, file_id=one.file_id))
    return work.refresh(conn, wanted)
