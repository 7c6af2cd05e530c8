"""A batch: the claims of one 837P file with the envelope that carries them (one ISA, one GS, one ST or several)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from ptedi.claims.model import Claim
from ptedi.payers.partner import Case


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """ISA, GS, BHT and loops 1000A/1000B: who sends, who receives, which numbers.

    Attributes:
        sender_qualifier, sender_id: ISA05/06; receiver_qualifier, receiver_id: ISA07/08.
        application_sender, application_receiver: GS02/GS03.
        submitter_name, submitter_id: 1000A NM103/NM109; contact_name and phone: 1000A PER.
        receiver_name, receiver_identifier: 1000B NM103/NM109.
        interchange_control_number: ISA13; group_control_number: GS06; set_control_number: ST02 of the first set, from
            which the others count on with as many digits.
        batch_reference: BHT03 of the first set, unique per submitter, echoed by the 277CA; further_references: of the
            sets after it.
        claims_per_set: how many claims stand in each set but the last; 0: there is one set with all of them.
        created: ISA09/10, GS04/05 and BHT04/05: the sender's own date and time, with how far they are from UTC.
        usage: ISA15, T or P.  acknowledgement_requested: ISA14.
        newline: written after each segment terminator, normally nothing.  case: of names, addresses and notes.
    """

    sender_qualifier: str = "ZZ"
    sender_id: str
    receiver_qualifier: str = "ZZ"
    receiver_id: str
    application_sender: str
    application_receiver: str
    submitter_name: str
    submitter_id: str
    contact_name: str
    phone: str
    receiver_name: str
    receiver_identifier: str
    interchange_control_number: int
    group_control_number: int
    set_control_number: str = "0001"
    batch_reference: str
    created: datetime
    usage: str = "T"
    acknowledgement_requested: bool = True
    newline: str = ""
    case: Case = Case.UPPER
    claims_per_set: int = 0
    further_references: tuple[str, ...] = ()

    @property
    def references(self) -> dict[str, str]:
        """ST02 of each set by its BHT03, in order."""
        first, width = int(self.set_control_number), len(self.set_control_number)
        every = (self.batch_reference, *self.further_references)
        return {reference: f"{first + place:0{width}d}" for place, reference in enumerate(every)}


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimSet:
    """One transaction set: ST02, BHT03 and its claims."""

    control_number: str
    batch_reference: str
    claims: tuple[Claim, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """The claims of one file, in the order in which they are written."""

    envelope: Envelope
    claims: tuple[Claim, ...]

    @property
    def sets(self) -> tuple[ClaimSet, ...]:
        """The transaction sets, as many of those of the envelope as the claims need, one at least.

        Raises:
            ValueError: there are more claims than fit.
        """
        size, references = self.envelope.claims_per_set or max(len(self.claims), 1), self.envelope.references
        starts = range(0, max(len(self.claims), 1), size)
        if len(starts) > len(references):
            raise ValueError("more claims than the sets of the envelope hold")
        return tuple(
            ClaimSet(control_number=number, batch_reference=reference, claims=self.claims[start : start + size])
            for start, (reference, number) in zip(starts, references.items(), strict=False)
        )

    @property
    def charge(self) -> Decimal:
        """Total charge of the batch."""
        return sum((claim.charge for claim in self.claims), Decimal("0.00"))
