"""Why a segment failed: each element judged by itself.  Runs only for segments whose pattern did not match."""

from __future__ import annotations

import re
from dataclasses import dataclass

from ptedi.findings import Rule, counted
from ptedi.x12 import rules
from ptedi.x12.delimiters import Delimiters
from ptedi.x12.guide import Element, SegmentSpec
from ptedi.x12.loops import Node
from ptedi.x12.patterns import CHARACTERS, D6, D8, FORMATS, TM, date_formats, syntax_places

_NUMBER = re.compile(r"-?\d+", re.ASCII)
_DECIMAL = re.compile(r"-?\d*(?:\.\d+)?", re.ASCII)
_FOREIGN = re.compile(f"[^{CHARACTERS}]")
_DATES = {name: re.compile(pattern, re.ASCII) for name, pattern in FORMATS.items()}
_DATE6, _DATE8, _TIME = re.compile(D6), re.compile(D8), re.compile(TM)
MOST = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """What is wrong with an element: the rule, the element reference, the value and the values allowed."""

    rule: Rule
    ref: str
    message: str
    value: str = ""
    allowed: tuple[str, ...] = ()


def judge(node: Node, text: str, delimiters: Delimiters) -> list[Fault]:
    """The faults of one segment, empty when the pattern was stricter than the rule; shifted elements are one fault."""
    faults = _Judge(node.spec, text, set(delimiters.as_bytes().decode("latin-1"))).faults()
    if len({fault.ref for fault in faults if fault.rule not in (rules.EL_CONDITION, rules.EL_EXCLUSION)}) > 1:
        shifted = _shifted(node, text)
        if shifted:
            return [shifted]
    return faults[:MOST]


def _shifted(node: Node, text: str) -> Fault | None:
    """One fault for a segment that is right once a separator is added or taken out."""
    elements = text.split("*")
    for place in range(1, len(elements) + 1):
        added = "*".join((*elements[:place], "", *elements[place:]))
        without = "*".join((*elements[:place], *elements[place + 1 :])) if elements[place : place + 1] == [""] else ""
        for candidate, what in ((added, "few"), (without, "many")):
            if candidate and node.pattern.fullmatch(candidate):
                ref = f"{node.id}{place:02d}"
                return Fault(rule=rules.EL_SHIFTED, ref=ref, value=elements[place] if place < len(elements) else "",
                             message=f"There is one separator too {what} before {ref}; all behind it is shifted.")
    return None


def label(element: Element) -> str:
    """An element as a sentence names it: NM103 (Subscriber Last Name)."""
    return f"{element.ref} ({element.name})"


class _Judge:
    def __init__(self, spec: SegmentSpec, text: str, signs: set[str]) -> None:
        self.spec, self.signs = spec, signs
        self.values = text.split("*")
        self.found: list[Fault] = []

    def faults(self) -> list[Fault]:
        spec, values = self.spec, self.values
        if (len(values) > 1 and values[-1].rstrip(":^") != values[-1]) or values[-1] == "":
            ref = f"{spec.id}{len(values) - 1:02d}" if len(values) > 1 else ""
            self.bad(rules.EL_TRAILING, ref, f"{spec.id} ends in empty elements or components.")
        while len(values) > 1 and not values[-1].rstrip(":^"):
            values.pop()
        if len(values) - 1 > len(spec.elements):
            extra = len(spec.elements) + 1
            self.bad(rules.EL_TOO_MANY, f"{spec.id}{extra:02d}",
                     f"{spec.id} has {len(values) - 1} elements, the guide has {len(spec.elements)}.", values[extra])
        for place, element in enumerate(spec.elements):
            self.element(place, element)
        self._merge_cut_end()
        self._merge_trailing()
        for note in spec.syntax:
            self.note(note)
        return self.found

    def bad(self, rule: Rule, ref: str, message: str, value: str = "", allowed: tuple[str, ...] = ()) -> None:
        self.found.append(Fault(rule=rule, ref=ref, message=message, value=value, allowed=allowed))

    def at(self, number: int) -> str:
        return self.values[number] if number < len(self.values) else ""

    def _merge_cut_end(self) -> None:
        """Required elements missing behind the last value are one fault: the segment was cut."""
        last = len(self.values) - 1
        cut = [f for f in self.found if f.rule is rules.EL_MISSING and int(f.ref[len(self.spec.id) :][:2]) > last]
        if len(cut) > 1:
            refs = ", ".join(fault.ref for fault in cut)
            first = cut[0]
            self.found = [fault for fault in self.found if fault not in cut]
            self.bad(first.rule, first.ref, f"{self.spec.id} ends after element {last}; {refs} are required.")

    def _merge_trailing(self) -> None:
        """Separators at the end that hold the place of something required are one fault with its absence."""
        missing = [fault.ref for fault in self.found if fault.rule is rules.EL_MISSING]
        self.found = [
            fault for fault in self.found
            if fault.rule is not rules.EL_TRAILING or not any(self._holds(fault.ref, ref) for ref in missing)
        ]  # fmt: skip

    def _holds(self, trailing: str, missing: str) -> bool:
        """Whether what is missing lies behind the last value of its segment or composite, where the separators are."""
        whole, _, part = missing.partition("-")
        number = int(whole[len(self.spec.id) :])
        if part:
            return trailing == whole and int(part) > self.at(number).rstrip(":").count(":") + 1
        return number >= len(self.values)

    # --- one element ---

    def element(self, place: int, element: Element) -> None:
        value = self.at(element.number)
        if not value.strip(":") and (not value or element.components):
            if element.usage == "R":
                self.bad(rules.EL_MISSING, element.ref, f"{label(element)} is required and missing.")
            return
        if element.usage == "N":
            self.bad(rules.EL_NOT_USED, element.ref, f"{element.ref} is not used in this guide.", value)
            return
        times = value.split("^")
        if len(times) > element.repeat:
            self.bad(rules.EL_REPEATS, element.ref, f"{element.ref} repeats {len(times)} times.", value)
            return
        for one in times:
            if element.components:
                self.composite(element, one)
            else:
                self.simple(element, one, bool(date_formats(self.spec, place)))

    def composite(self, element: Element, value: str) -> None:
        values, parts = value.split(":"), element.components
        if len(values) > 1 and values[-1] == "" and not any(f.rule is rules.EL_TRAILING for f in self.found):
            self.bad(rules.EL_TRAILING, element.ref, f"{element.ref} ends in empty components.", value)
        if len(values) > len(parts):
            self.bad(rules.EL_COMPONENTS, element.ref,
                     f"{element.ref} has {len(values)} components, the guide has {len(parts)}.", value)
            return
        for part in parts:
            one = values[part.number - 1] if part.number <= len(values) else ""
            if one and part.usage == "N":
                self.bad(rules.EL_NOT_USED, part.ref, f"{part.ref} is not used in this guide.", one)
            elif one:
                self.simple(part, one, dated=False)
            elif part.usage == "R":
                self.bad(rules.EL_MISSING, part.ref, f"{part.ref} ({part.name}) is required and missing.")

    def simple(self, element: Element, value: str, dated: bool) -> None:
        ref, name = element.ref, label(element)
        if ":" in value:
            self.bad(rules.EL_COMPONENTS, ref, f"{name} holds a component separator.", value)
        elif element.type == "R" or element.type.startswith("N"):
            self.number(element, value)
        elif dated:
            self.date(element, value, self.at(element.number - 1))
        elif element.type in ("DT", "TM"):
            self.day_or_time(element, value)
        elif element.codes:
            if value not in element.codes:
                self.bad(rules.EL_CODE, ref, f"{name} is {value!r}, which is not among the codes allowed.", value,
                         element.codes)
        else:
            self.string(element, value)

    def length(self, element: Element, size: int, value: str) -> bool:
        if size < element.least:
            self.bad(rules.EL_SHORT, element.ref,
                     f"{label(element)} has {counted(size, 'character')}, at least {element.least} are needed.",
                     value)
        elif size > element.most:
            self.bad(rules.EL_LONG, element.ref,
                     f"{label(element)} has {counted(size, 'character')}, at most {element.most} are allowed.", value)
        return element.least <= size <= element.most

    def number(self, element: Element, value: str) -> None:
        pattern = _DECIMAL if element.type == "R" else _NUMBER
        if not pattern.fullmatch(value) or value == "-":
            self.bad(rules.EL_NUMBER, element.ref, f"{label(element)} is {value!r}, which is no number.",
                     value)
        else:
            self.length(element, len(value.replace("-", "").replace(".", "")), value)

    def date(self, element: Element, value: str, form: str) -> None:
        """The qualifier before a date names its form; when that is wrong it is told by itself."""
        if form in _DATES and not _DATES[form].fullmatch(value):
            self.bad(rules.EL_DATE, element.ref, f"{label(element)} is {value!r}, which is no {form} date.",
                     value)

    def day_or_time(self, element: Element, value: str) -> None:
        if not value.isdigit():
            rule = rules.EL_DATE if element.type == "DT" else rules.EL_TIME
            self.bad(rule, element.ref, f"{label(element)} is {value!r}, which is no {rule.title[6:]}.",
                     value)
        elif not self.length(element, len(value), value):
            return
        elif element.type == "TM" and not _TIME.fullmatch(value):
            self.bad(rules.EL_TIME, element.ref, f"{label(element)} is {value!r}, which is no time.",
                     value)
        elif element.type == "DT" and not (_DATE8.fullmatch(value) or (element.least < 8 and _DATE6.fullmatch(value))):
            self.bad(rules.EL_DATE, element.ref, f"{label(element)} is {value!r}, which is no date.",
                     value)

    def string(self, element: Element, value: str) -> None:
        name = label(element)
        if not self.length(element, len(value), value):
            return
        foreign = [sign for sign in _FOREIGN.findall(value) if sign not in self.signs]
        if foreign:
            self.bad(rules.EL_CHARACTER, element.ref, f"{name} holds the character {foreign[0]!r}.", value)
        elif value.endswith(" ") and element.least != element.most and len(value.rstrip(" ")) >= element.least:
            self.bad(rules.EL_BLANKS, element.ref, f"{name} ends in blanks.", value)
        elif element.pattern and not re.fullmatch(element.pattern, value):
            self.bad(rules.EL_PATTERN, element.ref, f"{name} has not the form the guide describes.", value)

    # --- several elements ---

    def note(self, note: str) -> None:
        """A syntax note: P paired, R at least one, E exclusive, C conditional, L list conditional."""
        kind, places = note[0], syntax_places(note)
        faulty = {fault.ref.partition("-")[0] for fault in self.found}
        if any(f"{self.spec.id}{number:02d}" in faulty for number in places):
            return
        there = [bool(self.at(number)) for number in places]
        refs = [f"{self.spec.id}{number:02d}" for number in places]
        if kind == "E" and sum(there) > 1:
            self.bad(rules.EL_EXCLUSION, refs[1], f"Only one of {', '.join(refs)} may be sent.", self.at(places[1]))
        broken = (
            (kind == "P" and any(there) and not all(there)) or (kind == "R" and not any(there))
            or (kind == "C" and there[0] and not all(there)) or (kind == "L" and there[0] and not any(there[1:]))
        )  # fmt: skip
        if broken:
            missing = next(ref for ref, present in zip(refs, there, strict=True) if not present)
            words = {"P": "go together", "R": "need at least one", "C": "depend", "L": "depend"}[kind]
            self.bad(rules.EL_CONDITION, missing, f"{missing} is missing: {', '.join(refs)} {words} (note {note}).")
