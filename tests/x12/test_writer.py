from datetime import date, time

import pytest

from ptedi.x12.delimiters import Delimiters
from ptedi.x12.interchange import identify, transactions
from ptedi.x12.oracle import validate
from ptedi.x12.reader import read
from ptedi.x12.writer import Envelope, TransactionSet, composite, interchange, segment

ENVELOPE = Envelope(
    sender_id="PTEDI", receiver_id="PAYER", control_number=7, created=date(2026, 11, 21), at=time(9, 5),
    functional_id="FA", guide="005010X231A1",
)  # fmt: skip
SETS = [TransactionSet(set_id="999", control_number="0001", segments=[
    segment("AK1", "HC", "1", "005010X222A1"), segment("AK2", "837", "0001", "005010X222A1"), segment("IK5", "A"),
    segment("AK9", "A", "1", "1", "1")])]  # fmt: skip


@pytest.mark.parametrize("newline", ["", "\n", "\r\n"])
@pytest.mark.parametrize("signs", ["*:^~", "|>!\n", "\x1d\x1f\x1e\x1c", "+:^'"])
def test_written_interchange_reads_back(signs: str, newline: str) -> None:
    delimiters = Delimiters(element=signs[0], component=signs[1], repetition=signs[2], segment=signs[3])
    data = interchange(ENVELOPE, SETS, delimiters=delimiters, newline="" if signs[3] == "\n" else newline)
    findings: list = []
    segments = list(read(data, findings))
    assert findings == []
    assert [s.id for s in segments] == ["ISA", "GS", "ST", "AK1", "AK2", "IK5", "AK9", "SE", "GE", "IEA"]
    assert segments[7].elements == ["SE", "6", "0001"]
    for one in segments:
        assert data[one.offset :].startswith(one.id.encode())
    (transaction,) = transactions(data)
    assert transaction.interchange.control_number == 7
    assert transaction.interchange.delimiters == delimiters
    assert transaction.group.functional_id == "FA"
    assert identify(data) == {"999"}


def test_canonical_file_is_valid_for_the_oracle() -> None:
    assert validate(interchange(ENVELOPE, SETS)).ok


def test_delimiters_in_data_are_refused() -> None:
    for bad in ("A*B", "A~B", "A:B", "A^B", "A\nB"):
        with pytest.raises(ValueError, match="delimiter"):
            segment("NTE", "ADD", bad)
        with pytest.raises(ValueError, match="delimiter"):
            composite("HC", bad)
    assert segment("SV1", composite("HC", "97110", "GP", "", ""), "60.00", "") == "SV1*HC:97110:GP*60.00"
