"""The clearinghouse's and the payers' words as bytes: decisions in, TA1, 999, 277CA and 835 out."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time

from ptedi.claims.model import Claim
from ptedi.remittances.model import Payment
from ptedi.sandbox.memory import Route
from ptedi.sandbox.payer_desk import Remittance
from ptedi.sandbox.payers import Payer
from ptedi.submissions.acknowledgements import GroupAcknowledgement, StatusCode
from ptedi.transactions import remittance_835
from ptedi.x12.interchange import InterchangeHeader, Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A claim with the status it gets in a 277CA: the clearinghouse's trace (REF*D9), the payer's number (REF*1K)."""

    claim: Claim
    status: StatusCode
    refused: bool
    trace: str
    number: str = ""


def safe(text: str) -> str:
    """An identifier as part of a file name."""
    return "".join(c for c in text if c.isascii() and c.isalnum())[:20] or "0"


def _at(day: date, hour: int, minute: int) -> datetime:
    return datetime.combine(day, time(hour, minute), UTC)


def ta1(header: InterchangeHeader, code: str, note: str, number: int, day: date) -> bytes:
    """The TA1 of one interchange."""
    return b""


def functional(route: Route, verdict: GroupAcknowledgement, number: int, day: date) -> bytes:
    """The 999 of one functional group."""
    return b""


def clearinghouse_277ca(route: Route, transaction: Transaction, seen: Iterable[Seen], number: int, day: date) -> bytes:
    """The 277CA of the clearinghouse (NM1*AY) on one set."""
    return b""


def payer_277ca(
    route: Route, transaction: Transaction, payer: Payer, seen: Iterable[Seen], number: int, day: date
) -> bytes:
    """The 277CA of a payer (NM1*PR) on its claims of one set."""
    return b""


def remittance(item: Remittance, payments: Iterable[Payment], number: int, day: date) -> bytes:
    """The 835 of one payer."""
    route, payee = item.route, item.payments[0][0].payee
    header = remittance_835.RemittanceHeader(
        sender_qualifier=route.our_qualifier, sender_id=route.our_id, receiver_qualifier=route.their_qualifier,
        receiver_id=route.their_id, interchange_control_number=number, group_control_number=number,
        created=_at(day, 23, 0), usage=route.usage, receiver_reference=route.their_id, payee_address=payee.address,
    )  # fmt: skip
    return remittance_835.write(remittance_835.RemittanceFile(header=header, payments=tuple(payments)))
