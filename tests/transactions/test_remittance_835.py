from __future__ import annotations

import io
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ptedi.remittances.model import Payment
from ptedi.transactions import remittance_835
from ptedi.transactions.remittance_835 import RemittanceFile, RemittanceReader
from ptedi.x12.stream import Blocks
from tests import strategies as some
from tests.transactions.damage import damaged

HEAD = (
    "ISA*00*          *00*          *ZZ*CLEARING1      *ZZ*PTGROUP1       *261120*0600*^*00501*000000090*0*T*:~"
    "GS*HP*CLEARING1*PTGROUP1*20261120*0600*90*X*005010X221A1~"
)
TAIL = "GE*1*90~IEA*1*000000090~"


def one(*body: str, head: str = HEAD, tail: str = TAIL) -> Payment:
    text = head + "".join(f"{s}~" for s in ("ST*835*0001", *body, "SE*9*0001")) + tail
    (payment,) = remittance_835.read(text.encode("latin-1"))
    return payment


def start(amount: str = "60") -> tuple[str, ...]:
    return (f"BPR*I*{amount}*C*CHK************20261120", "TRN*1*T1*1999999998")


def found(payment: Payment) -> list[tuple[str, str | None]]:
    return [(f.code, f.element) for f in payment.findings]


@given(st.lists(some.payments(), min_size=1, max_size=3))
@settings(max_examples=60)
def test_payments_read_back_equal(payments: list[Payment]) -> None:
    data = remittance_835.write(RemittanceFile(header=some.remittance_header(), payments=tuple(payments)))
    assert [some.without_origins(p) for p in remittance_835.read(data)] == payments


@given(some.payments())
@settings(max_examples=30)
def test_the_structure_listener_and_the_own_loop_agree(payment: Payment) -> None:
    data = remittance_835.write(RemittanceFile(header=some.remittance_header(newline="\n"), payments=(payment,)))
    reader = RemittanceReader(keep=True)
    for block in Blocks(data, []):
        for index, (text, offset) in enumerate(zip(block.texts, block.offsets, strict=False), block.first):
            reader.feed(text, index, 0, offset)
    assert reader.finish() == list(remittance_835.read(io.BytesIO(data)))


def test_every_adjustment_of_a_cas_with_its_place() -> None:
    payment = one(
        *start(), "LX*1", "CLP*A1*1*100*60*5*MB*ICN1*11*1", "CAS*PR*3*5",
        "SVC*HC:97110:GP:KX*100*60**2.5*HC:97112:GP*3",
        "CAS*CO*45*20*2*59*10**253*1*0.5*A1*2**B7*1**16*1", "DTM*150*20261101", "DTM*151*20261102", "REF*6R*A1-01",
        "AMT*B6*80", "LQ*HE*N20", "LQ*RX*70",
    )  # fmt: skip
    (claim,) = payment.claims
    (line,) = claim.lines
    assert [(a.group, a.reason, a.amount, a.quantity) for a in claim.adjustments] == [
        ("PR", "3", Decimal("5.00"), None)
    ]
    assert [(a.reason, a.amount, a.quantity) for a in line.adjustments] == [
        ("45", Decimal(20), Decimal(2)), ("59", Decimal(10), None), ("253", Decimal(1), Decimal("0.5")),
        ("A1", Decimal(2), None), ("B7", Decimal(1), None), ("16", Decimal(1), None),
    ]  # fmt: skip
    assert (line.procedure, line.modifiers, line.units) == ("97110", ("GP", "KX"), Decimal("2.5"))
    assert (line.submitted_procedure, line.submitted_modifiers, line.units_submitted) == ("97112", ("GP",), Decimal(3))
    assert (line.service_date, line.service_date_end) == (date(2026, 11, 1), date(2026, 11, 2))
    assert (line.line_control_number, line.allowed, line.remarks) == ("A1-01", Decimal(80), ["N20"])
    assert (line.origin.segment_index, line.adjustments[0].origin.segment_index) == (9, 10)
    assert line.origin.byte_offset == len(HEAD) + sum(
        len(s) + 1 for s in ("ST*835*0001", *start(), "LX*1", "CLP*A1*1*100*60*5*MB*ICN1*11*1", "CAS*PR*3*5")
    )


def test_names_references_and_dates_of_a_claim() -> None:
    payment = one(
        *start(), "DTM*405*20261119", "N1*PR*PAYER ONE", "REF*2U*P001", "N1*PE*PT GROUP*FI*311234567",
        "REF*TJ*319876543",
        "LX*1", "CLP*A1*19*60*60**12*ICN1", "NM1*QC*1*DOE*JAN", "NM1*IL*1*ROE*RAY****MI*M1", "NM1*74*1*DOW****"
        "*C*M2", "NM1*82*1*THERA*PIST****XX*1234567893", "NM1*TT*2*NEXT PLAN*****PI*X",
        "MIA*0****MA02***************M1",
        "MOA***MA01*MA18", "REF*F8*OLD1", "DTM*232*20261101", "DTM*233*20261102", "DTM*050*20261103", "AMT*I*1.25",
        "AMT*AU*60", "PLB*1234567893*20261231*WO:ICN0*5*FB*-5*72:A B*1", "PLB*1234567893*20261231*L6:X*-1.25",
    )  # fmt: skip
    (claim,) = payment.claims
    assert (payment.payer, payment.payer_id, payment.payee, payment.payee_npi) == ("PAYER ONE", "P001", "PT GROUP", "")
    assert (payment.payee_tax_id, payment.production_date) == ("319876543", date(2026, 11, 19))
    assert (claim.patient_last, claim.patient_first, claim.member_id) == ("DOE", "JAN", "M1")
    assert (claim.subscriber_last, claim.corrected_last, claim.corrected_member_id) == ("ROE", "DOW", "M2")
    assert (claim.rendering_npi, claim.crossover_payer, claim.original_reference) == ("1234567893", "NEXT PLAN", "OLD1")
    assert claim.remarks == ["MA02", "M1", "MA01", "MA18"]
    assert (claim.statement_from, claim.statement_to) == (date(2026, 11, 1), date(2026, 11, 2))
    assert (claim.received, claim.interest) == (date(2026, 11, 3), Decimal("1.25"))
    assert claim.patient_responsibility is None
    assert [(p.reason, p.reference, p.amount) for p in payment.provider_adjustments] == [
        ("WO", "ICN0", Decimal(5)), ("FB", "", Decimal(-5)), ("72", "A B", Decimal(1)), ("L6", "X", Decimal("-1.25")),
    ]  # fmt: skip


def test_units_default_to_one() -> None:
    payment = one(*start(), "CLP*A1*1*60*60", "SVC*HC:97110*60*60", "SVC*NU:0420*0*0*0420*0")
    assert [ln.units for ln in payment.claims[0].lines] == [Decimal(1), Decimal(0)]


@pytest.mark.parametrize(
    ("segment", "code", "element"),
    [
        ("BPR*I*6O*C*CHK************20261120", "RD001", "BPR02"),
        ("CLP*A1*1*1.005*60", "RD001", "CLP03"),
        ("CLP*A1*1**60", "RD001", "CLP03"),
        ("CLP**1*60*60", "RD005", "CLP01"),
        ("DTM*405*20260231", "RD002", "DTM02"),
        ("PLB*1234567893*2026*WO:X*1", "RD002", "PLB02"),
        ("PLB*1234567893*20261231*WO:X", "RD001", "PLB04"),
        ("SVC*HC:97110*60*60", "RD004", None),
        ("CAS*CO*45*60", "RD004", None),
    ],
)
def test_what_is_wrong_is_a_finding(segment: str, code: str, element: str | None) -> None:
    payment = one(*start(), segment)
    assert (code, element) in found(payment)
    assert all(f.byte_offset and f.segment_position for f in payment.findings)


def test_wrong_values_keep_their_record() -> None:
    payment = one(*start(), "CLP*A1*1*60*60", "SVC*HC:97110*6x*60**TWO", "CAS*CO*45*1,000", "CAS*CO**5", "CAS*PR*1")
    (claim,) = payment.claims
    assert [(a.reason, a.amount) for a in claim.lines[0].adjustments] == [("45", 0), ("", 5), ("1", 0)]
    assert found(payment) == [
        ("RD001", "SVC02"), ("RD003", "SVC05"), ("RD001", "CAS03"), ("RD005", "CAS02"), ("RD001", "CAS03"),
    ]  # fmt: skip
    assert {f.claim for f in payment.findings} == {"A1"}


def test_a_set_without_end_is_kept_and_told() -> None:
    data = (HEAD + "ST*835*0001~" + "~".join((*start(), "CLP*A1*1*60*60")) + "~").encode()
    (payment,) = remittance_835.read(data)
    assert found(payment) == [("RD006", "SE")]
    assert len(payment.claims) == 1
    two = HEAD + "ST*835*0001~TRN*1*A~ST*835*0002~TRN*1*B~SE*3*0002~" + TAIL
    first, second = remittance_835.read(two.encode())
    assert (found(first), found(second)) == ([("RD006", "SE")], [])


def test_other_sets_are_passed_over() -> None:
    text = HEAD + "ST*277*0001~BPR*I*60~CLP*A1*1*60*60~SVC*HC:97110*1*1~SE*4*0001~ST*835*0002~TRN*1*X~SE*3*0002~" + TAIL
    (payment,) = remittance_835.read(text.encode())
    assert (payment.control_number, payment.claims, payment.findings) == ("0002", [], [])


def test_several_interchanges_with_their_own_delimiters() -> None:
    first = (HEAD + "ST*835*0001~TRN*1*A~SE*3*0001~" + TAIL).encode()
    second = first.translate(bytes.maketrans(b"*:^~", b"|>!\n")).replace(b"0001", b"0002")
    assert [p.control_number for p in remittance_835.read(first + second)] == ["0001", "0002"]


def test_fuzz_never_raises() -> None:
    texts = (HEAD + "~".join((
        "ST*835*0001", *start(), "N1*PR*PAYER", "N1*PE*GROUP*XX*1234567893", "LX*1", "CLP*A1*1*100*60*5*MB*ICN1*11*1",
        "CAS*PR*3*5", "NM1*QC*1*DOE*JAN****MI*M1", "MOA***MA01", "DTM*232*20261101", "SVC*HC:97110:GP*100*60**2",
        "DTM*472*20261101", "CAS*CO*45*20*2*59*10", "REF*6R*A1-01", "AMT*B6*80", "LQ*HE*N20",
        "PLB*1234567893*20261231*WO:X*5", "SE*19*0001", "")) + TAIL).split("~")  # fmt: skip
    for data in damaged(texts, 500):
        for payment in remittance_835.read(data):
            assert all(isinstance(c.paid, Decimal) for c in payment.claims)


CORPUS = Path(__file__).resolve().parents[2] / "../shared"


@pytest.mark.corpus
@pytest.mark.skipif(not CORPUS.exists(), reason="the corpus is not here")
def test_every_835_of_the_corpus_is_read() -> None:
    payments = 0
    for path in sorted(p for p in (*CORPUS.glob("corpus/**/*"), *CORPUS.glob("samples/*")) if p.is_file()):
        data = path.read_bytes()
        if b"ST*835*" in data:
            read = list(remittance_835.read(data))
            assert len(read) == data.count(b"ST*835*"), path.name
            payments += len(read)
    assert payments > 10
