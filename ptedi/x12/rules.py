"""The registered pages of every structural finding: IE envelope, SG segments and loops, EL elements."""

from __future__ import annotations

from ptedi.findings import Finding, Rule, Severity, register


def _rule(  # noqa: PLR0913, PLR0917 - a page has this many lines
    code: str, severity: Severity, title: str, checks: str, matters: str, example: str, instead: str, reference: str,
    snip: int = 1,
) -> Rule:  # fmt: skip
    return register(
        Rule(code=code, title=title, severity=severity, checks=checks, matters=matters, example=example,
             instead=instead, reference=reference, snip=snip)
    )  # fmt: skip


E, W, I = Severity.ERROR, Severity.WARNING, Severity.INFO  # noqa: E741

# --- the bytes of the file -------------------------------------------------------------------------------------------
JUNK_BEFORE = _rule(
    "IE001", W, "Text before the first ISA", "The file starts with ISA, blanks aside.",
    "Most receivers look at the first three bytes only and refuse the file.",
    "hello ISA*00*...", "Remove everything before ISA.", "X12.5 interchange header")
BYTE_ORDER_MARK = _rule(
    "IE002", W, "Byte order mark", "The file has no byte order mark.",
    "A text editor added three invisible bytes; most receivers then find no ISA.",
    "EF BB BF ISA*00*...", "Save the file as plain text without a byte order mark.", "X12.5 interchange header")
NO_ISA = _rule(
    "IE003", E, "Interchange header missing", "An interchange starts with ISA.",
    "Without ISA nobody knows sender, receiver or delimiters; the file is refused or lost.",
    "GS*HP*...~ST*835*0001~...", "Ask the sender for the whole file; read it with --lenient meanwhile.",
    "X12.5 ISA")
ISA_WIDTH = _rule(
    "IE004", E, "ISA is not of fixed width", "Each ISA element has its fixed width, 106 bytes with the terminator.",
    "Receivers find the delimiters by counting bytes; one missing blank and the file is unreadable to them.",
    "ISA*00**00**ZZ*SENDER*...", "Pad ISA02, ISA04, ISA06 and ISA08 with blanks to 10, 10, 15 and 15.", "X12.5 ISA")
BAD_DELIMITERS = _rule(
    "IE005", E, "Delimiters cannot be told apart",
    "The four delimiters differ from each other and are no letter, digit or blank.",
    "Data and delimiters cannot be told apart.", "ISA16 is *", "Choose four different signs, such as * : ^ ~.",
    "X12.5 ISA11, ISA16")
REPETITION_U = _rule(
    "IE006", E, "Old repetition separator", "ISA11 names the repetition separator, a sign that is no letter or digit.",
    "U is version 4010's spelling; 5010 receivers reject the interchange.",
    "ISA11 is U", "Send ^ in ISA11.", "X12.5 ISA11")
CUT_OFF = _rule(
    "IE007", E, "File ends inside a segment", "The last segment ends with the segment terminator.",
    "The transfer was probably cut; claims or payments at the end are missing.",
    "...SE*20*0001~GE*1*1~IEA*1*00000", "Fetch or send the file again.", "X12.5 segment terminator")
TOO_LONG = _rule(
    "IE008", E, "Segment without end", "No segment is longer than a million bytes.",
    "The terminator announced in ISA is not the one used, or the file is damaged.",
    "A file with line feeds where ISA announced ~", "Send the terminator that follows ISA16.",
    "X12.5 segment terminator")
JUNK = _rule(
    "IE009", W, "Text that is no segment", "Between and after interchanges there are only blanks and line ends.",
    "Some receivers refuse the whole file for it.", "IEA*1*000000001~END OF FILE",
    "Remove what is not X12.", "X12.5 interchange trailer")
NOT_ASCII = _rule(
    "IE010", E, "Character outside ASCII", "Every byte is one of the basic and extended character sets of the guides.",
    "Accented letters and typographic quotes come from word processors; many receivers reject the file.",
    "NM1*IL*1*MU\u00d1OZ", "Write plain letters: MUNOZ.", "guide appendix B, character sets")
EMPTY_SEGMENT = _rule(
    "IE011", W, "Empty segment", "Two terminators never follow each other.",
    "Counting receivers then disagree with SE01.", "SV1*...~~DTP*...", "Remove the doubled terminator.",
    "X12.6 segment", )


def finding(rule: Rule, message: str, **where: object) -> Finding:
    """A finding of a rule with its severity, SNIP level and hint; `where` are further fields of Finding."""
    where.setdefault("severity", rule.severity)
    where.setdefault("hint", rule.instead or None)
    return Finding(code=rule.code, message=message, snip=rule.snip, **where)  # type: ignore[arg-type]
