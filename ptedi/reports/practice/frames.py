"""A practice as pandas frames: `ptedi.frames(workspace)`."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from ptedi.reports.practice.facts import Facts


@dataclass(frozen=True, slots=True, kw_only=True)
class PracticeFrames:
    """The tables of a practice, one DataFrame each; docs/analysis.md tells their columns.

    Amounts are integer cents, days and times (UTC) are real ones; `adjustments` are the postings with a reason.
    """

    claims: pd.DataFrame
    visits: pd.DataFrame
    lines: pd.DataFrame
    payments: pd.DataFrame
    claim_payments: pd.DataFrame
    postings: pd.DataFrame
    adjustments: pd.DataFrame
    events: pd.DataFrame
    work: pd.DataFrame
    files: pd.DataFrame


def practice_frames(facts: Facts) -> PracticeFrames:
    """All tables of a practice."""
    ledger = facts.postings
    return PracticeFrames(
        claims=facts.claims, visits=facts.visits, lines=facts.lines, payments=facts.payments,
        claim_payments=facts.claim_payments, postings=ledger, work=facts.work, files=facts.files, events=facts.events,
        adjustments=ledger[ledger["adjustment_reason"] != ""].reset_index(drop=True),
    )  # fmt: skip
