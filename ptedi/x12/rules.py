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
    "IE006", E, "Old repetition separator",
    "ISA11 names the repetition separator, a sign that is no letter or digit.",
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
    "IE010", E, "Character outside ASCII",
    "Every byte is one of the basic and extended character sets of the guides.",
    "Accented letters and typographic quotes come from word processors; many receivers reject the file.",
    "NM1*IL*1*MU\u00d1OZ", "Write plain letters: MUNOZ.", "guide appendix B, character sets")
EMPTY_SEGMENT = _rule(
    "IE011", W, "Empty segment", "Two terminators never follow each other.",
    "Counting receivers then disagree with SE01.", "SV1*...~~DTP*...", "Remove the doubled terminator.",
    "X12.6 segment", )

BLANKS = _rule(
    "IE013", W, "Blanks between segments", "A segment starts right behind the terminator of the one before.",
    "Strict receivers do not recognise the segment.", "...~ GS*HC", "Leave out the blanks.", "X12.6 segment")
NOT_LISTED = _rule(
    "IE012", I, "Not every finding is listed", "At most ten thousand findings of a file are listed.",
    "A file this wrong has one cause; the first findings show it.", "A file with another delimiter than its ISA says",
    "Correct the first findings and check again.", "ptedi's own limit")

# --- interchange ------------------------------------------------------------------------------------------------------
ISA_VALUE = _rule(
    "IE020", E, "Interchange header value", "Each ISA element holds a value the standard knows.",
    "The receiver answers with a TA1 rejection and processes nothing.", "ISA15 is X",
    "Correct the sender or receiver settings of the trading partner.", "X12.5 ISA")
IEA_NUMBER = _rule(
    "IE021", E, "IEA02 differs from ISA13", "The interchange trailer repeats the header's control number.",
    "The receiver answers TA1 note 001 and rejects the interchange.", "ISA13 000000001, IEA02 000000009",
    "Repeat ISA13 in IEA02.", "X12.5 IEA02")
IEA_COUNT = _rule(
    "IE022", E, "IEA01 counts wrong", "IEA01 is the number of functional groups.",
    "The receiver takes the file for damaged (TA1 note 021).", "IEA*2*000000001 after one group",
    "Count the GS segments.", "X12.5 IEA01")
IEA_MISSING = _rule(
    "IE023", E, "Interchange trailer missing", "Every ISA is closed by IEA.",
    "The file was probably cut (TA1 note 023).", "A file that ends after GE", "Send the whole file.", "X12.5 IEA")
ISA_TWICE = _rule(
    "IE024", E, "Interchange control number used twice", "ISA13 is different in every interchange of a file.",
    "The second interchange is rejected as a duplicate (TA1 note 025).", "Two ISA with ISA13 000000001",
    "Give every interchange its own number.", "X12.5 ISA13")
STRAY_TRAILER = _rule(
    "IE025", E, "Trailer without header", "IEA closes an ISA, GE a GS, SE an ST.",
    "The receiver cannot pair the envelopes.", "GE*1*1 twice", "Remove the extra trailer or restore its header.",
    "X12.5, X12.6 control structure")
EMPTY_INTERCHANGE = _rule(
    "IE026", E, "Interchange holds nothing", "An interchange holds a functional group or a TA1.",
    "Nothing was sent.", "ISA then IEA", "Send the functional group.", "X12.5 ISA")

# --- functional group -------------------------------------------------------------------------------------------------
GS_VALUE = _rule(
    "IE030", E, "Group header value", "Each GS element holds a value the standard knows.",
    "The whole group is rejected in AK9.", "GS04 is 20261305", "Correct the group header.", "X12.6 GS")
GE_NUMBER = _rule(
    "IE031", E, "GE02 differs from GS06", "The group trailer repeats the header's control number.",
    "The group is rejected (AK905 code 4).", "GS06 1, GE02 2", "Repeat GS06 in GE02.", "X12.6 GE02")
GE_COUNT = _rule(
    "IE032", E, "GE01 counts wrong", "GE01 is the number of transaction sets.",
    "The group is rejected (AK905 code 5).", "GE*3*1 after one set", "Count the ST segments.", "X12.6 GE01")
GE_MISSING = _rule(
    "IE033", E, "Group trailer missing", "Every GS is closed by GE.", "The group is rejected (AK905 code 3).",
    "SE then IEA", "Close the group with GE.", "X12.6 GE")
GS_TWICE = _rule(
    "IE034", E, "Group control number used twice", "GS06 is different in every group of an interchange.",
    "The second group is rejected (AK905 code 19).", "Two GS with GS06 1", "Number the groups.", "X12.6 GS06")
GS_MISSING = _rule(
    "IE035", E, "Group header missing", "A transaction set stands between GS and GE.",
    "Without GS nobody knows the guide the sets follow.", "ISA then ST", "Send GS.", "X12.6 GS")
OLD_GUIDE = _rule(
    "IE036", W, "Guide without its errata", "GS08 names the guide with its errata, 005010X222A1.",
    "HIPAA adopted the guide with errata; most payers reject the bare one.", "GS08 is 005010X222",
    "Send the reference with the errata, in GS08 and ST03.", "45 CFR 162.1102")
GS_SET = _rule(
    "IE037", E, "GS01 does not fit the set", "GS01 is the functional identifier of the sets inside (HC for 837).",
    "The group is routed to the wrong place or rejected.", "GS*HP with ST*837", "Send HC for 837, HP for 835.",
    "X12.6 GS01")
NO_GUIDE = _rule(
    "IE038", I, "No guide for this set",
    "Sets of the guides ptedi knows are checked in full, others by their envelope.",
    "Nothing is said about the inside of this set.", "ST*278",
    "Nothing to do; see schemas/x12 for the guides there are.", "ptedi's own limit")

RETIRED = _rule(
    "IE039", W, "Version no longer in force", "GS08 names a guide of version 5010.",
    "HIPAA replaced version 4010 in 2012; payers refuse it today.  Archived files are checked by their own guide.",
    "GS08 is 004010X098A1", "Send version 5010.", "45 CFR 162.1102")

# --- transaction set --------------------------------------------------------------------------------------------------
SE_NUMBER = _rule(
    "IE040", E, "SE02 differs from ST02", "The set trailer repeats the header's control number.",
    "The set is rejected (IK502 code 3).", "ST02 0001, SE02 0002", "Repeat ST02 in SE02.", "X12.6 SE02")
SE_COUNT = _rule(
    "IE041", E, "SE01 counts wrong", "SE01 is the number of segments, ST and SE included.",
    "The set is rejected (IK502 code 4).", "SE*99 after 79 segments", "Count again.", "X12.6 SE01")
SE_MISSING = _rule(
    "IE042", E, "Set trailer missing", "Every ST is closed by SE.", "The set is rejected (IK502 code 2).",
    "SVC segments, then GE", "Close the set with SE.", "X12.6 SE")
ST_TWICE = _rule(
    "IE043", E, "Set control number used twice", "ST02 is different in every set of a group.",
    "The second set is rejected (IK502 code 23), with every claim in it.", "Two ST with ST02 0001",
    "Number the sets.",
    "X12.6 ST02")
ST_GUIDE = _rule(
    "IE044", E, "ST03 differs from GS08", "ST03 names the same guide as GS08.",
    "The set is rejected (IK502 code 19).", "GS08 005010X222A1, ST03 005010X222", "Repeat GS08 in ST03.",
    "X12.6 ST03")
ST_VALUE = _rule(
    "IE045", E, "Set header value", "ST01 names a transaction set, ST02 has 4 to 9 characters.",
    "The set is rejected (IK502 codes 6 and 7).", "ST*837*1", "Send four digits or more in ST02.", "X12.6 ST")
ST_MISSING = _rule(
    "IE046", E, "Set header missing", "The segments of a set follow its ST.",
    "The receiver cannot tell which set this is.", "GS then BHT", "Send ST.", "X12.6 ST")
STRAY = _rule(
    "IE047", E, "Segment outside of a set", "Between the envelopes there are only envelopes.",
    "The receiver rejects the group.", "REF between SE and GE", "Move the segment into its set.", "X12.6")
TA1_VALUE = _rule(
    "IE050", E, "TA1 value", "Each TA1 element holds a value the standard knows.",
    "The acknowledgment cannot be matched to what was sent.", "TA1*1*...", "Ask the partner to correct its TA1.",
    "X12.5 TA1")

# --- segments and loops -----------------------------------------------------------------------------------------------
UNKNOWN = _rule(
    "SG001", E, "Unknown segment", "Every segment is one the guide uses.", "The set is rejected (IK304 code 1).",
    "ZZZ*1", "Remove the segment.", "guide, transaction set listing")
UNEXPECTED = _rule(
    "SG002", E, "Segment not expected here", "Every segment stands in a loop that has a place for it.",
    "The set is rejected (IK304 code 2).", "N3 in loop 2300",
    "Move the segment, or add the first segment of its loop.",
    "guide, transaction set listing", 2)
MISSING = _rule(
    "SG003", E, "Required segment missing", "Segments the guide requires are there.",
    "The set is rejected (IK304 code 3).", "2010AA without N3", "Add the segment.", "guide, usage R", 2)
LOOP_MISSING = _rule(
    "SG004", E, "Required loop missing", "Loops the guide requires are there.",
    "The set is rejected (IK304 code 3).", "2000B without 2010BB", "Add the loop.", "guide, usage R", 2)
TOO_MANY = _rule(
    "SG005", E, "Segment repeats too often", "No segment repeats more often than the guide allows.",
    "The set is rejected (IK304 code 5).", "Two N3 in 2010AA", "Remove the extra segment.", "guide, repeat", 2)
LOOP_TOO_MANY = _rule(
    "SG006", E, "Loop repeats too often", "No loop repeats more often than the guide allows.",
    "The set is rejected (IK304 code 4).", "51 service lines", "Split the claim.", "guide, loop repeat", 2)
OUT_OF_ORDER = _rule(
    "SG007", E, "Segment out of sequence", "Segments follow the guide's order.",
    "The set is rejected (IK304 code 7).", "N4 before N3", "Put the segment where the guide has it.",
    "guide, position", 2)
NOT_USED = _rule(
    "SG008", E, "Segment not used", "Segments the guide marks not used are left out.",
    "The set is rejected (IK304 code I4).",
    "A segment of a loop whose usage is not used", "Remove the segment.", "guide, usage N", 2)
QUALIFIER = _rule(
    "SG009", E, "Qualifier not allowed here", "The qualifier of a segment is one the guide has at this place.",
    "Receivers do not recognise the segment (IK304 code 2).", "NM1*ZZ in 2010AA",
    "Send one of the qualifiers allowed.",
    "guide, code list of the first element", 2)
BAD_ID = _rule(
    "SG010", E, "Malformed segment identifier", "An identifier has two or three capitals or digits.",
    "The set is rejected (IK304 code 1); often a terminator or separator is lost before it.", "nm1*IL",
    "Look at the end of the segment before.", "X12.6 segment identifier")
GLUED = _rule(
    "SG011", E, "Segment terminator lost", "Every segment ends with the terminator.",
    "Receivers read two segments as one and reject the set.", "NM1*85*2*GROUP*****XX*1234567893N3*100 MAIN ST",
    "Put the terminator between the two.", "X12.6 segment terminator")
HL_NUMBER = _rule(
    "SG021", E, "HL01 out of sequence", "HL01 counts the hierarchical levels of a set from 1.",
    "Receivers lose the tie between provider, subscriber and patient.", "HL*3 after HL*1", "Number HL01 1, 2, 3.",
    "X12 HL01", 1)
HL_PARENT = _rule(
    "SG022", E, "HL02 names the wrong parent", "HL02 is the HL01 of the level this one belongs to.",
    "The claim is tied to the wrong subscriber or provider.", "HL*3*1*23 below subscriber 2",
    "Send the number of the level above.", "X12 HL02", 1)
HL_CHILD = _rule(
    "SG023", E, "HL04 contradicts what follows", "HL04 is 1 when levels below follow and 0 when none does.",
    "Receivers expect a patient level that is not there, or miss one that is.", "HL*2*1*22*1 without a 2000C",
    "Send 1 with, 0 without a level below.", "X12 HL04", 1)
LX_NUMBER = _rule(
    "SG024", E, "LX01 out of sequence", "LX01 counts the service lines of a claim from 1.",
    "Acknowledgments and remittances name lines by this number.", "LX*1, LX*3", "Number LX01 1, 2, 3.",
    "005010X222A1 2400 LX01", 1)

# --- elements ---------------------------------------------------------------------------------------------------------
EL_MISSING = _rule(
    "EL001", E, "Required element missing", "Elements the guide requires are there.",
    "The segment is in error (IK403 code 1).", "NM1*85*2**", "Fill the element.", "guide, usage R", 2)
EL_CONDITION = _rule(
    "EL002", E, "Element missing by a syntax note", "Elements that go together are both there.",
    "The segment is in error (IK403 code 2).", "PER*IC**TE", "Send both or neither.", "X12.6 syntax notes", 1)
EL_TOO_MANY = _rule(
    "EL003", E, "Too many elements", "A segment has no more elements than the guide defines.",
    "The segment is in error (IK403 code 3).", "LX*1*2", "Remove the extra elements.", "guide, segment detail", 1)
EL_SHORT = _rule(
    "EL004", E, "Value too short", "A value has at least the smallest length.",
    "The segment is in error (IK403 code 4).", "HC:97110:G", "Complete the value.", "X12 data element dictionary", 1)
EL_LONG = _rule(
    "EL005", E, "Value too long", "A value has at most the largest length.",
    "The segment is in error (IK403 code 5); some receivers cut it silently.", "NTE02 of 81 characters",
    "Shorten the value.", "X12 data element dictionary", 1)
EL_CHARACTER = _rule(
    "EL006", E, "Character not allowed", "A value holds only the basic and extended character set.",
    "The segment is in error (IK403 code 6).", "NM103 RIV\u00c9RA", "Write plain letters.", "guide appendix B", 1)
EL_CODE = _rule(
    "EL007", E, "Code not allowed", "A code is one the guide lists for this element.",
    "The segment is in error (IK403 code 7).", "CLM06 is Q", "Send one of the codes allowed.", "guide, code list", 2)
EL_DATE = _rule(
    "EL008", E, "Not a date", "A date is a day of the calendar in the format its qualifier names.",
    "The segment is in error (IK403 code 8).", "DTP*472*D8*20261305", "Send CCYYMMDD.", "X12 data element 1251", 1)
EL_TIME = _rule(
    "EL009", E, "Not a time", "A time is HHMM or HHMMSS.", "The segment is in error (IK403 code 9).", "BHT05 2460",
    "Send HHMM.", "X12 data element 337", 1)
EL_EXCLUSION = _rule(
    "EL010", E, "Elements exclude each other", "Of elements that exclude each other only one is sent.",
    "The segment is in error (IK403 code 10).", "N4 with state and country subdivision", "Send only one of them.",
    "X12.6 syntax notes", 1)
EL_NOT_USED = _rule(
    "EL011", E, "Element not used", "Elements the guide marks not used are empty.",
    "The segment is in error (IK403 code I10).", "CLM03 filled", "Leave the element empty.", "guide, usage N", 2)
EL_REPEATS = _rule(
    "EL012", E, "Too many repetitions", "An element repeats no more often than the guide allows.",
    "The segment is in error (IK403 code 12).", "NM103 with a ^ inside", "Send one value.",
    "guide, element repeat", 1)
EL_COMPONENTS = _rule(
    "EL013", E, "Too many components",
    "A composite has no more components than the guide defines, a plain element none.",
    "The segment is in error (IK403 code 13).", "REF02 with a : inside", "Remove the component separator.",
    "guide, composite detail", 1)
EL_NUMBER = _rule(
    "EL014", E, "Not a number", "A number has digits, at most one decimal point and no blanks.",
    "The segment is in error (IK403 code 6).", "SV102 is 60,00", "Send 60 or 60.00.",
    "X12.6 numeric and decimal types", 1)
EL_TRAILING = _rule(
    "EL015", E, "Separators at the end", "A segment does not end in empty elements or components.",
    "Strict receivers reject the segment.", "N3*1 MAIN ST**", "Leave off trailing separators.", "X12.6 3.4", 1)
EL_BLANKS = _rule(
    "EL016", E, "Blanks at the end of a value", "A value does not end in blanks beyond its smallest length.",
    "Names and numbers do not match on the other side (IK403 code 6).", "NM103 'RIVERA '", "Trim the value.",
    "X12.6 string type", 1)
EL_PATTERN = _rule(
    "EL017", E, "Value of the wrong form", "A value has the form the guide describes.",
    "The segment is in error (IK403 code I12).", "N403 ABCDE", "Correct the value.", "guide, element note", 2)
EL_SHIFTED = _rule(
    "EL018", E, "Elements are shifted", "Every element stands in its place.",
    "A separator too many or too few moves all values behind it.", "SV1*HC:97110*60**UN*1",
    "Look for a missing or doubled separator.", "guide, segment detail", 1)


def finding(rule: Rule, message: str, **where: object) -> Finding:
    """A finding of a rule with its severity, SNIP level and hint; `where` are further fields of Finding."""
    where.setdefault("severity", rule.severity)
    where.setdefault("hint", rule.instead or None)
    return Finding(code=rule.code, message=message, snip=rule.snip, **where)  # type: ignore[arg-type]
