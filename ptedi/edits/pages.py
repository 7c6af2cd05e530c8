"""The pages of the edits as Markdown: schemas/edits, generated from the registry and kept current by a test."""

from __future__ import annotations

from collections.abc import Iterator

from ptedi.edits.registry import EDITS, Edit
from ptedi.findings import Rule

FAMILIES = {
    "PT": "Therapy: units, modifiers, codes, episode, plan of care, telehealth",
    "NC": "NCCI pairs and unit limits", "DX": "Diagnoses", "EG": "Coverage", "AU": "Authorizations", "PV": "Providers",
    "DU": "Duplicates", "TF": "Service dates and filing limits", "LN": "Lines and charges",
    "WV": "Waivers",
}  # fmt: skip
_SEVERITY = {"error": "stops the claim", "hold": "holds the claim for a person", "warning": "warns", "info": "informs"}


def files() -> dict[str, str]:
    """Every generated file of schemas/edits by name."""
    return {"README.md": index()} | {f"{code}.md": page(one.rule) for code, one in sorted(EDITS.items())}


def index() -> str:
    """The list of all edits."""
    return "\n".join((
        "# The edits", "",
        "What the scrubber looks for before a claim leaves; generated from the registry in `ptedi/edits`.",
        "`ptedi explain CODE` prints the same pages.", "",
        f"{len(EDITS)} edits. *error* stops a claim until it is corrected, *hold* until a person decides;",
        "*warning* and *info* let it go.", "", *_families(),
    ))  # fmt: skip


def _families() -> Iterator[str]:
    for prefix, name in FAMILIES.items():
        members = [one for code, one in sorted(EDITS.items()) if code.startswith(prefix)]
        if members:
            yield from (f"## {name}", "", "| code | severity | what it says |", "|---|---|---|")
            yield from map(_row, members)
            yield ""


def _row(one: Edit) -> str:
    note = "" if one.rule.status == "stable" else f" ({one.rule.status})"
    return f"| [{one.code}]({one.code}.md) | {one.rule.severity.value}{note} | {one.rule.title} |"


def page(rule: Rule) -> str:
    """One edit's page."""
    return "\n".join((
        f"# {rule.code}: {rule.title}", "",
        f"Severity: **{rule.severity.value}** ({_SEVERITY[rule.severity.value]}). Status: {rule.status}.", "",
        f"**What it checks.** {rule.checks}", "", f"**Why it matters.** {rule.matters}", "",
        f"**Example.** {rule.example}", "", f"**Use instead.** {rule.instead}", "", f"**Reference.** {rule.reference}",
        "",
    ))  # fmt: skip
