"""The page of a finding code, for `ptedi explain CODE`, and the index of all codes."""

from __future__ import annotations

from collections.abc import Iterable

from ptedi.findings import CATALOGUE, Rule

GROUPS = {
    "IE": "Envelope and bytes", "SG": "Segments and loops", "EL": "Elements", "CE": "Batch of claims (837P)",
    "CF": "How values are written (837P)", "CV": "Providers (837P)", "CS": "Subscriber and payer (837P)",
    "CC": "Claim (837P)", "CD": "Diagnoses (837P)", "CL": "Service lines (837P)", "CB": "Other payers (837P)",
    "RP": "Remittance (835)", "RD": "Reading of remittances and claims", "CX": "Files that cannot be judged",
    "IN": "Captured charges", "PT": "Edits: therapy", "NC": "Edits: NCCI and unit limits", "DX": "Edits: diagnoses",
    "EG": "Edits: coverage", "AU": "Edits: authorization", "PV": "Edits: providers", "DU": "Edits: duplicates",
    "TF": "Edits: timely filing", "LN": "Edits: lines", "WV": "Waivers", "RC": "Records of the practice",
    "PY": "Payer profiles", "AG": "Contracts", "TB": "Official code files", "SB": "What we are about to send",
    "TR": "Partners' channels", "IF": "Files that came in",
}  # fmt: skip


def find(reference: str) -> tuple[Rule, ...]:
    """The rules that a finding code (CC001) or a guide rule id (C01) names, in the order of their codes."""
    wanted = reference.strip().upper()
    if wanted in CATALOGUE:
        return (CATALOGUE[wanted],)
    return tuple(rule for code, rule in sorted(CATALOGUE.items()) if rule.guide_rule == wanted)


def explain(reference: str) -> str | None:
    """The page of a finding code or guide rule id as plain text, or None when nobody knows it."""
    rules = find(reference)
    return "\n".join(map(page, rules)) if rules else None


def page(rule: Rule) -> str:
    """One rule's page."""
    snip = f", SNIP type {rule.snip}" if rule.snip else ""
    lines = [f"{rule.code}  {rule.title}", "", f"  Severity    {rule.severity.value}{snip}"]
    fields = (
        ("Checks", rule.checks), ("Matters", rule.matters), ("Example", rule.example), ("Instead", rule.instead),
        ("Reference", rule.reference), ("Guide rule", rule.guide_rule),
    )  # fmt: skip
    lines += [f"  {name:<11} {text}" for name, text in fields if text]
    if rule.status != "stable":
        lines.append(f"  {'Status':<11} {rule.status}")
    return "\n".join(lines) + "\n"


def index(rules: Iterable[Rule] | None = None) -> str:
    """All codes by group as a Markdown page (docs/findings.md)."""
    groups: dict[str, list[Rule]] = {}
    for rule in CATALOGUE.values() if rules is None else rules:
        groups.setdefault(rule.code[:2], []).append(rule)
    lines = ["# Finding codes", "", "Generated from the rule pages; `ptedi explain CODE` prints a page in full.", ""]
    order = {name: number for number, name in enumerate(GROUPS)}
    for name in sorted(groups, key=lambda n: (order.get(n, len(order)), n)):
        lines += [f"## {name}: {GROUPS.get(name, 'Other')}", ""]
        lines += ["| code | severity | what |", "|---|---|---|"]
        lines += [f"| {r.code} | {r.severity.value} | {r.title} |" for r in sorted(groups[name], key=lambda r: r.code)]
        lines.append("")
    return "\n".join(lines)
