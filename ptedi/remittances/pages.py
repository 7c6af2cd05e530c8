"""The rule pages of 835 balancing (`ptedi explain RP003`)."""

from __future__ import annotations

from ptedi.findings import Rule, Severity, register

_MATTERS = "What does not balance cannot be posted: cash, write-off and patient balance would disagree."
_ASK = "Keep the remittance unposted, show the payer the cents and ask for a corrected 835."

PAYMENT = register(
    Rule(
        code="RP001",
        title="The payment is not the sum of its claims",
        severity=Severity.ERROR,
        checks="BPR02 = sum of CLP04 - sum of all PLB amounts, to the cent.",
        matters="The bank deposit would not agree with what is posted to the claims.",
        example="BPR*I*100*C...  CLP*A1*1*120*90*...  and no PLB",
        instead=_ASK,
        reference="005010X221A1 BPR02, CLP04, PLB; X12 RFI 222",
        snip=3,
        guide_rule="P01",
    )
).code
CLAIM = register(
    Rule(
        code="RP002",
        title="A claim payment does not balance",
        severity=Severity.ERROR,
        checks="CLP04 = CLP03 - every CAS amount of the claim and of its lines.",
        matters=_MATTERS,
        example="CLP*A1*1*120*90*...  CAS*CO*45*20",
        instead=_ASK,
        reference="005010X221A1 2100 CLP, CAS; 2110 CAS",
        snip=3,
        guide_rule="P02",
    )
).code
LINE = register(
    Rule(
        code="RP003",
        title="A service line does not balance",
        severity=Severity.ERROR,
        checks="SVC03 = SVC02 - the CAS amounts of that line.",
        matters=_MATTERS,
        example="SVC*HC:97110*60*30**1  CAS*CO*45*20",
        instead=_ASK,
        reference="005010X221A1 2110 SVC, CAS",
        snip=3,
        guide_rule="P03",
    )
).code
CLAIM_CHARGE = register(
    Rule(
        code="RP004",
        title="The claim charge is not the sum of its lines",
        severity=Severity.ERROR,
        checks="When a claim has lines, CLP03 = sum of SVC02.",
        matters="A line is missing or its charge is wrong: part of the claim would stay open without a reason.",
        example="CLP*A1*1*120*...  SVC*HC:97110*60*...  and no other line",
        instead=_ASK,
        reference="005010X221A1 2100 CLP03, 2110 SVC02",
        snip=3,
        guide_rule="P04",
    )
).code
CLAIM_PAID = register(
    Rule(
        code="RP005",
        title="The claim payment is not the sum of its lines",
        severity=Severity.ERROR,
        checks="When a claim has lines, CLP04 = sum of SVC03 - the CAS amounts at claim level.",
        matters=_MATTERS,
        example="CLP*A1*1*120*90*...  SVC*...*120*80**2",
        instead=_ASK,
        reference="005010X221A1 2100 CLP04, CAS; 2110 SVC03",
        snip=3,
        guide_rule="P05",
    )
).code
PATIENT = register(
    Rule(
        code="RP006",
        title="Patient responsibility is not the sum of PR adjustments",
        severity=Severity.WARNING,
        checks="CLP05 = sum of the PR adjustments at both levels; a reversal (CLP02 = 22) sends no CLP05.",
        matters="No cash is wrong, but a statement made from CLP05 would bill the patient a wrong amount.",
        example="CLP*A1*1*120*90*30*...  CAS*PR*2*10  CAS*CO*45*20",
        instead="Bill the patient from the PR adjustments, not from CLP05.",
        reference="005010X221A1 2100 CLP05; X12 RFI 2548",
        snip=3,
        guide_rule="P06",
    )
).code
INTEREST = register(
    Rule(
        code="RP017",
        title="Interest in PLB does not agree with the claims",
        severity=Severity.WARNING,
        checks="The sum of PLB L6 is minus the sum of AMT*I of the claims.",
        matters="Interest is income of its own: without agreement it cannot be told to claims.",
        example="AMT*I*1.25 on a claim and no PLB*...*L6:...*-1.25",
        instead="Post the interest of the PLB and ask the payer which claims it belongs to.",
        reference="005010X221A1 2100 AMT, PLB; X12 RFI 2123, 2184",
        snip=3,
        guide_rule="P17",
    )
).code
