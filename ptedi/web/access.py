"""Who may do what: every route takes its seat through one verb, and a verb names the least role that has it."""

from __future__ import annotations

from enum import StrEnum

from ptedi.pipeline import people

Role = people.Role
_RANK = {role: rank for rank, role in enumerate(Role)}


class Verb(StrEnum):
    """What a route does, in the words of the access log."""

    SEE = "see"                    # figures, partners, edits, codes: nothing about a patient
    OWN = "own"                    # one's own session and password
    LOOK = "look at claims"        # anything that names a patient or a claim
    EXPORT = "export"              # the same as a file
    WORK = "work"                  # take, give back, snooze, note, close items; saved views
    REWORK = "rework"              # draft corrections, appeals, write-offs; undo one's own
    UPLOAD = "upload"              # charge files and remittances
    POST = "post"                  # match, release, unpost, repost, deposits
    RUN = "run"                    # start a night, collect, send a test file
    APPROVE = "approve"            # the second person: release a correction, a write-off
    CLOSE = "close"                # close a day, open it again
    MANAGE = "manage people"       # people, roles, the access log


LEAST = {
    Verb.SEE: Role.VIEWER, Verb.OWN: Role.VIEWER, Verb.LOOK: Role.VIEWER,
    Verb.EXPORT: Role.BILLER, Verb.WORK: Role.BILLER, Verb.REWORK: Role.BILLER, Verb.UPLOAD: Role.BILLER,
    Verb.POST: Role.BILLER,
    Verb.RUN: Role.APPROVER, Verb.APPROVE: Role.APPROVER, Verb.CLOSE: Role.APPROVER,
    Verb.MANAGE: Role.ADMINISTRATOR,
}  # fmt: skip
UNLOGGED = frozenset({Verb.SEE, Verb.OWN})
"""Verbs that touch nothing about a patient; every use of another one is written to the access log."""


def may(role: Role, verb: Verb) -> bool:
    """Whether a role has a verb."""
    return _RANK[role] >= _RANK[LEAST[verb]]
