"""The charge side of the books: what each claim of ours bills, posted when it is coded, taken back when it is not."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from ptedi.claims.model import CodedClaim
from ptedi.ledger.posting import charge_entry
from ptedi.money import ZERO, from_cents
from ptedi.store import Connection, postings
from ptedi.store.claims import ClaimRecord
from ptedi.store.postings import Booking

_Booked = tuple[int, dict[int, Decimal]]
"""How many charge entries of a claim are in the books, and the charge of each line."""


@dataclass(frozen=True, slots=True)
class _Bill:
    """What a claim bills: CLM01, first day of service, SBR01, and the charge of each line."""

    number: str
    day: date
    sequence: str
    lines: Mapping[int, Decimal]


def post_charge(conn: Connection, claim_id: int, coded: CodedClaim) -> bool:
    """Makes the books say what a claim bills; whether anything had to be posted."""
    return post_charges(conn, {claim_id: coded}) == 1


def post_charges(conn: Connection, coded: Mapping[int, CodedClaim]) -> int:
    """The same for many claims; how many had to be posted.  Saying it again posts nothing."""
    return _settle(conn, {key: _bill(one, {line.number: line.charge for line in one.claim.lines})
                          for key, one in coded.items()})  # fmt: skip


def post_new_charges(conn: Connection, new: Mapping[int, ClaimRecord]) -> int:
    """The same for claims that this transaction inserted: the books cannot have anything of theirs yet."""
    return _post(conn, {
        key: _Bill(one.patient_control_number, one.service_date, one.sequence,
                   {line.line: from_cents(line.charge_cents) for line in one.lines})
        for key, one in new.items()
    }, {})  # fmt: skip


def reverse_charges(conn: Connection, coded: Mapping[int, CodedClaim]) -> int:
    """Takes the charges of superseded claims out of the books; how many had any."""
    return _settle(conn, {key: _bill(one, {}) for key, one in coded.items()})


def _bill(coded: CodedClaim, lines: Mapping[int, Decimal]) -> _Bill:
    claim = coded.claim
    return _Bill(claim.patient_control_number, coded.service_date, claim.sequence, lines)


def _settle(conn: Connection, bills: Mapping[int, _Bill]) -> int:
    return _post(conn, bills, postings.charges_of(conn, bills))


def _post(conn: Connection, bills: Mapping[int, _Bill], booked: Mapping[int, _Booked]) -> int:
    bookings = []
    for claim_id, bill in bills.items():
        entries, lines = booked.get(claim_id, (0, {}))
        change = _difference(bill.lines, lines)
        if change:
            entry = charge_entry(bill.number, entries + 1, claim_id, change, bill.day, bill.sequence)
            bookings.append(Booking(entry=entry))
    return postings.post_all(conn, bookings)


def _difference(wanted: Mapping[int, Decimal], booked: Mapping[int, Decimal]) -> dict[int, Decimal]:
    lines: Iterable[int] = sorted({*wanted, *booked})
    changes = {line: wanted.get(line, ZERO) - booked.get(line, ZERO) for line in lines}
    return {line: amount for line, amount in changes.items() if amount}
