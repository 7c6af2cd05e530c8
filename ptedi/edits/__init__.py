"""The scrubber: edits look at a coded claim before it leaves and say what would stop its payment.

Each edit is a function with a code, a severity and a page (its docstring); `scrub` runs them all and collects what
they find, so that one bad claim never stops the others.  An edit never changes a claim: repairs are `edits.repairs`.
"""

from __future__ import annotations

from ptedi.edits import (
    authorization,
    coverage,
    diagnoses,
    documentation,
    duplicates,
    filing,
    lines,
    ncci,
    payment_modifiers,
    providers,
    records,
    repairs,
    telehealth,
    therapy_codes,
    therapy_episode,
    therapy_modifiers,
    therapy_plan,
    therapy_threshold,
    therapy_units,
    waivers,
)  # fmt: skip
from ptedi.edits.history import Grant, History, PriorVisit
from ptedi.edits.registry import EDITS, Edit
from ptedi.edits.runner import scrub

__all__ = [
    "EDITS", "Edit", "Grant", "History", "PriorVisit", "authorization", "coverage", "diagnoses", "documentation",
    "duplicates", "filing", "lines", "ncci", "payment_modifiers", "providers", "records", "repairs", "scrub",
    "telehealth", "therapy_codes", "therapy_episode", "therapy_modifiers", "therapy_plan", "therapy_threshold",
    "therapy_units", "waivers",
]  # fmt: skip
