"""The tables of remittances: their columns, what each means, and how a record says it.

One definition serves the frames, the files of every format and the page of the documentation.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from operator import attrgetter
from typing import Any

from ptedi.remittances import balance, outcome

Read = Callable[[Any], object]


class Kind(StrEnum):
    """What a column holds."""

    TEXT = "text"
    INTEGER = "integer"
    MONEY = "money"
    QUANTITY = "quantity"
    DATE = "date"
    FLAG = "flag"


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its name, its kind, what it means; `read` takes its value from a record, None: the walk gives it."""

    name: str
    kind: Kind
    means: str
    read: Read | None = None


@dataclass(frozen=True, slots=True)
class Table:
    """A table: first the keys, then the values, last the place in the file."""

    name: str
    means: str
    columns: tuple[Column, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the columns in order."""
        return tuple(column.name for column in self.columns)


def _text(name: str, means: str, read: Read | None = None) -> Column:
    return Column(name, Kind.TEXT, means, read or attrgetter(name))


def _money(name: str, means: str, read: Read | None = None) -> Column:
    return Column(name, Kind.MONEY, means, read or attrgetter(name))


def _quantity(name: str, means: str) -> Column:
    return Column(name, Kind.QUANTITY, means, attrgetter(name))


def _date(name: str, means: str) -> Column:
    return Column(name, Kind.DATE, means, attrgetter(name))


def _flag(name: str, means: str, read: Read | None = None) -> Column:
    return Column(name, Kind.FLAG, means, read)


def _modifiers(name: str) -> Read:
    of = attrgetter(name)
    return lambda record: ":".join(of(record))


_FILE = (
    Column("file_sha256", Kind.TEXT, "SHA-256 of the file's bytes"),
    Column("set_index", Kind.INTEGER, "835 transaction set in the file, from 1; 0: the file itself"),
    Column("payment_key", Kind.TEXT, "hash of trace, originator, date, amount, payee: alike in any copy"),
    Column("source", Kind.TEXT, "the file as it was named"),
)
_CLAIM = (Column("claim_index", Kind.INTEGER, "CLP in the set, from 1; 0: the payment itself"),)
_LINE = (*_CLAIM, Column("line_index", Kind.INTEGER, "SVC in the claim, from 1; 0: the claim itself"))
_NUMBER = Column("patient_control_number", Kind.TEXT, "CLP01 of the claim")
_PLACE = (
    Column("segment_index", Kind.INTEGER, "segment in the file, from 1"),
    Column("byte_offset", Kind.INTEGER, "byte in the file, from 0"),
)

PAYMENTS = Table("payments", "One row a transaction set (ST)", (
    *_FILE,
    _text("control_number", "ST02"),
    _text("trace_number", "TRN02"),
    _text("originator", "TRN03"),
    _text("payer", "N102 of PR"),
    _text("payer_id", "N104 of PR, else REF*2U"),
    _text("payee", "N102 of PE"),
    _text("payee_npi", "N104 of PE"),
    _text("payee_tax_id", "REF*TJ of PE, else N104"),
    _text("method", "BPR04: ACH, CHK, NON ..."),
    _text("credit_debit", "BPR03"),
    _money("amount", "BPR02"),
    _date("date", "BPR16"),
    _date("production_date", "DTM*405"),
    Column("claims", Kind.INTEGER, "number of its claims"),
    _flag("balanced", "every cent of it is explained and no amount was unreadable"),
    _flag("repeated", "a payment with this payment_key was read before"),
    *_PLACE,
))  # fmt: skip

CLAIMS = Table("claims", "One row a claim payment (CLP)", (
    *_FILE, *_CLAIM,
    _text("patient_control_number", "CLP01"),
    _text("status_code", "CLP02"),
    _text("outcome", "paid, partially_paid, patient_responsibility, denied, reversed, forwarded, information",
          lambda claim: outcome.outcome(claim).value),
    _flag("denied", "nothing paid and something refused", outcome.claim_denied),
    _money("charge", "CLP03"),
    _money("paid", "CLP04"),
    _money("patient_responsibility", "CLP05; empty: not sent"),
    _money("allowed", "allowed of the lines less what is priced away at the claim", balance.claim_allowed),
    _money("interest", "sum of AMT*I"),
    _text("filing_indicator", "CLP06"),
    _text("payer_claim_control_number", "CLP07"),
    _text("place_of_service", "CLP08"),
    _text("frequency", "CLP09"),
    _text("original_reference", "REF*F8"),
    _text("patient_last", "NM103 of QC"),
    _text("patient_first", "NM104 of QC"),
    _text("member_id", "NM109 of QC, else of IL"),
    _text("subscriber_last", "NM103 of IL"),
    _text("subscriber_first", "NM104 of IL"),
    _text("corrected_last", "NM103 of 74"),
    _text("corrected_first", "NM104 of 74"),
    _text("corrected_member_id", "NM109 of 74"),
    _text("rendering_npi", "NM109 of 82"),
    _text("crossover_payer", "NM103 of TT"),
    _date("statement_from", "DTM*232"),
    _date("statement_to", "DTM*233"),
    _date("received", "DTM*050"),
    *_PLACE,
))  # fmt: skip

LINES = Table("lines", "One row an adjudicated line (SVC)", (
    *_FILE, *_LINE, _NUMBER,
    _text("line_control_number", "REF*6R"),
    _text("qualifier", "SVC01-1"),
    _text("procedure", "SVC01-2, as adjudicated"),
    _text("modifiers", "SVC01-3 to 6, joined by colons", _modifiers("modifiers")),
    _text("submitted_procedure", "SVC06-2, where the payer changed the code"),
    _text("submitted_modifiers", "SVC06-3 to 6, joined by colons", _modifiers("submitted_modifiers")),
    _date("service_date", "DTM*472 or 150"),
    _date("service_date_end", "DTM*151"),
    _quantity("units", "SVC05; 1 when not sent"),
    _quantity("units_submitted", "SVC07; empty: not sent"),
    _money("charge", "SVC02"),
    _money("paid", "SVC03"),
    _money("allowed", "AMT*B6, else the charge less what the payer priced away", balance.allowed),
    _money("allowed_sent", "AMT*B6; empty: not sent", attrgetter("allowed")),
    _flag("denied", "charged, nothing paid, and refused", outcome.line_denied),
    *_PLACE,
))  # fmt: skip

ADJUSTMENTS = Table("adjustments", "One row a triple of CAS", (
    *_FILE, *_LINE, _NUMBER,
    _text("group", "CAS01: CO, PR, OA, PI"),
    _text("reason", "CAS02, 05 ...: the reason code"),
    _money("amount", "CAS03, 06 ...; positive takes from the payment"),
    _quantity("quantity", "CAS04, 07 ...; empty: not sent"),
    _flag("denies", "it refuses the service, rather than prices it or is the patient's share", outcome.is_denying),
    *_PLACE,
))  # fmt: skip

PROVIDER_ADJUSTMENTS = Table("provider_adjustments", "One row a pair of PLB", (
    *_FILE,
    _text("provider", "PLB01"),
    _date("fiscal_year_end", "PLB02"),
    _text("reason", "PLB03-1"),
    _text("reference", "PLB03-2"),
    _money("amount", "PLB04; positive takes from the payment"),
    *_PLACE,
))  # fmt: skip

REMARKS = Table("remarks", "One row a remark code (LQ*HE, MOA, MIA); its place is that of its claim or line", (
    *_FILE, *_LINE, _NUMBER,
    Column("code", Kind.TEXT, "the remark code"),
    *_PLACE,
))  # fmt: skip

SEGMENTS = Table("segments", "One row a segment that the other tables do not say whole", (
    *_FILE, *_LINE,
    _text("segment", "its identifier", lambda other: other.text.partition("*")[0]),
    _text("text", "its text, delimiters written as * : ^"),
    *_PLACE,
))  # fmt: skip

FINDINGS = Table("findings", "One row a problem of a file or payment", (
    *_FILE, *_LINE,
    _text("code", "`ptedi explain CODE` prints its page"),
    _text("severity", "error, hold, warning, info", lambda finding: finding.severity.value),
    _text("message", "one sentence"),
    _text("claim", "CLP01 of the claim it speaks of", lambda finding: finding.claim or ""),
    _text("element", "element or segment", lambda finding: finding.element or finding.segment or ""),
    _text("value", "what was found", lambda finding: finding.value or ""),
    *_PLACE,
))  # fmt: skip

TABLES = (PAYMENTS, CLAIMS, LINES, ADJUSTMENTS, PROVIDER_ADJUSTMENTS, REMARKS, SEGMENTS, FINDINGS)


def as_markdown() -> str:
    """All tables and columns as a page (docs/remittance_tables.md holds it)."""
    parts = []
    for table in TABLES:
        rows = [f"| `{c.name}` | {c.kind.value} | {c.means} |" for c in table.columns]
        parts.append("\n".join((f"### {table.name}", "", f"{table.means}.", "", "| column | kind | meaning |",
                                "|---|---|---|", *rows, "")))  # fmt: skip
    return "\n".join(parts)
