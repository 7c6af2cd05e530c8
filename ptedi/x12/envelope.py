"""The envelopes: control numbers, counts, duplicates, versions.  One finding a defect, whatever follows from it."""

from __future__ import annotations

import re
from collections.abc import Callable

from ptedi.findings import Finding, Rule
from ptedi.x12 import rules
from ptedi.x12.delimiters import Delimiters
from ptedi.x12.guide import Guide, find, load, of_set
from ptedi.x12.interchange import GroupHeader, InterchangeHeader, group_header, interchange_header, number
from ptedi.x12.patterns import D6, D8, TM
from ptedi.x12.reader import Segment
from ptedi.x12.summary import GroupSummary, InterchangeSummary, StructureReport, TransactionSummary

_QUALIFIERS = "01|14|20|27|28|29|30|33|ZZ"
_ISA = (
    "00|03", ".{0,10}", "00|01", ".{0,10}", _QUALIFIERS, r".*\S.*", _QUALIFIERS, r".*\S.*", D6, TM, ".*", "00401|00501",
    r"\d{9}", "0|1", "P|T", ".*",
)  # fmt: skip
_GS = ("[A-Z]{2}", ".{2,15}", ".{2,15}", D8, r"\d{4,8}", r"\d{1,9}", "X", r"[0-9A-Z]{1,12}")
_TA1 = (r"\d{9}", D6, TM, "A|E|R", r"0(?:[0-2]\d|3[0-8])")
FUNCTIONAL = {
    "837": "HC", "835": "HP", "999": "FA", "997": "FA", "277": "HN", "276": "HR", "270": "HS", "271": "HB",
    "278": "HI", "820": "RA", "834": "BE", "275": "PI",
}  # fmt: skip
Tell = Callable[[Finding], None]


class Envelope:
    """Follows ISA, GS, ST and their trailers through a file."""

    def __init__(self, report: StructureReport, tell: Tell, *, lenient: bool) -> None:
        self.report, self._tell, self.lenient = report, tell, lenient
        none = Segment([""])
        self.isa_header: InterchangeHeader = interchange_header(none, Delimiters())
        self.gs_header: GroupHeader = group_header(none)
        self.interchange: InterchangeSummary | None = None
        self.group: GroupSummary | None = None
        self.guessed_group = False
        self.headless = False
        self.isa_numbers: set[tuple[str, str, int | None]] = set()
        self.group_numbers: set[int | None] = set()
        self.set_numbers: set[str] = set()
        self.acknowledgments = 0
        self.index = 0
        self.offset = 0

    def bad(self, rule: Rule, message: str, segment: str, ref: str = "", value: str = "", **more: object) -> None:
        """A finding at the current segment."""
        more.setdefault("segment_index", self.index)
        more.setdefault("byte_offset", self.offset)
        self._tell(rules.finding(rule, message, segment=segment, element=ref or None, value=value or None, **more))

    def at(self, index: int, offset: int) -> None:
        """Moves to a segment."""
        self.index, self.offset = index, offset

    def _values(self, rule: Rule, elements: list[str], patterns: tuple[str, ...]) -> None:
        for place, pattern in enumerate(patterns, 1):
            value = elements[place] if place < len(elements) else ""
            if not re.fullmatch(pattern, value, re.ASCII | re.DOTALL):
                ref = f"{elements[0]}{place:02d}"
                what = f"is {value!r}, which is not allowed" if value else "is missing"
                self.bad(rule, f"{ref} {what}.", elements[0], ref, value)
        if len(elements) - 1 > len(patterns):
            ref = f"{elements[0]}{len(patterns) + 1:02d}"
            self.bad(rule, f"{elements[0]} has more than {len(patterns)} elements.", elements[0], ref)

    # --- ISA, IEA ---

    def isa(self, text: str, delimiters: Delimiters) -> None:
        """An interchange begins."""
        self.close_interchange()
        elements = text.split("*")
        header = interchange_header(Segment(elements, self.index, 0, self.offset), delimiters)
        self.isa_header, self.gs_header = header, group_header(Segment([""]))
        self.interchange = InterchangeSummary(header=header, first_index=self.index)
        self.report.interchanges.append(self.interchange)
        self.group_numbers, self.acknowledgments = set(), 0
        self._values(rules.ISA_VALUE, elements[:17], _ISA)
        key = (header.sender_id, header.receiver_id, header.control_number)
        if key in self.isa_numbers and header.control_number is not None:
            self.bad(rules.ISA_TWICE, "ISA13 was used before in this file.", "ISA", "ISA13", elements[13])
        self.isa_numbers.add(key)

    def iea(self, elements: list[str]) -> None:
        """An interchange ends."""
        self.close_group()
        summary = self.interchange
        if summary is None:
            if not self.headless:
                self.bad(rules.STRAY_TRAILER, "IEA closes no ISA.", "IEA")
            return
        self._count(rules.IEA_COUNT, elements, summary.groups, "IEA01", "functional groups")
        if number(_get(elements, 2)) != summary.header.control_number or not _get(elements, 2):
            self.bad(rules.IEA_NUMBER, "IEA02 differs from ISA13.", "IEA", "IEA02", _get(elements, 2),
                     allowed=(summary.header.segment.get(13),))  # fmt: skip
        if not summary.groups and not self.acknowledgments:
            self.bad(rules.EMPTY_INTERCHANGE, "The interchange holds no functional group and no TA1.", "IEA")
        summary.last_index, self.interchange = self.index, None

    def close_interchange(self) -> None:
        """Ends an interchange that may lack its trailer."""
        self.close_group()
        if self.interchange is not None:
            self.bad(rules.IEA_MISSING, "The interchange is not closed by IEA.", "IEA")
            self.interchange.last_index = self.index
        self.interchange = None

    def abandon(self) -> None:
        """Ends what is open without a word: the file was cut, which is told."""
        for open_part in (self.group, self.interchange):
            if open_part is not None:
                open_part.last_index = self.index
        self.group = self.interchange = None

    # --- GS, GE ---

    def gs(self, elements: list[str]) -> None:
        """A functional group begins."""
        self.close_group()
        header = group_header(Segment(elements, self.index, 0, self.offset))
        self._open_group(header)
        self._values(rules.GS_VALUE, elements, _GS)
        if header.control_number is not None and header.control_number in self.group_numbers:
            self.bad(rules.GS_TWICE, "GS06 was used before in this interchange.", "GS", "GS06", elements[6])
        self.group_numbers.add(header.control_number)
        self._version(header.guide)

    def _version(self, reference: str) -> None:
        """GS08 names a guide in force, and ISA12 an interchange that can carry it."""
        isa = self.isa_header.segment
        if isa.get(12) == "00401" and reference.startswith("005"):
            self.bad(rules.ISA_VALUE, "ISA12 is '00401', which is not allowed around version 5010.", "ISA", "ISA12",
                     "00401", allowed=("00501",), segment_index=isa.index, byte_offset=isa.offset)  # fmt: skip
        guide = find(reference)
        if guide and guide.retired:
            self.bad(rules.RETIRED, f"GS08 is {reference}, of version 4010.", "GS", "GS08", reference)
        elif guide and guide.reference != reference:
            self.bad(rules.OLD_GUIDE, f"GS08 is {reference}; the set is checked by {guide.reference}.", "GS", "GS08",
                     reference, allowed=(guide.reference,))  # fmt: skip

    def _open_group(self, header: GroupHeader) -> None:
        self.gs_header = header
        self.group = GroupSummary(header=header, interchange=self.isa_header, first_index=self.index)
        self.report.groups.append(self.group)
        self.set_numbers = set()
        self.guessed_group = False
        if self.interchange is not None:
            self.interchange.groups += 1

    def ge(self, elements: list[str]) -> None:
        """A functional group ends."""
        summary = self.group
        if summary is None:
            self.bad(rules.STRAY_TRAILER, "GE closes no GS.", "GE")
            return
        summary.declared = number(_get(elements, 1))
        self._count(rules.GE_COUNT, elements, summary.sets, "GE01", "transaction sets")
        if not self.guessed_group and number(_get(elements, 2)) != summary.header.control_number:
            self.bad(rules.GE_NUMBER, "GE02 differs from GS06.", "GE", "GE02", _get(elements, 2),
                     allowed=(summary.header.segment.get(6),))  # fmt: skip
        summary.last_index, self.group = self.index, None

    def close_group(self) -> None:
        """Ends a group that may lack its trailer."""
        if self.group is not None:
            self.bad(rules.GE_MISSING, "The functional group is not closed by GE.", "GE")
            self.group.last_index = self.index
        self.group = None

    # --- ST, SE ---

    def st(self, elements: list[str]) -> tuple[TransactionSummary, Guide | None]:
        """A set begins; returns it with the guide to check it by."""
        if self.group is None:
            if not self.headless or self.report.groups:
                self.bad(rules.GS_MISSING, "The transaction set stands outside of a functional group.", "ST")
            self._open_group(group_header(Segment([""])))
            self.guessed_group = True
        assert self.group is not None  # noqa: S101 - just opened
        self.group.sets += 1
        set_id, control, reference = (_get(elements, n) for n in (1, 2, 3))
        summary = TransactionSummary(
            set=set_id, guide=reference or self.gs_header.guide, control_number=control, reference=reference,
            interchange=self.isa_header, group=self.gs_header, first_index=self.index,
        )  # fmt: skip
        guide = self._guide(set_id, reference)
        if guide is None:
            self._no_guide(set_id)
        else:
            summary.guide, summary.checked = guide.reference, True
        self._set_values(set_id, control, reference, guide)
        return summary, guide

    def _guide(self, set_id: str, reference: str) -> Guide | None:
        candidates = (find(self.gs_header.guide, set_id), find(reference, set_id))
        fitting = next((guide for guide in candidates if guide and guide.set_id == set_id), None)
        if fitting or ((reference or self.gs_header.guide) and not self.guessed_group):
            return fitting or self._nearest(set_id, reference or self.gs_header.guide)
        return next((load(name) for name in of_set(set_id)), None)

    @staticmethod
    def _nearest(set_id: str, reference: str) -> Guide | None:
        """Where GS08 or ST03 names the guide of another set by mistake, the one of this set and version fits."""
        wrong_set = find(reference)
        same = [name for name in of_set(set_id) if name[:6] == reference[:6]]
        return load(same[0]) if wrong_set and wrong_set.reference == reference and same else None

    def _no_guide(self, set_id: str) -> None:
        if set_id.isdigit() and len(set_id) == 3:
            self.bad(rules.NO_GUIDE, f"Set {set_id} is checked by its envelope only.", "ST", "ST01", set_id)

    def _set_values(self, set_id: str, control: str, reference: str, guide: Guide | None) -> None:
        if not re.fullmatch(r"\d{3}", set_id, re.ASCII):
            self.bad(rules.ST_VALUE, "ST01 names no transaction set.", "ST", "ST01", set_id)
        wanted = FUNCTIONAL.get(set_id)
        said = self.gs_header.functional_id
        if wanted and said and said != wanted:
            self.bad(rules.GS_SET, f"GS01 is {said}, set {set_id} needs {wanted}.", "ST", "ST01", set_id,
                     allowed=(wanted,))  # fmt: skip
        elif not self.guessed_group and reference and reference != self.gs_header.guide and not (
            guide and guide.without_reference
        ):  # fmt: skip
            self.bad(rules.ST_GUIDE, "ST03 differs from GS08.", "ST", "ST03", reference,
                     allowed=(self.gs_header.guide,))  # fmt: skip
        if guide is None and not re.fullmatch(r"[0-9A-Za-z ]{4,9}", control):
            self.bad(rules.ST_VALUE, "ST02 has not 4 to 9 characters.", "ST", "ST02", control)
        if control and control in self.set_numbers:
            self.bad(rules.ST_TWICE, "ST02 was used before in this group.", "ST", "ST02", control)
        self.set_numbers.add(control)

    def se(self, elements: list[str], summary: TransactionSummary, counted: int) -> None:
        """A set ends."""
        self._count(rules.SE_COUNT, elements, counted, "SE01", "segments")
        if _get(elements, 2).strip(" ") != summary.control_number.strip(" "):
            self.bad(rules.SE_NUMBER, "SE02 differs from ST02.", "SE", "SE02", _get(elements, 2),
                     allowed=(summary.control_number,), segment_position=counted)  # fmt: skip

    def _count(self, rule: Rule, elements: list[str], counted: int, ref: str, what: str) -> None:
        said = _get(elements, 1)
        if number(said) != counted:
            self.bad(rule, f"{ref} is {said or 'missing'}; there are {counted} {what}.", elements[0], ref, said,
                     allowed=(str(counted),))  # fmt: skip

    # --- the rest ---

    def ta1(self, elements: list[str]) -> None:
        """An interchange acknowledgment."""
        self.acknowledgments += 1
        self._values(rules.TA1_VALUE, elements, _TA1)


def _get(elements: list[str], place: int) -> str:
    return elements[place] if place < len(elements) else ""
