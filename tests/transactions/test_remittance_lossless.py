"""Nothing that an 835 says is lost: what no field holds is kept as it came, with its place."""

from __future__ import annotations

from pathlib import Path

import pytest

from ptedi.remittances.model import Payment
from ptedi.transactions import remittance_835
from ptedi.transactions.remittance_835 import RemittanceReader
from ptedi.x12.reader import read

HEAD = (
    "ISA*00*          *00*          *ZZ*CLEARING1      *ZZ*PTGROUP1       *261120*0600*^*00501*000000090*0*T*:~"
    "GS*HP*CLEARING1*PTGROUP1*20261120*0600*90*X*005010X221A1~"
)
BODY = (
    "BPR*I*60*C*ACH*CCP*01*990000013*DA*1*1999999998**01*990000026*DA*2*20261120", "TRN*1*T1*1999999998*S1",
    "CUR*PR*USD", "REF*EV*E1", "DTM*405*20261119", "N1*PR*PAYER*XV*P1", "N3*STREET", "N4*TOWN*OH*45002", "REF*2U*P2",
    "PER*BL*DESK*TE*5555550199", "N1*PE*GROUP*XX*1999900016", "REF*TJ*389999999", "RDM*FT*NAME*a@example.org",
    "LX*1", "TS3*1999900016*11*20261231*1*60", "TS2*1", "CLP*A1*19*100*60*5*MB*ICN1*11*1*X*DRG*1", "CAS*PR*3*5*1",
    "NM1*QC*1*DOE*JAN*M**JR*MI*M1", "NM1*IL*1*ROE*RAY****MI*M2", "NM1*74*1*DOW*DEE****C*M3",
    "NM1*82*1*THERA*PIST****XX*1999900222", "NM1*TT*2*NEXT*****PI*N1", "NM1*PR*2*OTHER*****PI*O1",
    "MIA*0**1*2*MA02***************M1", "MOA*0.8*1.2*MA01*MA18*M2*M3*M4*5*6", "REF*F8*OLD1", "REF*EA*MRN1",
    "DTM*232*20261101", "DTM*233*20261102", "DTM*050*20261103", "DTM*036*20261201", "PER*CX*DESK*TE*5555550199",
    "AMT*I*1.25", "AMT*AU*60", "QTY*CA*3", "SVC*HC:97110:GP:KX:59:XU*100*60*0420*2.5*HC:97112:GP:::::TEXT*3",
    "DTM*472*20261101", "DTM*150*20261101", "CAS*CO*45*20*2*59*10**253*1*0.5*A1*2**B7*1**16*1", "REF*6R*A1-01",
    "REF*LU*11", "REF*HPI*1999900222", "AMT*B6*80", "AMT*KH*1", "QTY*ZK*1", "LQ*HE*N20", "LQ*RX*70", "XYZ*1*2",
    "PLB*1999900016*20261231*WO:ICN0*5*FB*-5*72:A B*1*L6:X*-1.25",
)  # fmt: skip
TOKEN = "ZQJXV"


def one(*body: str) -> Payment:
    text = HEAD + "".join(f"{s}~" for s in ("ST*835*0001", *body, "SE*9*0001")) + "GE*1*90~IEA*1*000000090~"
    (payment,) = remittance_835.read(text.encode("latin-1"))
    return payment


def marked(segment: str) -> list[str]:
    """The segment with one of its values after another changed, and with one more at its end."""
    elements, found = segment.split("*"), [f"{segment}*{TOKEN}"]
    for n in range(1, len(elements)):
        parts = elements[n].split(":")
        found += ["*".join((*elements[:n], ":".join((*parts[:m], TOKEN, *parts[m + 1 :])), *elements[n + 1 :]))
                  for m in range(len(parts) + (elements[0] in ("SVC", "PLB")))]  # fmt: skip
    return found


@pytest.mark.parametrize("place", range(len(BODY)), ids=lambda n: f"{BODY[n].split('*')[0]}{n}")
def test_every_value_of_every_segment_is_somewhere(place: int) -> None:
    for segment in marked(BODY[place]):
        payment = one(*BODY[:place], segment, *BODY[place + 1 :])
        assert TOKEN in repr(payment), segment


@pytest.mark.parametrize("place", range(len(BODY)), ids=lambda n: f"{BODY[n].split('*')[0]}{n}")
def test_a_second_one_is_not_lost_either(place: int) -> None:
    for segment in marked(BODY[place]):
        assert TOKEN in repr(one(*BODY[: place + 1], segment, *BODY[place + 1 :])), segment


def test_segments_without_their_record_are_kept() -> None:
    texts = [
        o.text for o in one("CAS*CO*45*1", "SVC*HC:1*1*1", "NM1*QC*1*DOE", "MOA***M1", "LQ*HE*N1", "AMT*I*1").others
    ]
    assert texts == ["CAS*CO*45*1", "SVC*HC:1*1*1", "NM1*QC*1*DOE", "MOA***M1", "LQ*HE*N1", "AMT*I*1"]


def test_what_is_kept_knows_its_record_and_its_place() -> None:
    payment = one(*BODY)
    data = (HEAD + "ST*835*0001~" + "~".join(BODY)).encode()
    for other in payment.others:
        assert data[other.origin.byte_offset :].startswith(other.text.encode())
    (claim,) = payment.claims
    by_record = {
        of: [o.text.split("*")[0] for o in payment.others if o.of == of] for of in {o.of for o in payment.others}
    }
    assert by_record[payment.origin] == [
        "BPR", "TRN", "CUR", "REF", "N1", "N3", "N4", "REF", "PER", "N1", "REF", "RDM", "LX", "TS3", "TS2",
    ]  # fmt: skip
    assert by_record[claim.origin] == [
        "CLP", "NM1", "NM1", "NM1", "NM1", "NM1", "MIA", "MOA", "REF", "DTM", "PER", "AMT", "QTY",
    ]  # fmt: skip
    assert by_record[claim.lines[0].origin] == ["SVC", "DTM", "REF", "REF", "AMT", "QTY", "LQ", "XYZ"]


def test_what_the_fields_hold_is_not_kept_twice() -> None:
    payment = one(
        "BPR*I*60*C*CHK************20261120", "TRN*1*T1*1999999998", "CLP*A1*1*100*60*5*MB*ICN1*11*1",
        "CAS*PR*3*5", "NM1*QC*1*DOE*JAN****MI*M1", "MOA***MA01", "REF*F8*OLD1", "DTM*232*20261101", "AMT*I*1",
        "SVC*HC:97110:GP*100*60**2", "DTM*472*20261101", "CAS*CO*45*35", "REF*6R*A1-01", "AMT*B6*80", "LQ*HE*N20",
        "PLB*1999900016*20261231*WO:X*5",
    )  # fmt: skip
    assert [o.text.split("*")[0] for o in payment.others] == ["BPR", "TRN"]


def test_a_reader_that_is_not_asked_keeps_nothing() -> None:
    reader = RemittanceReader()
    for index, text in enumerate(("ST*835*0001", *BODY, "SE*9*0001"), 3):
        reader.feed(text, index, 0, 0)
    (payment,) = reader.finish()
    assert payment.others == []
    assert len(payment.claims) == 1


ROOT = Path(__file__).resolve().parents[2]
FILES = [p for p in (*ROOT.glob("sample_edi/**/*.edi"), *(ROOT / "../shared").glob("samples/835*")) if p.is_file()]


@pytest.mark.parametrize("path", FILES, ids=lambda p: p.name)
def test_pieces_are_the_whole(path: Path) -> None:
    """`parts` gives what `read` gives, claim for claim, and each segment of each file is in a record or kept."""
    whole = list(remittance_835.read(path.read_bytes()))
    pieces: list[Payment] = []
    claims, others, findings = [], [], []
    for part in remittance_835.parts(path.read_bytes()):
        claims += part.claims
        others += part.others
        findings += part.findings
        if part.last:
            payment = part.payment
            payment.claims, payment.others, payment.findings = claims, others, findings
            pieces.append(payment)
            claims, others, findings = [], [], []
    assert pieces == whole
    for payment in whole:
        assert_all_there(payment, path)


def assert_all_there(payment: Payment, path: Path) -> None:
    told = repr(payment)
    kept = {other.origin.segment_index for other in payment.others}
    wanted = {"QC", "IL", "74", "82", "MI", "C", "XX", "HE", "6R", "F8", "B6", "I", ""}
    for segment in read(path.read_bytes()):
        if segment.position < 2 or segment.id == "SE" or segment.index in kept or not within(payment, segment.index):
            continue
        for value in (part for element in segment.elements[1:] for part in element.split(":")):
            if value not in wanted and not value.lstrip("-").replace(".", "").isdigit():
                assert value in told, segment


def within(payment: Payment, index: int) -> bool:
    last = max([payment.origin.segment_index, *(c.origin.segment_index for c in payment.claims)])
    return payment.origin.segment_index < index <= last
