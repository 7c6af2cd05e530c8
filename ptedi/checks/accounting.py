"""Where each rule of the guide lives: in the structure engine, in this package, or nowhere in a file, with the reason.

A test reads this table against the catalogue, so that no rule of the guide is forgotten.
"""

from __future__ import annotations

STRUCTURE: dict[str, tuple[str, ...]] = {
    "E01": ("IE004",),
    "E02": ("IE005", "EL013"),
    "E03": ("IE021", "IE024"),
    "E04": ("IE031", "IE034"),
    "E05": ("IE040", "IE041", "IE043"),
    "E06": ("IE044",),
    "F01": ("EL015", "IE011"),
    "C09": ("SG005",),
    "C12": ("EL005",),
    "C15": ("EL007",),
    "D08": ("EL003", "SG005"),
    "L01": ("SG024", "SG006"),
    "B01": ("SG003", "SG004", "EL001"),
    "P09": ("EL007",),
    "P28": ("SG001", "SG002"),
}
"""Guide rule -> codes of the structure engine that tell it."""

NOT_DECIDABLE: dict[str, str] = {
    "E07": "test or production is a matter of the partner's profile",
    "E08": "the agreed ids stand in the partner's profile",
    "V13": "whether a supervising provider is documented does not stand in the file",
    "V15": "which payer wants the certifying provider is a matter of its profile (edits PV)",
    "V19": "which payer still wants a legacy id is a matter of its profile",
    "S03": "whether a dependent has an own member id is known to the payer only",
    "S14": "which payer ids can be reached is the clearinghouse's list",
    "C13": "the filing limit is a matter of the payer's profile (edits TF)",
    "C14": "whether a payer forbids a claim across months is a matter of its profile",
    "C17": "which unusual segments a payer wants is a matter of its profile",
    "L13": "whether a payer wants EPSDT and family planning indicators is a matter of its profile",
    "B15": "whether the prior payer gave a claim number stands in its 835, not in this file",
    "U01": "needs the claims sent before (edits DU)",
    "U02": "needs the states of the claims sent before (edits DU)",
    "U03": "needs the files sent before",
    "Y01": "needs the payer profiles",
    "P20": "needs the receivables of earlier payments (the ledger)",
    "P21": "how posting reads units that are not sent; nothing is wrong with the file",
    "P22": "how posting matches a changed code; nothing is wrong with the file",
    "P23": "needs the line control numbers of the claims sent",
    "P25": "needs our own NPI and tax id",
    "P26": "needs the bank's deposits",
}
"""Guide rule -> why one file cannot decide it."""
