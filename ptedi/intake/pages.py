"""The pages of the IN codes: what a charge file or one of its rows can be refused for, and what to write instead."""

from __future__ import annotations

from ptedi.findings import CATALOGUE, Finding, Rule, Severity, register

_REFERENCE = "schemas/charges.schema.json (CSV), schemas/charges.xsd (XML), docs/intake.md (HL7 v2, FHIR, SQL)"
_FILE = "Half a file could bill half a visit, so nothing of the file is taken; it is kept in quarantine."
_VISIT = "The row's whole visit waits, because the minutes of a visit are counted together."


def _page(code: str, title: str, checks: str, example: str, instead: str, *, matters: str = _VISIT,
          severity: Severity = Severity.ERROR) -> None:  # fmt: skip
    register(Rule(code=code, title=title, severity=severity, checks=checks, matters=matters, example=example,
                  instead=instead, reference=_REFERENCE))  # fmt: skip


def found(code: str, message: str, *, row: int | None = None, column: str | None = None, value: str | None = None,
          allowed: tuple[str, ...] = (), hint: str | None = None, offset: int | None = None) -> Finding:  # fmt: skip
    """A finding with the severity and, unless told otherwise, the hint of its page; `column` is its element."""
    page = CATALOGUE[code]
    return Finding(code=code, severity=page.severity, message=message, row=row, element=column, value=value,
                   allowed=allowed, hint=hint or page.instead, byte_offset=offset)  # fmt: skip


# the file
_page("IN001", "empty file", "The file has at least one charge.", "a file of 0 bytes, or a header without rows",
      "Export the charges again and drop the new file.", matters=_FILE)
_page("IN002", "wrong encoding", "The file is UTF-8 (a byte order mark is allowed).",
      "a name with an accent saved as Windows-1252", "Save the file as `CSV UTF-8` and drop it again.", matters=_FILE)
_page("IN003", "unreadable CSV", "Quotes are closed, and the file is text.", '"12 Sample Lane without a closing quote',
      "Close the quoted cell in the line named, or export the file again.", matters=_FILE)
_page("IN004", "XML is not well-formed", "Every element is closed and every character allowed.",
      "<visit> without </visit>", "Repair the XML at the line named, or export the file again.", matters=_FILE)
_page("IN005", "XML declares a document type or entities", "There is no DOCTYPE and no ENTITY in the file.",
      "<!DOCTYPE charges [<!ENTITY a ...>]>", "Remove the DOCTYPE; charges never need one.",
      matters="Entities can swell to gigabytes or fetch files from elsewhere; such a file is never opened.")
_page("IN006", "XML does not match charges.xsd", "Elements and attributes are those of schemas/charges.xsd.",
      '<procedure cpt="97110"/>', "Compare the element named with schemas/charges.xsd.")
_page("IN007", "unknown column", "Every column is known, begins with x_, or is row, verdict or reason.",
      "therapist_minuts", "Rename the column to the known one, or to x_... when it is your own and may be passed over.",
      matters="A misspelt column would be lost silently, and with it a modifier or an authorization. " + _FILE)
_page("IN008", "missing column", "The required columns are all in the header.", "a header without service_date",
      "Add the column; the header is the first line.", matters=_FILE)
_page("IN009", "column given twice", "Each column is there once.", "payer,payer", "Remove one of the two.",
      matters=_FILE)
_page("IN010", "file too large", "The file keeps the limits of bytes and rows.", "300,000 rows",
      "Split the file by service date or clinic.", matters=_FILE)
_page("IN015", "file cut off", "The last row of a CSV file is whole.", "V17,2026-11-20,lakeside,pt-ro and no more",
      "Export the file again.  When nothing is missing, end its last line with a line break.",
      matters="Rows after the cut are missing, also of visits that stand before it. " + _FILE)

# the shape of a row
_page("IN011", "cell too long", "A cell fits its column.", "a visit id of 90 characters", "Shorten the text.")
_page("IN012", "row does not fit the header", "A row has as many cells as the header.",
      "12 Sample Lane, Apt 4 without quotes", "Put quotes around a cell that holds a comma.")
_page("IN013", "character that cannot be sent", "Texts hold printable characters and none of * ~ : ^.",
      "Dr. X*Y", "Write the text without that character.",
      matters="These characters separate the parts of a claim file. " + _VISIT)
_page("IN014", "accent removed", "Names and addresses are written in plain letters on a claim.", "Muñoz",
      "Nothing to do when Munoz is what the payer has on file.", severity=Severity.INFO,
      matters="Payers match names letter by letter and mostly hold them without accents.")
_page("IN020", "required cell is empty", "Cells of required columns are filled.", "patient_last is blank",
      "Fill the cell.")
_page("IN021", "not a date", "A date is YYYY-MM-DD or MM/DD/YYYY and the day exists.", "2026-02-31",
      "Write the day as YYYY-MM-DD.")
_page("IN022", "impossible date", "Dates are possible: no visit in the future, before the birth, or long ago.",
      "a service date next year", "Correct the date.")
_page("IN023", "dates out of order", "An end is not before its beginning; onset and accident are not after the visit.",
      "plan_of_care_end before plan_of_care_start", "Correct the dates.")
_page("IN024", "impossible minutes", "Minutes are whole numbers from 0 to 480, and so is their sum over a visit.",
      "-5, 23.5, 900", "Write the minutes of treatment as a whole number.")
_page("IN025", "no minutes", "A procedure paid by time has minutes.", "97110 with 0 minutes",
      "Enter the minutes, or remove the row when the procedure was not done.")
_page("IN026", "malformed amount", "An amount has at most two decimals and is not negative.", "1.250,00",
      "Write the amount as 1250.00.")
_page("IN027", "neither yes nor no", "A flag is yes or no (or true, false, 1, 0, or blank for no).", "maybe",
      "Write yes or no.")

# coverage
_page("IN030", "unknown payer", "The payer has a profile.", "payer = aetnaa",
      "Use the id of a profile in schemas/payers, or add a profile for the payer.")
_page("IN031", "patient without coverage", "A visit names the payer to bill.", "payer is blank",
      "Enter the coverage; a visit the patient pays alone does not belong in a claims file.")
_page("IN032", "member id missing", "Each coverage has the member id of the card.", "member_id is blank",
      "Enter the member id as printed on the card.")
_page("IN033", "unknown relationship", "The relationship to the subscriber is a code of the 837P.", "02",
      "Use 18 self, 01 spouse, 19 child, 20 employee, 21 unknown, 39, 40, 53 or G8.")
_page("IN034", "dependent without subscriber", "A patient insured through someone else names that person in full.",
      "relationship 19 and no subscriber_last", "Fill the subscriber columns: name, birth date, sex and address.")
_page("IN035", "subscriber contradicts relationship", "With relationship 18 the subscriber is the patient.",
      "relationship 18 and another person as subscriber", "Correct the relationship, or clear the subscriber columns.")
_page("IN036", "second coverage incomplete", "Columns of the second coverage come with its payer, which is not the "
      "first one's member again.", "secondary_member_id without secondary_payer", "Fill secondary_payer, or clear all.")

# people and places
_page("IN040", "unknown clinic", "The clinic is in ptedi.toml.", "clinic = nrth", "Use a clinic id of ptedi.toml.")
_page("IN041", "unknown therapist", "The therapist is in ptedi.toml.", "therapist = pt77",
      "Use a therapist id of ptedi.toml.")
_page("IN042", "assistant as therapist", "The clinician in charge is not an assistant.", "therapist = pta1",
      "Enter the supervising therapist as therapist and the assistant as assistant.")
_page("IN043", "unknown assistant", "The assistant is in ptedi.toml and is an assistant.", "assistant = pt1",
      "Use the id of a PTA or OTA of ptedi.toml.")
_page("IN044", "assistant minutes without assistant", "Minutes of an assistant name the assistant.",
      "assistant_minutes 15 and assistant blank", "Enter who furnished the minutes.")
_page("IN046", "unknown supervisor", "The supervisor is in ptedi.toml and is no assistant.", "supervisor = pta1",
      "Use the id of a therapist of ptedi.toml, or leave the cell blank.")
_page("IN045", "unknown place of service", "The place of service is in the code list.", "place_of_service 00",
      "Use 11 office, 12 home, 10 or 02 telehealth, or leave it blank for the clinic's own.")

# procedures and diagnoses
_page("IN050", "unknown procedure", "The procedure is in the code table on the service date.", "97011",
      "Correct the code, or add it to schemas/codes/procedures.csv.")
_page("IN051", "procedure without price", "The procedure is in the practice's price list.",
      "97542 without an entry in [practice.charges]", "Add the price to [practice.charges] in ptedi.toml.")
_page("IN052", "malformed modifiers", "At most four different modifiers of two letters or digits.", "595",
      "Write modifiers separated by blanks, for example 59 RT.")
_page("IN060", "malformed diagnosis", "A diagnosis has the form of an ICD-10-CM code.", "M54,5",
      "Write the code as in the record, for example M54.50.")
_page("IN061", "impossible list of diagnoses", "A visit has one to 24 diagnoses.",
      "an empty cell", "List the diagnoses, most important first; a claim takes the first twelve that are needed.")
_page("IN062", "impossible diagnosis pointers", "One to four different pointers, each to a diagnosis that is there.",
      "pointers 1 3 with two diagnoses", "Point at a position in the diagnoses, from 1.")

# references
_page("IN063", "malformed referrer NPI", "The referrer's NPI has ten digits with a right check digit.", "1234567890",
      "Look the NPI up in the NPI registry and correct it.")
_page("IN064", "referrer incomplete", "A referrer has an NPI and a family name.", "referring_npi, no referring_last",
      "Fill both, or clear both.")
_page("IN065", "malformed state or ZIP code", "States have two letters, ZIP codes five or nine digits.", "Ohio, 4409",
      "Write OH and 44099 (spreadsheets drop leading zeros of ZIP codes).")
_page("IN066", "unknown sex code", "Sex is F, M or U.", "X", "Write F, M or U.")
_page("IN067", "accident incomplete", "An accident has a cause (AA, EM, OA) and a date; AA has a state too.",
      "accident_date without accident_cause", "Fill date and cause, and the state of an auto accident.")

# the rows of a visit together
_page("IN070", "rows of a visit disagree", "The visit columns say the same on all rows of a visit.",
      "two rows of a visit with different payers", "Make the rows agree, or give another visit id.")
_page("IN071", "row given twice", "No row repeats another of the file in every cell.", "the same procedure line twice",
      "Remove one if it was done once.  Done twice: blocks of a timed procedure are one row with the sum of the "
      "minutes, two sides have RT and LT, a repeated untimed procedure has 76 (77 by another clinician) on its second "
      "row.",
      matters="The same work would be billed twice. " + _VISIT)
_page("IN072", "waits for another row", "Every row of a visit can be billed.", "row 8 waits for row 7",
      "Correct the row named; this row itself needs nothing.", severity=Severity.HOLD)
_page("IN073", "one patient, one day, two visits", "A patient's rows of one day and discipline have one visit id.",
      "the second row of a visit with a mistyped visit id",
      "Give all rows the same visit id: two sessions of a day are one visit, because their minutes count together; "
      "rows that were separate say so in separate_time.  Only another discipline keeps a visit id of its own.",
      matters="Each part would be billed by itself, with wrong units, and the second would be denied as a duplicate.")

# HL7 v2
_page("IN080", "HL7 message cannot be cut", "MSH names five different marks, and every line is a segment.",
      "a line break inside an address", "Repair the segment at the line named; a break inside a text is \\.br\\.",
      matters="What stands after a stray line break would be lost. " + _VISIT)
_page("IN081", "not a charge message", "Each message is a DFT^P03.", "MSH-9 ADT^A04",
      "Send only detail financial transactions (DFT^P03) here.",
      matters="Other messages hold no charges; each gets this verdict, so that none is lost unseen.")
_page("IN082", "batch incomplete", "Every FHS and BHS has its FTS and BTS, and their counts are right.",
      "BTS|12 after eleven messages", "Send the batch again, whole.", matters=_FILE)
_page("IN083", "message in an encoding that is not read", "MSH-18 is blank, ASCII, 8859/1 to 8859/15 or UNICODE UTF-8, "
      "and the bytes of the message are so.", "MSH-18 blank and a name in Windows-1252",
      "State the encoding in MSH-18, or send UTF-8.",
      matters="A name read in the wrong encoding is another name, and the payer finds no such member.")
_page("IN084", "not a charge",
      "An FT1 is a charge (FT1-6 CG or blank) of a positive quantity; a ChargeItem is billable.",
      "FT1-6 CD, FT1-10 -1, ChargeItem.status billed", "Send corrections as the whole visit with what was done.",
      matters="A credit read as work done would be billed. " + _VISIT)
_page("IN085", "content outside of messages", "Everything between the headers of a file belongs to a message.",
      "an FT1 before the first MSH", "Send the file again, whole.", matters=_FILE)
_page("IN086", "HL7 version not known", "MSH-12 is 2.3, 2.3.1, 2.4, 2.5 or 2.5.1.", "2.8",
      "Compare the fields with docs/intake.md; nothing to do when they are the same.", severity=Severity.WARNING,
      matters="Newer versions move fields; what is read may not be what was meant.")
_page("IN087", "third coverage passed over", "A visit has at most two coverages.", "three IN1, three active Coverages",
      "Bill the third payer by hand when the second has paid.", severity=Severity.WARNING,
      matters="The third payer is not billed by itself.")

# FHIR
_page("IN090", "unreadable JSON",
      "The file is JSON, or one resource per line, without doubled names, at most 64 levels deep.",
      '{"resourceType": "Bundle", "entry": [', "Export the resources again.", matters=_FILE)
_page("IN091", "no FHIR charges", "The file is a Bundle or NDJSON that holds encounters or charge items.",
      '{"resourceType": "Patient"}', "Send the encounters with their charge items and all they refer to.",
      matters=_FILE)
_page("IN092", "resource is not FHIR R4", "The resources that a charge stands on have R4's elements and types.",
      '"birthDate": "2 April 1951"', "Correct the element named.")
_page("IN093", "reference leads nowhere", "What a charge refers to is in the file.",
      "subject Patient/77, not in the Bundle", "Send the resource too.",
      matters="The patient, payer or therapist would be guessed. " + _VISIT)
_page("IN094", "charge or resource given twice",
      "No two messages post the same transaction (FT1-2); no two resources have one address and different content.",
      "two Patient/1; a correction sent as a second message", "Give each its own id; send only the last capture.",
      matters="Nobody can tell which of them is meant, and both would be billed. " + _VISIT)
_page("IN095", "encounter did not take place",
      "An encounter with charges is not planned, cancelled or entered in error.",
      "status cancelled", "Correct the status, or take the charges out.",
      matters="What did not take place must not be billed. " + _VISIT)
_page("IN096", "charge item passed over", "Charge items that say they are not to be billed are left out.",
      "status entered-in-error", "Nothing to do when the item was meant to be left out.", severity=Severity.INFO,
      matters="The item is not part of its visit; its minutes are not counted.")
