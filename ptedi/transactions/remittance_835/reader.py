"""The reader of any 835 (005010X221A1 and its 4010 ancestor): one pass, one method a segment id.

`RemittanceReader` is fed segment texts by `files.read` or by the structure check, which tokenises anyway; `here` is the
record that CAS, REF, AMT and DTM speak of: the line, else the claim.  What cannot be understood becomes a finding of
its payment, with the amount taken as 0.00, so that such a payment never balances by accident; the record is kept.
A segment that the records do not say whole is kept as it came in `Payment.others`, so that nothing is lost.
"""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from ptedi import money
from ptedi.findings import Rule
from ptedi.remittances.model import (
    Adjustment,
    ClaimPayment,
    Origin,
    OtherSegment,
    Payment,
    ProviderAdjustment,
    ServicePayment,
)
from ptedi.transactions import pages
from ptedi.transactions.remittance_835 import values
from ptedi.transactions.remittance_835.values import DATES, PLAIN, Memo

ONE, NONE, _at = Decimal(1), Decimal(0), values.element
_new = tuple.__new__  # an Origin without the detour over its class: there is one for each line and adjustment


class RemittanceReader:
    """Builds payments from segments; a finished payment is appended to `ready`; `keep` fills `Payment.others`.

    Attributes:
        ready: payments whose set has ended and that nobody has taken yet.
        payment: the payment being read, None between sets and in sets that are no 835.
        here: the record that adjustments and remarks speak of: the line, else the claim.
        index, offset: the place of the segment being read, set by whoever calls a handler.
        elements: the segment whose values are being understood, for the findings.
    """

    def __init__(self, *, keep: bool = False) -> None:
        self.keep = keep
        self.ready: list[Payment] = []
        self.payment: Payment | None = None
        self.claim: ClaimPayment | None = None
        self.line: ServicePayment | None = None
        self.here: ServicePayment | ClaimPayment | None = None
        self.party = ""
        self.elements = [""]
        self.index = self.offset = 0
        self._amounts = Memo(money.amount, self._no_amount)
        self._days = Memo(values.day, self._no_day)
        self._numbers = Memo(values.number, self._no_number)
        self._procedures = Memo(values.procedure, values.procedure)
        self.handlers = {name: getattr(self, name) for name in vars(RemittanceReader) if name.isupper()}

    def feed(self, text: str, index: int, position: int, offset: int) -> None:
        """Takes one segment in canonical spelling (the signature of a structure handler)."""
        elements = text.split("*")
        self.index, self.offset = index, offset
        self.handlers.get(elements[0], self.other)(elements)

    def other(self, e: list[str]) -> None:
        """Keeps a segment that no field holds, or not all of it, with the record it speaks of."""
        payment = self.payment
        if payment is not None and self.keep:
            of = (self.line or self.claim or payment).origin
            payment.others.append(OtherSegment("*".join(e).rstrip("*"), Origin(self.index, self.offset), of))

    def finish(self) -> list[Payment]:
        """Ends the payment being read, if any, as cut off; returns and forgets what is ready."""
        self._interrupt()
        ready, self.ready = self.ready, []
        return ready

    # --- the set and its header ---

    def ST(self, e: list[str]) -> None:
        """Transaction Set Header: ST*835*0001~."""
        self._interrupt()
        self.claim = self.line = self.here = None
        self.party = ""
        if _at(e, 1) == "835":
            self.payment = Payment(control_number=_at(e, 2), origin=Origin(self.index, self.offset))
            if len(e) > 3:
                self.other(e)

    def BPR(self, e: list[str]) -> None:
        """Financial Information: BPR*I*139.62*C*ACH*...*20260818~."""
        payment = self.payment
        if payment is not None:
            self.elements = e
            payment.amount = self._amounts[_at(e, 2)]
            payment.credit_debit, payment.method = _at(e, 3), _at(e, 4)
            payment.date = self._days[_at(e, 16)]
            self.other(e)

    def TRN(self, e: list[str]) -> None:
        """Reassociation Trace Number: TRN*1*EFT26081801*1999999998~."""
        payment = self.payment
        if payment is not None and not payment.trace_number:
            payment.trace_number, payment.originator = _at(e, 2), _at(e, 3)
        self.other(e)

    def N1(self, e: list[str]) -> None:
        """Payer (PR) or Payee (PE) Identification: N1*PE*NAME*XX*1999900016~."""
        payment, self.party = self.payment, _at(e, 1)
        self.other(e)
        if payment is None or self.claim is not None:
            return
        name, qualifier, number = _at(e, 2), _at(e, 3), _at(e, 4)
        if self.party == "PR":
            payment.payer, payment.payer_id = name, number
        elif self.party == "PE":
            payment.payee = name
            if qualifier == "XX":
                payment.payee_npi = number
            elif qualifier == "FI":
                payment.payee_tax_id = number

    def LX(self, e: list[str]) -> None:
        """Header Number of a group of claims, TS3 and TS2 its totals: they stand between claims, not in one."""
        if self.keep and self.payment is not None:
            self.payment.others.append(OtherSegment("*".join(e), Origin(self.index, self.offset), self.payment.origin))

    TS2 = TS3 = LX

    # --- the claim ---

    def CLP(self, e: list[str]) -> None:
        """Claim Payment Information: CLP*PT26080001*1*240*66.64*17*MB*MCR2622200001*11*1~."""
        payment = self.payment
        if payment is None:
            return
        if len(e) < 10:
            e += [""] * (10 - len(e))
        self.elements = e
        amounts = self._amounts
        self.line = None
        self.claim = self.here = claim = ClaimPayment(
            patient_control_number=e[1],
            status_code=e[2],
            charge=NONE,
            paid=NONE,
            patient_responsibility=None,
            filing_indicator=e[6],
            payer_claim_control_number=e[7],
            place_of_service=e[8],
            frequency=e[9],
            origin=Origin(self.index, self.offset),
        )
        payment.claims.append(claim)
        claim.charge, claim.paid = amounts[e[3]], amounts[e[4]]  # with the claim at hand, for a finding names it
        if e[5]:
            claim.patient_responsibility = amounts[e[5]]
        if len(e) > 10:
            self.other(e)
        if not e[1]:
            self._tell(pages.INCOMPLETE, "A claim payment does not name its claim (CLP01).", "CLP01")

    def NM1(self, e: list[str]) -> None:
        """Names of a claim: QC patient, IL subscriber, 74 corrected, 82 rendering provider, TT crossover payer."""
        claim = self.claim
        if claim is None:
            self.other(e)
            return
        if len(e) < 10:
            e += [""] * (10 - len(e))
        what = e[1]
        if e[5:9] != PLAIN.get(what) or e[2] != "1" or len(e) > 10 or self._named(claim, e):
            self.other(e)
        if what == "QC":
            claim.patient_last, claim.patient_first = e[3], e[4]
            claim.member_id = e[9] or claim.member_id
        elif what == "82":
            claim.rendering_npi = e[9]
        elif what == "IL":
            claim.subscriber_last, claim.subscriber_first = e[3], e[4]
            claim.member_id = claim.member_id or e[9]
        elif what == "74":
            claim.corrected_last, claim.corrected_first, claim.corrected_member_id = e[3], e[4], e[9]
        elif what == "TT":
            claim.crossover_payer = e[3]

    def _named(self, claim: ClaimPayment, e: list[str]) -> str | bool:
        """Whether a name adds what the claim's fields cannot hold: a second one, another number, a provider's name."""
        what = e[1]
        if what == "QC":
            return claim.patient_last or claim.patient_first
        if what == "IL":
            return claim.subscriber_last or claim.subscriber_first or (claim.member_id or e[9]) != e[9]
        if what == "82":
            return e[3] or e[4] or claim.rendering_npi
        return claim.corrected_last or claim.corrected_first or claim.corrected_member_id

    def MOA(self, e: list[str]) -> None:
        """Outpatient Adjudication Information; remark codes in 03 to 07: MOA***MA01*MA130~."""
        if self.claim is not None:
            self.claim.remarks += [code for code in e[3:8] if code]
        if self.claim is None or any(e[1:3]) or len(e) > 8:
            self.other(e)

    def MIA(self, e: list[str]) -> None:
        """Inpatient Adjudication Information; remark codes in 05 and 20 to 23."""
        if self.claim is not None:
            self.claim.remarks += [code for code in (*e[5:6], *e[20:24]) if code]
        self.other(e)

    # --- the line ---

    def SVC(self, e: list[str]) -> None:
        """Service Payment Information: SVC*HC:97110:GP*120*36.85**2~."""
        claim = self.claim
        if claim is None:
            self._out_of_place("A service line", e)
            return
        if len(e) < 6:
            e += [""] * (6 - len(e))
        self.elements = e
        amounts, units = self._amounts, e[5]
        qualifier, code, modifiers, whole = self._procedures[e[1]]
        self.line = self.here = line = ServicePayment(
            qualifier=qualifier,
            procedure=code,
            modifiers=modifiers,
            charge=amounts[e[2]],
            paid=amounts[e[3]],
            units=(self._numbers[units] or NONE) if units else ONE,
            origin=_new(Origin, (self.index, self.offset)),
        )
        if len(e) > 6:
            sent, line.submitted_procedure, line.submitted_modifiers, all_sent = self._procedures[e[6]]
            line.units_submitted = self._numbers[_at(e, 7)]
            whole = whole and len(e) < 9 and (not e[6] or (all_sent and sent == qualifier))
        claim.lines.append(line)
        if e[4] or not whole:
            self.other(e)

    def CAS(self, e: list[str]) -> None:
        """Claim or service adjustment, up to six triples: CAS*CO*45*60**59*13**253*0.75~."""
        here, end = self.here, len(e)
        if here is None:
            self._out_of_place("An adjustment", e)
            return
        add, amounts, origin = here.adjustments.append, self._amounts, _new(Origin, (self.index, self.offset))
        self.elements = e
        if end == 4 and e[2]:
            add(Adjustment(e[1], e[2], amounts[e[3]], None, origin))
            return
        e += ("", "")  # so that the last triple may lack its amount or quantity
        for n in range(2, end, 3):
            reason, quantity = e[n], e[n + 2]
            if reason or e[n + 1]:
                number = self._numbers[quantity] if quantity else None
                add(Adjustment(e[1], reason, amounts[e[n + 1]], number, origin))
                if not reason:
                    self._tell(pages.INCOMPLETE, "An adjustment gives no reason.", f"CAS{n:02d}")
            elif quantity:
                self.other(e)

    def REF(self, e: list[str]) -> None:
        """References: 6R line control number, F8 original claim, 2U payer id, TJ payee tax id."""
        line = self.line
        if line is not None:
            if len(e) == 3 and e[1] == "6R" and not line.line_control_number:
                line.line_control_number = e[2]
            else:
                self.other(e)
            return
        claim, what, value = self.claim, _at(e, 1), _at(e, 2)
        if claim is not None:
            if what == "F8" and not claim.original_reference and len(e) == 3:
                claim.original_reference = value
                return
        elif self.payment is not None:
            if self.party == "PR" and what == "2U" and not self.payment.payer_id:
                self.payment.payer_id = value
            elif self.party == "PE" and what == "TJ":
                self.payment.payee_tax_id = value
        self.other(e)

    def DTM(self, e: list[str]) -> None:
        """Dates: 472, 150, 151 service; 232, 233 statement; 050 received; 405 production."""
        line = self.line
        if line is not None and len(e) == 3 and e[1] == "472" and line.service_date is None:  # nearly always
            self.elements = e
            line.service_date = self._days[e[2]]
            return
        record = line or self.claim or self.payment
        field = DATES[type(record)].get(e[1]) if len(e) == 3 else None
        if field is not None and getattr(record, field) is None:
            self.elements = e
            setattr(record, field, self._days[e[2]])
        else:
            self.other(e)

    def AMT(self, e: list[str]) -> None:
        """Amounts beside the balance: B6 allowed (line), I interest (claim)."""
        line = self.line
        if line is not None and len(e) == 3 and e[1] == "B6" and line.allowed is None:
            self.elements = e
            line.allowed = self._amounts[e[2]]
            return
        claim = self.claim if line is None else None
        if claim is not None and len(e) > 2 and e[1] == "I":
            self.elements = e
            first, claim.interest = not claim.interest, claim.interest + self._amounts[e[2]]
            if first and len(e) == 3:
                return
        self.other(e)

    def LQ(self, e: list[str]) -> None:
        """Remark codes: LQ*HE*N20~."""
        if self.here is not None and len(e) == 3 and e[1] == "HE" and e[2]:
            self.here.remarks.append(e[2])
        else:
            self.other(e)

    # --- the end ---

    def PLB(self, e: list[str]) -> None:
        """Provider adjustment, up to six pairs: PLB*1999900016*20261231*L6:MCR2622200002*-1.25~."""
        payment = self.payment
        if payment is None:
            return
        self.elements, self.claim, self.line, self.here = e, None, None, None
        origin, year_end = Origin(self.index, self.offset), self._days[_at(e, 2)]
        for n in range(3, len(e), 2):
            amount = _at(e, n + 1)
            if e[n] or amount:
                reason, _, reference = e[n].partition(":")
                adjustment = ProviderAdjustment(e[1], year_end, reason, reference, self._amounts[amount], origin)
                payment.provider_adjustments.append(adjustment)

    def SE(self, _: list[str]) -> None:
        """Transaction Set Trailer."""
        self._end()

    def GE(self, _: list[str]) -> None:
        """Functional Group Trailer: no set may be open."""
        self._interrupt()

    GS = IEA = ISA = GE

    def _end(self) -> None:
        payment = self.payment
        if payment is None:
            return
        if not payment.trace_number:
            self._tell(pages.INCOMPLETE, "The payment has no trace number (TRN02).", "TRN02", at=payment.origin)
        self.ready.append(payment)
        self.payment = self.claim = self.line = self.here = None

    def _interrupt(self) -> None:
        if self.payment is not None:
            self._tell(pages.CUT_OFF, "The transaction set has no end (SE).", "SE", at=self.payment.origin)
            self._end()

    # --- values ---

    def _no_amount(self, text: str) -> Decimal:
        element = self._element(text)
        self._tell(pages.BAD_AMOUNT, f"{element} is not an amount; it is taken as 0.00.", element, text)
        return money.ZERO

    def _no_day(self, text: str) -> dt.date | None:
        element = self._element(text)
        self._tell(pages.BAD_DATE, f"{element} is not a date; it is left out.", element, text)
        return None

    def _no_number(self, text: str) -> Decimal | None:
        element = self._element(text)
        self._tell(pages.BAD_NUMBER, f"{element} is not a quantity; it is left out.", element, text)
        return None

    def _element(self, text: str) -> str:
        """The reference of the first element that reads so and has not been told of yet."""
        told = {f.element for f in self.payment.findings if f.segment_index == self.index} if self.payment else set()
        return next((one for one in values.references(self.elements, text) if one not in told), self.elements[0])

    def _out_of_place(self, what: str, e: list[str]) -> None:
        self.other(e)
        if self.payment is not None:
            self._tell(pages.OUT_OF_PLACE, f"{what} stands outside of any claim.", "")

    def _tell(self, rule: Rule, message: str, element: str, value: str = "", at: Origin | None = None) -> None:
        payment = self.payment
        if payment is None:
            return
        index, offset = (at.segment_index, at.byte_offset) if at else (self.index, self.offset)
        payment.findings.append(
            pages.finding(
                rule, message, element=element or None, segment=element[:3].rstrip("0123456789") or None,
                value=value or None, claim=self.claim.patient_control_number if self.claim and not at else None,
                segment_index=index, segment_position=index - payment.origin.segment_index + 1, byte_offset=offset,
            )
        )  # fmt: skip
