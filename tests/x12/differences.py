"""Where pyx12 and we differ in structure, each with the evidence and a file that shows it; docs/pyx12_differences.md.

`ours` are our codes for the file (none: we accept it), `theirs` is a word of pyx12's error ("": it accepts the file).
"""

from __future__ import annotations

import textwrap
from dataclasses import dataclass

from tests.x12.bases import base


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    kind: str
    title: str
    evidence: str
    data: bytes
    ours: str
    theirs: str


STRICT, LOOSE, SILENT, LOUD = (
    "pyx12 rejects what the guide allows", "pyx12 accepts what the guide forbids", "pyx12 gives up",
    "pyx12 tells one defect several times",
)  # fmt: skip


def _edit(set_id: str, old: str, new: str, count: int = 1) -> bytes:
    """An edit of a base file; SE01 follows when segments come or go."""
    data = base(set_id)
    assert old.encode() in data, old
    edited = data.replace(old.encode(), new.encode(), count)
    more = edited.count(b"~") - data.count(b"~")
    said = data.count(b"~") - 4
    return edited.replace(b"SE*%d*" % said, b"SE*%d*" % (said + more))


def _provider_status() -> bytes:
    """A 277CA whose provider level carries no status of its own: 2200C left out."""
    texts = base("277").split(b"~")
    start = next(i for i, text in enumerate(texts) if text.startswith(b"HL*3*2*19"))
    end = next(i for i, text in enumerate(texts) if i > start and text.startswith(b"HL*"))
    dropped = (b"TRN", b"STC", b"REF", b"QTY", b"AMT")
    kept = [t for i, t in enumerate(texts) if not (start < i < end and t[:3] in dropped)]
    said = len(texts) - 5
    return b"~".join(kept).replace(b"SE*%d*" % said, b"SE*%d*" % (said - len(texts) + len(kept)))


def _wrapped() -> bytes:
    data = base("837")
    return b"\r\n".join(data[at : at + 80] for at in range(0, len(data), 80))


DIFFERENCES = (
    Difference(
        kind=STRICT, title="999: several CTX behind one IK3", ours="", theirs="CTX exceeded max count",
        evidence="005010X231A1 2110: one trigger CTX and up to nine business unit CTX; X12's own example of "
        "a situational trigger has both.",
        data=base("999"),
    ),
    Difference(
        kind=STRICT, title="277CA: a provider level without 2200C", ours="", theirs="(2200C) missing",
        evidence="005010X214 2200C is situational; the correction in schemas/x12/005010X214.toml names it.",
        data=_provider_status(),
    ),
    Difference(
        kind=STRICT, title="Files wrapped at 80 bytes", ours="", theirs="no X12",
        evidence="Mainframes and FTP gateways wrap; X12.5 gives line ends no meaning, so they are layout wherever they "
        "stand, also inside an element.",
        data=_wrapped(),
    ),
    Difference(
        kind=LOOSE, title="ST03 differs from GS08", ours="IE044", theirs="",
        evidence="005010X222A1 ST03: the value equals GS08.",
        data=_edit("837", "ST*837*0001*005010X222A1", "ST*837*0001*005010X223A2"),
    ),
    Difference(
        kind=LOOSE, title="HL02 names another open level", ours="SG022", theirs="",
        evidence="X12 HL02: the level this one is subordinate to; a patient below a billing provider is no patient.",
        data=_edit("837", "HL*4*3*23*0", "HL*4*1*23*0"),
    ),
    Difference(
        kind=LOOSE, title="HL04 says levels follow and none does", ours="SG023", theirs="",
        evidence="X12 HL04, codes 0 and 1.", data=_edit("837", "HL*2*1*22*0", "HL*2*1*22*1"),
    ),
    Difference(
        kind=LOOSE, title="A repetition separator in an element that does not repeat", ours="EL012", theirs="",
        evidence="005010X222A1 NTE02 repeats once; X12.6 repetition separator.",
        data=_edit("837", "NTE*ADD*POST OPERATIVE KNEE", "NTE*ADD*POST^KNEE"),
    ),
    Difference(
        kind=SILENT, title="A guide without its errata in GS08", ours="IE036", theirs="gave up",
        evidence="45 CFR 162.1102 adopts 005010X222A1; for us a warning, since payers differ; pyx12 has no map for it.",
        data=base("837").replace(b"005010X222A1", b"005010X222"),
    ),
    Difference(
        kind=SILENT, title="277 status answers (005010X212)", ours="IE038", theirs="gave up",
        evidence="pyx12 ships an unfinished map outside of its index: no SE, loop 2000B beside 2000C.  Not a guide of "
        "ours either: envelope only, told as IE038.",
        data=base("277").replace(b"005010X214", b"005010X212"),
    ),
    Difference(
        kind=SILENT, title="More components than a composite has", ours="EL013", theirs="gave up",
        evidence="IK403 code 13; pyx12 raises IndexError.",
        data=_edit("837", "CLM*PT0001*175***11:B:1*", "CLM*PT0001*175***11:B:1:X*"),
    ),
    Difference(
        kind=LOUD, title="The first segment of a loop is missing", ours="SG003", theirs="N3",
        evidence="N3, N4, REF and PER of the loop follow from its missing NM1; one finding names it.",
        data=_edit("837", "NM1*85*2*EXAMPLE PT GROUP*****XX*1234567893~", ""),
    ),
    Difference(
        kind=LOUD, title="A code that is not listed and too long", ours="EL007", theirs="too long",
        evidence="No length of a code is right when the code is none.",
        data=_edit("837", "*MI*A1B2C3", "*MIM*A1B2C3"),
    ),
)


def page() -> str:
    """docs/pyx12_differences.md."""
    parts = [
        "# Where ptedi and pyx12 differ",
        "pyx12 judges everything we write and much of what we read, as an opinion of its own (`ptedi.x12.oracle`).  In "
        "structure both must agree on every generated and mutated file (`tests/x12/test_against_pyx12.py`), on its own "
        "suite of acknowledgments and on the corpus (`tests/checks/test_corpus_acks.py`), but for what stands here.  "
        "Each entry has a file in `tests/x12/differences.py` that shows it; this page is generated from there "
        "(`PTEDI_UPDATE=1`).",
    ]
    for kind in dict.fromkeys(one.kind for one in DIFFERENCES):
        parts.append(f"## Where {kind}")
        for one in DIFFERENCES:
            if one.kind == kind:
                parts.append(f"**{one.title}** - {f'`{one.ours}`' if one.ours else 'accepted by us'}.  {one.evidence}")
    wrapped = (textwrap.fill(part, 118, break_long_words=False, break_on_hyphens=False) for part in parts)
    return "\n\n".join(wrapped) + "\n"
