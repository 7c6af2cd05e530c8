"""What is doubtful in contracts although they can be read: `ptedi contracts lint`."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from datetime import date
from decimal import Decimal

from ptedi.codes import procedures
from ptedi.findings import Finding, Rule, Severity, register
from ptedi.money import usd
from ptedi.pricing.contract import Contract, Contracts, Terms
from ptedi.pricing.fee import NoFee, fee


def _rule(code: str, title: str, severity: Severity, checks: str, matters: str, instead: str) -> Rule:
    return register(Rule(code=code, title=title, severity=severity, checks=checks, matters=matters, instead=instead,
                         example="", reference="schemas/contracts/contract.schema.json"))


PAYER = _rule("AG101", "A contract is with a payer that has no profile", Severity.ERROR,
              "The payer of each contract against the payer profiles.", "No payment is ever compared with it.",
              "Correct the payer's id, or add its profile.")
PROCEDURE = _rule("AG102", "A contract names a procedure that the tables do not know", Severity.WARNING,
                  "Codes of rates, price lists, caps and per_visit_except.",
                  "A mistyped code makes its price useless without a word.", "Correct the code.")
UNVERIFIED = _rule("AG103", "Terms were never verified", Severity.INFO,
                   "Terms whose verified is no, recalled or secondary.",
                   "A payer is asked for money on the word of something nobody has read at its source.",
                   "Read the source, then say verified = \"yes\".")
LAPSED = _rule("AG104", "A contract has lapsed", Severity.WARNING, "Contracts whose last terms ended before today.",
               "Payments are no longer compared.", "Add the terms that hold now.")
HIDDEN = _rule("AG105", "Terms are hidden by others", Severity.INFO,
               "Terms of one contract, or contracts of one payer, that cover the same days.",
               "The later terms win; a reader may believe the others.", "End the earlier terms where the later begin.")
UNPRICED = _rule("AG106", "What the practice bills has no price", Severity.WARNING,
                 "The procedures of the practice's price list, priced as of today.",
                 "Their payments cannot be compared: an underpayment is not seen.",
                 "Add the code to the list, or load the official fee schedule (`ptedi codes load`).")
CHEAP = _rule("AG107", "The practice charges less than the payer would pay", Severity.WARNING,
              "The practice's charge of a unit against the contract, where the lesser of both is paid.",
              "The difference is given away on every unit.", "Raise the charge above the best contract.")


PLACE = _rule("AG108", "Medicare's fee schedule without a locality", Severity.WARNING,
              "Terms of basis medicare at 100 percent whose locality is not set.",
              "Nobody is paid the national fee, so in production nothing is compared with it.",
              "Copy the contract into contracts/ of the workspace, set its locality (contractor-number), load GPCI.")


def lint(contracts: Contracts, payers: Collection[str], charges: Mapping[str, Decimal], today: date) -> list[Finding]:
    """Everything doubtful in these contracts.

    Args:
        contracts: the contracts by payer.
        payers: ids of the payer profiles.
        charges: what the practice charges for a unit by code.
        today: the day of the look-ups.
    """
    found = [
        Finding(code=rule.code, severity=rule.severity, message=message, value=value, hint=rule.instead)
        for several in contracts.by_payer.values() for rule, message, value in _payer(several, payers, charges, today)
    ]  # fmt: skip
    return sorted(found, key=lambda f: (f.severity.rank, f.code, f.message))


_Told = tuple[Rule, str, str]


def _payer(
    several: tuple[Contract, ...], payers: Collection[str], charges: Mapping[str, Decimal], today: date
) -> Iterator[_Told]:
    blocks = [(contract.id, terms) for contract in several for terms in contract.terms]
    for contract in several:
        if contract.payer not in payers:
            yield PAYER, f"{contract.id}: there is no profile of the payer {contract.payer}.", contract.payer
    if all(terms.effective_to < today for _, terms in blocks):
        last = max(terms.effective_to for _, terms in blocks)
        yield LAPSED, f"{several[-1].id}: the last terms ended on {last}.", str(last)
    for place, (name, terms) in enumerate(blocks):
        yield from _terms(name, terms)
        for other, later in blocks[place + 1 :]:
            first = max(terms.effective_from, later.effective_from)
            if first <= min(terms.effective_to, later.effective_to):
                yield HIDDEN, f"{name}: from {first} the terms of {other} hold, not these.", str(first)
    now = next((found for contract in reversed(several) if (found := contract.on(today))), None)
    if now is not None:
        if now.has_no_place:
            yield PLACE, f"{several[-1].id}: the locality is not set.", ""
        yield from _priced(several[-1].id, now, charges, today)


def _terms(name: str, terms: Terms) -> Iterator[_Told]:
    if terms.verified in ("no", "recalled", "secondary"):
        yield UNVERIFIED, f"{name}: the terms from {terms.effective_from} are {terms.verified} ({terms.source}).", ""
    for code in sorted({*(key.partition("-")[0] for key in terms.rates), *terms.caps, *terms.per_visit_except}):
        if not procedures.known(code):
            yield PROCEDURE, f"{name}: {code} is not in the table of procedures.", code


def _priced(name: str, terms: Terms, charges: Mapping[str, Decimal], today: date) -> Iterator[_Told]:
    missing: dict[str, list[str]] = {}
    for code, charge in sorted(charges.items()):
        unit = fee(terms, today, code, (), charge)
        if isinstance(unit, NoFee):
            missing.setdefault(unit.reason.replace(code, "them"), []).append(code)
        elif terms.lesser_of and not terms.by_visit and charge < unit.whole:
            text = f"{name}: {code} is charged {usd(charge)} a unit, the contract pays up to {usd(unit.whole)}."
            yield CHEAP, text, code
    for reason, codes in missing.items():
        yield UNPRICED, f"{name}: no price of {', '.join(codes)}: {reason}.", codes[0]
