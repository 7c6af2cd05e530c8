"""The two published schemas of captured charges, made from the columns, so that they cannot drift from the readers.

`python -m ptedi.intake.schemas` writes schemas/charges.xsd and schemas/charges.schema.json again; a test compares.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from xml.sax.saxutils import escape, quoteattr

from ptedi.config import data_folder
from ptedi.intake.columns import CAUSES, COLUMNS, COMMENTS, RELATIONSHIPS, STATES, WORDS, Column, Kind

_DAY = r"\d{4}-\d{2}-\d{2}|\d{8}|\d{1,2}/\d{1,2}/\d{4}"
EXAMPLES = ("evaluation", "assistant", "separate_time", "second_coverage", "dependent", "workers_compensation")
"""Situations of sample_edi/charges, the same visits in CSV, XML, HL7 and FHIR."""
_PATTERNS: dict[Kind, str] = {
    Kind.DATE: _DAY,
    Kind.MINUTES: r"\d{1,4}",
    Kind.AMOUNT: r"\$?\d{1,9}(\.\d{0,2})?",
    Kind.FLAG: "[Yy]es|YES|[Yy]|[Nn]o|NO|[Nn]|[Tt]rue|TRUE|[Ff]alse|FALSE|0|1",
    Kind.SEX: "[FMUfmu]",
    Kind.RELATIONSHIP: "|".join((*RELATIONSHIPS, "1", "g8")),
    Kind.STATE: "|".join(sorted(STATES)) + "|[a-z]{2}",
    Kind.ZIP: r"\d{5}(-?\d{4})?",
    Kind.NPI: r"[12][0-9 -]{9,13}",
    Kind.CAUSE: "|".join(CAUSES) + "|[a-z]{2}",
    Kind.PLACE: r"\d{2}",
    Kind.PROCEDURE: "[0-9A-Za-z][0-9]{3}[0-9A-Za-z]",
}
"""What the text of each kind looks like: a regular expression that XSD and ECMA understand alike."""


def json_schema() -> str:
    """JSON Schema of one CSV row: a property per column, in order."""
    return json.dumps({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Captured charges as CSV: one row per procedure",
        "description": "UTF-8, comma, a header line.  The columns of the visit are repeated on each of its rows; a "
                       "blank cell says the same as the visit's other rows.  Columns that begin with x_, and row, "
                       "verdict and reason of a reject file, are passed over.  One bad row makes its whole visit "
                       f"wait.  Whole examples: {', '.join(f'../sample_edi/charges/{one}.csv' for one in EXAMPLES)}.",
        "type": "object",
        "properties": {column.name: _property(column) for column in COLUMNS},
        "patternProperties": {"^x_": {"type": "string"}, "^(row|verdict|reason)$": {"type": "string"}},
        "required": [column.name for column in COLUMNS if column.required],
        "additionalProperties": False,
    }, indent=2) + "\n"  # fmt: skip


def _property(column: Column) -> dict[str, object]:
    shape: dict[str, object] = {"type": "string", "description": column.meaning}
    if column.kind in _PATTERNS:
        shape["pattern"] = f"^({_PATTERNS[column.kind]})?$"
    if column.kind in WORDS:
        shape["maxLength"] = column.limit
    return shape | {"examples": [column.example], "x-of": "procedure" if column.of_row else "visit"}


def xsd() -> str:
    """The XML Schema: visits with their patient, coverages, plan and procedures."""
    kinds = "\n".join(_simple_type(kind, pattern) for kind, pattern in _PATTERNS.items())
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema">
  <xs:annotation>
    <xs:documentation>
      Captured charges of a physical-therapy practice.  A visit holds its procedures; each procedure is one row of the
      CSV form.  Attributes that do not apply are left out.  `row`, `verdict` and `reason` are comments of a
      reject file.
      Whole examples: {", ".join(f"../sample_edi/charges/{one}.xml" for one in EXAMPLES[:3])},
      {", ".join(f"../sample_edi/charges/{one}.xml" for one in EXAMPLES[3:])}.
    </xs:documentation>
  </xs:annotation>
  <xs:element name="charges">
    <xs:complexType>
      <xs:sequence>
        <xs:element name="visit" type="visit" maxOccurs="unbounded"/>
      </xs:sequence>
    </xs:complexType>
  </xs:element>
  <xs:complexType name="visit">
    <xs:sequence>
{_child("patient")}
      <xs:element name="coverage" type="coverage"/>
      <xs:element name="secondary" type="secondary" minOccurs="0"/>
{_child("referring", optional=True)}
{_child("plan_of_care", optional=True)}
{_child("accident", optional=True)}
      <xs:element name="procedure" maxOccurs="50">
        <xs:complexType>
{_attributes(_of("procedure"), 10)}
{_comments(10)}
        </xs:complexType>
      </xs:element>
    </xs:sequence>
{_attributes(_of(""), 4)}
{_comments(4)}
  </xs:complexType>
{_coverage("coverage")}
{_coverage("secondary")}
{kinds}
</xs:schema>
"""


def _of(element: str) -> list[Column]:
    return [column for column in COLUMNS if column.element == element]


def _child(name: str, *, optional: bool = False) -> str:
    occurs = ' minOccurs="0"' if optional else ""
    return f"""      <xs:element name="{name}"{occurs}>
        <xs:complexType>
{_attributes(_of(name), 10)}
        </xs:complexType>
      </xs:element>"""


def _coverage(name: str) -> str:
    return f"""  <xs:complexType name="{name}">
    <xs:sequence>
      <xs:element name="subscriber" minOccurs="0">
        <xs:complexType>
{_attributes(_of(f"{name}/subscriber"), 10)}
        </xs:complexType>
      </xs:element>
    </xs:sequence>
{_attributes(_of(name), 4)}
  </xs:complexType>"""


def _attributes(columns: Sequence[Column], indent: int) -> str:
    return "\n".join(_attribute(column, " " * indent) for column in columns)


def _attribute(column: Column, pad: str) -> str:
    use = ' use="required"' if column.required else ""
    note = f"{pad}  <xs:annotation><xs:documentation>{escape(column.meaning)}</xs:documentation></xs:annotation>"
    head = f"{pad}<xs:attribute name={quoteattr(column.attribute)}"
    if column.kind in _PATTERNS:
        return f'{head} type="{column.kind}"{use}>\n{note}\n{pad}</xs:attribute>'
    return f"""{head}{use}>
{note}
{pad}  <xs:simpleType>
{pad}    <xs:restriction base="xs:token"><xs:maxLength value="{column.limit}"/></xs:restriction>
{pad}  </xs:simpleType>
{pad}</xs:attribute>"""


def _comments(indent: int) -> str:
    pad = " " * indent
    return "\n".join(f'{pad}<xs:attribute name="{name}" type="xs:string"/>' for name in COMMENTS)


def _simple_type(kind: Kind, pattern: str) -> str:
    facet = f'<xs:pattern value="({escape(pattern)})?"/>'
    return f"""  <xs:simpleType name="{kind}">
    <xs:restriction base="xs:token">{facet}</xs:restriction>
  </xs:simpleType>"""


def write() -> None:
    """Writes both schemas into schemas/."""
    folder = data_folder("schemas")
    (folder / "charges.xsd").write_text(xsd(), encoding="utf-8")
    (folder / "charges.schema.json").write_text(json_schema(), encoding="utf-8")


if __name__ == "__main__":
    write()
