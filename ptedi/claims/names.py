"""Names and addresses, which every other noun of billing is made of."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """A postal address: N301, N302, N401, N402, N403 (five or nine digits, no hyphen)."""

    line1: str
    line2: str = ""
    city: str
    state: str
    zip_code: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonName:
    """NM103, NM104, NM105, NM107 of a person."""

    last: str
    first: str
    middle: str = ""
    suffix: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PayerName:
    """2010BB or 2330B: NM103 and NM109 (payer id at the clearinghouse)."""

    name: str
    id: str
