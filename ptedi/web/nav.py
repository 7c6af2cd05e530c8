"""The way around: what the left side lists."""

from __future__ import annotations

from dataclasses import dataclass

from ptedi.web.access import Verb


@dataclass(frozen=True, slots=True)
class Place:
    """One entry: the route's name, its title, its icon, the verb it needs, and the routes that belong to it.

    `prefix` marks the entry as current for every route whose name begins with it.
    """

    name: str
    title: str
    icon: str
    verb: Verb
    prefix: str
    key: str = ""


NAV = (
    Place("tonight", "Tonight", "moon", Verb.SEE, "tonight", "n"),
    Place("work", "Worklist", "list", Verb.LOOK, "work", "w"),
    Place("claims", "Claims", "claim", Verb.LOOK, "claim", "c"),
    Place("rework", "Rework", "pencil", Verb.LOOK, "rework", "r"),
    Place("remits", "Remittances", "coins", Verb.LOOK, "remit", "m"),
    Place("close", "Day's close", "scale", Verb.LOOK, "close", "d"),
    Place("batches", "Batches", "box", Verb.LOOK, "batch", "b"),
    Place("partners", "Partners", "plug", Verb.SEE, "partner", "p"),
    Place("reports", "Reports", "chart", Verb.SEE, "report", "e"),
    Place("upload", "Upload", "upload", Verb.UPLOAD, "upload", "u"),
    Place("progress", "Running night", "clock", Verb.SEE, "progress", "i"),
    Place("reference", "Reference", "book", Verb.SEE, "reference", "f"),
    Place("people", "People", "people", Verb.MANAGE, "people", "o"),
)
