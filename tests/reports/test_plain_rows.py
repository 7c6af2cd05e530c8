"""Claims laid into rows without records against the rows of their records: the same rows in the same order."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.mix_835 import mixed_file
from ptedi.reports.plain_rows import PlainRows
from ptedi.reports.rows import batches
from tests.checks.test_plain_payments import CHANGES, EXTRA, LARGE, SAMPLE
from tests.x12.mutations import Maker, envelopes
from tests.x12.variants import variants

ROOT = Path(__file__).parents[2]
Table = dict[str, list[tuple[object, ...]]]


def tables(paths: list[Path]) -> Table:
    """All rows of all tables."""
    found: Table = {}
    for batch in batches(paths):
        assert len(batch.columns) == len(batch.table.columns)
        found.setdefault(batch.table.name, []).extend(zip(*batch.columns, strict=True))
    return found


def same(*paths: Path) -> Table:
    """Asserts that both ways make the same rows, to the type and the spelling of each amount; returns them."""
    quick = tables([*paths])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(PlainRows, "take", lambda *_: 0)
        slow = tables([*paths])
    for name in {*quick, *slow}:
        for one, other in zip(quick.get(name, ()), slow.get(name, ()), strict=False):
            assert one == other
    assert quick == slow
    assert repr(quick) == repr(slow)
    return quick


@pytest.fixture
def taken(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many segments were taken without records."""
    counted = [0]
    take = PlainRows.take

    def counting(self: PlainRows, *rest: object) -> int:
        number = take(self, *rest)  # type: ignore[arg-type]
        counted[0] += number
        return number

    monkeypatch.setattr(PlainRows, "take", counting)
    return counted


def test_most_of_a_file_is_taken(tmp_path: Path, taken: list[int]) -> None:
    for name, ends in (("a.835", b"~"), ("b.835", b"~\n"), ("c.835", b"\n")):
        path = tmp_path / name
        path.write_bytes(LARGE.replace(b"~", ends))
        taken[0] = 0
        rows = same(path)
        assert len(rows["claims"]) == 600
        assert len(rows["provider_adjustments"]) == 4
        assert {row[-6] for row in rows.get("findings", [])} <= {"TR030"}
        assert taken[0] > 0.95 * LARGE.count(b"~")


def test_samples_and_corpus(tmp_path: Path) -> None:
    folders = [ROOT / "sample_edi", ROOT.parent / "shared/samples", ROOT.parent / "shared/corpus"]
    files = [path for folder in folders if folder.is_dir() for path in sorted(folder.rglob("*")) if path.is_file()]
    files = [path for path in files if path.stat().st_size < 100_000 and b"ST*835" in path.read_bytes()]
    assert len(files) >= 13
    assert same(*files)["claims"]


def written(folder: Path, files: list[bytes]) -> list[Path]:
    paths = [folder / f"{number:04d}.835" for number in range(len(files))]
    for path, data in zip(paths, files, strict=True):
        path.write_bytes(data)
    return paths


def test_changed_files(tmp_path: Path, taken: list[int]) -> None:
    rows = same(*written(tmp_path, list(CHANGES.files(140, 7000))))
    assert taken[0] > 50_000
    assert len(rows["findings"]) > 150


def test_structural_mutations(tmp_path: Path) -> None:
    mutations = [mutation.data for mutation in [*Maker("835").all(), *envelopes()] if mutation.set_id == "835"]
    files = mutations + [data for name, data in variants() if name.startswith("835")]
    same(*written(tmp_path, files[::4]))


def test_each_extra_segment_at_each_place_of_a_claim(tmp_path: Path) -> None:
    head, claim = SAMPLE.decode("ascii").split("~CLP*")[:2]
    texts, files = f"CLP*{claim}".split("~"), []
    for place in range(1, len(texts) + 1):
        for extra in EXTRA:
            edited = "~".join([*texts[:place], extra, *texts[place:]])
            files.append(f"{head}~{edited}~CLP*{claim}~SE*9*0001~GE*1*2~IEA*1*000000002~".encode())
    same(*written(tmp_path, files))


HEADS = (
    "CLP*A*1*10*10**12*I", "CLP*A*4*10*0*10*12*I*11*1", "CLP*A*2*10*0**MC*I*11*7", "CLP*A*22*-10*-10**12*I*11*8",
    "CLP*A*22*-10*-10*0*12*I", "CLP*A*1*10*9.5*0.50*12*I", "CLP*A*3*10.00*.5*9.50*12*I",
)  # fmt: skip
PATIENTS = (
    "NM1*QC*1*DOE*JO****MI*W1A", "NM1*QC*1*DOE*JO", "NM1*QC*1*DOE", "NM1*QC*1*DOE*JO*B**JR*MI*W1A",
    "NM1*QC*1*DOE*JO****HN*W1A", "NM1*QC*1*DOE*JO****MI*W1A~NM1*IL*1*ROE*AL****MI*W2B",
    "NM1*QC*1*DOE*JO****MI*W1A~NM1*IL*1*ROE*AL****MI*W1A~NM1*74*1*DOHE*****C*W1B",
    "NM1*QC*1*DOE*JO~NM1*IL*1*ROE*****MI*W2",
    "NM1*QC*1*DOE*JO****MI*W1A~NM1*82*1*PT*KIM****XX*1234567893", "NM1*QC*1*DOE~NM1*82*2******XX*1234567893",
    "NM1*QC*1*DOE*JO****MI*W1A~NM1*82*1******XX*1234567893~MOA***MA01*MA18~REF*F8*OLD~REF*EA*X~REF*G1*Y",
    "NM1*QC*1*DOE~MOA*0.85**MA01~DTM*232*20261001~DTM*050*20261002", "NM1*QC*1*DOE~MOA**12*N1~DTM*233*20261331",
    "NM1*QC*1*DOE~REF*EA*A~AMT*AU*10~AMT*F5*1~AMT*I*0.25", "NM1*QC*1*DOE~DTM*232*20261001~AMT*I*1~AMT*T*2",
)  # fmt: skip
LINES = (
    "", "SVC*HC:97110*10*10", "SVC*HC:97110:GP*10*9.5**1~DTM*472*20261001~CAS*PR*1*0.5",
    "SVC*HC:97110:GP:59*10*0*0420*2*HC:97112:GO*3~DTM*150*20261001~DTM*151*20261002~CAS*CO*16*10~LQ*HE*N1~LQ*HE*N2",
    "SVC*HC:97110:GP*10*0**0~CAS*CO*45*5**16*5**253*0~REF*LU*11~REF*6R*L1~REF*0K*Z~AMT*B6*5~AMT*T*1",
    "SVC*HC:97110*-10*-10**1~REF*6R*L1~AMT*B6*-10", "SVC*HC:97110*10*0*0420~CAS*PR*3*10~CAS*CO*45*0",
    "SVC*HC:97110*5*5***HC:97112~SVC*HC:97140*5*2.5~CAS*OA*23*2.50*1", "SVC*HC:97110*10*10~DTM*472*20260231",
)  # fmt: skip


def test_every_shape_of_a_claim(tmp_path: Path, taken: list[int]) -> None:
    begin, end = SAMPLE[: SAMPLE.index(b"CLP*")].decode(), "SE*9*0001~GE*1*2~IEA*1*000000002~"
    cas = ("", "CAS*CO*45*0~", "CAS*PR*1*0.5~", "CAS*CO*16*10~")
    texts = [f"{head}~{own}{patient}~{lines}~".replace("~~", "~")
             for head in HEADS for own in cas for patient in PATIENTS for lines in LINES]  # fmt: skip
    files = [f"{begin}{''.join(texts[at : at + 90])}{end}".encode() for at in range(0, len(texts), 90)]
    rows = same(*written(tmp_path, files))
    assert len(rows["claims"]) == len(texts)
    assert {row[7] for row in rows["claims"]} >= {"paid", "denied", "reversed", "patient_responsibility"}
    assert taken[0] > 900


def test_rows_of_a_giant_set_are_handed_out_as_it_is_read(tmp_path: Path) -> None:
    path = tmp_path / "giant.835"
    path.write_bytes(b"".join(mixed_file(3000, per_set=0)))
    sizes = [len(batch) for batch in batches([path])]
    assert max(sizes) < 3000
    assert len(sizes) > 40
