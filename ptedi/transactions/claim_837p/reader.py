"""Claims out of any 837P: ours and other people's, whatever is missing, wrong or unknown in it.

The reader follows HL levels and the order of loops; parties (NM1 with its N3, N4, DMG, PRV, PER, REF) are collected
and turned into claims when a claim ends.  Other payers (2320-2330, 2430) have a reader of their own; line providers
(2420) are passed over.
"""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from functools import lru_cache

from ptedi import money
from ptedi.claims.model import (
    NOT_SENT,
    Address,
    BillingProvider,
    Claim,
    LineAdjudication,
    PayerName,
    PersonName,
    ServiceFacility,
    ServiceLine,
    Sex,
)
from ptedi.dates import d8
from ptedi.findings import Finding, Rule
from ptedi.transactions import pages
from ptedi.transactions.claim_837p.normal import billing_as_rendering
from ptedi.transactions.claim_837p.other_payers_reader import OtherPayers
from ptedi.transactions.claim_837p.parts import ClaimParts, LineParts, Party, element
from ptedi.x12.reader import Segment

_COUNT = re.compile(r"[-+]?(\d{1,9})(?:\.(\d*))?", re.ASCII)
_DIGITS = {str(digit): digit for digit in range(10)}
_MEMORY = 20_000  # texts that come again and again: charges, days
_amount, _day = lru_cache(_MEMORY)(money.amount), lru_cache(_MEMORY)(d8)
_SEXES = {sex.value: sex for sex in Sex}
_CLAIM_REFERENCES = {
    "9F": "referral_number", "G1": "prior_authorization", "F8": "original_reference", "EA": "medical_record_number",
}  # fmt: skip
_CLAIM_DATES = {"431": "onset_date", "454": "initial_treatment_date", "439": "accident_date"}
_DIAGNOSIS_LISTS = frozenset({"ABK", "ABF", "BK", "BF"})


class ClaimReader:
    """Reads the segments of one transaction set; one method a segment id.

    `here` is the party that N3, N4, DMG, PRV, PER and REF speak of; `outside` says that the present loop is none of
    ours (a prior payer's 2320, a provider of a line).
    """

    def __init__(self) -> None:
        self.claims: list[Claim] = []
        self.charges: list[Decimal] = []
        self.findings: list[Finding] = []
        self.batch_reference = ""
        self.level = ""
        self.parties: dict[str, Party] = {}
        self.billing: BillingProvider | None = None
        self.billing_taxonomy = ""
        self.subscriber: list[str] = []
        self.relationship = ""
        self.claim: ClaimParts | None = None
        self.line: LineParts | None = None
        self.here: Party | None = None
        self.outside = False
        self.others = OtherPayers(self)
        self.segment = Segment([""])
        self.handlers = {
            "BHT": self._bht, "HL": self._hl, "SBR": self._sbr, "PAT": self._pat, "NM1": self._nm1, "N3": self._n3,
            "N4": self._n4, "DMG": self._dmg, "PRV": self._prv, "PER": self._per, "REF": self._ref, "CLM": self._clm,
            "DTP": self._dtp, "NTE": self._nte, "HI": self._hi, "LX": self._lx, "SV1": self._sv1, "SVD": self._svd,
            "CAS": self._cas, "AMT": self._amt, "MOA": self._moa, "SE": self._end_of_set,
        }  # fmt: skip

    def feed(self, segment: Segment) -> None:
        """Takes the next segment; unknown ones are passed over."""
        handler = self.handlers.get(segment.elements[0])
        if handler is not None:
            self.segment = segment
            handler(segment.elements)

    def finish(self) -> list[Claim]:
        """The claims read; a claim that the end of the file cut off is among them."""
        self._close()
        claims, self.claims = self.claims, []  # the reader's parts hold each other, and would hold these with them
        return claims

    # --- header and hierarchy ---

    def _bht(self, e: list[str]) -> None:
        self.batch_reference = element(e, 3)

    def _hl(self, e: list[str]) -> None:
        self._close()
        self.level, self.here = element(e, 3), None
        if self.level == "20":
            self.parties, self.billing, self.billing_taxonomy = {}, None, ""
        if self.level in ("20", "22"):
            self.subscriber = []
            for key in ("IL", "PR"):
                self.parties.pop(key, None)
        self.relationship = ""
        self.parties.pop("QC", None)

    def _sbr(self, e: list[str]) -> None:
        if self.claim is None:
            self.subscriber = e
        else:
            self.outside, self.here = True, None
            self.others.sbr(e)

    def _cas(self, e: list[str]) -> None:
        if self.outside:
            self.others.cas(e)

    def _amt(self, e: list[str]) -> None:
        if self.outside:
            self.others.amt(e)

    def _moa(self, e: list[str]) -> None:
        if self.outside:
            self.others.moa(e)

    def _pat(self, e: list[str]) -> None:
        if self.level == "23":
            self.relationship = element(e, 1)

    # --- parties ---

    def _nm1(self, e: list[str]) -> None:
        party = self.here = Party(
            name=PersonName(last=element(e, 3), first=element(e, 4), middle=element(e, 5), suffix=element(e, 7)),
            id=element(e, 9),
        )
        if self.line is not None:
            self.outside = True
            self.others.leave()
        elif self.claim is None:
            self.parties[element(e, 1)] = party
        elif not self.outside:
            self.claim.parties.setdefault(element(e, 1), party)
        else:
            self.others.nm1(element(e, 1), party)

    def _n3(self, e: list[str]) -> None:
        if self.here is not None:
            old = self.here.address
            self.here.address = Address(
                line1=element(e, 1), line2=element(e, 2), city=old.city, state=old.state, zip_code=old.zip_code
            )

    def _n4(self, e: list[str]) -> None:
        if self.here is not None:
            old = self.here.address
            self.here.address = Address(
                line1=old.line1, line2=old.line2, city=element(e, 1), state=element(e, 2), zip_code=element(e, 3)
            )

    def _dmg(self, e: list[str]) -> None:
        if self.here is not None:
            self.here.birth_date = self.day(element(e, 2), "DMG02") or NOT_SENT
            self.here.sex = _SEXES.get(element(e, 3), Sex.UNKNOWN)

    def _prv(self, e: list[str]) -> None:
        if self.here is not None:
            self.here.taxonomy = element(e, 3)
        elif self.level == "20":
            self.billing_taxonomy = element(e, 3)

    def _per(self, e: list[str]) -> None:
        if self.here is not None and self.claim is None:
            self.here.contact = element(e, 2)
            self.here.phone = next((element(e, n + 1) for n in (3, 5, 7) if element(e, n) == "TE"), "")

    def _ref(self, e: list[str]) -> None:
        what, value = element(e, 1), element(e, 2)
        if self.outside and self.line is None:
            self.others.ref(e)
        elif self.line is not None:
            if what == "6R" and not self.outside:
                self.line.control_number = value
        elif self.here is not None:
            if what in ("EI", "SY") and not self.here.tax_id:
                self.here.tax_id = value
            elif what == "Y4":
                self.here.case_number = value
        elif self.claim is not None and not self.outside and what in _CLAIM_REFERENCES:
            self.claim.references.setdefault(_CLAIM_REFERENCES[what], value)

    # --- the claim ---

    def _clm(self, e: list[str]) -> None:
        self._close()
        place, cause = element(e, 5).split(":"), element(e, 11).split(":")
        self.here = None
        self.claim = ClaimParts(
            number=element(e, 1), place=place[0], frequency=element(place, 2), cause=cause[0], state=element(cause, 3)
        )
        self.claim.charge = self.amount(element(e, 2), "CLM02")

    def _dtp(self, e: list[str]) -> None:
        if self.outside:
            self.others.dtp(e)
        elif self.claim is None:
            return
        elif self.line is not None:
            if element(e, 1) == "472":
                self.line.day = self.day(element(e, 3)[:8], "DTP03") or NOT_SENT
        elif self.here is None and (name := _CLAIM_DATES.get(element(e, 1))):
            day = self.day(element(e, 3)[:8], "DTP03")
            if day is not None:
                self.claim.days[name] = day

    def _nte(self, e: list[str]) -> None:
        if self.claim is not None and self.line is None and not self.claim.note:
            self.claim.note = element(e, 2)

    def _hi(self, e: list[str]) -> None:
        if self.claim is not None and self.line is None and not self.claim.diagnoses:
            codes = [element.split(":") for element in e[1:]]
            self.claim.diagnoses = tuple(element(c, 1) for c in codes if c[0] in _DIAGNOSIS_LISTS)

    # --- its lines ---

    def _lx(self, _: list[str]) -> None:
        self.outside, self.here = False, None
        self.others.leave()
        if self.claim is None:
            self._tell(pages.OUT_OF_PLACE, "A service line stands outside of any claim.", "LX")
        else:
            self.line = LineParts()
            self.claim.lines.append(self.line)

    def _sv1(self, e: list[str]) -> None:
        line = self.line
        if line is None:
            return
        parts = element(e, 1).split(":")
        line.procedure, line.modifiers = element(parts, 1), tuple(m for m in parts[2:6] if m)
        line.description = element(parts, 6)
        line.charge, line.units = self.amount(element(e, 2), "SV102"), self._count(element(e, 4), "SV104")
        line.place = element(e, 5)
        line.pointers = tuple(self._count(p, "SV107") for p in element(e, 7).split(":") if p)

    def _svd(self, e: list[str]) -> None:
        if self.claim is not None and self.line is not None:
            self.outside = True
            self.others.svd(len(self.claim.lines), e)

    # --- putting a claim together ---

    def _end_of_set(self, _: list[str]) -> None:
        self._close()

    def _close(self) -> None:
        """Ends the claim being read, if any."""
        claim, self.claim, self.line, self.outside = self.claim, None, None, False
        others, self.others = self.others, OtherPayers(self)
        if claim is not None:
            self.claims.append(self._build(claim, others))
            self.charges.append(claim.charge)

    def _build(self, draft: ClaimParts, others: OtherPayers) -> Claim:
        billing = self.billing = self.billing or self._billing()
        member = self.parties.get("IL", Party())
        patient = self.parties.get("QC")
        payer = self.parties.get("PR", Party())
        rendering, referring = draft.parties.get("82"), draft.parties.get("DN")
        supervising = draft.parties.get("DQ")
        group = element(self.subscriber, 3)
        return Claim(
            patient_control_number=draft.number,
            payer=PayerName(name=payer.full_name, id=payer.id),
            billing=billing,
            rendering=billing_as_rendering(billing) if rendering is None else rendering.provider(),
            referring=None if referring is None else referring.provider(),
            facility=_facility(draft.parties.get("77")),
            supervising=None if supervising is None else supervising.provider(),
            sequence=element(self.subscriber, 1),
            filing_indicator=element(self.subscriber, 9),
            insurance_type=element(self.subscriber, 5),
            relationship="18" if patient is None else self.relationship,
            member_id=member.id,
            group_number=group,
            group_name=element(self.subscriber, 4),
            property_casualty_number=(patient.case_number if patient else "") or member.case_number,
            subscriber=member.person(),
            patient=None if patient is None else patient.person(),
            place_of_service=draft.place,
            frequency=draft.frequency,
            original_reference=draft.references.get("original_reference", ""),
            diagnoses=draft.diagnoses,
            lines=tuple(_line(n, line, others.adjudications(n)) for n, line in enumerate(draft.lines, 1)),
            onset_date=draft.days.get("onset_date"),
            initial_treatment_date=draft.days.get("initial_treatment_date"),
            accident_date=draft.days.get("accident_date"),
            related_cause=draft.cause,
            accident_state=draft.state,
            prior_authorization=draft.references.get("prior_authorization", ""),
            referral_number=draft.references.get("referral_number", ""),
            medical_record_number=draft.references.get("medical_record_number", ""),
            note=draft.note,
            other_payers=others.payers(),
        )

    def _billing(self) -> BillingProvider:
        party, pay_to = self.parties.get("85", Party()), self.parties.get("87")
        return BillingProvider(
            name=party.full_name, npi=party.id, tax_id=party.tax_id, taxonomy=self.billing_taxonomy,
            address=party.address, contact_name=party.contact if party.phone else "", phone=party.phone,
            pay_to=pay_to.address if pay_to else None,
        )  # fmt: skip

    # --- values ---

    def amount(self, text: str, element: str) -> Decimal:
        """The amount of an element; one that cannot be read is told and counts as 0.00."""
        try:
            return _amount(text)
        except ValueError:
            self._tell(pages.BAD_AMOUNT, f"{element} is not an amount.", element, text)
            return money.ZERO

    def _count(self, text: str, element: str) -> int:
        if (digit := _DIGITS.get(text)) is not None:  # nearly every one
            return digit
        found = _COUNT.fullmatch(text)
        if found is None or (found[2] or "").strip("0"):
            self._tell(pages.BAD_NUMBER, f"{element} is not a whole number.", element, text)
        return int(text.partition(".")[0]) if found else 0

    def day(self, text: str, element: str) -> date | None:
        """The date of an element, None without one; what is no date is told."""
        if not text:
            return None
        try:
            return _day(text)
        except ValueError:
            self._tell(pages.BAD_DATE, f"{element} is not a date.", element, text)
            return None

    def _tell(self, rule: Rule, message: str, element: str, value: str = "") -> None:
        segment = self.segment
        self.findings.append(
            pages.finding(
                rule, message, segment=segment.id, element=element, value=value or None,
                claim=self.claim.number if self.claim else None, segment_index=segment.index,
                segment_position=segment.position or None, byte_offset=segment.offset,
            )
        )  # fmt: skip


def _line(number: int, line: LineParts, adjudications: tuple[LineAdjudication, ...]) -> ServiceLine:
    return ServiceLine(
        number=number, procedure=line.procedure, modifiers=line.modifiers, charge=line.charge, units=line.units,
        pointers=line.pointers, service_date=line.day, control_number=line.control_number,
        place_of_service=line.place, description=line.description, adjudications=adjudications,
    )  # fmt: skip


def _facility(party: Party | None) -> ServiceFacility | None:
    return None if party is None else ServiceFacility(name=party.full_name, npi=party.id, address=party.address)
