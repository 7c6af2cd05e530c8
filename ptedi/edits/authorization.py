"""Edits on authorizations."""

from __future__ import annotations

from collections.abc import Iterator

from ptedi.edits.context import Context, Problem
from ptedi.edits.history import Grant
from ptedi.edits.registry import edit
from ptedi.findings import Severity, counted

FEW = 2


@edit("AU101", Severity.HOLD)
def authorization_missing(c: Context) -> Iterator[Problem]:
    """The payer wants an authorization, and there is none.

    What it checks: An authorization number on claims to payers that require one, unless every procedure is exempt.
    Why it matters: Denied with CO-197; a late authorization is rarely granted.
    Example: A second visit to a plan that authorizes therapy after the evaluation.
    Use instead: Obtain the number, enter it on the visit.
    Reference: 005010X222A1 2300 REF*G1; the payer's profile, value authorization_required.
    """
    if c.rules.authorization_required and not c.claim.prior_authorization:
        needing = sorted(c.codes - set(c.rules.authorization_exempt))
        evaluating = any(line.is_kind("evaluation") for line in c.lines) and c.rules.authorization_exempt
        if needing and not evaluating:
            yield Problem(message=f"{c.profile.name} requires an authorization.", loop="2300", segment="REF",
                          element="REF02")


def _grant(c: Context) -> Grant | None:
    return c.history.grants.get(c.claim.prior_authorization)


@edit("AU102", Severity.HOLD)
def authorization_used_up(c: Context) -> Iterator[Problem]:
    """All authorized visits are used.

    What it checks: Earlier visits under the same authorization against the visits granted.
    Why it matters: Denied with CO-198.
    Example: A thirteenth visit under an authorization for twelve.
    Use instead: Ask for more visits before the claim goes.
    Reference: The payer's authorization letter, recorded in the history.
    """
    grant = _grant(c)
    if grant is not None and grant.visits:
        used = _used(c, grant)
        if used >= grant.visits:
            yield Problem(message=f"{used} of {counted(grant.visits, 'authorized visit')} used before this one.",
                          value=str(used), allowed=(str(grant.visits),))


def _used(c: Context, grant: Grant) -> int:
    return len({visit.visit_id for visit in c.history.visits
                if visit.authorization == grant.number and visit.visit_id != c.visit.visit_id})


@edit("AU103", Severity.HOLD)
def authorization_dates(c: Context) -> Iterator[Problem]:
    """The authorization does not cover the date of service.

    What it checks: First and last day of the authorization.
    Why it matters: Denied with CO-197, CO-210 or CO-302.
    Example: Authorized to 2026-10-31, service on 2026-11-20.
    Use instead: An extension, or the authorization that was in effect.
    Reference: The payer's authorization letter, recorded in the history.
    """
    grant = _grant(c)
    if grant is not None and not grant.effective_from <= c.day <= grant.effective_to:
        yield Problem(message=f"The authorization runs from {grant.effective_from} to {grant.effective_to}.",
                      value=str(c.day))


@edit("AU104", Severity.INFO)
def authorization_nearly_used(c: Context) -> Iterator[Problem]:
    """Few authorized visits are left.

    What it checks: Visits left after this one, two or fewer.
    Why it matters: A new authorization takes days; patients should not wait for it.
    Example: The eleventh visit of twelve.
    Use instead: Ask for more visits now.
    Reference: The payer's authorization letter, recorded in the history.
    """
    grant = _grant(c)
    if grant is not None and grant.visits:
        left = grant.visits - _used(c, grant) - 1
        if 0 <= left <= FEW:
            yield Problem(message=f"{counted(left, 'authorized visit')} left after this one.", value=str(left))


@edit("AU105", Severity.HOLD)
def authorization_procedures(c: Context) -> Iterator[Problem]:
    """The authorization does not name this procedure.

    What it checks: Each procedure against those the authorization names, if it names any.
    Why it matters: Denied with CO-284.
    Example: 97113 under an authorization for 97110 and 97140.
    Use instead: Have the procedure added, or bill what was authorized and done.
    Reference: The payer's authorization letter, recorded in the history.
    """
    grant = _grant(c)
    if grant is not None and grant.procedures:
        for line in c.lines:
            if line.code not in grant.procedures and line.code not in c.rules.authorization_exempt:
                yield Problem(message=f"The authorization does not name {line.code}.", line=line.number,
                              value=line.code, allowed=grant.procedures)
