"""Payments out of any 835 (005010X221A1 and its 4010 ancestor): one pass, one method a segment id, constant memory.

`RemittanceReader` is fed segment texts by `read` or by the structure check, which tokenises anyway; `here` is the
record that CAS, REF, AMT and DTM speak of: the line, else the claim.  What cannot be understood becomes a finding of
its payment, with the amount taken as 0.00, so that such a payment never balances by accident; the record is kept.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from decimal import Decimal
from itertools import count
from typing import BinaryIO

from ptedi import money
from ptedi.findings import Finding, Rule
from ptedi.remittances.model import (
    Adjustment,
    ClaimPayment,
    Origin,
    Payment,
    ProviderAdjustment,
    ServicePayment,
)
from ptedi.transactions import pages
from ptedi.transactions.remittance_835 import values
from ptedi.transactions.remittance_835.values import Memo
from ptedi.x12.stream import Blocks

ONE, NONE = Decimal(1), Decimal(0)


class RemittanceReader:
    """Builds payments from segments; a finished payment is appended to `ready`.

    Attributes:
        ready: payments whose set has ended and that nobody has taken yet.
        payment: the payment being read, None between sets and in sets that are no 835.
        here: the record that adjustments and remarks speak of: the line, else the claim.
        index, offset: the place of the segment being read, set by whoever calls a handler.
        elements: the segment whose values are being understood, for the findings.
    """

    def __init__(self) -> None:
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
        handler = self.handlers.get(elements[0])
        if handler is not None:
            self.index, self.offset = index, offset
            handler(elements)

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

    def BPR(self, e: list[str]) -> None:
        """Financial Information: BPR*I*139.62*C*ACH*...*20260818~."""
        payment = self.payment
        if payment is not None:
            self.elements = e
            payment.amount = self._amounts[_at(e, 2)]
            payment.credit_debit, payment.method = _at(e, 3), _at(e, 4)
            payment.date = self._days[_at(e, 16)]

    def TRN(self, e: list[str]) -> None:
        """Reassociation Trace Number: TRN*1*EFT26081801*1999999998~."""
        payment = self.payment
        if payment is not None and not payment.trace_number:
            payment.trace_number, payment.originator = _at(e, 2), _at(e, 3)

    def N1(self, e: list[str]) -> None:
        """Payer (PR) or Payee (PE) Identification: N1*PE*NAME*XX*1999900016~."""
        payment, self.party = self.payment, _at(e, 1)
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
            charge=amounts[e[3]],
            paid=amounts[e[4]],
            patient_responsibility=amounts[e[5]] if e[5] else None,
            filing_indicator=e[6],
            payer_claim_control_number=e[7],
            place_of_service=e[8],
            frequency=e[9],
            origin=Origin(self.index, self.offset),
        )
        payment.claims.append(claim)
        if not e[1]:
            self._tell(pages.INCOMPLETE, "A claim payment does not name its claim (CLP01).", "CLP01")

    def NM1(self, e: list[str]) -> None:
        """Names of a claim: QC patient, IL subscriber, 74 corrected, 82 rendering provider, TT crossover payer."""
        claim = self.claim
        if claim is None:
            return
        if len(e) < 10:
            e += [""] * (10 - len(e))
        what = e[1]
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

    def MOA(self, e: list[str]) -> None:
        """Outpatient Adjudication Information; remark codes in 03 to 07: MOA***MA01*MA130~."""
        if self.claim is not None:
            self.claim.remarks += [code for code in e[3:8] if code]

    def MIA(self, e: list[str]) -> None:
        """Inpatient Adjudication Information; remark codes in 05 and 20 to 23."""
        if self.claim is not None:
            self.claim.remarks += [code for code in (*e[5:6], *e[20:24]) if code]

    # --- the line ---

    def SVC(self, e: list[str]) -> None:
        """Service Payment Information: SVC*HC:97110:GP*120*36.85**2~."""
        claim = self.claim
        if claim is None:
            self._out_of_place("A service line")
            return
        if len(e) < 6:
            e += [""] * (6 - len(e))
        self.elements = e
        amounts, units = self._amounts, e[5]
        qualifier, code, modifiers = self._procedures[e[1]]
        self.line = self.here = line = ServicePayment(
            qualifier=qualifier,
            procedure=code,
            modifiers=modifiers,
            charge=amounts[e[2]],
            paid=amounts[e[3]],
            units=(self._numbers[units] or NONE) if units else ONE,
            origin=Origin(self.index, self.offset),
        )
        if len(e) > 6:
            _, line.submitted_procedure, line.submitted_modifiers = self._procedures[e[6]]
            line.units_submitted = self._numbers[_at(e, 7)]
        claim.lines.append(line)

    def CAS(self, e: list[str]) -> None:
        """Claim or service adjustment, up to six triples: CAS*CO*45*60**59*13**253*0.75~."""
        if self.here is None:
            self._out_of_place("An adjustment")
            return
        add, amounts, origin = self.here.adjustments.append, self._amounts, Origin(self.index, self.offset)
        self.elements = e
        end = len(e)
        e += ("", "")  # so that the last triple may lack its amount or quantity
        for n in range(2, end, 3):
            reason, quantity = e[n], e[n + 2]
            if reason or e[n + 1]:
                number = self._numbers[quantity] if quantity else None
                add(Adjustment(e[1], reason, amounts[e[n + 1]], number, origin))
                if not reason:
                    self._tell(pages.INCOMPLETE, "An adjustment gives no reason.", f"CAS{n:02d}")

    def REF(self, e: list[str]) -> None:
        """References: 6R line control number, F8 original claim, 2U payer id, TJ payee tax id."""
        if len(e) < 3:
            return
        what = e[1]
        if self.line is not None:
            if what == "6R":
                self.line.line_control_number = e[2]
        elif self.claim is not None:
            if what == "F8":
                self.claim.original_reference = e[2]
        elif self.payment is not None:
            if self.party == "PR" and what == "2U" and not self.payment.payer_id:
                self.payment.payer_id = e[2]
            elif self.party == "PE" and what == "TJ":
                self.payment.payee_tax_id = e[2]

    def DTM(self, e: list[str]) -> None:
        """Dates: 472, 150, 151 service; 232, 233 statement; 050 received; 405 production."""
        if len(e) < 3:
            return
        self.elements = e
        what = e[1]
        if self.line is not None:
            if what in ("472", "150"):
                self.line.service_date = self._days[e[2]]
            elif what == "151":
                self.line.service_date_end = self._days[e[2]]
        elif self.claim is not None:
            if what == "232":
                self.claim.statement_from = self._days[e[2]]
            elif what == "233":
                self.claim.statement_to = self._days[e[2]]
            elif what == "050":
                self.claim.received = self._days[e[2]]
        elif self.payment is not None and what == "405":
            self.payment.production_date = self._days[e[2]]

    def AMT(self, e: list[str]) -> None:
        """Amounts beside the balance: B6 allowed (line), I interest (claim)."""
        if len(e) < 3:
            return
        self.elements = e
        if self.line is not None:
            if e[1] == "B6":
                self.line.allowed = self._amounts[e[2]]
        elif self.claim is not None and e[1] == "I":
            self.claim.interest += self._amounts[e[2]]

    def LQ(self, e: list[str]) -> None:
        """Remark codes: LQ*HE*N20~."""
        if self.here is not None and len(e) > 2 and e[1] == "HE" and e[2]:
            self.here.remarks.append(e[2])

    # --- the end ---

    def PLB(self, e: list[str]) -> None:
        """Provider adjustment, up to six pairs: PLB*1999900016*20261231*L6:MCR2622200002*-1.25~."""
        payment = self.payment
        if payment is None:
            return
        self.elements = e
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
        name, *values = *self.elements, ""
        told = {f.element for f in self.payment.findings if f.segment_index == self.index} if self.payment else set()
        references = [f"{name}{n:02d}" for n, value in enumerate(values, 1) if value == text]
        return next((one for one in references if one not in told), name)

    def _out_of_place(self, what: str) -> None:
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


def read(source: bytes | BinaryIO, findings: list[Finding] | None = None) -> Iterator[Payment]:
    """Yields each payment of a file as its set ends; other sets are passed over.

    Args:
        source: bytes or an open binary file.
        findings: problems of the file's bytes (not of a payment) are appended here.

    Raises:
        UnreadableFile: there is no X12 in it at all.
    """
    reader = RemittanceReader()
    handler_of = reader.handlers.get
    for block in Blocks(source, [] if findings is None else findings, lenient=True):
        for index, text, offset in zip(count(block.first), block.texts, block.offsets, strict=False):
            elements = text.split("*")
            handler = handler_of(elements[0])
            if handler is not None:
                reader.index, reader.offset = index, offset
                handler(elements)
                if reader.ready:
                    yield reader.ready.pop()
    yield from reader.finish()


def _at(elements: list[str], number: int) -> str:
    return elements[number] if number < len(elements) else ""
