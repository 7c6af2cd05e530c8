"""835 rules P beyond balancing: what a remittance says about itself, on the records the 835 reader builds.

Balancing (P01 to P06, P17) lives in `remittances.balance`; what needs our own postings, the bank or a profile is not
decidable from a file and is listed in `accounting`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ptedi.checks.known_codes import reason_known, remark_known
from ptedi.checks.registry import E, I, W, on, page
from ptedi.checks.telling import Teller
from ptedi.checks.values import Remembered
from ptedi.money import ZERO, usd
from ptedi.remittances.model import Adjustment, ClaimPayment, Origin, Payment, ServicePayment

if TYPE_CHECKING:
    from ptedi.checks.listen_835 import RemittanceListener

METHOD = page(
    "RP007", "P07", 4, E, "Payment amount and method contradict each other",
    checks="BPR02 is not negative; with BPR04 = NON it is zero; zero without NON is told as a warning.",
    matters="A negative or non-existing payment cannot be matched to the bank; the payer should forward the balance.",
    example="BPR*I*-18.42*C*NON", instead="Ask the payer: a negative balance belongs into PLB FB.",
    reference="X221A1 BPR02, BPR04; X12 RFI 222",
)  # fmt: skip
TRACE = page(
    "RP008", "P08", 4, W, "Trace number used twice",
    checks="No two payments of a file have the same TRN02 and TRN03.",
    matters="A remittance loaded twice would be posted twice.",
    example="two ST..SE with TRN*1*EFT26081801*1999999998", instead="Keep the first; ask the payer about the second.",
    reference="X221A1 TRN02, TRN03",
)  # fmt: skip
STATUS_4 = page(
    "RP010", "P10", 4, W, "Status 4 without an identity denial",
    checks="CLP02 = 4 comes with a reason that says the patient was not found (31, 32, 33, 140).",
    matters="Status 4 means 'patient not known here'; many payers use it for any denial.",
    example="CLP*A1*4*120*0 with CAS*CO*50*120", instead="Work it as the denial its reason says.",
    reference="X221A1 CLP02; X12 RFI 1079, 1423",
)  # fmt: skip
CROSSOVER = page(
    "RP011", "P11", 4, W, "Forwarding status and crossover payer do not fit",
    checks="CLP02 19, 20, 21, 23 come with NM1*TT, other statuses without.",
    matters="Nobody knows to whom the claim was forwarded, or it is billed to the next payer twice.",
    example="CLP*A1*19*... without NM1*TT", instead="Ask the payer whether the claim crossed over.",
    reference="X221A1 CLP02, 2100 NM1*TT; X12 RFI 1981",
)  # fmt: skip
REVERSAL = page(
    "RP012", "P12", 4, E, "Reversal status and sign of the amounts disagree",
    checks="CLP02 = 22 carries the negated amounts of the original (whether they are the original's, posting decides); "
    "a negative charge with another status is told as a warning.",
    matters="Posted as sent, the claim would be paid twice instead of taken back.",
    example="CLP*A1*22*240*66.64", instead="Do not post; ask the payer for a corrected 835.",
    reference="X221A1 CLP02, CLP03; X12 RFI 1147, 1429",
)  # fmt: skip
UNCORRECTED = page(
    "RP013", "P13", 4, I, "Reversal without its correction",
    checks="A reversal (22) is followed by the corrected claim in the same 835.",
    matters="The claim stays open as reversed until the correction comes.",
    example="CLP*A1*22*-240*-66.64 and no other CLP*A1", instead="Wait for the correction; ask after thirty days.",
    reference="X221A1 CLP02; X12 RFI 227, 791",
)  # fmt: skip
ADJUSTMENT = page(
    "RP014", "P14", 5, W, "Adjustment reason not valid",
    checks="Adjustments have one of the groups CO, OA, PI, PR, an amount other than zero and a reason of the CARC "
    "list.",
    matters="An unknown reason cannot be routed; it waits for a person. Often only our list is older than the code.",
    example="CAS*CO*ZZ9*10", instead="Look the reason up in X12's current list and add it to schemas/codes.",
    reference="X221A1 CAS; X12 RFI 213",
)  # fmt: skip
NEEDS_REMARK = page(
    "RP015", "P15", 5, W, "Adjustment reason without its remark",
    checks="Reasons that ask for a remark code (16, 96, 125, 129, 148, 226, 227, 234, 252, A1) come with one.",
    matters="The reason alone does not say what to correct.",
    example="CAS*CO*16*180 without LQ*HE or MOA", instead="Ask the payer which information is missing.",
    reference="X221A1 CAS, 2110 LQ, 2100 MOA",
)  # fmt: skip
REMARK = page(
    "RP016", "P16", 5, W, "Remark code not known",
    checks="Remark codes are of the RARC list.",
    matters="The code is kept; its advice is unknown. Often only our list is older than the code.",
    example="LQ*HE*ZZ9", instead="Look the code up in the current list and add it to schemas/codes.",
    reference="X221A1 2110 LQ, 2100 MOA",
)  # fmt: skip
PROVIDER = page(
    "RP018", "P18", 4, W, "Provider adjustment incomplete",
    checks="PLB amounts are not zero; WO, FB, 72 and L6 have a reference.",
    matters="A recoupment without reference cannot be told to its claim.",
    example="PLB*1999900016*20261231*WO*18.42", instead="Ask the payer which claim it takes back.",
    reference="X221A1 PLB03, PLB04; X12 RFI 264, 2370",
)  # fmt: skip
FORWARD = page(
    "RP019", "P19", 4, W, "Forwarded balance with a payment",
    checks="A negative FB (balance forwarded) lifts BPR02 to zero, so BPR02 is zero beside it.",
    matters="The payer forwards a debt and pays at the same time: one of the two is wrong.",
    example="PLB...*FB:EFT26081801*-66.64 with BPR02 10",
    instead="Ask the payer.", reference="X221A1 PLB FB; X12 RFI 222, 738",
)  # fmt: skip
NO_CLAIM = page(
    "RP024", "P24", 4, W, "Remittance without patient control number",
    checks="CLP01 holds the CLM01 of the claim, not 0.",
    matters="The payment must be matched by the payer's claim number, or by member, date and charge.",
    example="CLP*0*1*120*90",
    instead="Match by CLP07 or REF*F8, else by hand.", reference="X221A1 CLP01; X12 RFI 504, 535",
)  # fmt: skip
NO_DATE = page(
    "RP027", "P27", 4, W, "Claim payment without service date",
    checks="A claim has DTM 232 or 233, or its lines have DTM 472.",
    matters="Without a date the line cannot be matched and no deadline computed.",
    example="CLP and SVC without any DTM", instead="Match by control numbers; ask the payer to send dates.",
    reference="X221A1 2100 DTM, 2110 DTM",
)  # fmt: skip

_IDENTITY = frozenset({"31", "32", "33", "140"})
_FORWARDED = frozenset({"19", "20", "21", "23"})
WITH_REMARK = frozenset({"16", "96", "125", "129", "148", "226", "227", "234", "252", "A1"})
_WITH_REFERENCE = frozenset({"WO", "FB", "72", "L6"})
GROUPS = frozenset({"CO", "OA", "PI", "PR"})
Place = tuple[str, int, int, int]


def _is_plain(key: str) -> bool:
    group, _, reason = key.partition("-")
    return group in GROUPS and reason not in WITH_REMARK and reason_known(reason)


_PLAIN = Remembered(_is_plain)  # group-reason that needs no second look


def at(segment: str, origin: Origin, payment: Payment) -> Place:
    """The place of a record, for a finding."""
    position = origin.segment_index - payment.origin.segment_index + 1
    return segment, origin.segment_index, position, origin.byte_offset


@on("payment")
def method(listener: RemittanceListener, payment: Payment, tell: Teller) -> None:
    """P07."""
    place, amount = at("BPR", payment.origin, payment), payment.amount
    if amount < ZERO:
        tell(METHOD, place, f"The payment amount {usd(amount)} is negative.", "BPR02", str(amount))
    elif payment.method == "NON" and amount:
        tell(METHOD, place, f"The method is NON (no payment), the amount {usd(amount)}.", "BPR04", "NON")
    elif not amount and payment.method not in ("NON", ""):
        text = f"The payment is zero, yet the method is {payment.method}."
        tell(METHOD, place, text, "BPR04", payment.method, severity=W)


@on("payment")
def trace(listener: RemittanceListener, payment: Payment, tell: Teller) -> None:
    """P08, within the file."""
    key = (payment.trace_number, payment.originator)
    if payment.trace_number and key in listener.seen_traces:
        text = f"The trace number {payment.trace_number} is used twice in this file."
        tell(TRACE, at("TRN", payment.origin, payment), text, "TRN02", payment.trace_number)
    listener.seen_traces.add(key)


@on("payment")
def corrections(listener: RemittanceListener, payment: Payment, tell: Teller) -> None:
    """P13: the reversals that no later claim of the payment corrects."""
    for number, origin in listener.reversed.items():
        text = f"Claim {number} is reversed without a correction in this remittance."
        tell(UNCORRECTED, at("CLP", origin, payment), text, "CLP02", "22", loop="2100", claim=number)


@on("payment")
def provider(listener: RemittanceListener, payment: Payment, tell: Teller) -> None:
    """P18, P19."""
    for adjustment in payment.provider_adjustments:
        place = at("PLB", adjustment.origin, payment)
        if not adjustment.amount:
            tell(PROVIDER, place, f"The provider adjustment {adjustment.reason} is zero.", "PLB04", "0")
        if adjustment.reason in _WITH_REFERENCE and not adjustment.reference:
            text = f"The provider adjustment {adjustment.reason} of {usd(adjustment.amount)} has no reference."
            tell(PROVIDER, place, text, "PLB03-2", "")
        if adjustment.reason == "FB" and adjustment.amount < ZERO and payment.amount:
            text = f"A balance of {usd(-adjustment.amount)} is forwarded beside a payment of {usd(payment.amount)}."
            tell(FORWARD, place, text, "PLB04", str(adjustment.amount))


@on("payment_claim")
def status(payment: Payment, claim: ClaimPayment, tell: Teller) -> None:
    """P10, P11, P12, P24, P27."""
    code = claim.status_code
    plain = code == "1" and claim.charge >= ZERO and not claim.crossover_payer and claim.statement_from
    if plain and claim.patient_control_number.strip("0"):
        return
    place = at("CLP", claim.origin, payment)
    if code == "4" and _IDENTITY.isdisjoint(a.reason for a in _all(claim)):
        tell(STATUS_4, place, "Status 4 (patient not found) without such a reason.", "CLP02", code, loop="2100")
    if bool(claim.crossover_payer) != (code in _FORWARDED):
        forwarded = code in _FORWARDED
        text = f"Status {code} without crossover payer." if forwarded else f"Crossover payer with status {code}."
        tell(CROSSOVER, place, text, "CLP02", code, loop="2100")
    if code == "22" and (claim.charge > ZERO or claim.paid > ZERO):
        text = f"The reversal has the positive charge {usd(claim.charge)} or payment {usd(claim.paid)}."
        tell(REVERSAL, place, text, "CLP03", str(claim.charge), loop="2100")
    elif code != "22" and claim.charge < ZERO:
        text = f"The charge {usd(claim.charge)} is negative, yet the status is {code}, no reversal."
        tell(REVERSAL, place, text, "CLP02", code, loop="2100", severity=W)
    if claim.patient_control_number.strip("0") == "":
        text = "The remittance does not name our claim (CLP01)."
        tell(NO_CLAIM, place, text, "CLP01", claim.patient_control_number, loop="2100")
    if claim.statement_from is None and claim.statement_to is None:
        if not any(line.service_date for line in claim.lines):
            tell(NO_DATE, place, "Neither the claim nor its lines have a service date.", loop="2100")


@on("payment_claim")
def adjustments(payment: Payment, claim: ClaimPayment, tell: Teller) -> None:
    """P14, P15, P16."""
    _judge(payment, claim, claim.remarks, tell, "2100", None)
    for number, line in enumerate(claim.lines, 1):
        if line.adjustments or line.remarks:
            _judge(payment, line, claim.remarks, tell, "2110", number)


def _judge(
    payment: Payment,
    record: ClaimPayment | ServicePayment,
    remarks: list[str],
    tell: Teller,
    loop: str,
    line: int | None,
) -> None:
    for adjustment in record.adjustments:
        reason = adjustment.reason
        if adjustment.amount and _PLAIN[f"{adjustment.group}-{reason}"]:
            continue
        where = at("CAS", adjustment.origin, payment)
        if not adjustment.amount:
            text = f"Adjustment {adjustment.group}-{reason} is zero."
            tell(ADJUSTMENT, where, text, "CAS03", "0", loop=loop, line=line)
        elif adjustment.group not in GROUPS:
            text = f"Adjustment group {adjustment.group} is not CO, OA, PI or PR."
            tell(ADJUSTMENT, where, text, "CAS01", adjustment.group, loop=loop, line=line)
        elif not reason_known(reason):
            text = f"Adjustment reason {reason} is not in our list."
            tell(ADJUSTMENT, where, text, "CAS02", reason, loop=loop, line=line)
        elif reason in WITH_REMARK and not record.remarks and not remarks:
            text = f"Reason {reason} asks for a remark code that says what is wrong; none is sent."
            tell(NEEDS_REMARK, where, text, "CAS02", reason, loop=loop, line=line)
    for remark in record.remarks:
        if not remark_known(remark):
            segment = "MOA" if line is None else "LQ"
            element = None if line is None else "LQ02"
            text = f"Remark code {remark} is not in our list."
            tell(REMARK, at(segment, record.origin, payment), text, element or "", remark, loop=loop, line=line)


def _all(claim: ClaimPayment) -> list[Adjustment]:
    return [*claim.adjustments, *(a for line in claim.lines for a in line.adjustments)]
