"""What a coded value means, in our own words, from the code tables; "" where no table knows."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from ptedi.codes import (
    adjustments,
    claim_status,
    modifier,
    place_of_service,
    procedures,
    provider_adjustments,
    remarks,
)
from ptedi.x12.wording import NamedElement, NamedSegment

_GROUP = {"CO": "the provider's contract", "PR": "the patient's share", "OA": "other", "PI": "the payer's own cut"}
_CLAIM = {"1": "processed as primary", "2": "processed as secondary", "3": "processed as tertiary", "4": "denied",
          "19": "primary, sent on to another payer", "20": "secondary, sent on", "21": "tertiary, sent on",
          "22": "takes back an earlier payment", "23": "not our claim, sent on",
          "25": "predetermination only"}  # fmt: skip
_FREQUENCY = {"1": "original", "6": "corrected", "7": "replaces an earlier claim", "8": "voids an earlier claim"}
_VERDICT = {"A": "accepted", "E": "accepted, errors noted", "M": "rejected, authentication failed", "P": "in part",
            "R": "rejected", "W": "rejected, assurance failed", "X": "rejected, could not be decrypted"}  # fmt: skip
_PLAIN = {"CLP02": _CLAIM, "CAS01": _GROUP, "CLM05-3": _FREQUENCY, "IK501": _VERDICT, "AK501": _VERDICT,
          "AK901": _VERDICT, "TA104": _VERDICT}  # fmt: skip
_PLB = {f"PLB{number:02d}-1" for number in range(3, 14, 2)}
_REASONS = {f"CAS{number:02d}" for number in range(2, 20, 3)}


def meaning(segment: NamedSegment, element: NamedElement, on: date) -> str:
    """What this value of this segment means on a day."""
    ref, value = element.ref, element.value
    if ref in _PLAIN:
        return _PLAIN[ref].get(value, "")
    if ref in _REASONS:
        return adjustments.reason(value) or ""
    if ref in _PLB:
        return provider_adjustments.reason(value) or ""
    if ref.startswith(("STC01-", "STC10-", "STC11-")):
        look: Callable[[str], str | None] | None = {
            "1": claim_status.category, "2": claim_status.status, "3": claim_status.entity}.get(ref[-1])  # fmt: skip
        return (look(value) or "") if look else ""
    return _service(ref, value, on) or _remark(segment, ref, value)


def claim_status_words(code: str) -> str:
    """What CLP02 says of a claim payment, "" where no table knows."""
    return _CLAIM.get(code, "")


def _service(ref: str, value: str, on: date) -> str:
    if ref in ("SV101-2", "SVC01-2", "SVC06-2"):
        found = procedures.find(value, on)
        return found.label if found else ""
    if ref in {f"{name}-{number}" for name in ("SV101", "SVC01", "SVC06") for number in range(3, 7)}:
        known = modifier.find(value, on)
        return known.label if known else ""
    if ref in ("CLM05-1", "SV105"):
        place = place_of_service.find(value, on)
        return place.label if place else ""
    return ""


def _remark(segment: NamedSegment, ref: str, value: str) -> str:
    is_remark = ref in ("MOA03", "MOA04", "MOA05", "MOA06", "MOA07") or (
        ref == "LQ02" and segment.text.startswith("LQ*HE*"))  # fmt: skip
    return (remarks.label(value) or "") if is_remark else ""
