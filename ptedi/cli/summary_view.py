"""How a night is told to a biller: where the charges went, what came back, what waits, and what closes it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import fields, is_dataclass
from decimal import Decimal
from pathlib import Path

from rich.markup import escape
from rich.table import Table

from ptedi.cli.common import out
from ptedi.codes import adjustments
from ptedi.findings import CATALOGUE, counted
from ptedi.money import ZERO, usd
from ptedi.steps.inbound import Figure, NightSummary

_LABELS = {
    "contractual": "contract and fee schedule", "mppr": "multiple-procedure reduction (CO-59)",
    "sequestration": "sequestration (CO-253)", "other": "other adjustments",
    "secondary": "with secondary payers",
    "denied": "denied, not written off", "deductible": "deductible (PR-1)", "coinsurance": "coinsurance (PR-2)",
    "copay": "copay (PR-3)", "covered": "of it asked of next payers",
}  # fmt: skip


def show(night: NightSummary) -> None:
    """Prints the summary."""
    out.print()
    out.rule(f"[bold]The night of {night.service_date:%A %d %B %Y}[/]", align="left")
    table = Table(box=None, show_header=False, pad_edge=False, width=min(out.width, 110))
    table.add_column(min_width=46)
    table.add_column(justify="right")
    table.add_column(justify="right")
    for words, count, amount in _rows(night):
        table.add_row(words, count, amount)
    out.print(table)
    _equations(night)


def _rows(night: NightSummary) -> Iterable[tuple[str, str, str]]:
    rows = night.rows_by_verdict
    yield _head("Charges captured"), counted(night.visits, "visit"), counted(sum(rows.values()), "row")
    for code, count in night.refused.items():
        yield _sub(f"refused: {_title(code)} ({code})"), "", counted(count, "row")
    yield from _figure("Claims coded", night.claims)
    yield from _figure("Sent", night.sent)
    state = night.by_state.get
    yield from _several("Held by our own edits", night.held, lambda code: f"{_title(code)} ({code})", state("held"))
    yield from _several("Rejected before adjudication", night.rejected, str, state("rejected"))
    for name in ("accepted by payer", "paid", "partly paid", "reversed"):
        if name in night.by_state:
            yield from _figure(name.capitalize(), night.by_state[name])
    yield from _figure("Denied as a whole", state("denied") or Figure())
    yield from _several("Denied lines, of denied and partly paid claims", night.denied, _reason)
    yield from _amounts("Adjusted", night.adjustments)
    yield from _amounts("Patient responsibility", night.patient)
    yield from _amounts("Open", _open(night))
    taken_less_announced = night.remittances.provider + night.interest - night.forwarded - night.provider_other
    yield from _amounts("Provider level of all checks, to date", {
        "recouped by payers": -night.recouped,
        "overpaid by payers, to be recouped": night.recouped - taken_less_announced,
        "interest received": night.interest, "forwarded balances": -night.forwarded, "other": -night.provider_other,
    })  # fmt: skip
    yield from _several("Waiting for a person, all nights", night.work, str)


def _open(night: NightSummary) -> dict[str, Decimal]:
    """The payers' share that is open, by who must move next: us, or them."""
    ours = {f"{name}, for us to correct": night.by_state[name].amount for name in ("held", "rejected")
            if name in night.by_state}  # fmt: skip
    primary = night.open.get("primary", ZERO)
    rest = {_LABELS.get(key, key): amount for key, amount in night.open.items() if key != "primary"}
    return ours | {"on the way or with the payers, not answered yet": primary - sum(ours.values(), ZERO)} | rest


def _title(code: str) -> str:
    return CATALOGUE[code].title if code in CATALOGUE else code


def _head(words: str) -> str:
    return f"[bold]{escape(words)}[/]"


def _sub(words: str) -> str:
    return f"    {escape(words)}"


def _figure(words: str, figure: Figure) -> Iterable[tuple[str, str, str]]:
    yield _head(words), str(figure.count), usd(figure.amount)


def _several(
    words: str, figures: Mapping[str, Figure], name: Callable[[str], str], total: Figure | None = None
) -> Iterable[tuple[str, str, str]]:
    if not figures:
        return
    yield _head(words), str(total.count) if total else "", usd(total.amount) if total else ""
    for key, figure in sorted(figures.items(), key=lambda pair: -pair[1].count):
        yield _sub(name(key)), str(figure.count), usd(figure.amount)


def _amounts(words: str, amounts: Mapping[str, Decimal]) -> Iterable[tuple[str, str, str]]:
    shown = {key: amount for key, amount in amounts.items() if amount != ZERO}
    if not shown:
        return
    yield _head(words), "", usd(sum(shown.values(), ZERO))
    for key, amount in shown.items():
        yield _sub(_LABELS.get(key, key)), "", usd(amount)


def _reason(key: str) -> str:
    return f"{key} {adjustments.reason(key.partition('-')[2]) or ''}".strip()


def _equations(night: NightSummary) -> None:
    out.print()
    out.rule("[bold]The equations that close it[/]", align="left")
    for words, equation in (("this night", night.equation), ("all claims", night.books)):
        out.print(f"{words}: billed {usd(equation.billed)} = paid {usd(equation.paid)} "
                  f"+ adjustments {usd(equation.adjustments)} + patient {usd(equation.patient)} "
                  f"+ open {usd(equation.open)}"
                  f"   {_verdict(equation.unexplained or equation.disagreement)}", highlight=False)  # fmt: skip
    remit, bank = night.remittances, night.bank
    out.print(f"remittances: checks {usd(remit.checks)} = claims {usd(remit.claims)} + unapplied {usd(remit.unapplied)}"
              f" + provider level {usd(-remit.provider)}   {_verdict(remit.unexplained or remit.disagreement)}",
              highlight=False)  # fmt: skip
    waiting = "".join(
        f" {sign} {words} {usd(amount)}"
        for sign, words, amount in (("+", "checks not deposited yet", bank.without_deposit),
                                    ("-", "deposits without a remittance", bank.without_remittance)) if amount
    )  # fmt: skip
    out.print(f"bank: checks {usd(bank.checks)} = deposits {usd(bank.bank)}{waiting}   {_verdict(bank.unexplained)}",
              highlight=False)  # fmt: skip


def _verdict(difference: Decimal) -> str:
    colour = "green" if difference == ZERO else "bold red"
    return f"[{colour}]{usd(difference)} unexplained[/]"


def next_steps(folder: Path) -> None:
    """What to try after the demo."""
    out.print()
    commands = (
        (f"ptedi serve -w {folder}", "the workbench in your browser; it prints a link that signs you in"),
        (f"ptedi work -w {folder}", "what waits for a person, most valuable first"),
        (f"ptedi claims -w {folder} --state denied", "then `ptedi claim CLAIM` for the whole story of one"),
        (f"ptedi sandbox -w {folder}", "answers a night that you started there; `ptedi collect` fetches the answers"),
        (f"ls {folder}/rejects", "refused charge rows with their reason, to correct and drop again"),
        ("ptedi explain CO-97", "any code in plain words"),
        (f"ptedi up -w {folder}", "the same DAGs in Airflow's own pages"),
    )
    width = max(len(command) for command, _ in commands)
    out.print("Next (the commands are in .venv/bin):", highlight=False)
    for command, words in commands:
        out.print(f"  {command:{width}}  {words}", highlight=False, markup=False)


def steps(result: object) -> None:
    """Prints what each step of a run did, one line a step."""
    if not is_dataclass(result):
        return
    for field in fields(result):
        value = getattr(result, field.name)
        for one in value if isinstance(value, tuple) else (value,):
            words = _counts(one)
            if words:
                out.print(f"[bold]{field.name:14}[/] {escape(words)}", highlight=False)


def _counts(result: object) -> str:
    if not is_dataclass(result):
        return str(result)
    parts = []
    for field in fields(result):
        value = getattr(result, field.name)
        name = field.name.replace("_", " ")
        if field.name.endswith("_cents") and value:
            parts.append(f"{name.removesuffix(' cents')} {usd(Decimal(value).scaleb(-2))}")
        elif isinstance(value, dict) and value:
            parts.append(f"{name} " + ", ".join(f"{k} {v}" for k, v in value.items()))
        elif isinstance(value, tuple) and value:
            parts.append(f"{name} {len(value)}")
        elif isinstance(value, int) and value:
            parts.append(f"{name} {value}")
    return ", ".join(parts) or "nothing to do"
