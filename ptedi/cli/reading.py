"""How `ptedi read` shows a file to a person."""

from __future__ import annotations

from typing import Any

from rich.markup import escape
from rich.table import Table

from ptedi.cli.common import out


def show(name: str, content: dict[str, Any]) -> None:
    """Prints the content of one file as tables."""
    out.print(f"[bold]{escape(name)}[/]  {', '.join(content.get('kinds', ())) or 'not X12'}", highlight=False)
    for payment in content.get("payments", ()):
        _payment(payment)
    if content.get("claims"):
        _claims(content["claims"])
    for acknowledgement in content.get("acknowledgements", ()):
        fields = (f"{key} {value}" for key, value in acknowledgement.items() if isinstance(value, (str, int)) and value)
        out.print("  " + escape(", ".join(fields)), highlight=False)
    for finding in content.get("findings", ()):
        out.print(f"  [yellow]{finding['code']}[/] {escape(finding['message'])}", highlight=False)


def _payment(payment: dict[str, Any]) -> None:
    head = "  ".join(str(payment[key] or "?") for key in ("method", "trace_number", "amount", "date", "payer"))
    balance = "[green]balances[/]" if payment["balanced"] else "[red]does not balance[/]"
    out.print(f"  {escape(head)}  {balance}", highlight=False)
    table = Table("Claim", "Status", "Code", "Charge", "Paid", "Patient", "Adjustments")
    for claim in payment["claims"]:
        patient = claim["patient_responsibility"] or ""
        table.add_row(escape(claim["patient_control_number"]), claim["status_code"], "", claim["charge"],
                      claim["paid"], patient, _adjustments(claim["adjustments"]))  # fmt: skip
        for line in claim["lines"]:
            code = " ".join([line["procedure"], *line["modifiers"]])
            table.add_row("", "", escape(code), line["charge"], line["paid"], "", _adjustments(line["adjustments"])
                          + (" " + " ".join(line["remarks"]) if line["remarks"] else ""))  # fmt: skip
    for adjustment in payment["provider_adjustments"]:
        reference = escape(adjustment["reference"] or "")
        table.add_row("provider", adjustment["reason"], reference, "", "", "", adjustment["amount"])
    out.print(table)
    for finding in payment["findings"]:
        out.print(f"  [yellow]{finding['code']}[/] {escape(finding['message'])}", highlight=False)


def _adjustments(adjustments: list[dict[str, Any]]) -> str:
    return "  ".join(f"{a['group']}-{a['reason']} {a['amount']}" for a in adjustments)


def _claims(claims: list[dict[str, Any]]) -> None:
    table = Table("Claim", "Payer", "Code", "Units", "Charge", "Date")
    for claim in claims:
        number, payer = escape(claim["patient_control_number"]), escape(claim.get("payer", ""))
        table.add_row(number, payer, "", "", claim["charge"], "")
        for line in claim["lines"]:
            code = " ".join([line["procedure"], *line["modifiers"]])
            table.add_row("", "", escape(code), str(line["units"]), line["charge"], str(line.get("service_date") or ""))
    out.print(table)
