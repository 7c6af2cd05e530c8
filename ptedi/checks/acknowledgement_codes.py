"""How our finding codes read in a TA1 (note code TA105) and in a 999 (IK304, IK403, IK502, AK905)."""

from __future__ import annotations

from ptedi.findings import Finding

INTERCHANGE_NOTES = {
    "IE003": "022", "IE004": "022", "IE005": "022", "IE006": "016", "IE007": "023", "IE008": "004",
    "IE021": "001", "IE022": "021", "IE023": "023", "IE024": "025", "IE025": "022", "IE026": "024",
    "IE035": "024", "IE047": "024",
}  # fmt: skip
"""Interchange findings -> TA105; IE020 by its element, see ISA_NOTES."""

ISA_NOTES = {
    "ISA01": "010", "ISA02": "011", "ISA03": "012", "ISA04": "013", "ISA05": "005", "ISA06": "006", "ISA07": "007",
    "ISA08": "008", "ISA09": "014", "ISA10": "015", "ISA11": "016", "ISA12": "017", "ISA13": "018", "ISA14": "019",
    "ISA15": "020", "ISA16": "027",
}  # fmt: skip
"""A wrong ISA element -> TA105."""

GROUP_NOTES = {
    "IE030": "6", "IE031": "4", "IE032": "5", "IE033": "3", "IE034": "19", "IE046": "5",
}  # fmt: skip
"""Group findings -> AK905."""

SET_NOTES = {
    "IE010": "5", "IE037": "18", "IE040": "3", "IE041": "4", "IE042": "2", "IE043": "23", "IE044": "19", "IE045": "7",
}  # fmt: skip
"""Set findings -> IK502."""

SET_ELEMENTS = {"ST01": "6", "ST02": "7"}
"""A wrong element of ST -> IK502."""

SEGMENT_CODES = {
    "SG001": "1", "SG002": "2", "SG003": "3", "SG004": "3", "SG005": "5", "SG006": "4", "SG007": "7", "SG008": "I4",
    "SG009": "2", "SG010": "1", "SG011": "1",
}  # fmt: skip
"""Segment findings -> IK304; findings of elements are 8."""

ELEMENT_CODES = {
    "SG021": "I12", "SG022": "I12", "SG023": "I12", "SG024": "I12",
    "EL001": "1", "EL002": "2", "EL003": "3", "EL004": "4", "EL005": "5", "EL006": "6", "EL007": "7", "EL008": "8",
    "EL009": "9", "EL010": "10", "EL011": "I10", "EL012": "12", "EL013": "13", "EL014": "6", "EL015": "3",
    "EL016": "6", "EL017": "I12", "EL018": "3", "CF004": "5", "CE013": "6",
}  # fmt: skip
"""Element findings -> IK403."""

MISSING_SEGMENTS = {
    ("CC003", "CLM05-3"): "REF", ("CC005", "CLM11"): "DTP", ("CS016", ""): "REF", ("CB002", ""): "DTP",
}  # fmt: skip
"""(code, element) -> the segment that is missing because of what that element says."""

TRIGGERS = {
    ("CC003", "CLM05-3"): ("CLM", "5:3"), ("CC005", "CLM11"): ("CLM", "11"), ("CC005", "CLM11-4"): ("CLM", "11"),
    ("CS006", "SBR05"): ("SBR", "9"), ("CS001", "SBR02"): ("HL", "4"),
}  # fmt: skip
"""(code, element) -> segment and position of the value that makes the missing one necessary."""


NOT_TOLD = {
    "IE001": "a warning: what stands before ISA belongs to no interchange",
    "IE002": "a warning: what stands before ISA belongs to no interchange",
    "IE009": "a warning: what stands behind IEA belongs to no interchange",
    "IE011": "a warning: there is no segment to speak of",
    "IE012": "speaks of our list, not of the file",
    "IE013": "a warning: there is no segment to speak of",
    "IE036": "a warning: the set is checked by the guide with its errata",
    "IE038": "the set is answered R with IK502 1, set not supported",
    "IE039": "a warning: the set is checked by its own guide",
    "IE050": "an acknowledgment is never acknowledged",
}
"""Structure findings without a code of an acknowledgment, and why."""


def meaning_code(finding: Finding) -> str:
    """IK403 of a meaning finding: code set 7, missing value I9, anything else I12 (pattern of the guide not met)."""
    if not finding.value:
        return "I9"
    return "7" if finding.snip == 5 else "I12"
