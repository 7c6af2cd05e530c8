"""Structure findings in the words of the TA1 and the 999: which rule becomes which code of which element.

Only the mapping; the segments are written in `ptedi.transactions`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from ptedi.findings import Finding, Severity
from ptedi.x12.guide import find, walk

# IK304, segment in error
SEGMENT_CODES = {
    "SG001": "1", "SG010": "1", "SG002": "2", "SG009": "2", "SG003": "3", "SG004": "3", "SG006": "4", "SG005": "5",
    "SG007": "7", "SG008": "I4",
}  # fmt: skip
# IK403, element in error; the segment then carries IK304 8
ELEMENT_CODES = {
    "EL001": "1", "EL002": "2", "EL003": "3", "EL004": "4", "EL005": "5", "EL006": "6", "EL007": "7", "EL008": "8",
    "EL009": "9", "EL010": "10", "EL011": "I10", "EL012": "12", "EL013": "13", "EL014": "6", "EL015": "3",
    "EL016": "6", "EL017": "I12", "EL018": "3", "SG021": "7", "SG022": "7", "SG023": "7", "SG024": "7",
}  # fmt: skip
# IK502 to IK506, set in error
SET_CODES = {"IE040": "3", "IE041": "4", "IE042": "2", "IE043": "23", "IE044": "19", "IE037": "18", "IE046": "6"}
_SET_BY_ELEMENT = {"ST01": "6", "ST02": "7", "ST03": "19"}
# AK905 to AK909, group in error
GROUP_CODES = {"IE031": "4", "IE032": "5", "IE033": "3", "IE034": "19", "IE035": "1"}
_GROUP_BY_ELEMENT = {"GS01": "1", "GS06": "6", "GS08": "2"}
# TA105, interchange in error
INTERCHANGE_CODES = {
    "IE003": "022", "IE004": "024", "IE005": "022", "IE006": "026", "IE007": "023", "IE008": "004", "IE021": "001",
    "IE022": "021", "IE023": "023", "IE024": "025", "IE025": "022", "IE026": "024",
}  # fmt: skip
_INTERCHANGE_BY_ELEMENT = {
    "ISA01": "010", "ISA02": "011", "ISA03": "012", "ISA04": "013", "ISA05": "005", "ISA06": "006", "ISA07": "007",
    "ISA08": "008", "ISA09": "014", "ISA10": "015", "ISA11": "016", "ISA12": "017", "ISA13": "018", "ISA14": "019",
    "ISA15": "020", "ISA16": "027",
}  # fmt: skip
_LOOP = re.compile(r"\d{4}[A-Z]{0,2}")
_REF = re.compile(r"[A-Z][A-Z0-9]{1,2}?(\d\d)(?:-(\d+))?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """One finding as a 999 or TA1 says it; empty parts do not apply.

    Attributes:
        segment: IK301.
        position: IK302, counted from ST.
        loop: IK303.
        segment_code: IK304.
        element: IK401-1, 0 when the segment as a whole is meant.
        component: IK401-2, 0 for none.
        data_element: IK402, the data element dictionary's number.
        element_code: IK403.
        value: IK404.
        set_code: IK502.
        group_code: AK905.
        interchange_code: TA105.
        claim: CLM01 for CTX.
        rejects: whether an error, so that the set is rejected and not only noted.
    """

    segment: str = ""
    position: int = 0
    loop: str = ""
    segment_code: str = ""
    element: int = 0
    component: int = 0
    data_element: str = ""
    element_code: str = ""
    value: str = ""
    set_code: str = ""
    group_code: str = ""
    interchange_code: str = ""
    claim: str = ""
    rejects: bool = True


def note(finding: Finding, guide: str = "") -> Note | None:
    """What the acknowledgments say of a finding, None when they cannot say it (information, other packages' notes).

    A finding of a meaning rule (any code not in the tables) with a segment position becomes IK304 8 with IK403 I9
    or 7 at its element, as implementation rules are reported.
    """
    if finding.severity is Severity.INFO:
        return None
    code, element = finding.code, finding.element or ""
    rejects = finding.severity is Severity.ERROR
    if code.startswith("IE"):
        return _envelope(code, element, rejects)
    if not finding.segment_position:
        return None
    number, component = _place(element)
    by_segment = SEGMENT_CODES.get(code, "")
    element_code = "" if by_segment else ELEMENT_CODES.get(code, "7" if finding.value else "I9")
    return Note(
        segment=(finding.segment or "")[:3], position=finding.segment_position,
        loop=finding.loop if finding.loop and _LOOP.fullmatch(finding.loop) else "",
        segment_code=by_segment or "8", element=0 if by_segment else number, component=0 if by_segment else component,
        data_element=data_element(guide, finding) if number and not by_segment else "",
        element_code=element_code if number else "",
        value=(finding.value or "")[:99] if number and not by_segment else "",
        claim=finding.claim or "", rejects=rejects,
    )  # fmt: skip


def _envelope(code: str, element: str, rejects: bool) -> Note | None:
    set_code = SET_CODES.get(code, "") or (_SET_BY_ELEMENT.get(element, "7") if code == "IE045" else "")
    group = GROUP_CODES.get(code, "") or (_GROUP_BY_ELEMENT.get(element, "6") if code == "IE030" else "")
    interchange = INTERCHANGE_CODES.get(code, "") or (
        _INTERCHANGE_BY_ELEMENT.get(element, "024") if code == "IE020" else "")
    if not (set_code or group or interchange):
        return None
    return Note(set_code=set_code, group_code=group, interchange_code=interchange, rejects=rejects)


def _place(ref: str) -> tuple[int, int]:
    """NM109 is (9, 0), SV101-3 is (1, 3)."""
    found = _REF.fullmatch(ref)
    return (int(found[1]), int(found[2] or 0)) if found else (0, 0)


def data_element(guide: str, finding: Finding) -> str:
    """The number of an element in the X12 dictionary (IK402), "" when it is not known."""
    spec = find(guide) if guide else None
    if spec is None:
        return ""
    for loop, segment in walk(spec.root):
        if segment.id == finding.segment and finding.loop in (loop.id, None):
            for element in segment.elements:
                for part in (element, *element.components):
                    if part.ref == finding.element:
                        return part.data_element if part.data_element.isdigit() else ""
    return ""
