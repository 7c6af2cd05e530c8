"""What HL7 and FHIR call sex and the patient's relation to the subscriber, in the codes of the 837P."""

from __future__ import annotations

from ptedi.intake.columns import RELATIONSHIPS

_RELATIONS = {
    # HL7 table 0063
    "SEL": "18", "SPO": "01", "CHD": "19", "NCH": "19", "SCH": "19", "FCH": "19", "EME": "20", "UNK": "21",
    "DOM": "53", "OTH": "G8", "PAR": "G8", "MTH": "G8", "FTH": "G8", "SIB": "G8", "GRD": "G8", "DEP": "G8",
    # FHIR subscriber-relationship
    "SELF": "18", "SPOUSE": "01", "CHILD": "19", "COMMON": "53", "PARENT": "G8", "OTHER": "G8", "INJURED": "G8",
}  # fmt: skip
_SEXES = {"FEMALE": "F", "MALE": "M", "UNKNOWN": "U", "OTHER": "U", "O": "U", "A": "U", "N": "U"}


def relationship(said: str) -> str:
    """The 837P code; a text that is none of theirs stays as it is and is judged like any other cell."""
    code = said.upper()
    return code if code in RELATIONSHIPS else _RELATIONS.get(code, said)


def sex(said: str) -> str:
    """F, M or U; a text that is no code of theirs stays as it is."""
    return _SEXES.get(said.upper(), said)
