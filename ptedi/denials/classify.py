"""Group + reason + remarks + payer -> what kind of denial it is and what to do about it.

Precedence: what prices or moves an amount is no denial; MA130 (not processable) means a new claim whatever the reason;
a remark code says more than a reason code; under CO nothing is ever billed to the patient.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import date

from ptedi.denials import table
from ptedi.denials.model import Action, Category, Confidence, DeadlineBasis, Denial, Reworkable
from ptedi.remittances.outcome import NOT_DENIALS

UNPROCESSABLE = "MA130"

_UNKNOWN = Denial(
    category=Category.UNKNOWN, cause="A reason that ptedi has no row for", reworkable=Reworkable.CONDITIONAL,
    action=Action.INVESTIGATE, how="Look the reason up and ask the payer; add a row to denials.csv",
    deadline=DeadlineBasis.APPEAL, chance=30, confidence=Confidence.LOW, source="default",
)  # fmt: skip


def is_denial(group: str, reason: str) -> bool:
    """Whether an adjustment refuses something: a PR reason outside 1, 2 and 3 does too (PR-96, PR-119, PR-204)."""
    return reason not in NOT_DENIALS or (group == "PR" and reason not in ("1", "2", "3"))


def classify(
    group: str, reason: str, remarks: Collection[str] = (), *, payer: str = "", on: date,
    rows: table.Rows | None = None,
) -> Denial | None:  # fmt: skip
    """The denial that an adjustment is, None when it is none.  `payer` is our payer id, `on` the date of service."""
    if not is_denial(group, reason):
        return None
    known = frozenset(remarks)
    fitting = [r for r in (rows or table.standard()).get(reason, ()) if r.fits(group, known, payer, on)]
    denial = max(fitting, key=lambda r: r.rank).denial if fitting else _UNKNOWN
    return _unprocessable(denial) if UNPROCESSABLE in known else _never_the_patient(denial, group)


def _unprocessable(denial: Denial) -> Denial:
    """Not adjudicated: no appeal right and nothing to replace; a corrected claim goes out as a new one."""
    how = f"Not processable, so no appeal: correct it and send it as a new claim. {denial.how}"
    return replace(denial, action=Action.CORRECT_RESUBMIT, reworkable=Reworkable.YES, how=how,
                   deadline=DeadlineBasis.FILING, confidence=Confidence.HIGH, as_new_claim=True)  # fmt: skip


def _never_the_patient(denial: Denial, group: str) -> Denial:
    if denial.action is not Action.BILL_PATIENT or group == "PR":
        return denial
    how = "The contract forbids billing the patient: check the contract"
    return replace(denial, action=Action.INVESTIGATE, how=how)
