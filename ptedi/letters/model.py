"""The facts a letter states; each comes from the store and nothing is made up."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Sender:
    """The practice: name, address lines, the numbers a payer knows it by, who signs."""

    name: str
    address: tuple[str, ...]
    npi: str
    tax_id: str
    phone: str = ""
    signer: str = ""
    title: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """One code of a remittance with our words: `CO-197`, `N115`."""

    code: str
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusedLine:
    """A service line of which something is denied; amounts in dollars, exact."""

    number: int | None
    service_date: date
    procedure: str
    units: int
    charge: Decimal
    paid: Decimal
    denied: Decimal
    codes: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """What the letter is about: the claim and the remittance that decided it."""

    payer: str
    payer_address: tuple[str, ...]
    patient: str
    birth_date: date
    member_id: str
    group_number: str
    claim: str
    payer_claim: str
    service_from: date
    service_to: date
    charge: Decimal
    paid: Decimal
    rendering: str
    rendering_npi: str
    referring: str
    diagnoses: tuple[str, ...]
    authorization: str = ""
    remittance_date: date | None = None
    trace: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Appeal:
    """An appeal: what was denied and why, by when it must be there, what is enclosed; `level` names a further one.

    `barred` is the remark by which the payer grants no appeal (N211), "" without one: then the letter is the request
    for a reopening and says so.

    `first_received` is the day on which an acknowledgement accepted the claim, `filed_in_time` whether that was within
    the payer's filing limit; `separate_time` says that the denied
    lines carry a modifier for a separate service, or were captured as furnished in separate time.
    """

    sender: Sender
    subject: Subject
    day: date
    category: str
    cause: str
    denied: Decimal
    lines: tuple[RefusedLine, ...]
    reasons: tuple[Reason, ...]
    deadline: date | None
    deadline_basis: str
    first_received: date | None
    filed_in_time: bool
    plan_of_care: tuple[date | None, date | None]
    note_signed: date | None
    separate_time: bool
    enclosures: tuple[str, ...]
    level: str = ""
    barred: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sending:
    """One time that a claim left us: the file and every number that ties an acknowledgement to it."""

    claim: str
    file: str
    sha256: str
    interchange: int
    group: int
    transaction_set: str
    batch: str
    built: datetime
    sent: datetime | None
    receiver: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """A segment as it lies in the archived file, with what its values mean."""

    index: int
    text: str
    name: str
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Exhibit:
    """What a file says of the claim: kind (999, 277CA, 835 ...), name, sha256, when we got it, the segments."""

    claim: str
    kind: str
    says: str
    file: str
    sha256: str
    received: datetime
    pieces: tuple[Piece, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class FilingProof:
    """When a claim was filed: its limit, its first receipt, every sending and every answer."""

    sender: Sender
    subject: Subject
    day: date
    limit_days: int
    last_day: date | None
    first_sent: date | None
    first_received: date | None
    received_by: str
    sendings: tuple[Sending, ...]
    exhibits: tuple[Exhibit, ...]
