"""The charge side of the books: what each claim of ours bills, posted when it is coded, taken back when it is not."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal

from ptedi.claims.model import CodedClaim
from ptedi.ledger.posting import charge_entry
from ptedi.money import ZERO
from ptedi.store import Connection, postings
from ptedi.store.postings import Booking


def post_charge(conn: Connection, claim_id: int, coded: CodedClaim) -> bool:
    """Makes the books say what a claim bills; whether anything had to be posted."""
    return post_charges(conn, {claim_id: coded}) == 1


def post_charges(conn: Connection, coded: Mapping[int, CodedClaim]) -> int:
    """The same for many claims; how many had to be posted.  Saying it again posts nothing."""
    return _settle(conn, coded, {key: {line.number: line.charge for line in one.claim.lines}
                                 for key, one in coded.items()})  # fmt: skip


def reverse_charges(conn: Connection, coded: Mapping[int, CodedClaim]) -> int:
    """Takes the charges of superseded claims out of the books; how many had any."""
    return _settle(conn, coded, {key: {} for key in coded})


def _settle(conn: Connection, coded: Mapping[int, CodedClaim], wanted: Mapping[int, Mapping[int, Decimal]]) -> int:
    booked = postings.charges_of(conn, coded)
    bookings = []
    for claim_id, one in coded.items():
        entries, lines = booked.get(claim_id, (0, {}))
        change = _difference(wanted[claim_id], lines)
        if change:
            entry = charge_entry(one.claim.patient_control_number, entries + 1, claim_id, change, one.service_date,
                                 one.claim.sequence)  # fmt: skip
            bookings.append(Booking(entry=entry))
    return postings.post_all(conn, bookings)


def _difference(wanted: Mapping[int, Decimal], booked: Mapping[int, Decimal]) -> dict[int, Decimal]:
    lines: Iterable[int] = sorted({*wanted, *booked})
    changes = {line: wanted.get(line, ZERO) - booked.get(line, ZERO) for line in lines}
    return {line: amount for line, amount in changes.items() if amount}
