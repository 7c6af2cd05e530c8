"""The page docs/intake.md: every source of captured charges with its mapping table, made from what the readers use."""

from __future__ import annotations

from ptedi.intake import fhir_elements, hl7_places
from ptedi.intake.columns import COLUMNS
from ptedi.intake.hl7_rows import VERSIONS

_HEAD = f"""# Captured charges: what can be dropped into the inbox

Generated from the readers (`ptedi.intake.guide`); a test compares.

Four formats carry the same charges, and a fifth way leads there from a database.  What a file is, is decided by what it
holds, never by its name.  Whatever the format, each captured procedure is a **row** with a verdict; one bad row makes
its whole visit wait, because the minutes of a visit are counted together; refused rows come back in `rejects/` in the
format they came in, to be corrected and dropped again; `row` there is the row of the file that was read, as worklist
and reasons name it (in a CSV the first below the header is row 1, line 2 of a spreadsheet), and what is said of a file
that is dropped again names its own rows.  `ptedi explain IN030` prints what a code means.

| format | a file is | a row is | refused rows come back with |
|---|---|---|---|
| CSV | UTF-8, commas, a header (`schemas/charges.schema.json`) | a line | columns `row`, `verdict`, `reason` in front |
| XML | `schemas/charges.xsd` | a `procedure` | attributes `row`, `verdict` and `reason` |
| HL7 v2 | DFT^P03 {", ".join(VERSIONS)}; one, many, FHS/BHS, MLLP | an FT1 | an NTE of `PTEDI` after the FT1 |
| FHIR R4 | a Bundle of any type, or NDJSON | a ChargeItem | extension `urn:ptedi:verdict` of the ChargeItem |
| SQL | the rows of a query, as the CSV they make | a row of the query | as CSV |

Names and addresses go out in plain capitals, as payers hold them: `Muñoz` becomes `Munoz` when it is read, and `MUNOZ`
on the wire.  Nothing is lost by it.  The file lies in the archive as it came, the row has the finding IN014, and the
first event of the claim (`ptedi claim ID`) names the columns and rows, for example `captured in other letters:
patient_last (row 3, 4)`.

## HL7 v2

Any delimiters that MSH-1 and MSH-2 name; segments end with CR, LF or CRLF; MSH-18 blank (UTF-8), ASCII, 8859/1 to
8859/15, UNICODE UTF-8.  A batch whose trailer counts other messages than there are waits whole (IN082).  Messages of
one visit number belong together, so a message may post one procedure or all.  Only FT1-6 CG (or blank) with a positive
quantity is a charge (IN084).  Units are counted from minutes; the quantity itself is not used.

Minutes are documented in ZPT-1 and ZPT-2.  Without them the time from FT1-4.1 to FT1-4.2 counts, for the assistant when
FT1-20 names one.  ZPT and ZIN carry what HL7 has no field for:

```
ZPT|therapist minutes|assistant minutes|assistant|separate time Y/N|plan of care from|to|first treatment|onset
   |referral number|place of service|description of an unlisted procedure
ZIN|claim number of the carrier|therapy dollars used this year
```

ZPT after PV1 is about the visit (fields 3 and 5 to 10), ZPT after an FT1 about that procedure (1, 2, 4, 11).  ZIN
follows its IN1.  A subscriber whose address, birth date or sex IN1 leaves out is completed from GT1 when GT1-3 has
the same name.  ACC-6 Y without ACC-2 is an accident at work.  Two coverages are read, by IN1-22 where all have it.

A sender's own codes and places stand in `ptedi.toml`; without them codes are taken as they are, and clinics and
clinicians are known by id or NPI:

```toml
[intake.hl7.payers]
MCARE = "medicare-part-b"
[intake.hl7.clinics]
"MAIN BLDG" = "lakeside"
[intake.hl7.therapists]
DR77 = "pt-rowe"
[intake.hl7.places]                    # a column of the table, and the place or places to try
therapist_minutes = "FT1-10"
visit_id = ["PID-18", "PV1-19"]
```

| column | place, the first filled one counts |
|---|---|
"""
_FHIR = """
`PID-3[MR]` is the repetition that says MR after its fourth component; `IN1(2)` is the second coverage; of clinic,
therapist and payer the first that the practice knows counts, a person's NPI (XCN.1, or XCN.9 `&number&NPI`) among
them.  Diagnoses are all DG1 (all FT1-19 without DG1), ICD-9 codes left out; the first four FT1-19 of a procedure become
its pointers, for a service line has room for four.

## FHIR R4

Each resource that a charge stands on is checked against R4 (IN092).  References are followed inside the file only: by
type and id, full url, urn, `#contained`, or identifier; one that leads nowhere stops its visit (IN093).  A payor or
location that has only an identifier needs no resource.  Charge items that are `not-billable`, `aborted` or
`entered-in-error` are left out and said (IN096); only `billable` ones are taken.  Coverages are those of the patient
that are neither cancelled, draft nor in error, by `order`.  Files are refused above 64 levels of nesting, with doubled
names, or with numbers of absurd length (IN090).

Codes of a sender stand in `[intake.fhir.payers]`, `.clinics`, `.therapists` as above; urls of extensions in
`[intake.fhir.extensions]`, for example `therapist_minutes = "https://sender.example/fhir/minutes"`.  An extension's
value may be a primitive, a quantity, money or a code.

| column | element |
|---|---|
"""
_SQL = """
## SQL

A query names its columns as the CSV does and becomes that CSV in the inbox; dates, decimals, booleans and NULL are
written as charge files write them.  In Airflow it is one task before `extract_charges`:

```python
@task
def fetch_captured():
    from ptedi.airflow.sql import drop_charges

    day = service_date(get_current_context())
    return drop_charges(
        "chart",                                        # an Airflow connection of any provider with a DB-API hook
        "SELECT encounter AS visit_id, seen_on AS service_date, ... FROM captured WHERE seen_on = %(day)s",
        name=f"chart-{day}", parameters={"day": day},
    )

fetch_captured() >> extract_charges()
```

The same rows make the same file, so that a task that runs twice bills nothing twice; without rows no file is made.
SQLite databases are opened read-only and need no provider.  Outside of Airflow
`ptedi.intake.read_rows(cursor.description, rows, ...)` judges the rows of any DB-API cursor.

## Columns

| column | on every row of | needed | what |
|---|---|---|---|
"""


def page() -> str:
    """The page."""
    places = "".join(f"| {c.name} | {', '.join(hl7_places.PLACE_TEXTS[c.name])} |\n" for c in COLUMNS)
    elements = "".join(f"| {c.name} | {fhir_elements.element(c.name)} |\n" for c in COLUMNS)
    columns = "".join(f"| {c.name} | {'its procedure' if c.of_row else 'the visit'} | {'yes' if c.required else ''} | "
                      f"{c.meaning} |\n" for c in COLUMNS)  # fmt: skip
    return _HEAD + places + _FHIR + elements + _SQL + columns
