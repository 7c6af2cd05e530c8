"""EIN: the employer identification number that a group bills under, nine digits with an assigned prefix."""

from __future__ import annotations

from stdnum.exceptions import ValidationError
from stdnum.us import ein as _ein


def compact(number: str) -> str:
    """Strips blanks and the hyphen."""
    return str(_ein.compact(number))


def validate(number: str) -> str:
    """The nine digits.

    Raises:
        stdnum.exceptions.ValidationError: it is not an EIN.
    """
    return str(_ein.validate(number))


def is_valid(number: str) -> bool:
    """Whether this is an EIN."""
    try:
        return bool(validate(number))
    except ValidationError:
        return False
