"""The patient and the subscriber of a refused claim corrected by a person: name, birth date, sex, address."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date
from typing import Final

from ptedi.claims.model import NOT_SENT, Claim, Person, Sex

PARTS: Final[Mapping[str, str]] = {
    "last": "last name", "first": "first name", "middle": "middle name", "suffix": "name suffix",
    "birth_date": "birth date", "sex": "sex (F, M, U)", "street": "street", "street2": "street, second line",
    "city": "city", "state": "state", "zip": "ZIP code",
}  # fmt: skip
"""What can be set of a person (`subscriber.birth_date`), and what people call it."""
_LONGEST = 60
_ADDRESS = {"street": "line1", "street2": "line2", "city": "city"}


def people(claim: Claim) -> dict[str, Person]:
    """The persons of a claim by what a setting calls them: the subscriber, and the patient where that is another."""
    return {"subscriber": claim.subscriber} | ({"patient": claim.patient} if claim.patient else {})


def value(person: Person, part: str) -> str:
    """What stands there now."""
    name, address = person.name, person.address
    return {
        "last": name.last, "first": name.first, "middle": name.middle, "suffix": name.suffix,
        "birth_date": "" if person.birth_date == NOT_SENT else person.birth_date.isoformat(), "sex": person.sex.value,
        "street": address.line1, "street2": address.line2, "city": address.city, "state": address.state,
        "zip": address.zip_code,
    }[part]  # fmt: skip


def with_person(claim: Claim, who: str, part: str, text: str) -> Claim:
    """The claim with one thing of a person set.

    Raises:
        ValueError: the claim has no such person, or the value cannot be; the sentence says why, not what.
    """
    known = people(claim).get(who)
    if known is None:
        raise ValueError("the subscriber is the patient: set subscriber." + part)
    if part not in PARTS:
        raise ValueError(f"of a person, {', '.join(PARTS)} can be set")
    text = text.strip()
    if len(text) > _LONGEST:
        raise ValueError(f"at most {_LONGEST} characters")
    new = _SET.get(part, _address if part in _ADDRESS else _name)(known, part, text)
    return replace(claim, subscriber=new) if who == "subscriber" else replace(claim, patient=new)


def told(before: Claim, after: Claim) -> list[str]:
    """What differs, in words."""
    old, new = people(before), people(after)
    return [f"{who} {name.partition(' (')[0]}: {value(old[who], part) or '(none)'} -> "
            f"{value(new[who], part) or '(none)'}"
            for who in old if who in new for part, name in PARTS.items()
            if value(old[who], part) != value(new[who], part)]  # fmt: skip


def _name(person: Person, part: str, text: str) -> Person:
    if not text and part == "last":
        raise ValueError("a last name is needed")
    return replace(person, name=replace(person.name, **{part: text}))


def _address(person: Person, part: str, text: str) -> Person:
    if not text and part != "street2":
        raise ValueError("it cannot be empty")
    return replace(person, address=replace(person.address, **{_ADDRESS[part]: text}))


def _birth_date(person: Person, _: str, text: str) -> Person:
    try:
        return replace(person, birth_date=date.fromisoformat(text))
    except ValueError:
        raise ValueError("a day like 1980-01-31") from None


def _sex(person: Person, _: str, text: str) -> Person:
    text = text.upper()
    if text not in tuple(Sex):
        raise ValueError("F, M or U")
    return replace(person, sex=Sex(text))


def _state(person: Person, _: str, text: str) -> Person:
    text = text.upper()
    if not re.fullmatch(r"[A-Z]{2}", text, re.ASCII):
        raise ValueError("two letters")
    return replace(person, address=replace(person.address, state=text))


def _zip(person: Person, _: str, text: str) -> Person:
    digits = text.replace("-", "")
    if not re.fullmatch(r"\d{5}(\d{4})?", digits, re.ASCII):
        raise ValueError("five or nine digits")
    return replace(person, address=replace(person.address, zip_code=digits))


_SET: Mapping[str, Callable[[Person, str, str], Person]] = {
    "birth_date": _birth_date, "sex": _sex, "state": _state, "zip": _zip,
}  # fmt: skip
