"""Our words for what a TA1 or a 999 complains about."""

from __future__ import annotations

from collections.abc import Iterable

from ptedi.submissions.acknowledgements import SegmentError, SetAcknowledgement

NOT_SENT_HOW = ("Open the file it came in.  If it names claims that are not yours, tell the clearinghouse that you "
                "were sent somebody else's answer.  If they are yours, compare its numbers with the batches: its "
                "sender repeated another number, or the batch left from another workspace.")  # fmt: skip
"""What a person does about an answer to something that we did not send."""

_TA1 = {
    "000": "no error", "001": "control numbers of ISA and IEA differ", "005": "sender qualifier", "006": "sender id",
    "007": "receiver qualifier", "008": "receiver id", "009": "receiver not known", "014": "interchange date",
    "015": "interchange time", "018": "control number", "020": "test or production flag", "021": "number of groups",
    "022": "control structure", "023": "file ends too early", "024": "content of the group header",
    "025": "control number used before", "026": "element separator", "027": "component separator",
}  # fmt: skip
_SEGMENT = {
    "1": "is not known", "2": "is not expected here", "3": "is missing", "4": "loop repeats too often",
    "5": "repeats too often", "6": "is not part of the set", "7": "stands out of order", "8": "has errors",
    "I4": "must not be used", "I6": "is missing", "I7": "loop is missing", "I8": "is missing",
    "I9": "must not be used here",
}  # fmt: skip
_ELEMENT = {
    "1": "is missing", "2": "is missing with its partner", "3": "is one too many", "4": "is too short",
    "5": "is too long", "6": "has a character that is not allowed", "7": "has a code that is not in the list",
    "8": "is not a date", "9": "is not a time", "10": "excludes another", "12": "repeats too often",
    "13": "has too many components", "I6": "has a code not used here", "I9": "is missing here",
    "I10": "must not be used", "I12": "does not fit its pattern", "I13": "must not be used here",
}  # fmt: skip
_SET = {
    "1": "set not supported", "2": "set trailer missing", "3": "control numbers differ", "4": "segment count",
    "5": "segments in error", "23": "control number not unique", "I5": "segments in error", "I6": "guide not supported",
}  # fmt: skip


_VERDICT = {
    "A": "accepted", "E": "accepted with errors", "P": "accepted in part", "R": "rejected", "M": "rejected",
    "W": "rejected", "X": "rejected",
}  # fmt: skip


def verdict_words(code: str) -> str:
    """TA104, AK901 or IK501 in words."""
    return _VERDICT.get(code, f"answered {code}")


def ta1_words(code: str, note: str) -> str:
    """A TA1 in words, with its codes."""
    return f"{verdict_words(code)}, note {note}: {_TA1.get(note, 'see the list of interchange notes')}"


def set_words(verdict: SetAcknowledgement) -> str:
    """The complaints about a set in words: segments with their elements, else the set's own codes."""
    if verdict.errors:
        return "; ".join(_segment(error) for error in verdict.errors[:5])
    return ", ".join(f"{code} {_SET.get(code, '')}".strip() for code in verdict.notes) or "no reason given"


def error_words(errors: Iterable[SegmentError]) -> str:
    """What a claim is blamed for, in words."""
    return "; ".join(map(_segment, errors))


def _segment(error: SegmentError) -> str:
    where = f"{error.segment} (segment {error.position} of the set{', loop ' + error.loop if error.loop else ''})"
    if not error.elements:
        return f"{where} {_SEGMENT.get(error.code, 'has error ' + error.code)}"
    return ", ".join(
        f"{error.segment}{e.position} {_ELEMENT.get(e.code, 'has error ' + e.code)}" for e in error.elements[:5]
    ) + f" in {where}"
