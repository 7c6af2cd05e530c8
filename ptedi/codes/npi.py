"""NPI: the National Provider Identifier, ten digits starting with 1 or 2, Luhn with the card prefix 80840."""

from __future__ import annotations

from functools import lru_cache

from stdnum import luhn
from stdnum.exceptions import InvalidChecksum, InvalidComponent, InvalidFormat, InvalidLength, ValidationError
from stdnum.util import clean


def compact(number: str) -> str:
    """Strips blanks and hyphens."""
    return str(clean(number, " -")).strip()


def validate(number: str) -> str:
    """The compact number.

    Raises:
        stdnum.exceptions.ValidationError: it is not an NPI.
    """
    number = compact(number)
    if len(number) != 10:
        raise InvalidLength()
    if not (number.isascii() and number.isdecimal()):
        raise InvalidFormat()
    if number[0] not in "12":
        raise InvalidComponent()
    if not luhn.is_valid("80840" + number):
        raise InvalidChecksum()
    return number


@lru_cache(10_000)
def is_valid(number: str) -> bool:
    """Whether this is an NPI; a practice asks of the same few again and again."""
    try:
        return bool(validate(number))
    except ValidationError:
        return False


def check_digit(first_nine: str) -> str:
    """The tenth digit of an NPI that starts with these nine."""
    return str(luhn.calc_check_digit("80840" + first_nine))
