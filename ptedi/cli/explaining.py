"""`ptedi explain`: finding codes, adjustments, remarks, claim statuses, procedures and modifiers in our own words."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from ptedi.cli.common import emit, err, out
from ptedi.findings import CATALOGUE, Rule


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
    from ptedi.pipeline import reference

    found = reference.code_page(code)
    if found is None or rule_page(code):
        return rule_page(code)
    facts = "".join(f"\n  {name:<11} {value}" for name, value in found.fields) or f"\n  {found.note}"
    return f"{found.code}  {found.title}\n{facts}"
