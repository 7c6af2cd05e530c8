"""Work items, deadlines and letters in a biller's words: what `words` does not say of codes alone."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from ptedi.web.cells import Chip
from ptedi.web.seat import Seat
from ptedi.web.words import KINDS, kind, state

__all__ = ["KINDS", "days_left", "kind", "link", "made_state", "plain", "state", "work_state"]

_WORK: Final[Mapping[str, str]] = {"open": "attention", "taken": "waiting", "snoozed": "plain", "resolved": "good"}
_MADE: Final[Mapping[str, str]] = {"open": "attention", "done": "good", "withdrawn": "plain", "undone": "plain"}
_RULE, _REMARK = re.compile(r"[A-Z]{2}[0-9]{3}"), re.compile(r"MA[0-9]{1,3}|[MN][0-9]{1,4}")
_COMMANDS = re.compile(r"[^.;]*`ptedi[^`]*`[^.;]*[.;]?\s*|[^.;]*`--[^`]*`[^.;]*[.;]?\s*")


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


def explain(seat: Seat, code: str) -> str:
    """The page that explains a code: an edit or finding (PT101), an adjustment (CO-45) or a remark (N130)."""
    group, dash, reason = code.partition("-")
    family = "adjustment" if dash else "edit" if _RULE.fullmatch(code) else "remark" if _REMARK.fullmatch(code) else ""
    return link(seat, "reference_code", family=family, code=reason if dash else group) if family else ""


def link(seat: Seat, name: str, /, **params: object) -> str:
    """The address of a page that may not be there, "" then."""
    try:
        return seat.url(name, **params)
    except LookupError:
        return ""
