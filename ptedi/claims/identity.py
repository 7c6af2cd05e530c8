"""The thread of identity: claim and line control numbers that are unique for ever and recognise their own damage.

CLM01 is `<prefix><nine digits><check>`: letters that name the practice, a number of a persistent series, one check
character (ISO 7064 mod 37,36), together at most 20 characters.  It comes back as CLP01, often cut short, padded or
retyped; `repair` lists what it may have been.  A line is `<CLM01>L<number>` (REF*6R).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

from stdnum.iso7064 import mod_37_36

DIGITS = 9
_PREFIX = re.compile(r"[A-Z]{1,10}")
_OURS = re.compile(r"[A-Z]{1,10}[0-9]{9}[0-9A-Z]")
_LINE = re.compile(r"([A-Z]{1,10}[0-9]{9}[0-9A-Z])L([0-9]{1,3})")
_LOOKALIKES = str.maketrans("OQDILSBZ", "00011582")


@lru_cache(maxsize=64)  # a claim's number is asked for while its visit is coded and when it is given out
def control_number(prefix: str, number: int) -> str:
    """CLM01 of the claim with this number of the series.

    Raises:
        ValueError: the prefix is not one to ten capital letters, or the number does not fit nine digits.
    """
    if not _PREFIX.fullmatch(prefix):
        raise ValueError("a control number prefix is one to ten capital letters")
    if not 0 < number < 10**DIGITS:
        raise ValueError("the claim number does not fit nine digits")
    base = f"{prefix}{number:0{DIGITS}d}"
    return base + str(mod_37_36.calc_check_digit(base))


def is_ours(text: str) -> bool:
    """Whether a text has the form and the check character of our claim control numbers."""
    return bool(_OURS.fullmatch(text)) and bool(mod_37_36.is_valid(text))


def line_control_number(claim: str, line: int) -> str:
    """REF*6R of a line: the claim's control number, L, the line number."""
    return f"{claim}L{line}"


def line_of(text: str) -> tuple[str, int] | None:
    """The claim and line number that a returned REF*6R states, or None when it is not ours."""
    match = _LINE.fullmatch(text.strip().upper())
    return (match[1], int(match[2])) if match and is_ours(match[1]) else None


def repair(text: str, prefixes: Iterable[str] = ()) -> tuple[str, ...]:
    """What a truncated or mangled copy may have been, most likely first; each candidate passes the check.

    Undone are: case, blanks and punctuation, a suffix glued on by the payer, a lost check character, lost leading
    zeros, letters retyped for digits, and (with the practice's prefixes) a lost prefix.  The caller looks the
    candidates up; one that was never issued is no match.
    """
    plain = re.sub(r"[^0-9A-Z]", "", text.upper())
    found: dict[str, None] = {}
    for guess in _guesses(plain, tuple(prefixes)):
        if is_ours(guess):
            found[guess] = None
    return tuple(found)


def _guesses(plain: str, prefixes: tuple[str, ...]) -> Iterable[str]:
    yield plain
    letters = re.match(r"[A-Z]*", plain)
    for cut in range(len(letters[0]) if letters else 0, 0, -1):
        yield from _bodies(plain[:cut], plain[cut:])
    for prefix in prefixes:
        bare = plain.removeprefix(prefix)
        yield from _bodies(prefix, bare)


def _bodies(prefix: str, body: str) -> Iterable[str]:
    """Whole numbers that begin with prefix and whose digits and check character may be `body`."""
    for retyped in (body, body[:DIGITS].translate(_LOOKALIKES) + body[DIGITS:]):
        yield prefix + retyped[: DIGITS + 1]                       # something glued on behind
        digits = re.match(r"[0-9]*", retyped)
        run = digits[0] if digits else ""
        if len(run) == DIGITS and len(retyped) == DIGITS:
            yield control_number(prefix, int(run)) if int(run) else ""  # the check character was cut off
        if 1 < len(retyped) <= DIGITS:
            yield prefix + retyped[:-1].zfill(DIGITS) + retyped[-1]     # leading zeros were dropped
