"""The envelope of what goes back to a sender of claims: TA1, 999 and 277CA."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from ptedi.x12 import writer as x12


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerHeader:
    """ISA and GS of an acknowledgement: the sender is who acknowledges."""

    sender_qualifier: str = "ZZ"
    sender_id: str
    receiver_qualifier: str = "ZZ"
    receiver_id: str
    control_number: int
    group_control_number: int = 1
    created: datetime
    usage: str = "T"
    newline: str = ""

    def envelope(self, functional_id: str = "", guide: str = "") -> x12.Envelope:
        """As the X12 writer wants it."""
        return x12.Envelope(
            sender_qualifier=self.sender_qualifier,
            sender_id=self.sender_id,
            receiver_qualifier=self.receiver_qualifier,
            receiver_id=self.receiver_id,
            control_number=self.control_number,
            group_control_number=self.group_control_number,
            created=self.created.date(),
            at=self.created.time(),
            functional_id=functional_id,
            guide=guide,
            usage=self.usage,
        )
