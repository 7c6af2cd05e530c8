"""Group + reason + remarks + procedure + payer + what went before -> what kind of denial it is and what to do about it.

Precedence: what prices or moves an amount is no denial; what the payer never pays by agreement is none either; MA130
(not processable) means a new claim whatever the reason; what went before and a remark code say more than a reason code;
a remark that grants no appeal turns an appeal into the request for a reopening; under CO nothing is ever billed to the
patient.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import replace
from datetime import date

from ptedi.denials import table
from ptedi.denials.model import Action, Category, Confidence, DeadlineBasis, Denial, Fault, Prior, Reworkable
from ptedi.remittances.outcome import NOT_DENIALS

UNPROCESSABLE = "MA130"
NO_APPEAL = ("N211", "N83", "MA28")
"""Remarks by which a payer grants no appeal of a decision; what is left is to ask for a reopening."""

_SEE_REMARK, _LACKING = "A1", "16"
_UNKNOWN = Denial(
    category=Category.UNKNOWN, cause="A reason that ptedi has no row for", reworkable=Reworkable.CONDITIONAL,
    action=Action.INVESTIGATE, how="Look the reason up and ask the payer; add a row to denials.csv",
    deadline=DeadlineBasis.APPEAL, chance=30, confidence=Confidence.LOW, source="default",
)  # fmt: skip
_AS_AGREED = frozenset({Category.BUNDLING, Category.NON_COVERED})


def is_denial(group: str, reason: str) -> bool:
    """Whether an adjustment refuses something: a PR reason outside 1, 2 and 3 does too (PR-96, PR-119, PR-204)."""
    return reason not in NOT_DENIALS or (group == "PR" and reason not in ("1", "2", "3"))


def appeal_barred(remarks: Collection[str]) -> str:
    """The remark by which the payer grants no appeal, "" without one."""
    return next((one for one in NO_APPEAL if one in remarks), "")


def classify(  # noqa: PLR0913 - a denial has many sides, all but the codes by name
    group: str, reason: str, remarks: Collection[str] = (), *, payer: str = "", on: date, procedure: str = "",
    prior: Collection[Prior] = (), never_paid: Collection[str] = (), rows: table.Rows | None = None,
) -> Denial | None:  # fmt: skip
    """The denial that an adjustment is, None when it is none.

    Args:
        group: CAS01.
        reason: CARC.
        remarks: RARCs of line and claim.
        payer: our payer id.
        on: the date of service, which chooses the rows.
        procedure: the line's procedure, "" for a whole claim.
        prior: what went before.
        never_paid: procedures that the payer never pays by itself (`PayerRules.not_covered`).
        rows: the table; the shipped one when not given.
    """
    if not is_denial(group, reason):
        return None
    known = frozenset(remarks)
    fitting = [r for r in _rows_of(reason, rows or table.standard())
               if r.fits(group, known, payer, on, procedure, frozenset(prior))]  # fmt: skip
    row = max(fitting, key=lambda r: r.rank, default=None)
    denial = replace(_UNKNOWN, cited=f"{group}-{reason}: no row") if row is None else replace(
        row.denial, cited=row.cited)  # fmt: skip
    if group == "CO" and procedure in never_paid and denial.category in _AS_AGREED:
        return _as_agreed(denial, procedure)
    denial = _told_again(denial, prior, row)
    if UNPROCESSABLE in known:
        return _unprocessable(denial)
    return _never_the_patient(_without_appeal(denial, appeal_barred(known)), group)


def _rows_of(reason: str, rows: table.Rows) -> Iterator[table.Row]:
    """The rows of a reason; where it leaves all to its remark, those by which a remark names what is missing too."""
    found = rows.get(reason, ())
    yield from found
    if reason == _SEE_REMARK or not found:
        yield from (row for row in rows.get(_LACKING, ()) if row.remark)


def _as_agreed(denial: Denial, procedure: str) -> Denial:
    """Nothing was due: the payer's profile says that it never pays the procedure by itself."""
    return replace(denial, category=Category.EXPECTED, cause=f"This payer never pays {procedure} by itself",
                   reworkable=Reworkable.NO, action=Action.WRITE_OFF, deadline=DeadlineBasis.NONE, chance=0,
                   how="Nothing was refused: a person adjusts it off", fault=Fault.NOBODY,
                   cited=f"{denial.cited}; not_covered of the payer's profile", confidence=Confidence.HIGH)  # fmt: skip


def _told_again(denial: Denial, prior: Collection[Prior], row: table.Row | None) -> Denial:
    """A reason given before, where no row speaks of that: the correction did not help, so half the chance."""
    if Prior.AGAIN not in prior or row is None or row.history is not None:
        return denial
    return replace(denial, chance=denial.chance // 2, how=f"The same reason as before the correction. {denial.how}",
                   cited=f"{denial.cited}; the same reason before")  # fmt: skip


def _unprocessable(denial: Denial) -> Denial:
    """Not adjudicated: no appeal right and nothing to replace; a corrected claim goes out as a new one."""
    how = f"Not processable, so no appeal: correct it and send it as a new claim. {denial.how}"
    return replace(denial, action=Action.CORRECT_RESUBMIT, reworkable=Reworkable.YES, how=how,
                   deadline=DeadlineBasis.FILING, confidence=Confidence.HIGH, as_new_claim=True,
                   cited=f"{UNPROCESSABLE}; {denial.cited}")  # fmt: skip


def _without_appeal(denial: Denial, mark: str) -> Denial:
    """An appeal that the payer does not grant would only be sent back: its evidence goes with another request."""
    if not mark or denial.action is not Action.APPEAL:
        return denial
    how = f"The payer grants no appeal ({mark}): ask for a reopening with the same evidence. {denial.how}"
    return replace(denial, action=Action.ASK_REOPENING, how=how, deadline=DeadlineBasis.REOPENING,
                   chance=denial.chance // 2, cited=f"{mark}; {denial.cited}")  # fmt: skip


def _never_the_patient(denial: Denial, group: str) -> Denial:
    if denial.action is not Action.BILL_PATIENT or group == "PR":
        return denial
    how = "The contract forbids billing the patient: check the contract"
    return replace(denial, action=Action.INVESTIGATE, how=how)
