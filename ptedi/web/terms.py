"""What billers call things, and the colour of each state: words of the pages, no rules of the house."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from ptedi.pipeline import casework
from ptedi.web.grid import Chip
from ptedi.web.seat import Seat

State, Event, WorkKind = casework.State, casework.Event, casework.WorkKind

KINDS: Final[Mapping[str, str]] = {
    WorkKind.DENIAL: "Denial", WorkKind.REJECTION: "Rejection", WorkKind.HELD: "Held claim",
    WorkKind.CHARGE: "Refused charge rows", WorkKind.UNMATCHED: "Unmatched payment",
    WorkKind.QUARANTINE: "Quarantined remittance", WorkKind.PARKED: "Parked remittance",
    WorkKind.CONFLICT: "Conflicting remittance", WorkKind.REVERSAL: "Reversal", WorkKind.CREDIT: "Credit balance",
    WorkKind.UNDERPAID: "Underpayment", WorkKind.DEPOSIT: "Deposit", WorkKind.ACKNOWLEDGEMENT: "Acknowledgement",
    WorkKind.RULES: "Payer rules", WorkKind.DRAFT: "Changed after billing", WorkKind.COORDINATION: "Next payer",
    WorkKind.STALE: "No answer yet", WorkKind.NIGHT: "Night stands still",
    WorkKind.ADJUSTMENT: "Provider adjustment", WorkKind.PATTERN: "Repeated denials",
}  # fmt: skip

_STATES: Final[Mapping[str, str]] = {
    State.CAPTURED: "waiting", State.HELD: "attention", State.READY: "waiting", State.BATCHED: "waiting",
    State.SENT: "waiting", State.RECEIVED: "waiting", State.ACCEPTED_CLEARINGHOUSE: "waiting",
    State.ACCEPTED_PAYER: "waiting", State.REJECTED: "stopped", State.PAID: "good", State.PARTLY_PAID: "attention",
    State.DENIED: "stopped", State.REVERSED: "attention", State.REWORKED: "waiting",
    State.APPEALED: "waiting",
}  # fmt: skip
_WORK: Final[Mapping[str, str]] = {"open": "attention", "taken": "waiting", "snoozed": "plain", "resolved": "good"}
_MADE: Final[Mapping[str, str]] = {"open": "attention", "done": "good", "withdrawn": "plain", "undone": "plain"}
_COMMANDS = re.compile(r"[^.;]*`ptedi[^`]*`[^.;]*[.;]?\s*|[^.;]*`--[^`]*`[^.;]*[.;]?\s*")


def state(word: str) -> Chip:
    """The state of a claim."""
    return Chip(word, _STATES.get(word, "plain"))


def work_state(word: str) -> Chip:
    """The state of a work item."""
    return Chip(word, _WORK.get(word, "plain"))


def made_state(kind: str, word: str) -> Chip:
    """How far something made of a claim is."""
    if kind in ("appeal", "filing proof"):
        word_now = {"open": "written", "done": "sent", "withdrawn": "replaced"}.get(word, word)
    else:
        word_now = {"open": "waits for approval", "done": "done", "undone": "taken back"}.get(word, word)
    return Chip(word_now, _MADE.get(word, "plain"))


def kind(word: str) -> str:
    """The kind of a work item as a biller calls it."""
    return KINDS.get(word, word.capitalize())


def days_left(days: int | None) -> Chip | None:
    """Days to a deadline: red when it is near or past."""
    if days is None:
        return None
    if days < 0:
        return Chip(f"{-days} d late", "stopped")
    tone = "stopped" if days <= 7 else "attention" if days <= 30 else "plain"
    return Chip("today" if days == 0 else f"{days} d", tone)


def plain(text: str) -> str:
    """A sentence without what it says about the command line."""
    return _COMMANDS.sub("", text).strip()


def link(seat: Seat, name: str, /, **params: object) -> str:
    """The address of a page that may not be there, "" then."""
    try:
        return seat.url(name, **params)
    except LookupError:
        return ""
