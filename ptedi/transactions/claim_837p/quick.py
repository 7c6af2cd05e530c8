"""Claims written from templates, one text a claim, where the wire can carry their values as they are.

Most claims need nothing normalised: their own values are joined and looked at once, while providers, payers and codes
that many claims share are normalised and rendered once.  Whatever is unusual gives None; then the exact writer takes
the claim, and a property test compares the two.
"""

from __future__ import annotations

import re
from functools import lru_cache

from ptedi import dates
from ptedi.claims.model import NOT_SENT, Address, Claim, Person, ServiceLine
from ptedi.money import ZERO
from ptedi.money import x12 as x12_amount
from ptedi.payers.partner import Case
from ptedi.transactions.claim_837p.normal import DIAGNOSES, MODIFIERS, NOTE, POINTERS, money, relationship
from ptedi.transactions.wire import plain
from ptedi.x12.writer import composite, segment

_FIT = re.compile(r"[ !-)+-9;-\]_`{-}]*").fullmatch  # no delimiter, no lower case, printable ASCII
_ROOM = 50_000
_UNKNOWN = Address(line1="", line2="", city="", state="", zip_code="")


def claim_text(claim: Claim, number: int, parent: int, payer: str, providers: str,
               case: Case = Case.UPPER) -> str | None:  # fmt: skip
    """The segments of a claim from its HL to its last line, joined; None when it needs the exact writer.

    Args:
        claim: the claim as it is.
        number: HL01 of the subscriber; a dependent's is the next one.
        parent: HL01 of the billing provider.
        payer: the segments of 2010BB, each with its terminator.
        providers: the segments of 2310A to 2310D, each with its terminator.
        case: of names, addresses and notes; as written, a claim with small letters needs the exact writer.
    """
    patient, member, control = claim.patient, claim.member_id, claim.patient_control_number
    if not member or not control or " " in member or len(claim.note) > NOTE or _is_rare(claim):
        return None
    if case is not Case.UPPER and _has_small_letters(claim):
        return None
    own = [member, control]
    subscriber = _person("IL", claim.subscriber, f"*MI*{member}", own)
    dependent = "" if patient is None else _dependent(claim, patient, number + 1, own)
    references = _references(claim, own)
    note = _optional("NTE*ADD", claim.note, own)
    casualty = _optional("REF*Y4", claim.property_casualty_number, own)  # of the patient, who may be the subscriber
    try:
        lines = "".join([_line(n, line, claim.place_of_service, own) for n, line in enumerate(claim.lines, 1)])
        total = _amount(sum([line.charge for line in claim.lines], ZERO))
    except (ValueError, ArithmeticError):  # an amount that is none: the exact writer says so
        return None
    if not subscriber or dependent is None or not lines or "" in own or not _is_plain("|".join(own)):
        return None
    sbr = _sbr(claim.sequence, patient is None, claim.group_number, claim.group_name, claim.insurance_type,
               claim.filing_indicator)  # fmt: skip
    onset = "" if claim.onset_date is None else f"DTP*431*D8*{_day(claim.onset_date)}~"
    start = "" if claim.initial_treatment_date is None else f"DTP*454*D8*{_day(claim.initial_treatment_date)}~"
    accident = "" if claim.accident_date is None else f"DTP*439*D8*{_day(claim.accident_date)}~"
    cause = claim.related_cause and _cause(claim.related_cause, claim.accident_state)
    below = f"{payer}{dependent}{casualty}" if dependent else f"{casualty}{payer}"
    text = (
        f"HL*{number}*{parent}*22*{'0' if patient is None else '1'}~{sbr}~{subscriber}{below}"
        f"CLM*{control}*{total}***{_place(claim.place_of_service, claim.frequency)}*Y*A*Y*Y{cause}~"
        f"{onset}{start}{accident}{references}{note}{_diagnoses(claim.diagnoses)}{providers}{lines}"
    )[:-1]
    capitals = text.upper()
    return capitals if case is Case.UPPER or capitals == text else None


def _is_rare(claim: Claim) -> bool:
    return not claim.diagnoses or bool(claim.other_payers) or any(line.adjudications for line in claim.lines)


def _has_small_letters(claim: Claim) -> bool:
    """Whether a text that is rendered once for many claims would lose its small letters."""
    texts = [claim.group_name, *[line.description for line in claim.lines]]
    return any(text != text.upper() for text in texts if text)


def _is_plain(own: str) -> bool:
    """Whether `plain` would leave every value, in capitals and joined with `|`, as it is."""
    if not own.isascii() or _FIT(own.upper()) is None:
        return False
    return " " not in own or not ("  " in own or "| " in own or " |" in own or own[0] == " " or own[-1] == " ")


def _person(entity: str, person: Person, number: str, own: list[str]) -> str:
    """NM1, and N3, N4, DMG where they are known; "" when something is too long or not to be written as it is."""
    name = person.name
    last, first, middle, suffix = name.last, name.first, name.middle, name.suffix
    if len(last) > 60 or len(first) > 35 or len(middle) > 25 or len(suffix) > 10:
        return ""
    own += (last, first)
    own += [text for text in (middle, suffix) if text]
    named = f"NM1*{entity}*1*{last}*{first}*{middle}"
    if number or suffix:
        named = f"{named}**{suffix}{number}"
    elif not middle:
        named = named[:-1]
    if person.birth_date == NOT_SENT:
        return named + "~" if person.address == _UNKNOWN else ""
    details = _address(person.address, own)
    return f"{named}~{details}DMG*D8*{_day(person.birth_date)}*{person.sex.value}~" if details else ""


def _address(address: Address, own: list[str]) -> str:
    street, more, city, state, code = address.line1, address.line2, address.city, address.state, address.zip_code
    if len(street) > 55 or len(more) > 55 or len(city) > 30 or not code.isdigit():
        return ""
    own += (street, city, state, code)
    if more:
        own.append(more)
    return f"N3*{street}{'*' if more else ''}{more}~N4*{city}*{state}*{code}~"


def _dependent(claim: Claim, patient: Person, number: int, own: list[str]) -> str | None:
    """2000C and 2010CA; None as in `_person`."""
    text = _person("QC", patient, "", own)
    pat = relationship(plain(claim.relationship), patient)
    return f"HL*{number}*{number - 1}*23*0~PAT*{pat}~{text}" if text else None


def _references(claim: Claim, own: list[str]) -> str:
    return (
        _optional("REF*9F", claim.referral_number, own) + _optional("REF*G1", claim.prior_authorization, own)
        + _optional("REF*F8", claim.original_reference, own) + _optional("REF*EA", claim.medical_record_number, own)
    )  # fmt: skip


def _optional(start: str, value: str, own: list[str]) -> str:
    """A segment with one value, where there is one."""
    if not value:
        return ""
    own.append(value)
    return f"{start}*{value}~"


def _line(number: int, line: ServiceLine, place: str, own: list[str]) -> str:
    """2400, for example LX*1~SV1*HC:97110:GP*120*UN*2***1:2~DTP*472*D8*20261001~REF*6R*A1-01~."""
    control, day = line.control_number, line.service_date
    own.append("" if day == NOT_SENT or not line.pointers else control)
    return (
        f"LX*{number}~SV1*{_procedure(line.procedure, line.modifiers, line.description)}*{_amount(line.charge)}*UN*"
        f"{line.units}*{_line_place(line.place_of_service, place) if line.place_of_service else ''}**"
        f"{_pointers(line.pointers)}~DTP*472*D8*{_day(day)}~REF*6R*{control}~"
    )


# --- values that come again and again in a batch, from whatever was captured to what the wire carries ---


@lru_cache(_ROOM)
def _sbr(sequence: str, own: bool, group: str, group_name: str, kind: str, filing: str) -> str:
    number = plain(group)
    return segment("SBR", plain(sequence), "18" if own else "", number, "" if number else plain(group_name, 60),
                   plain(kind), "", "", "", plain(filing))  # fmt: skip


@lru_cache(_ROOM)
def _place(place: str, frequency: str) -> str:
    return composite(plain(place), "B", plain(frequency))


@lru_cache(_ROOM)
def _cause(cause: str, state: str) -> str:
    """CLM10 and CLM11, with the separators before them."""
    cause = plain(cause)
    return f"**{composite(cause, '', '', plain(state))}" if cause else ""


@lru_cache(_ROOM)
def _line_place(own: str, place: str) -> str:
    return "" if plain(own) == plain(place) else plain(own)


@lru_cache(_ROOM)
def _diagnoses(codes: tuple[str, ...]) -> str:
    first, *others = [plain(code).replace(".", "") for code in codes[:DIAGNOSES]]
    return segment("HI", composite("ABK", first), *[composite("ABF", code) for code in others]) + "~"


@lru_cache(_ROOM)
def _procedure(code: str, modifiers: tuple[str, ...], description: str) -> str:
    marks = [plain(modifier) for modifier in modifiers[:MODIFIERS]]
    words = plain(description, 80)
    return composite("HC", plain(code), *marks, *([""] * (MODIFIERS - len(marks)) if words else ()), words)


@lru_cache(_ROOM)
def _pointers(pointers: tuple[int, ...]) -> str:
    return composite(*map(str, pointers[:POINTERS]))


_day = lru_cache(_ROOM)(dates.x12_date)
_amount = lru_cache(_ROOM)(lambda value: x12_amount(money(value)))
