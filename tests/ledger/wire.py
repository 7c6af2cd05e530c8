"""Small 835 files of one check, for the tests of what payers send."""

from __future__ import annotations

from ptedi import checks
from ptedi.remittances.model import Payment
from ptedi.transactions import remittance_835


def file(amount: str, *body: str, method: str = "ACH") -> bytes:
    """An 835 of one check."""
    kind, bank = "I", "CCP*01*999999992*DA*123456789*1999999998**01*999988880*DA*9"
    if method == "NON":
        kind, bank = "H", "**********"
    segments = [
        "ST*835*0001", f"BPR*{kind}*{amount}*C*{method}*{bank}*20260818",
        "TRN*1*T1*1999999998", "DTM*405*20260818", "N1*PR*SAMPLE PLAN*XV*SYN01", "N3*1 PLAZA",
        "N4*SAMPLETOWN*OH*45002", "PER*BL*EDI*TE*5555550199", "N1*PE*SYNTHETIC PT GROUP*XX*1999900016",
        "REF*TJ*999999999", "LX*1", *body,
    ]  # fmt: skip
    segments.append(f"SE*{len(segments) + 1}*0001")
    head = ("ISA*00*          *00*          *ZZ*SAMPLE         *ZZ*SUB0001        *260818*2130*^*00501*000000101*0*T*:~"
            "GS*HP*SAMPLE*SUB0001*20260818*2130*101*X*005010X221A1~")  # fmt: skip
    return (head + "~".join(segments) + "~GE*1*101~IEA*1*000000101~").encode()


def read(amount: str, *body: str, method: str = "ACH") -> Payment:
    """Its payment, read without findings."""
    (payment,) = remittance_835.read(file(amount, *body, method=method))
    assert payment.findings == []
    return payment


def told(amount: str, *body: str, method: str = "ACH") -> set[str]:
    """The codes that the check says of it."""
    return {f.code for f in checks.check_file(file(amount, *body, method=method)).findings}


def clp(charge: str, paid: str, *more: str, status: str = "1", number: str = "PT000000001X", icn: str = "ICN1",
        share: str = "") -> tuple[str, ...]:  # fmt: skip
    """2100 up to its lines."""
    return (f"CLP*{number}*{status}*{charge}*{paid}*{share}*12*{icn}*11*1".rstrip("*"),
            "NM1*QC*1*SAMPLE*ANA****MI*W100", "DTM*232*20260803", *more)  # fmt: skip


def svc(code: str, charge: str, paid: str, *more: str, tail: str = "**1") -> tuple[str, ...]:
    """2110."""
    return (f"SVC*HC:{code}*{charge}*{paid}{tail}", "DTM*472*20260803", *more)
