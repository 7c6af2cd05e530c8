"""One-defect edits of the base files with what a checker must say: code, place, element.

The expectation comes from the guide's tables and from the edit itself, never from the engine.  Kinds differ in what is
done and where; the same edit at another loop is another kind, the same at a second claim is not.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ptedi.x12.guide import Element, SegmentSpec, load, walk
from tests.x12.bases import GUIDES, base, build, lines


@dataclass(frozen=True, slots=True, kw_only=True)
class Mutation:
    kind: str
    set_id: str
    data: bytes
    codes: frozenset[str]
    position: int  # from ST; 0 for the envelope
    element: str = ""
    loop: str = ""

    def caught(self, findings: list) -> bool:
        return any(
            f.code in self.codes
            and (not self.position or f.segment_position == self.position)
            and (not self.element or f.element == self.element)
            and (not self.loop or f.loop == self.loop)
            for f in findings
        )


Line = tuple[str, str]


class Maker:
    def __init__(self, set_id: str) -> None:
        self.set_id, self.lines = set_id, lines(set_id)
        self.specs: dict[tuple[str, str], list[SegmentSpec]] = {}
        self.heads, self.loops = {}, {}
        for loop, spec in walk(load(GUIDES[set_id][0]).root):
            self.specs.setdefault((loop.id, spec.id), []).append(spec)
            self.loops[loop.id] = loop
        for name, loop in self.loops.items():
            self.heads[name] = min(loop.segments, key=lambda s: s.position)
        self.done: set[str] = set()

    def spec(self, loop: str, text: str) -> SegmentSpec:
        specs = self.specs[loop, text.split("*", maxsplit=1)[0]]
        return next((s for s in specs if self.fits(s, text)), specs[0])

    @staticmethod
    def fits(spec: SegmentSpec, text: str) -> bool:
        parts, first = text.split("*"), spec.elements[0]
        if spec.id == "HL":
            return parts[3] in spec.elements[2].codes
        part = first.components[0] if first.components else first
        return not part.codes or parts[1].split(":")[0] in part.codes

    def make(self, kind: str, texts: list[str], codes: str, position: int, element: str = "", loop: str = ""):
        if kind in self.done:
            return
        self.done.add(kind)
        yield Mutation(
            kind=f"{self.set_id} {kind}", set_id=self.set_id, data=build(self.set_id, texts),
            codes=frozenset(codes.split()), position=position, element=element,
            loop=loop)

    def all(self) -> Iterator[Mutation]:
        for place, (loop, text) in enumerate(self.lines):
            spec = self.spec(loop, text)
            yield from self.elements(place, loop, text, spec)
            yield from self.segments(place, loop, text, spec)

    def put(self, place: int, *texts: str) -> list[str]:
        out = [text for _, text in self.lines]
        out[place : place + 1] = texts
        return out

    # --- elements ---

    def elements(self, place: int, loop: str, text: str, spec: SegmentSpec) -> Iterator[Mutation]:
        parts = text.split("*")
        where = f"{loop}/{spec.id}*{parts[1].split(':', 1)[0]}"
        position = place + 2

        def changed(number: int, value: str) -> list[str]:
            new = parts + [""] * (number + 1 - len(parts))
            new[number] = value
            return self.put(place, "*".join(new).rstrip("*"))

        for element in spec.elements:
            value = parts[element.number] if element.number < len(parts) else ""
            for op, codes, new in self.values(element, value, self.qualifies(spec, element)):
                if self.paired(spec, element, op):
                    continue
                ref = element.ref if "-" not in op else f"{element.ref}-{op.split('-')[1]}"
                if self.qualifies(spec, element) and op == "blank":
                    ref = ""  # SG009 names the component
                found_in = "" if self.qualifies(spec, element) else self.shown(loop)
                yield from self.make(
                    f"{where}:{op} {element.ref}", changed(element.number, new), codes, position, ref, found_in)
        extra = changed(len(spec.elements) + 1, "X")
        yield from self.make(f"{where}:extra", extra, "EL003", position, "", self.shown(loop))
        yield from self.make(f"{where}:tail", self.put(place, text + "*"), "EL015", position, "", self.shown(loop))

    @staticmethod
    def shown(loop: str) -> str:
        return loop

    @staticmethod
    def qualifies(spec: SegmentSpec, element: Element) -> bool:
        """Whether the element chooses the segment's place, so that a wrong value is another segment."""
        first = element.components[0] if element.components else element
        return (spec.id == "HL" and element.number == 3) or (
            spec.id != "HL" and element.number == 1 and bool(first.codes) and (element.usage == "R"))

    @staticmethod
    def paired(spec: SegmentSpec, element: Element, op: str) -> bool:
        """Qualifiers of dates: another format makes the value wrong, which is a kind of its own."""
        return element.data_element == "1250" and op == "code"

    def values(self, element: Element, value: str, qualifier: bool) -> Iterator[tuple[str, str, str]]:
        if element.components:
            yield from self.composites(element, value, qualifier)
            return
        if element.usage == "N":
            if not value:
                yield "unused", "EL011", "X" * max(1, element.least)
            return
        if not value:
            return
        if element.usage == "R":
            yield "blank", "EL001 SG009 SG002" if qualifier else "EL001", ""
        if element.codes:
            wrong = "Q" * max(element.least, 1)
            if wrong not in element.codes:
                yield "code", "SG009 SG002 EL007" if qualifier else "EL007", wrong
            return
        if element.type == "R" or element.type.startswith("N"):
            yield "letters", "EL014", value + "A"
            yield "comma", "EL014", "1,5"
            yield "long", "EL005", "1" * (element.most + 1)
            return
        if element.type in ("DT", "TM"):
            yield "calendar", "EL008 EL009", "99999999"[: len(value)]
            yield "word", "EL008 EL009", "TOMORROW"[: len(value)]
            return
        if element.data_element == "1251":
            yield "calendar", "EL008", value[:4] + "1332" + value[8:]
            yield "february", "EL008", "20260229"
            return
        yield "long", "EL005", value + "X" * (element.most - len(value) + 1)
        if element.least > 1:
            yield "short", "EL004", value[: element.least - 1]
        if len(value) < element.most:
            yield "accent", "EL006", value[:-1] + "\u00c9"
            yield "component", "EL013", f"{value[:1]}:{value[1:]}" if value[1:] else "A:B"
            yield "repeat", "EL012", f"{value[:1]}^{value[1:]}" if value[1:] else "A^B"
            if element.least != element.most:
                yield "blank end", "EL016", value + " "

    def composites(self, element: Element, value: str, qualifier: bool) -> Iterator[tuple[str, str, str]]:
        if element.usage == "N":
            yield "unused", "EL011", "X"
            return
        if not value or element.repeat > 1:
            return
        parts = value.split(":")
        if element.usage == "R":
            yield "blank", "EL001 SG009 SG002" if qualifier else "EL001", ""
        yield "components", "EL013", ":".join(parts + ["X"] * (len(element.components) - len(parts) + 1))
        for part in element.components:
            one = parts[part.number - 1] if part.number <= len(parts) else ""
            if not one:
                continue
            chooses = qualifier and part.number == 1
            if part.usage == "R" and not chooses and (len(parts) > 1 or element.usage == "R"):
                new = [*parts]
                new[part.number - 1] = ""
                yield f"blank-{part.number}", "EL001", ":".join(new).rstrip(":")
            if part.codes and not chooses:
                new = [*parts]
                new[part.number - 1] = "Q" * max(1, part.least)
                if new[part.number - 1] not in part.codes:
                    yield f"code-{part.number}", "EL007 EL014", ":".join(new)
            elif part.type in ("AN", "ID") and not part.codes:
                new = [*parts]
                new[part.number - 1] = "X" * (part.most + 1)
                yield f"long-{part.number}", "EL005", ":".join(new)
                if part.least > 1:
                    new[part.number - 1] = "X" * (part.least - 1)
                    yield f"short-{part.number}", "EL004", ":".join(new)

    # --- segments ---

    def segments(self, place: int, loop: str, text: str, spec: SegmentSpec) -> Iterator[Mutation]:
        name, position = text.split("*", maxsplit=1)[0], place + 2
        where = f"{loop}/{name}*{text.split('*', 2)[1]}"
        head = self.heads[loop] == spec and loop not in ("HEADER", "FOOTER")
        following = self.lines[place + 1] if place + 1 < len(self.lines) else ("", "SE*")
        yield from self.make(f"{loop}:unknown", self.put(place, text, "ZZZ*1"), "SG001", position + 1)
        yield from self.make(f"{loop}:stray", self.put(place, text, self.stray()), "SG002 SG005", position + 1)
        lower = text.replace(name, name.lower(), 1)
        yield from self.make(f"{where}:lower", self.put(place, lower), "SG010", position)
        longer = text.replace(name, name + "X", 1)
        yield from self.make(f"{where}:long id", self.put(place, longer), "SG010 SG001", position)
        if head:
            yield from self.head(place, loop, text, spec, following)
            return
        if spec.usage == "R":
            noticed = self.noticed(place, loop, spec)
            yield from self.make(f"{where}:missing", self.put(place), "SG003", noticed, "", loop)
        if spec.most and self.count(place, loop, spec) == spec.most:
            yield from self.make(f"{where}:twice", self.put(place, text, text), "SG005", position + 1)
        elif spec.most and spec.most < 30:
            many = [text] * (spec.most - self.count(place, loop, spec) + 2)
            yield from self.make(f"{where}:often", self.put(place, *many), "SG005", position + len(many) - 1)
        if following[0] == loop and self.spec(*following).position > spec.position:
            swapped = self.put(place, following[1], text)
            del swapped[place + 2]
            yield from self.make(f"{where}:swapped", swapped, "SG007", position + 1, "", self.shown(loop))

    def noticed(self, place: int, loop: str, spec: SegmentSpec) -> int:
        """The position at which a missing segment shows: behind its namesakes of the same place."""
        after = place + 1
        rest = self.lines[place + 1 :]
        for other, text in rest:
            if other != loop or self.spec(other, text).position != spec.position:
                break
            after += 1
        return after + 1

    def stray(self) -> str:
        """A segment of the guide that has its place somewhere else."""
        return {"837": "FRM*1*Y", "835": "BPR*I*1*C", "999": "AK1*HC*1*005010X222A1", "277": "BHT*0085"}[self.set_id]

    def count(self, place: int, loop: str, spec: SegmentSpec) -> int:
        """How many of this segment the loop instance holds."""
        start = place
        while start > 0 and self.lines[start][0] == loop and self.spec(*self.lines[start]) != self.heads[loop]:
            start -= 1
        count = 0
        for other_loop, other in self.lines[start:]:
            if other_loop == loop and count and self.spec(other_loop, other) == self.heads[loop]:
                break
            if other_loop == loop and self.spec(other_loop, other) == spec:
                count += 1
        return count

    def head(self, place: int, loop: str, text: str, spec: SegmentSpec, following: Line) -> Iterator[Mutation]:
        name, position = spec.id, place + 2
        limit = self.loops[loop].most
        required = self.loops[loop].usage == "R"
        alone = following[0] != loop
        if required or not alone:
            codes = "SG003 SG004" + ("" if required else " SG002 SG007 SG005")
            yield from self.make(f"{loop}/{name}:no head", self.put(place), codes, position)
        needs = [s for s in self.loops[loop].segments if s.usage == "R" and s != spec]
        if limit == 1:
            yield from self.make(f"{loop}/{name}:loop twice", self.put(place, text, text), "SG006 SG003", position + 1)
        elif needs:
            yield from self.make(f"{loop}/{name}:head twice", self.put(place, text, text), "SG003 SG004", position + 1)


def structural() -> list[Mutation]:
    """All generated edits of all four guides."""
    return [mutation for set_id in GUIDES for mutation in Maker(set_id).all()]


def envelopes() -> list[Mutation]:
    """Edits of the envelopes, by hand."""
    good = base("837")
    isa, rest = good[:106], good[106:]
    two = rest[: rest.index(b"~SE*") + 1]
    count = good.count(b"~") - 4
    group = rest[: rest.index(b"IEA*")]
    edits: dict[str, tuple[bytes, str, str]] = {
        "ISA13 differs from IEA02": (good.replace(b"IEA*1*000000001", b"IEA*1*000000009"), "IE021", "IEA02"),
        "IEA01 wrong": (good.replace(b"IEA*1*", b"IEA*2*"), "IE022", "IEA01"),
        "IEA01 blank": (good.replace(b"IEA*1*", b"IEA**"), "IE022", "IEA01"),
        "IEA missing": (good[: good.index(b"IEA*")], "IE023", ""),
        "GE missing": (good.replace(b"GE*1*1~", b""), "IE033", ""),
        "SE missing": (good.replace(b"SE*%d*0001~" % count, b""), "IE042", ""),
        "GS missing": (good.replace(rest[: rest.index(b"ST*")], b""), "IE035", ""),
        "ST missing": (good.replace(b"ST*837*0001*005010X222A1~", b""), "IE046", ""),
        "ISA missing": (rest, "IE003", ""),
        "GS06 differs from GE02": (good.replace(b"GE*1*1~", b"GE*1*2~"), "IE031", "GE02"),
        "GE01 wrong": (good.replace(b"GE*1*1~", b"GE*3*1~"), "IE032", "GE01"),
        "SE01 wrong": (good.replace(b"SE*%d*" % count, b"SE*9*"), "IE041", "SE01"),
        "SE01 letters": (good.replace(b"SE*%d*" % count, b"SE*X*"), "IE041", "SE01"),
        "SE02 differs": (good.replace(b"*0001~GE", b"*0002~GE"), "IE040", "SE02"),
        "ST03 differs from GS08": (good.replace(b"0001*005010X222A1", b"0001*005010X223A2"), "IE044", "ST03"),
        "ST03 absent": (good.replace(b"837*0001*005010X222A1", b"837*0001"), "EL001", "ST03"),
        "ST02 short": (good.replace(b"*0001*", b"*1*").replace(b"*0001~", b"*1~"), "EL004", "ST02"),
        "GS01 wrong": (good.replace(b"GS*HC", b"GS*HP"), "IE037", ""),
        "GS04 no date": (good.replace(b"*20261105*2130*1*X", b"*20261305*2130*1*X"), "IE030", "GS04"),
        "GS05 no time": (good.replace(b"*20261105*2130*1*X", b"*20261105*21*1*X"), "IE030", "GS05"),
        "GS07 wrong": (good.replace(b"*1*X*", b"*1*Q*"), "IE030", "GS07"),
        "GS08 without errata": (good.replace(b"005010X222A1", b"005010X222"), "IE036", "GS08"),
        "GS06 letters": (good.replace(b"*2130*1*X", b"*2130*A*X").replace(b"GE*1*1", b"GE*1*A"), "IE030", "GS06"),
        "ISA06 one blank short": (good.replace(b"SUB01          ", b"SUB01         ", 1), "IE004", "ISA06"),
        "ISA12 unknown": (isa.replace(b"*00501*", b"*00999*") + rest, "IE020", "ISA12"),
        "ISA15 unknown": (isa.replace(b"*T*", b"*X*") + rest, "IE020", "ISA15"),
        "ISA14 unknown": (isa.replace(b"*0*T*", b"*7*T*") + rest, "IE020", "ISA14"),
        "ISA13 letters": (good.replace(b"000000001", b"00000000A"), "IE020", "ISA13"),
        "ISA09 no date": (isa.replace(b"*261105*", b"*261305*") + rest, "IE020", "ISA09"),
        "ISA10 no time": (isa.replace(b"*2130*", b"*2530*") + rest, "IE020", "ISA10"),
        "ISA05 unknown": (isa.replace(b"*ZZ*SUB01", b"*QQ*SUB01") + rest, "IE020", "ISA05"),
        "ISA06 blank": (isa.replace(b"SUB01", b"     ") + rest, "IE020", "ISA06"),
        "ISA11 is U": (isa.replace(b"*^*", b"*U*") + rest, "IE006", "ISA11"),
        "delimiters alike": (isa[:-2] + b"*~" + rest, "IE005", ""),
        "interchange twice": (good + good, "IE024", "ISA13"),
        "group twice": (isa + group + group + b"IEA*2*000000001~", "IE034", "GS06"),
        "set twice": (isa + two + b"SE*%d*0001~" % count + two[two.index(b"ST*") :]
                      + b"SE*%d*0001~GE*2*1~IEA*1*000000001~" % count, "IE043", "ST02"),
        "byte order mark": (b"\xef\xbb\xbf" + good, "IE002", ""),
        "words before": (b"From: partner " + good, "IE001", ""),
        "words behind": (good + b"END OF FILE", "IE009", ""),
        "cut in a segment": (good[:-200], "IE007", ""),
        "doubled terminator": (good.replace(b"~BHT", b"~~BHT"), "IE011", ""),
        "blanks between": (good.replace(b"~BHT", b"~  BHT"), "IE013", ""),
        "segment between sets": (good.replace(b"~GE*", b"~REF*EI*1~GE*"), "IE047", ""),
        "second SE": (good.replace(b"~GE*", b"~SE*1*0002~GE*"), "IE025", ""),
        "second GE": (good.replace(b"~IEA", b"~GE*1*2~IEA"), "IE025", ""),
        "second IEA": (good + b"IEA*1*000000001~", "IE025", ""),
        "empty interchange": (isa + b"IEA*0*000000001~", "IE026", ""),
        "lost terminator": (good.replace(b"~N3*100", b"N3*100"), "SG011", ""),
    }  # fmt: skip
    return [
        Mutation(kind=f"envelope {kind}", set_id="837", data=data, codes=frozenset(codes.split()), position=0,
                 element=ref)
        for kind, (data, codes, ref) in edits.items()
    ] + list(_levels())


def _levels() -> Iterator[Mutation]:
    """Hierarchical levels and line numbers."""
    texts = [text for _, text in lines("837")]
    edits = {
        "HL01 wrong": ("HL*3*1*22*1", "HL*9*1*22*1", "SG021", "HL01"),
        "HL01 repeated": ("HL*3*1*22*1", "HL*2*1*22*1", "SG021", "HL01"),
        "HL01 no number": ("HL*3*1*22*1", "HL*C*1*22*1", "SG021", "HL01"),
        "HL02 unknown": ("HL*3*1*22*1", "HL*3*7*22*1", "SG022", "HL02"),
        "HL02 another level": ("HL*4*3*23*0", "HL*4*1*23*0", "SG022", "HL02"),
        "HL02 no number": ("HL*4*3*23*0", "HL*4*C*23*0", "SG022", "HL02"),
        "HL04 says child, none": ("HL*2*1*22*0", "HL*2*1*22*1", "SG023", "HL04"),
        "HL04 says none, child": ("HL*3*1*22*1", "HL*3*1*22*0", "SG023", "HL04"),
        "LX01 wrong": ("LX*2", "LX*3", "SG024", "LX01"),
        "LX01 repeated": ("LX*2", "LX*1", "SG024", "LX01"),
    }
    for kind, (old, new, code, ref) in edits.items():
        place = texts.index(old)
        data = build("837", [*texts[:place], new, *texts[place + 1 :]])
        yield Mutation(kind=f"level {kind}", set_id="837", data=data, codes=frozenset([code]), position=place + 2,
                       element=ref)  # fmt: skip
