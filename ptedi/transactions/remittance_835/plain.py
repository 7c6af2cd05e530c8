r"""Ordinary claim payments by two patterns: the head of a claim (CLP to the first SVC) and a line of it (SVC to LQ).

The patterns are a narrow part of the guide (005010X221A1 loops 2100 and 2110): what they match has no fault of
structure, apart from its days, which are only eight digits.  What they do not match is not wrong, only not ordinary,
and is read segment by segment.  Texts are in canonical spelling, each segment followed by "~".
"""

from __future__ import annotations

import re

AMOUNT = r"(?:-(?=[0-9.]*[1-9]))?+[0-9]{1,8}+(?:\.[0-9]{1,2}+)?+"  # no minus before nothing
QUANTITY = r"[0-9]{1,6}+(?:\.[0-9]{1,2}+)?+"
_ID = r"[A-Za-z0-9][A-Za-z0-9./-]{0,37}+"
_MEMBER = r"[A-Za-z0-9][A-Za-z0-9-]{1,37}+"
_NAME = r"[A-Za-z][A-Za-z0-9 .'&,-]{0,34}+(?<! )"
_MIDDLE = r"[A-Za-z][A-Za-z0-9 .'&,-]{0,23}+(?<! )"
_SHORT = r"[A-Za-z][A-Za-z.]{0,9}+"
_DAY = "[0-9]{8}"
_CODE = "[A-Z0-9]{1,5}+"
_PROCEDURE = "HC:[A-Z0-9]{1,8}+(?::[A-Z0-9]{2}){0,4}+"
GROUP_REASON = rf"(?:CO|PR|OA|PI)\*{_CODE}"
_MANY = rf"(?:CAS\*{GROUP_REASON}\*{AMOUNT}(?:\*(?:{QUANTITY})?+\*{_CODE}\*{AMOUNT}){{0,5}}+~){{0,9}}+"
_CLAIM_REF = "(?:1L|1W|28|6P|9A|9C|BB|CE|EA|G1|G3|IG|SY)"
_LINE_REF = "(?:1S|APC|BB|E9|G1|G3|LU|RB|0K|HPI|1A|1B|1C|1D|1G|1H|1J|D3|G2|SY|TJ)"
_FILING = "(?:1[2-7]|AM|CH|DS|HM|LM|MA|MB|MC|OF|TV|VA|WC|ZZ)"

HEAD = re.compile(
    rf"CLP\*(?P<control>{_ID})\*(?P<status>[1-4]|22)\*(?P<charge>{AMOUNT})\*(?P<paid>{AMOUNT})\*(?P<share>(?:{AMOUNT})?+)"
    rf"\*(?P<filing>{_FILING})\*(?P<number>{_ID})(?:\*(?P<place>[0-9]{{2}})\*(?P<frequency>[0-9]))?+~"
    rf"(?P<adjustments>{_MANY})"
    rf"NM1\*QC\*1\*(?P<last>{_NAME})\*(?P<first>(?:{_NAME})?+)(?:\*\*\*\*MI\*(?P<member>{_MEMBER})"
    rf"|(?P<middle>\*(?:{_MIDDLE})?+\*\*(?:{_SHORT})?+)\*(?:MI|HN)\*(?P<id>{_MEMBER})|(?<!\*))~"
    rf"(?:NM1\*IL\*1\*(?P<il_last>{_NAME})\*(?P<il_first>(?:{_NAME})?+)\*\*\*\*MI\*(?P<il_member>{_MEMBER})~)?+"
    rf"(?:NM1\*74\*1\*(?P<new_last>(?:{_NAME})?+)\*(?P<new_first>(?:{_NAME})?+)\*\*\*\*C\*(?P<new_member>{_MEMBER})~)?+"
    rf"(?:NM1\*82\*(?:1\*\*\*\*\*|(?P<rendering>[12]\*(?:{_NAME})?+\*(?:{_NAME})?+\*(?:{_MIDDLE})?+\*\*(?:{_SHORT})?+))"
    r"\*XX\*(?P<npi>[0-9]{10})~)?+"
    rf"(?:MOA\*(?:(?P<rate>(?:{QUANTITY})?+)\*|(?P<payable>(?:{QUANTITY})?+\*{AMOUNT}))"
    r"(?P<remarks>(?:\*[A-Z]{1,2}[0-9]{1,3}){1,5}+)~)?+"
    rf"(?:REF\*F8\*(?P<original>{_ID})~)?+"
    rf"(?P<references>(?:REF\*{_CLAIM_REF}\*{_ID}~){{0,4}}+)"
    rf"(?:DTM\*232\*(?P<begin>{_DAY})~)?+(?:DTM\*233\*(?P<end>{_DAY})~)?+(?:DTM\*050\*(?P<received>{_DAY})~)?+"
    rf"(?P<amounts>(?:AMT\*(?:AU|D8|DY|F5|NL|T|T2)\*{AMOUNT}~){{0,6}}+)"
    rf"(?:AMT\*I\*(?P<interest>{AMOUNT})~)?+",
    re.ASCII,
)  # fmt: skip
LINE = re.compile(
    rf"SVC\*(?P<procedure>{_PROCEDURE})\*(?P<charge>{AMOUNT})\*(?P<paid>{AMOUNT})"
    rf"(?:\*(?P<revenue>(?:[0-9]{{4}})?+)\*(?P<units>(?:{QUANTITY})?+)"
    rf"(?:\*(?P<sent>{_PROCEDURE})(?:\*(?P<units_sent>{QUANTITY}))?+)?+(?<!\*))?+~"
    rf"(?:DTM\*(?:472|150)\*(?P<day>{_DAY})~(?:DTM\*151\*(?P<end>{_DAY})~)?+)?+"
    # the usual two adjustments, each alone in its CAS; then any others
    rf"(?:CAS\*(?P<reason1>{GROUP_REASON})\*(?P<amount1>{AMOUNT})~"
    rf"(?:CAS\*(?P<reason2>{GROUP_REASON})\*(?P<amount2>{AMOUNT})~)?+)?+(?P<adjustments>{_MANY})"
    rf"(?P<before>(?:REF\*{_LINE_REF}\*{_ID}~){{0,2}}+)(?:REF\*6R\*(?P<control>{_ID})~)?+"
    rf"(?P<behind>(?:REF\*{_LINE_REF}\*{_ID}~){{0,3}}+)"
    rf"(?:AMT\*B6\*(?P<allowed>{AMOUNT})~)?+(?P<amounts>(?:AMT\*(?:KH|T|T2|ZK|ZL|ZM|ZN|ZO)\*{AMOUNT}~){{0,4}}+)"
    rf"(?P<remarks>(?:LQ\*HE\*{_CODE}~){{0,20}}+)",
    re.ASCII,
)  # fmt: skip


def places(pattern: re.Pattern[str], names: str) -> tuple[int, ...]:
    """The numbers of named groups, by which a match is asked faster than by their names."""
    return tuple(pattern.groupindex[name] for name in names.split())


class Joined:
    """Texts of segments as the patterns want them: one text, and where in it each begins."""

    __slots__ = ("_known", "text", "texts")

    def __init__(self, texts: list[str]) -> None:
        self.texts, self.text = texts, "~".join(texts) + "~"
        self._known = (0, 0)

    def start(self, at: int) -> int:
        """Where a segment begins in the text; asked for in rising order, or it costs more."""
        known, place = self._known if self._known[0] <= at else (0, 0)
        place += sum(map(len, self.texts[known:at])) + at - known
        self._known = at, place
        return place
