"""`ptedi explain`: finding codes, adjustments, remarks, claim statuses, procedures and modifiers in our own words."""

from __future__ import annotations

import re
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from ptedi import dates
from ptedi.cli.common import emit, err, out
from ptedi.findings import CATALOGUE, Rule

_ADJUSTMENT = re.compile(r"(CO|PR|OA|PI)[- ]?([A-Z]?\d{1,3})")
_STATUS = re.compile(r"([A-Z]\d):(\d{1,3})(?::\w{2})?")


def rules() -> dict[str, Rule]:
    """Every rule page there is, by code; importing the steps registers them all."""
    import ptedi.checks
    import ptedi.pipeline

    assert ptedi.checks and ptedi.pipeline  # noqa: S101 - imported for what they register
    return dict(sorted(CATALOGUE.items()))


def explain(
    code: Annotated[str | None, typer.Argument(help="A finding code (CV001) or guide rule (V01), an adjustment "
                                                    "(CO-97), a remark (N20), a claim status (A7:164), a procedure "
                                                    "(97110) or a modifier (KX).", show_default=False)] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:  # fmt: skip
    """Explain a code: what it checks, why it matters, what to do.  Without a code: the index of all finding codes."""
    known = rules()
    if code is None:
        _index(known, as_json=as_json)
        return
    text = page(code.strip().upper())
    if text is None:
        err.print(f"{escape(code)} is no code known here; `ptedi explain` lists the finding codes", highlight=False)
        raise typer.Exit(2)
    if as_json:
        emit({"code": code.strip().upper(), "page": text})
    else:
        out.print(text.rstrip(), markup=False, highlight=False)


def _index(known: dict[str, Rule], *, as_json: bool) -> None:
    if as_json:
        emit([{"code": r.code, "title": r.title, "severity": r.severity.value, "snip": r.snip} for r in known.values()])
        return
    table = Table("Code", "Severity", "SNIP", "What", title=f"{len(known)} finding codes", title_justify="left")
    for rule in known.values():
        table.add_row(rule.code, rule.severity.value, str(rule.snip or ""), escape(rule.title))
    out.print(table)


def page(code: str) -> str | None:
    """The page of any code, None when nobody knows it."""
    from ptedi.checks.explain import explain as rule_page

    return rule_page(code) or _adjustment(code) or _status(code) or _remark(code) or _modifier(code) or _procedure(code)


def _adjustment(code: str) -> str | None:
    from ptedi.codes import adjustments
    from ptedi.denials import actions
    from ptedi.denials.classify import classify

    match = _ADJUSTMENT.fullmatch(code)
    if match is None or adjustments.reason(match[2]) is None:
        return None
    head = f"{match[1]}-{match[2]}  {adjustments.label(match[1], match[2])}\n"
    denial = classify(match[1], match[2], on=dates.today())
    if denial is None:
        return f"{head}\n  Not a denial: it prices the line or moves an amount, and is posted as it stands."
    fields = (("Category", denial.category), ("Cause", denial.cause), ("Do", actions.words(denial.action)),
              ("How", denial.how), ("Reworkable", denial.reworkable), ("Source", denial.source))  # fmt: skip
    return head + "".join(f"\n  {name:<11} {value}" for name, value in fields)


def _status(code: str) -> str | None:
    from ptedi.codes import claim_status

    match = _STATUS.fullmatch(code)
    label = claim_status.label(match[1], match[2]) if match else None
    return f"{code}  {label}\n\n  A claim status of a 277CA: before adjudication, not a denial." if label else None


def _remark(code: str) -> str | None:
    from ptedi.codes import remarks

    label = remarks.label(code)
    what = "A remark (RARC) of an 835: it says more about the adjustment beside it."
    return f"{code}  {label}\n\n  {what}" if label else None


def _modifier(code: str) -> str | None:
    from ptedi.codes import modifier

    known = modifier.find(code, dates.today())
    return f"{code}  {known.label}\n\n  A procedure modifier ({known.kind}), SV101-3 to SV101-6." if known else None


def _procedure(code: str) -> str | None:
    from ptedi.codes import procedures

    known = procedures.find(code, dates.today())
    if known is None:
        return None
    limit = procedures.unit_limit(code, dates.today())
    fields = (
        ("Kind", known.kind),
        ("Counted", f"{known.basis} {known.minutes} minutes" if known.minutes else str(known.basis)),
        ("Therapy", known.therapy), ("Add-on to", known.parent), ("Medicare", known.medicare_status),
        ("MUE", str(limit.units) if limit else ""), ("Assistant", known.assistant),
    )  # fmt: skip
    return f"{code}  {known.label}\n" + "".join(f"\n  {name:<11} {value}" for name, value in fields if value)
