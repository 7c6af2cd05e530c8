"""A coded claim's charge in the ledger, and its taking back when the claim is superseded."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from ptedi.claims.model import CodedClaim
from ptedi.ledger.model import Source, mirror
from ptedi.ledger.posting import charge_entry
from ptedi.store import Connection, postings
from ptedi.store.claims import ClaimRow
from ptedi.store.postings import Booking


def post_charges(conn: Connection, coded: Iterable[tuple[int, CodedClaim]]) -> int:
    """Posts the charge of each claim; one that is posted stays as it is."""
    bookings = []
    for claim_id, one in coded:
        claim = one.claim
        lines = {line.number: line.charge for line in claim.lines}
        number = claim.patient_control_number
        entry = charge_entry(number, claim_id, lines, one.service_date, claim.sequence)
        bookings.append(Booking(entry=entry))
    return postings.post_all(conn, bookings)


def take_back(conn: Connection, claim: ClaimRow, day: date) -> bool:
    """Takes the charge of a superseded claim back to the cent; whether there was one to take back."""
    key = f"charge:{claim.patient_control_number}"
    original = postings.find(conn, key)
    if original is None:
        return False
    return postings.post(conn, Booking(entry=mirror(original, f"{key}:superseded", day, None, Source.RULE)))
