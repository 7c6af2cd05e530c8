"""A refused claim corrected by a person: what is set, what that makes of the claim, and how it may be sent again."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, fields, replace
from decimal import Decimal, InvalidOperation

from ptedi.claims import rework_person as persons
from ptedi.claims.changes import REWORKED, diff
from ptedi.claims.model import (
    BillingProvider,
    Claim,
    CodedClaim,
    PayerName,
    PersonName,
    Provider,
    Reason,
    ServiceFacility,
    ServiceLine,
)
from ptedi.money import amount, round_cents
from ptedi.payers.profile import PayerRules

CORRECTABLE = {
    "authorization": "prior_authorization", "referral": "referral_number", "member_id": "member_id",
    "group_number": "group_number", "place_of_service": "place_of_service", "note": "note",
    "claim_number_of_accident": "property_casualty_number", "accident_state": "accident_state",
}  # fmt: skip
"""What can be set of a claim as a whole, and the field it is; besides diagnoses, referring, subscriber and patient."""
PRACTICE = "practice"
"""`practice=today`: practice, clinic, therapist and payer as the settings say now."""
_PATH = re.compile(r"line\.(\d{1,2})\.([a-z_]+)|line\.(\d{1,2})|([a-z_]+(?:\.[a-z_0-9]+)?)", re.ASCII)
_SET = re.compile(r"\s*([a-z0-9_.]+)\s*(\+=|-=|=)\s*(.*?)\s*", re.ASCII | re.DOTALL)
_UNSAFE = re.compile(r"[*~:^|\x00-\x1f\x7f]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """One thing a person sets: `line.2.modifiers`, `=`, `+=` or `-=`, and the text."""

    path: str
    how: str = "="
    value: str

    @property
    def words(self) -> list[str]:
        """The value as a list, separated by commas or blanks."""
        return [word for word in re.split(r"[,\s]+", self.value.strip()) if word]


class NotUnderstood(ValueError):
    """A setting that cannot be applied; the sentence says why and holds nothing of the patient."""


def read_settings(texts: Iterable[str]) -> list[Setting]:
    """`line.2.modifiers+=59`, `authorization=A123` as settings.

    Raises:
        NotUnderstood: one of them is none.
    """
    found = []
    for text in texts:
        match = _SET.fullmatch(text)
        if match is None:
            raise NotUnderstood("a setting looks like line.2.modifiers=GP,59 or authorization=A123")
        found.append(Setting(path=match[1], how=match[2], value=match[3]))
    return found


def from_tables(tables: Mapping[str, object]) -> list[Setting]:
    """The same from a patch file's tables: `authorization = "A123"`, `[line.2] modifiers = ["GP", "59"]`.

    Raises:
        NotUnderstood: a value is neither text, number, list of texts nor table.
    """
    found: list[Setting] = []

    def walk(prefix: str, value: object) -> None:
        if isinstance(value, Mapping):
            for name, inner in value.items():
                walk(f"{prefix}.{name}" if prefix else str(name), inner)
        elif isinstance(value, list) and all(isinstance(one, str | int) for one in value):
            found.append(Setting(path=prefix, value=",".join(str(one) for one in value)))
        elif isinstance(value, str | int) and not isinstance(value, bool):
            found.append(Setting(path=prefix, value=str(value)))
        else:
            raise NotUnderstood(f"{prefix}: text, a whole number or a list of texts; amounts as \"12.50\"")

    walk("", tables)
    return found


# --- applying ---


def corrected(coded: CodedClaim, settings: Iterable[Setting], prices: Mapping[str, Decimal]) -> CodedClaim:
    """The claim as a person wants it, still under its old number.

    Args:
        coded: the claim as it was sent.
        settings: what is set, in order.
        prices: charge per unit by procedure, for lines whose units or procedure change.

    Raises:
        NotUnderstood: a setting names nothing, or its value cannot be.
    """
    claim, gone = coded.claim, set[int]()
    for one in settings:
        if _UNSAFE.search(one.value) or not one.value.isascii():
            raise NotUnderstood(f"{one.path}: plain characters without * ~ : ^ |")
        match = _PATH.fullmatch(one.path)
        if match is None:
            raise NotUnderstood(f"there is nothing called {one.path[:40]!r} to set")
        if match[3]:
            gone.add(_removed(claim, int(match[3]), one))
        elif match[1]:
            claim = _with_line(claim, int(match[1]), match[2], one, prices)
        else:
            claim = _with_field(claim, match[4], one)
    if len(gone) == len(claim.lines):
        raise NotUnderstood("no line is left: have the payer void the claim")
    return _without(replace(coded, claim=claim), gone)


def _removed(claim: Claim, number: int, one: Setting) -> int:
    if one.value != "remove" or one.how != "=":
        raise NotUnderstood(f"{one.path}=remove takes a line away; line.{number}.units and the like change it")
    return _line(claim, number).number


def _line(claim: Claim, number: int) -> ServiceLine:
    found = next((line for line in claim.lines if line.number == number), None)
    if found is None:
        raise NotUnderstood(f"the claim has no line {number}")
    return found


def _with_line(claim: Claim, number: int, name: str, one: Setting, prices: Mapping[str, Decimal]) -> Claim:
    line = _line(claim, number)
    if name not in _LINE:
        raise NotUnderstood(f"{one.path}: of a line {', '.join(sorted(_LINE))} can be set")
    new = _LINE[name](line, one, prices)
    return replace(claim, lines=tuple(new if old is line else old for old in claim.lines))


def _modifiers(line: ServiceLine, one: Setting, _: Mapping[str, Decimal]) -> ServiceLine:
    words = [word.upper() for word in one.words]
    if any(not re.fullmatch(r"[A-Z0-9]{2}", word, re.ASCII) for word in words):
        raise NotUnderstood(f"{one.path}: modifiers are two characters each")
    if one.how == "-=":
        wanted = [m for m in line.modifiers if m not in words]
    else:
        wanted = [*(line.modifiers if one.how == "+=" else ()), *words]
    found = tuple(dict.fromkeys(wanted))
    if len(found) > 4:
        raise NotUnderstood(f"{one.path}: a line has room for four modifiers")
    return replace(line, modifiers=found)


def _procedure(line: ServiceLine, one: Setting, prices: Mapping[str, Decimal]) -> ServiceLine:
    code = one.value.upper()
    if not re.fullmatch(r"[A-Z0-9]{5}", code, re.ASCII):
        raise NotUnderstood(f"{one.path}: a procedure has five characters")
    if code not in prices:
        raise NotUnderstood(f"{one.path}: {code} has no price in ptedi.toml")
    return replace(line, procedure=code, charge=round_cents(prices[code] * line.units))


def _units(line: ServiceLine, one: Setting, prices: Mapping[str, Decimal]) -> ServiceLine:
    if not re.fullmatch(r"[1-9]\d{0,2}", one.value, re.ASCII):
        raise NotUnderstood(f"{one.path}: a whole number above zero")
    each = prices.get(line.procedure, line.charge / line.units)
    return replace(line, units=int(one.value), charge=round_cents(each * int(one.value)))


def _charge(line: ServiceLine, one: Setting, _: Mapping[str, Decimal]) -> ServiceLine:
    try:
        charge = amount(one.value)
    except (ValueError, InvalidOperation):
        raise NotUnderstood(f"{one.path}: an amount like 60.00") from None
    if charge < 0 or charge >= Decimal(10) ** 8:
        raise NotUnderstood(f"{one.path}: an amount like 60.00")
    return replace(line, charge=charge)


def _pointers(line: ServiceLine, one: Setting, _: Mapping[str, Decimal]) -> ServiceLine:
    found = tuple(int(word) for word in one.words if re.fullmatch(r"[1-9]\d?", word, re.ASCII))
    if len(found) != len(one.words) or not 1 <= len(found) <= 4:
        raise NotUnderstood(f"{one.path}: one to four positions of diagnoses, like 1,2")
    return replace(line, pointers=found)


def _place(line: ServiceLine, one: Setting, _: Mapping[str, Decimal]) -> ServiceLine:
    return replace(line, place_of_service=_two_digits(one))


_LINE: Mapping[str, Callable[[ServiceLine, Setting, Mapping[str, Decimal]], ServiceLine]] = {
    "modifiers": _modifiers, "procedure": _procedure, "units": _units, "charge": _charge, "pointers": _pointers,
    "place_of_service": _place,
}  # fmt: skip


def _two_digits(one: Setting) -> str:
    if not re.fullmatch(r"\d\d", one.value, re.ASCII):
        raise NotUnderstood(f"{one.path}: two digits")
    return one.value


def _with_field(claim: Claim, name: str, one: Setting) -> Claim:
    if name == "diagnoses":
        return replace(claim, diagnoses=_diagnoses(claim.diagnoses, one))
    if name.partition(".")[0] == "referring":
        return replace(claim, referring=_referring(claim.referring, name.partition(".")[2], one))
    if name.partition(".")[0] in ("subscriber", "patient") and one.how == "=":
        return _person(claim, *name.split(".", 1), one=one)
    if name not in CORRECTABLE or one.how != "=":
        known = ", ".join(sorted((*CORRECTABLE, "diagnoses", "referring", "subscriber.last", "line.N.modifiers")))
        raise NotUnderstood(f"there is nothing called {one.path[:40]!r} to set with {one.how}; known: {known}")
    if name == "place_of_service":
        _two_digits(one)
    if len(one.value) > 80:
        raise NotUnderstood(f"{one.path}: at most 80 characters")
    return replace(claim, **{CORRECTABLE[name]: one.value})  # type: ignore[arg-type]


def _diagnoses(known: tuple[str, ...], one: Setting) -> tuple[str, ...]:
    words = [word.upper().replace(".", "") for word in one.words]
    if any(not re.fullmatch(r"[A-Z][0-9A-Z]{2,6}", word, re.ASCII) for word in words):
        raise NotUnderstood(f"{one.path}: ICD-10-CM codes like M54.50")
    if one.how == "-=":
        raise NotUnderstood(f"{one.path}: name all diagnoses with =, the lines point to their places")
    found = tuple(dict.fromkeys([*(known if one.how == "+=" else ()), *words]))
    if not 1 <= len(found) <= 12:
        raise NotUnderstood(f"{one.path}: one to twelve diagnoses")
    return found


def _referring(known: Provider | None, part: str, one: Setting) -> Provider:
    """`referring=ALDER,ALEX,1999900040` whole, or `referring.npi=` of the one that is there."""
    if not part:
        pieces = [piece.strip() for piece in one.value.split(",")]
        if len(pieces) != 3 or not all(pieces):
            raise NotUnderstood("referring: LAST,FIRST,NPI")
        return Provider(name=PersonName(last=pieces[0].upper(), first=pieces[1].upper()), npi=pieces[2])
    if known is None:
        raise NotUnderstood("the claim has no referring provider: set all of it, referring=LAST,FIRST,NPI")
    if part == "npi":
        return replace(known, npi=one.value)
    if part in ("last", "first"):
        name = replace(known.name, last=one.value.upper()) if part == "last" else replace(known.name,
                                                                                          first=one.value.upper())
        return replace(known, name=name)
    raise NotUnderstood("of referring, npi, last and first can be set")


def _person(claim: Claim, who: str, part: str = "", *, one: Setting) -> Claim:
    try:
        return persons.with_person(claim, who, part, one.value)
    except ValueError as problem:
        raise NotUnderstood(f"{one.path}: {problem}") from None


def _without(coded: CodedClaim, gone: set[int]) -> CodedClaim:
    kept = [line for line in coded.claim.lines if line.number not in gone]
    places = {line.number: place for place, line in enumerate(kept, 1)}
    lines = tuple(replace(line, number=places[line.number]) for line in kept)
    trace = tuple(replace(one, line=places[one.line]) for one in coded.trace if one.line in places)
    return replace(coded, claim=replace(coded.claim, lines=lines), trace=trace)


# --- how it may be sent again ---


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """How a corrected claim goes: `frequency` 1 or 7 with `reference` (REF*F8); "" when it may not, and why."""

    frequency: str
    reference: str = ""
    why: str


def way(rules: PayerRules, *, rejected: bool, unprocessable: bool, payer_claim_number: str) -> Way:
    """How the payer takes a correction.

    Args:
        rules: the payer's, on the day of service.
        rejected: it was refused before adjudication: the payer does not know it.
        unprocessable: the remittance says that it could not be processed (MA130): no appeal, nothing to replace.
        payer_claim_number: CLP07 of the remittance that decided it, "" where it is not known.
    """
    if rejected:
        return Way(frequency="1", why="rejected before adjudication: the payer does not know it, so it goes as new")
    if unprocessable:
        return Way(frequency="1", why="not processable (MA130): nothing to replace and no appeal, so it goes as new")
    if "7" not in rules.allowed_frequency:
        return Way(frequency="", why="the payer takes no replacement of an adjudicated claim: ask for a reopening or "
                                     "appeal")  # fmt: skip
    if not payer_claim_number:
        return Way(frequency="", why="a replacement needs the payer's claim number (CLP07 of its remittance), and none "
                                     "says it")  # fmt: skip
    return Way(frequency="7", reference=payer_claim_number, why="replaces what the payer decided (frequency 7)")


def numbered(coded: CodedClaim, number: str, how: Way, replaces: str) -> CodedClaim:
    """The corrected claim under a number of its own, its lines too, with the note that a person decided about it."""
    lines = tuple(replace(line, control_number=f"{number}L{line.number}") for line in coded.claim.lines)
    claim = replace(coded.claim, patient_control_number=number, lines=lines, frequency=how.frequency,
                    original_reference=how.reference)  # fmt: skip
    note = Reason(subject=REWORKED, rule=f"frequency {how.frequency}", source="005010X222A1 2300 CLM05-3, REF*F8",
                  message=f"Corrected by a person in the place of {replaces}: {how.why}.")  # fmt: skip
    notes = (*(one for one in coded.notes if one.subject != REWORKED), note)
    return replace(coded, claim=claim, notes=notes)


def told(before: Claim, after: Claim) -> tuple[str, ...]:
    """Submitted against draft, in words: lines first, then what surrounds them."""
    said = [change.message for change in diff(before, after)]
    said += persons.told(before, after)
    skipped = {"patient_control_number", "lines", "subscriber", "patient"}
    for one in fields(Claim):
        old, new = getattr(before, one.name), getattr(after, one.name)
        if one.name not in skipped and old != new:
            said.append(f"{one.name.replace('_', ' ')}: {shown(old)} -> {shown(new)}")
    for old_line, new_line in zip(before.lines, after.lines, strict=False):
        if old_line.pointers != new_line.pointers and len(before.lines) == len(after.lines):
            said.append(f"line {new_line.number} diagnoses: {shown(old_line.pointers)} -> {shown(new_line.pointers)}")
    return tuple(dict.fromkeys(said))


def shown(value: object) -> str:
    """A value of a claim for a person."""
    if isinstance(value, Provider):
        return f"{value.name.last} {value.name.first} {value.npi}"
    if isinstance(value, BillingProvider | ServiceFacility):
        where = value.address
        return f"{value.name} {value.npi}, {where.line1}, {where.city} {where.state} {where.zip_code}"
    if isinstance(value, PayerName):
        return f"{value.name} {value.id}"
    if isinstance(value, tuple):
        return " ".join(str(one) for one in value) or "(none)"
    return str(value) if value not in ("", None) else "(none)"
