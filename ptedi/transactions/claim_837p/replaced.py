"""Which texts of a claim go out with other letters than they were captured with: logged when a file is built."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ptedi.claims.model import Address, Claim, Person

_OTHER = re.compile(r"[^ -~]|[*~:^]")  # no plain ASCII, or a delimiter in use


def replaced(claim: Claim) -> tuple[str, ...]:
    """The names of the fields, never their content: `patient name`, `subscriber address`, `note`."""
    return tuple(name for name, texts in _texts(claim) if any(_OTHER.search(text) for text in texts if text))


def _texts(claim: Claim) -> Iterator[tuple[str, tuple[str, ...]]]:
    yield from _person("subscriber", claim.subscriber)
    if claim.patient is not None:
        yield from _person("patient", claim.patient)
    yield "group name", (claim.group_name,)
    yield "note", (claim.note,)
    yield "description", tuple(line.description for line in claim.lines)


def _person(who: str, person: Person) -> Iterator[tuple[str, tuple[str, ...]]]:
    name = person.name
    yield f"{who} name", (name.last, name.first, name.middle, name.suffix)
    yield f"{who} address", _address(person.address)


def _address(address: Address) -> tuple[str, ...]:
    return address.line1, address.line2, address.city
