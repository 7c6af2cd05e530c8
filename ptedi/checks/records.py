"""The light records that the rules of an 837P look at: the segments of one claim where the guide puts them.

A segment is kept as the structure engine hands it over (text, index in the file, position from ST, byte offset) and is
split only by the rule that needs it.  Loops: 2000A Billing, 2000B Subscriber, 2000C Patient, 2300 Claim, 2320 Other,
2400 Line, 2430 Adjudication; every NM1 loop is a Party.
"""

from __future__ import annotations

import re

from ptedi.checks.values import CENTS, DAY, Remembered, get

Seg = tuple[str, int, int, int]
NONE: Seg = ("", 0, 0, 0)


NO_SEGS: list[Seg] = []
"""Stands for "none yet" in a list slot and is never appended to: most lists of most records stay empty."""


class Party:
    """An NM1 loop: a provider, person or payer with address, identifiers and contacts."""

    __slots__ = ("_elements", "dates", "dmg", "loop", "n3", "n4", "nm1", "pers", "refs")

    def __init__(self, loop: str, nm1: Seg) -> None:
        self.loop, self.nm1 = loop, nm1
        self._elements: list[str] | None = None
        self.n3 = self.n4 = self.dmg = NONE
        self.refs = self.pers = self.dates = NO_SEGS

    @property
    def elements(self) -> list[str]:
        """NM1 split."""
        if self._elements is None:
            self._elements = self.nm1[0].split("*")
        return self._elements

    @property
    def identifier(self) -> str:
        """NM109."""
        return get(self.elements, 9)


class Billing:
    """Loop 2000A."""

    __slots__ = ("hl", "pay_to", "provider")

    def __init__(self, hl: Seg) -> None:
        self.hl = hl
        self.provider: Party | None = None
        self.pay_to: Party | None = None


class Subscriber:
    """Loop 2000B; `filing` is SBR09, `patients` and `claims` count what hangs below it."""

    __slots__ = ("claims", "filing", "hl", "pat", "patient", "patients", "payer", "person", "sbr", "sequence")

    def __init__(self, hl: Seg) -> None:
        self.hl = hl
        self.sbr = self.pat = NONE
        self.filing = self.sequence = ""
        self.person: Party | None = None
        self.payer: Party | None = None
        self.patient: Patient | None = None
        self.patients = self.claims = 0


class Patient:
    """Loop 2000C: a patient who is not the subscriber."""

    __slots__ = ("hl", "pat", "person")

    def __init__(self, hl: Seg) -> None:
        self.hl, self.pat = hl, NONE
        self.person: Party | None = None


class Adjudication:
    """Loop 2430: what another payer decided about a line."""

    __slots__ = ("amounts", "cas", "dates", "svd")

    def __init__(self, svd: Seg) -> None:
        self.svd = svd
        self.cas = self.dates = self.amounts = NO_SEGS


NO_ADJUDICATIONS: list[Adjudication] = []


class Line:
    """Loop 2400; the second group of slots is what SV1 and DTP*472 say."""

    __slots__ = (
        "adjudications", "dates", "facility", "first", "last", "notes", "number", "refs",
        "rendering", "service", "sv1",
    )  # fmt: skip

    def __init__(self, sv1: Seg, number: int) -> None:
        self.sv1, self.number = sv1, number
        self.dates = self.refs = self.notes = NO_SEGS
        self.adjudications: list[Adjudication] = NO_ADJUDICATIONS
        self.rendering: Party | None = None
        self.facility: Party | None = None
        self.service = NO_SERVICE
        self.first = self.last = ""

    @property
    def charge(self) -> int | None:
        """SV102 in cents, None when it is no amount."""
        return self.service.charge


class Service:
    """What one SV1 text says; made once per text."""

    __slots__ = ("charge", "code", "description", "modifiers", "place", "pointers")

    def __init__(self, text: str) -> None:
        e = text.split("*")
        parts = get(e, 1).split(":")
        self.code = get(parts, 1)
        self.modifiers = tuple(m for m in parts[2:6] if m)
        self.description = get(parts, 6)
        self.charge = CENTS[get(e, 2)]
        self.place = get(e, 5)
        self.pointers = tuple(get(e, 7).split(":")) if len(e) > 7 else ()


NO_SERVICE = Service("SV1")


class Other:
    """Loop 2320: another payer of the claim, with 2330A and 2330B."""

    __slots__ = ("amounts", "cas", "payer", "sbr")

    def __init__(self, sbr: Seg) -> None:
        self.sbr = sbr
        self.cas = self.amounts = NO_SEGS
        self.payer: Party | None = None

    def amount(self, qualifier: str) -> tuple[Seg, int | None] | None:
        """The AMT with a qualifier and its cents, or None."""
        for seg in self.amounts:
            e = seg[0].split("*")
            if e[1] == qualifier:
                return seg, CENTS[get(e, 2)]
        return None


class Claim:
    """Loop 2300 with what hangs below it; `read` fills the second group of slots."""

    __slots__ = (
        "amounts", "billing", "charge", "clm", "dates", "diagnoses", "elements", "facility", "first", "frequency",
        "his", "id", "last", "line_providers", "lines", "others", "patient", "place", "referring", "refs",
        "rendering", "subscriber", "total",
    )  # fmt: skip

    def __init__(self, clm: Seg, billing: Billing, subscriber: Subscriber, patient: Patient | None) -> None:
        self.clm, self.billing, self.subscriber, self.patient = clm, billing, subscriber, patient
        self.dates = self.amounts = self.refs = self.his = NO_SEGS
        self.referring: list[Party] = []
        self.rendering: Party | None = None
        self.facility: Party | None = None
        self.others: list[Other] = []
        self.lines: list[Line] = []
        e = self.elements = clm[0].split("*")
        self.id, self.charge = get(e, 1), CENTS[get(e, 2)]
        where = get(e, 5).split(":")
        self.place, self.frequency = where[0], get(where, 2)
        self.first = self.last = ""
        self.line_providers = 0
        self.total: int | None = 0
        self.diagnoses: list[tuple[str, str, Seg]] = []

    @property
    def person(self) -> Party | None:
        """The patient: 2010CA, else the subscriber."""
        return self.patient.person if self.patient else self.subscriber.person

    @property
    def plain(self) -> bool:
        """Whether nothing about the claim is unusual, so that the rules on rare things need not be asked."""
        rare = self.others or self.amounts or self.facility or self.line_providers
        usual = _USUAL(self.clm[0]) and self.subscriber.sequence == "P" and self.subscriber.filing not in ("WC", "AM")
        return bool(usual) and not rare

    def date(self, qualifier: str) -> tuple[Seg, str] | None:
        """The DTP of 2300 with a qualifier and its text, or None."""
        for seg in self.dates:
            e = seg[0].split("*")
            if e[1] == qualifier and len(e) > 3:
                return seg, e[3]
        return None

    def ref(self, qualifier: str) -> tuple[Seg, str] | None:
        """The REF of 2300 with a qualifier and its REF02, or None."""
        for seg in self.refs:
            e = seg[0].split("*")
            if e[1] == qualifier and len(e) > 2:
                return seg, e[2]
        return None

    def read(self, services: dict[str, Service]) -> None:
        """Reads the lines' services and days and the diagnoses; dates stay texts, which sort as days do."""
        for line in self.lines:
            line.service = service = services[line.sv1[0]]
            charge = service.charge
            if charge is None or charge < 0:
                self.total = None
            elif self.total is not None:
                self.total += charge
            if line.rendering is not None:
                self.line_providers += 1
            for seg in line.dates:
                first, last = SPAN[seg[0]]
                if first:
                    line.first, line.last = first, last
                    if not self.first or first < self.first:
                        self.first = first
                    self.last = max(self.last, last)
        for seg in self.his:
            for qualifier, code in DIAGNOSES[seg[0]]:
                self.diagnoses.append((qualifier, code, seg))


def _span(text: str) -> tuple[str, str]:
    if not text.startswith("DTP*472*"):
        return "", ""
    first, _, last = text[text.rfind("*") + 1 :].partition("-")
    last = last or first
    return ("", "") if DAY[first] is None or DAY[last] is None else (first, last)


def _diagnoses(text: str) -> tuple[tuple[str, str], ...]:
    parts = [part.split(":") for part in text.split("*")[1:]]
    return tuple((part[0], get(part, 1)) for part in parts if part[0] in DIAGNOSIS_QUALIFIERS)


SPAN = Remembered(_span)
"""DTP text of a line -> first and last service day, "" for other dates."""
DIAGNOSES = Remembered(_diagnoses)
"""HI text -> qualifier and code of each diagnosis."""
ICD10 = "20151001"
"""The first service date of ICD-10."""
_USUAL = re.compile(r"CLM\*[^*]*\*[^*]*\*\*\*(?:1[1-9]|[2-9][0-9]):B:[^*]*\*Y\*[ABC]\*Y\*.*", re.DOTALL).fullmatch
DIAGNOSIS_QUALIFIERS = frozenset({"ABK", "ABF", "BK", "BF"})


class Header:
    """What stands above the first HL, and the envelope's own dates."""

    __slots__ = ("bht", "control_number", "gs", "isa", "receiver", "submitter", "today")

    def __init__(self, isa: Seg, gs: Seg, control_number: str, today: str) -> None:
        self.isa, self.gs, self.control_number, self.today = isa, gs, control_number, today
        self.bht = NONE
        self.submitter: Party | None = None
        self.receiver: Party | None = None
