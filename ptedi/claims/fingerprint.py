"""What makes two claims the same service: patient, payer, and each day's procedures with modifiers and units."""

from __future__ import annotations

import hashlib

from ptedi.claims.model import CodedClaim
from ptedi.dates import x12_date


def of_services(coded: CodedClaim) -> str:
    """A permanent fingerprint of what is billed, whatever the claim's number, visit id or order of lines."""
    lines = sorted(
        f"{x12_date(line.service_date)} {line.procedure} {' '.join(sorted(line.modifiers))} {line.units}"
        for line in coded.claim.lines
    )
    text = "\n".join((coded.patient_id, coded.payer_id, coded.claim.sequence, *lines))
    return hashlib.sha256(text.encode()).hexdigest()
