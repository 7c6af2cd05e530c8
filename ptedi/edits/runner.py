"""Runs the edits over one claim."""

from __future__ import annotations

from collections.abc import Collection

from ptedi.claims.model import CodedClaim, Practice, Visit
from ptedi.edits.context import Context, Problem
from ptedi.edits.history import History
from ptedi.edits.registry import EDITS, Edit
from ptedi.findings import Finding, Severity
from ptedi.payers.profile import PayerProfile


def scrub(coded: CodedClaim, visit: Visit, practice: Practice, profile: PayerProfile, history: History | None = None,
          *, only: Collection[str] = ()) -> list[Finding]:
    """Everything the edits find in a claim, worst first; nothing found means it may go.

    Args:
        coded: the claim with its trace.
        visit: what was captured.
        practice: the practice that bills.
        profile: the payer.
        history: what was known of the patient before; nothing when absent.
        only: codes of the edits to run, all when empty.
    """
    context = Context.of(coded, visit, practice, profile, history or History())
    found = []
    for one in EDITS.values():
        if one.code in only if only else one.rule.status != "retired":
            for problem in one.check(context):
                found.append(_finding(one, problem, context.claim.patient_control_number))
    found.sort(key=lambda f: (f.severity.rank, f.code, f.line or 0))
    return found


def _finding(one: Edit, problem: Problem, claim: str) -> Finding:
    severity = problem.severity or one.rule.severity
    if one.rule.status == "preview" and severity.stops:
        severity = Severity.WARNING
    return Finding(
        code=one.code, severity=severity, message=problem.message, snip=one.rule.snip, claim=claim, line=problem.line,
        value=problem.value, allowed=problem.allowed, hint=problem.hint or one.rule.instead, loop=problem.loop,
        segment=problem.segment, element=problem.element,
    )  # fmt: skip
