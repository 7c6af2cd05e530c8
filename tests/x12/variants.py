"""Unusual files that are right: a checker that complains about one of them cries wolf."""

from __future__ import annotations

from collections.abc import Iterator

from ptedi.x12.delimiters import Delimiters
from ptedi.x12.reader import read
from ptedi.x12.writer import render
from tests.x12.bases import GUIDES, base, build, lines
from tests.x12.mutations import Maker


def variants() -> Iterator[tuple[str, bytes]]:
    """(what is unusual, file)."""
    for set_id in GUIDES:
        yield from _without(Maker(set_id))
        yield from _often(Maker(set_id))
        yield from _spelling(set_id)
    yield from _several()
    yield from _values()


def _without(maker: Maker) -> Iterator[tuple[str, bytes]]:
    """Each optional segment left out, and each optional loop."""
    done = set()
    for place, (loop, text) in enumerate(maker.lines):
        spec = maker.spec(loop, text)
        if spec != maker.heads[loop] and spec.usage == "S":
            yield f"{maker.set_id} without {loop}/{text[:8]}", build(maker.set_id, maker.put(place))
        if spec == maker.heads[loop] and maker.loops[loop].usage == "S" and loop not in done and loop[-1] not in "C":
            done.add(loop)
            end = place + 1
            while end < len(maker.lines) and maker.lines[end][0] == loop and maker.spec(*maker.lines[end]) != spec:
                end += 1
            if _leaf(maker, loop):
                texts = [t for _, t in maker.lines]
                yield f"{maker.set_id} without loop {loop}", build(maker.set_id, texts[:place] + texts[end:])


def _leaf(maker: Maker, loop: str) -> bool:
    return not maker.loops[loop].loops and loop not in ("2220D",)


def _often(maker: Maker) -> Iterator[tuple[str, bytes]]:
    """Segments and loops as often as the guide allows."""
    for place, (loop, text) in enumerate(maker.lines):
        spec = maker.spec(loop, text)
        if spec != maker.heads[loop] and 1 < spec.most < 20:
            more = spec.most - maker.count(place, loop, spec) + 1
            yield f"{maker.set_id} {spec.most} {loop}/{text[:6]}", build(maker.set_id, maker.put(place, *[text] * more))
        if spec == maker.heads[loop] and 1 < maker.loops[loop].most < 20 and _leaf(maker, loop):
            end = place + 1
            while end < len(maker.lines) and maker.lines[end][0] == loop and maker.spec(*maker.lines[end]) != spec:
                end += 1
            texts = [t for _, t in maker.lines]
            repeated = texts[place:end] * maker.loops[loop].most
            yield f"{maker.set_id} {maker.loops[loop].most} loops {loop}", build(
                maker.set_id, texts[:place] + repeated + texts[end:])


def _spelling(set_id: str) -> Iterator[tuple[str, bytes]]:
    """Delimiters, line ends, padding."""
    good = base(set_id)
    texts = [str(segment) for segment in read(good)]
    for signs in ("*:^~", "|>!\n", "\x1d\x1f\x1e\x1c", "+:^'", "*<^\r", "^:*~"):
        delimiters = Delimiters(element=signs[0], component=signs[1], repetition=signs[2], segment=signs[3])
        yield f"{set_id} delimiters {signs!r}", render(texts, delimiters)
    for newline in ("\n", "\r\n", "\r", "\n\n"):
        yield f"{set_id} lines end in {newline!r}", render(texts, newline=newline)
    yield f"{set_id} wrapped at 80", b"\r\n".join(good[i : i + 80] for i in range(0, len(good), 80))
    yield f"{set_id} wrapped at 7", b"\n".join(good[i : i + 7] for i in range(0, len(good), 7))
    yield f"{set_id} blank lines before", b"\r\n\n  " + good
    yield f"{set_id} padding behind", good + b"\r\n\n   \0\0\x1a"
    yield f"{set_id} newline after ISA only", good[:106] + b"\n" + good[106:]
    yield f"{set_id} terminator newline", good.replace(b"~", b"\n")


def _several() -> Iterator[tuple[str, bytes]]:
    """Several sets, groups and interchanges."""
    goods = {set_id: base(set_id) for set_id in GUIDES}
    numbered = [
        data.replace(b"000000001", b"%09d" % number) for number, data in enumerate(goods.values(), 1)
    ]  # fmt: skip
    yield "four interchanges joined", b"".join(numbered)
    yield "joined with line ends", b"\r\n".join(numbered)
    other = render([str(s) for s in read(numbered[1])], Delimiters(element="|", component=">", segment="\n"))
    yield "joined with other delimiters", numbered[0] + other + numbered[2]
    yield "joined with other delimiters and blank lines", numbered[0] + b"\n\n" + other + b"\n" + numbered[2]
    isa, rest = goods["837"][:106], goods["837"][106:]
    group, iea = rest[: rest.index(b"~IEA") + 1], b"IEA*2*000000001~"
    second = group.replace(b"*2130*1*X", b"*2130*2*X").replace(b"GE*1*1", b"GE*1*2")
    yield "two groups", isa + group + second + iea
    mixed = goods["835"][106:].replace(b"*2130*1*X", b"*2130*2*X").replace(b"GE*1*1", b"GE*1*2")
    yield "mixed groups", isa + group + mixed[: mixed.index(b"~IEA") + 1] + iea
    start = group.index(b"~ST*") + 1
    one = group[start : group.index(b"~GE*") + 1]
    two = one.replace(b"*0001*005010", b"*0002*005010").replace(b"*0001~", b"*0002~")
    yield "two sets", isa + group[:start] + one + two + b"GE*2*1~IEA*1*000000001~"
    yield "set numbers not in order", isa + group[:start] + two + one + b"GE*2*1~IEA*1*000000001~"
    ta1 = b"TA1*000000007*261105*2130*A*000~"
    yield "TA1 before the group", isa + ta1 + group + b"IEA*1*000000001~"
    yield "TA1 alone", isa + ta1 + b"IEA*0*000000001~"
    yield "two TA1", isa + ta1 + ta1.replace(b"7", b"8") + b"IEA*0*000000001~"


def _values() -> Iterator[tuple[str, bytes]]:
    """Unusual values."""
    edits = {
        "lower case name": ("RIVERA*ANA*M", "Rivera*Ana*m"),
        "apostrophe, hyphen, ampersand": ("RIVERA*ANA*M", "O'NEIL-D&M*ANA*M"),
        "one letter name": ("RIVERA*ANA*M", "R*A*M"),
        "name of sixty": ("RIVERA*ANA*M", "R" * 60 + "*ANA*M"),
        "no first name": ("RIVERA*ANA*M", "RIVERA**M"),
        "no middle name": ("RIVERA*ANA*M**JR", "RIVERA*ANA***JR"),
        "whole dollars": ("*175***11", "*175***11"),
        "cents": ("*175***11", "*175.50***11"),
        "no leading zero": ("*175***11", "*.5***11"),
        "leading zeros": ("*175***11", "*000175.00***11"),
        "zero charge": ("*175***11", "*0***11"),
        "claim number of 38": ("CLM*PT0001", "CLM*" + "P" * 38),
        "claim number with signs": ("CLM*PT0001", "CLM*PT-0/0.1 A"),
        "twelve diagnoses": ("*ABF:M6281", "*ABF:M6281" * 11),
        "leap day": ("431*D8*20260901", "431*D8*20240229"),
        "last century": ("19700131", "19000101"),
        "centenarian": ("19700131", "19120229"),
        "fractional units": ("*UN*2*11", "*UN*1.5*11"),
        "minutes": ("*UN*2*11", "*MJ*30*11"),
        "four modifiers": ("HC:97110:GP:59*120", "HC:97110:GP:59:KX:CQ*120"),
        "modifiers with a gap": ("HC:97110:GP:59*120", "HC:97110:GP::KX*120"),
        "description": ("HC:97110:GP:59*120", "HC:97110:GP:::: EXERCISE*120"),
        "four pointers": ("**1:2", "**1:2:1:2"),
        "BHT time with seconds": ("*20261105*2130*CH", "*20261105*213059*CH"),
        "BHT time with hundredths": ("*20261105*2130*CH", "*20261105*21305999*CH"),
        "encounter": ("*2130*CH", "*2130*RP"),
        "resubmission": ("BHT*0019*00", "BHT*0019*18"),
        "foreign address": ("SAMPLETOWN*OH*45001\n", "VANCOUVER*BC*V5K0A1*CA\n"),
        "subdivision": ("N4*SAMPLETOWN*OH*450010001", "N4*LONDON**SW1A*GB***X1"),
        "organisation as subscriber": ("IL*1*RIVERA*ANA*M**JR", "IL*2*EXAMPLE FACTORY****"),
        "extension": ("*EX*12", "*EX*123456"),
        "three contact numbers": ("TE*5555550101", "TE*5555550101*FX*5555550102*EX*9"),
        "unknown sex": ("19700131*F", "19700131*U"),
        "accident with state": ("*P*OA", "*P*AA:::OH"),
        "two accident causes": ("*P*OA", "*P*AA:OA::OH"),
        "six adjustments": ("CAS*PR*1*20**2*7.5", "CAS*PR*1*1**2*1**3*1**45*1**96*1**97*1*1"),
        "negative adjustment": ("CAS*PR*1*20", "CAS*PR*1*-20"),
        "every sign": ("POST OPERATIVE KNEE", "A!\"&'()+,-./;?=%@[]_{}\\|<>`#$"),
    }
    texts = "\n".join(text for _, text in lines("837")) + "\n"
    for name, (old, new) in edits.items():
        assert old in texts, name
        yield name, build("837", _joined(texts.replace(old, new, 1)))


def _joined(texts: str) -> list[str]:
    return texts.strip("\n").split("\n")
