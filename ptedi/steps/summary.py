"""A night in numbers, and the equations that close it: from the books, checked against the tables they stand on."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from ptedi.ledger.accounts import Account, Kind
from ptedi.ledger.equation import (
    BankEquation,
    ClaimsEquation,
    RemittanceEquation,
    claims_equation,
    remittance_equation,
)
from ptedi.money import ZERO, from_cents
from ptedi.steps.deposit import expects_deposit
from ptedi.steps.night import Night
from ptedi.store import Connection, claims, coordination, counts, deposits, events, findings, payments, postings, work
from ptedi.store.claims import ClaimRow
from ptedi.store.payments import PaymentState
from ptedi.submissions.status import State

_SENT = ("sent", "confirmed")
_LEFT_US = frozenset(State) - {State.CAPTURED, State.HELD, State.READY, State.BATCHED, State.SUPERSEDED}


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """A count with its amount."""

    count: int = 0
    amount: Decimal = ZERO


@dataclass(frozen=True, slots=True, kw_only=True)
class NightSummary:
    """One service date from captured charges to what is open, and the books as a whole.

    Attributes:
        visits, rows: captured; `rows_by_verdict` and, for refused rows, `refused` by finding code.
        claims: claims of the service date that stand (not superseded); `sent` left us; `by_state` where they are, a
            closed one as its payer decided it.
        later_payers: claims that ask later payers for what the first ones left; they bill nothing anew.
        held: held claims by finding code (a claim with two codes counts under each).
        rejected: claims refused before adjudication by who refused and why; `denied` work by reason (CO-50).
        adjustments, patient, open: what the ledger says of the service date's claims, by account.
        recouped, interest, forwarded, provider_other: provider-level amounts of all remittances to date;
            `recoupment_due` was announced and not yet taken.
        payments: checks to date by state; work: open work items by kind.
        equation: billed = paid + adjustments + patient + open, of the service date; `books` the same of every claim.
        remittances, bank: the other two equations, to date.
        unbalanced: ledger entries of the service date that do not sum to zero, and 1 when the ledger as a whole does
            not: 0.  Every entry is looked at when a day is closed and by `ptedi audit verify`.
    """

    service_date: date
    visits: int
    rows_by_verdict: Mapping[str, int]
    refused: Mapping[str, int]
    claims: Figure
    later_payers: Figure
    by_state: Mapping[str, Figure]
    sent: Figure
    held: Mapping[str, Figure]
    rejected: Mapping[str, Figure]
    denied: Mapping[str, Figure]
    adjustments: Mapping[str, Decimal]
    patient: Mapping[str, Decimal]
    open: Mapping[str, Decimal]
    recouped: Decimal
    recoupment_due: Decimal
    interest: Decimal
    forwarded: Decimal
    provider_other: Decimal
    payments: Mapping[str, Figure]
    work: Mapping[str, Figure]
    equation: ClaimsEquation
    books: ClaimsEquation
    remittances: RemittanceEquation
    bank: BankEquation
    unbalanced: int

    @property
    def closes(self) -> bool:
        """Whether every equation is explained to the cent and the ledger agrees with the tables."""
        differences = (
            self.equation.unexplained, self.equation.disagreement, self.books.unexplained, self.books.disagreement,
            self.remittances.unexplained, self.remittances.disagreement, self.bank.unexplained,
        )  # fmt: skip
        return not any(differences) and not self.unbalanced

    def as_json(self) -> dict[str, object]:
        """The published shape: counts as integers, amounts as decimal strings."""
        return {
            "service_date": self.service_date.isoformat(),
            "charges": {"visits": self.visits, "rows": dict(self.rows_by_verdict), "refused": dict(self.refused)},
            "claims": _figure(self.claims) | {"by_state": _figures(self.by_state)},
            "later_payers": _figure(self.later_payers),
            "sent": _figure(self.sent),
            "held": _figures(self.held),
            "rejected": _figures(self.rejected),
            "paid": _figure(self.by_state.get(State.PAID, Figure())),
            "partly_paid": _figure(self.by_state.get(State.PARTLY_PAID, Figure())),
            "denied": _figures(self.denied),
            "adjustments": _amounts(self.adjustments),
            "patient_responsibility": _amounts(self.patient),
            "open": _amounts(self.open),
            "recouped": _text(self.recouped), "recoupment_due": _text(self.recoupment_due),
            "interest": _text(self.interest),
            "forwarding_balance": _text(self.forwarded), "other_provider_level": _text(self.provider_other),
            "payments": _figures(self.payments),
            "work": _figures(self.work),
            "equation": _claims_equation(self.equation),
            "books": _claims_equation(self.books),
            "remittances": {
                "checks": _text(self.remittances.checks), "claims": _text(self.remittances.claims),
                "unapplied": _text(self.remittances.unapplied), "provider": _text(self.remittances.provider),
                "unexplained": _text(self.remittances.unexplained + self.remittances.disagreement),
            },
            "bank": {
                "checks": _text(self.bank.checks), "bank": _text(self.bank.bank),
                "checks_without_deposit": _text(self.bank.without_deposit),
                "deposits_without_remittance": _text(self.bank.without_remittance),
                "unexplained": _text(self.bank.unexplained),
            },
            "unbalanced_entries": self.unbalanced, "closes": self.closes,
        }  # fmt: skip


def _text(amount: Decimal) -> str:
    return f"{amount:.2f}"


def _amounts(amounts: Mapping[str, Decimal]) -> dict[str, str]:
    return {name: _text(amount) for name, amount in amounts.items()}


def _figure(figure: Figure) -> dict[str, object]:
    return {"count": figure.count, "amount": _text(figure.amount)}


def _figures(figures: Mapping[str, Figure]) -> dict[str, object]:
    return {name: _figure(figure) for name, figure in figures.items()}


def _claims_equation(equation: ClaimsEquation) -> dict[str, str]:
    return {
        "billed": _text(equation.billed), "paid": _text(equation.paid), "adjustments": _text(equation.adjustments),
        "patient": _text(equation.patient), "open": _text(equation.open),
        "unexplained": _text(equation.unexplained if equation.unexplained else equation.disagreement),
    }  # fmt: skip


# --- gathering ---


def summary(night: Night, service_date: date) -> NightSummary:
    """The summary of a service date, from one consistent view of the store."""
    with night.store.read() as conn:
        states = events.decided_states(conn, service_date=service_date)
        living = [r for r in claims.of_date(conn, service_date) if states.get(r.id) is not State.SUPERSEDED]
        later = coordination.later(conn)
        rows = [r for r in living if r.id not in later]
        ids = {row.id for row in living}
        verdicts, refused = _captured(conn, service_date)
        balances, whole = postings.balances(conn, service_date=service_date), postings.balances(conn)
        batched = counts.batched(conn, service_date, *_SENT)
        provider, (taken, due) = _provider(whole), postings.recoupments(conn)
        return NightSummary(
            service_date=service_date, visits=counts.captured_visits(conn, service_date),
            rows_by_verdict=verdicts, refused=refused, claims=_sum(rows),
            later_payers=_sum([r for r in living if r.id in later]),
            by_state=_group((states[r.id].value, r) for r in rows if r.id in states),
            sent=_sum([r for r in rows if r.id in batched or states.get(r.id) in _LEFT_US]),
            held=_held(conn, [r for r in rows if states.get(r.id) is State.HELD]),
            rejected=_rejected(conn, [r for r in rows if states.get(r.id) is State.REJECTED]),
            denied=_denied(one for one in work.denials(conn, service_date) if one[0] in ids),
            adjustments=_by_account(balances, Kind.ADJUSTMENT), patient=_by_account(balances, Kind.PATIENT),
            open=_by_account(balances, Kind.PAYER), recouped=taken, recoupment_due=due,
            interest=-provider[Account.PROVIDER_INTEREST], forwarded=provider[Account.PROVIDER_FORWARD_BALANCE],
            provider_other=_other(provider), payments=_payments(conn), work=_work(conn),
            equation=_equation(conn, balances, rows, service_date),
            books=_equation(conn, postings.balances_on_claims(conn), None, None),
            remittances=_remittances(conn, whole), bank=_bank(conn),
            unbalanced=len(postings.unbalanced(conn, service_date=service_date)) + bool(sum(whole.values())),
        )  # fmt: skip


def _captured(conn: Connection, service_date: date) -> tuple[dict[str, int], dict[str, int]]:
    verdicts, refused = Counter[str](), Counter[str]()
    for one in counts.captured_rows(conn, service_date):
        verdicts[one.verdict] += one.rows
        if one.verdict == "rejected":
            for code in one.codes.split() or ["?"]:
                refused[code] += one.rows
    return dict(sorted(verdicts.items())), dict(sorted(refused.items()))


def _sum(rows: Sequence[ClaimRow]) -> Figure:
    return Figure(count=len(rows), amount=from_cents(sum(row.charge_cents for row in rows)))


def _group(pairs: Iterable[tuple[str, ClaimRow]]) -> dict[str, Figure]:
    found: dict[str, list[ClaimRow]] = defaultdict(list)
    for name, row in pairs:
        found[name].append(row)
    return {name: _sum(rows) for name, rows in sorted(found.items())}


def _held(conn: Connection, rows: Sequence[ClaimRow]) -> dict[str, Figure]:
    said = findings.of_claims(conn, [row.id for row in rows])
    return _group(
        (code, row) for row in rows
        for code in sorted({f.code for f in said.get(row.id, []) if f.severity.stops}) or ["?"]
    )  # fmt: skip


def _rejected(conn: Connection, rows: Sequence[ClaimRow]) -> dict[str, Figure]:
    """By who refused the claim and the first words of the reason."""
    said = counts.refusals(conn, [row.id for row in rows])
    return _group((_reason(*said.get(row.id, ("", ""))), row) for row in rows)


def _reason(event: str, detail: str) -> str:
    first = detail.partition(";")[0].partition(" in ")[0]
    return f"{event}: {first[:140]}".strip(": ") or "?"


def _denied(items: Iterable[tuple[int, str, int]]) -> dict[str, Figure]:
    found: dict[str, list[int]] = defaultdict(list)
    for _, adjustment, cents in items:
        found[adjustment].append(cents)
    return {name: Figure(count=len(cents), amount=from_cents(sum(cents))) for name, cents in sorted(found.items())}


def _by_account(balances: Mapping[Account, Decimal], kind: Kind) -> dict[str, Decimal]:
    return {a.value.rpartition(".")[2]: amount for a, amount in sorted(balances.items()) if a.kind is kind and amount}


def _provider(balances: Mapping[Account, Decimal]) -> dict[Account, Decimal]:
    return {a: balances.get(a, ZERO) for a in Account if a.kind is Kind.PROVIDER}


_TOLD_APART = (Account.PROVIDER_RECOUPMENT, Account.PROVIDER_INTEREST, Account.PROVIDER_FORWARD_BALANCE)


def _other(provider: Mapping[Account, Decimal]) -> Decimal:
    return sum((amount for account, amount in provider.items() if account not in _TOLD_APART), ZERO)


def _payments(conn: Connection) -> dict[str, Figure]:
    found = counts.payments_by_state(conn)
    return {state.value: Figure(count=n, amount=from_cents(cents)) for state, (n, cents) in sorted(found.items())}


def _work(conn: Connection) -> dict[str, Figure]:
    found = work.totals(conn)
    return {kind.value: Figure(count=n, amount=from_cents(cents)) for kind, (n, cents) in sorted(found.items())}


def _equation(
    conn: Connection, balances: Mapping[Account, Decimal], rows: Sequence[ClaimRow] | None, day: date | None
) -> ClaimsEquation:
    """The balances come from the postings, billed and paid from the claims and the remittances themselves."""
    billed = sum(row.charge_cents for row in rows) if rows is not None else counts.billed_cents(conn)
    return claims_equation(balances, billed=from_cents(billed), paid=from_cents(counts.paid_cents(conn, day)))


def _remittances(conn: Connection, whole: Mapping[Account, Decimal]) -> RemittanceEquation:
    checks = from_cents(payments.total_cents(conn, PaymentState.POSTED))
    return remittance_equation(whole, checks=checks, claims=from_cents(counts.paid_cents(conn)))


def _bank(conn: Connection) -> BankEquation:
    checks = [check for check in payments.list_payments(conn) if expects_deposit(check)]
    short = deposits.short(conn, {check.id: check.amount_cents for check in checks})
    orphans = deposits.list_deposits(conn, matched=False)
    return BankEquation(
        checks=from_cents(sum(check.amount_cents for check in checks)), bank=from_cents(deposits.total_cents(conn)),
        without_deposit=from_cents(sum(short.values())),
        without_remittance=from_cents(sum(deposit.open_cents for deposit in orphans)),
    )  # fmt: skip
