"""The tables of remittances: their columns, what each means, and how a record says it.

One definition serves the frames, the files of every format and the page of the documentation.
"""

from __future__ import annotations

from operator import attrgetter

from ptedi.remittances import balance, outcome
from ptedi.reports import kept
from ptedi.reports.shapes import (
    CLAIM,
    FILE,
    LINE,
    NUMBER,
    PLACE,
    Column,
    Kind,
    Read,
    Table,
    date,
    flag,
    money,
    quantity,
    text,
)

__all__ = ["TABLES", "Column", "Kind", "Read", "Table", "as_markdown"]


def _modifiers(name: str) -> Read:
    of = attrgetter(name)
    return lambda record: ":".join(of(record))


PAYMENTS = Table("payments", "One row a transaction set (ST)", (
    *FILE,
    text("control_number", "ST02"),
    text("trace_number", "TRN02"),
    text("originator", "TRN03"),
    text("payer", "N102 of PR"),
    text("payer_id", "N104 of PR, else REF*2U"),
    text("payee", "N102 of PE"),
    text("payee_npi", "N104 of PE"),
    text("payee_tax_id", "REF*TJ of PE, else N104"),
    text("method", "BPR04: ACH, CHK, NON ..."),
    text("credit_debit", "BPR03"),
    money("amount", "BPR02"),
    date("date", "BPR16"),
    date("production_date", "DTM*405"),
    Column("claims", Kind.INTEGER, "number of its claims"),
    flag("balanced", "every cent of it is explained and no amount was unreadable"),
    flag("repeated", "a payment with this payment_key was read before"),
    *PLACE,
))  # fmt: skip

CLAIMS = Table("claims", "One row a claim payment (CLP)", (
    *FILE, *CLAIM,
    text("patient_control_number", "CLP01"),
    text("status_code", "CLP02"),
    text("outcome", "paid, partially_paid, patient_responsibility, denied, reversed, forwarded, information",
          lambda claim: outcome.outcome(claim).value),
    flag("denied", "nothing paid and something refused", outcome.claim_denied),
    money("charge", "CLP03"),
    money("paid", "CLP04"),
    money("patient_responsibility", "CLP05; empty: not sent"),
    money("allowed", "allowed of the lines less what is priced away at the claim", balance.claim_allowed),
    money("interest", "sum of AMT*I"),
    text("filing_indicator", "CLP06"),
    text("payer_claim_control_number", "CLP07"),
    text("place_of_service", "CLP08"),
    text("frequency", "CLP09"),
    text("original_reference", "REF*F8"),
    text("patient_last", "NM103 of QC"),
    text("patient_first", "NM104 of QC"),
    text("member_id", "NM109 of QC, else of IL"),
    text("subscriber_last", "NM103 of IL"),
    text("subscriber_first", "NM104 of IL"),
    text("corrected_last", "NM103 of 74"),
    text("corrected_first", "NM104 of 74"),
    text("corrected_member_id", "NM109 of 74"),
    text("rendering_npi", "NM109 of 82"),
    text("crossover_payer", "NM103 of TT"),
    date("statement_from", "DTM*232"),
    date("statement_to", "DTM*233"),
    date("received", "DTM*050"),
    *PLACE,
))  # fmt: skip

LINES = Table("lines", "One row an adjudicated line (SVC)", (
    *FILE, *LINE, NUMBER,
    text("line_control_number", "REF*6R"),
    text("qualifier", "SVC01-1"),
    text("procedure", "SVC01-2, as adjudicated"),
    text("modifiers", "SVC01-3 to 6, joined by colons", _modifiers("modifiers")),
    text("submitted_procedure", "SVC06-2, where the payer changed the code"),
    text("submitted_modifiers", "SVC06-3 to 6, joined by colons", _modifiers("submitted_modifiers")),
    date("service_date", "DTM*472 or 150"),
    date("service_date_end", "DTM*151"),
    quantity("units", "SVC05; 1 when not sent"),
    quantity("units_submitted", "SVC07; empty: not sent"),
    money("charge", "SVC02"),
    money("paid", "SVC03"),
    money("allowed", "AMT*B6, else the charge less what the payer priced away", balance.allowed),
    money("allowed_sent", "AMT*B6; empty: not sent", attrgetter("allowed")),
    flag("denied", "charged, nothing paid, and refused", outcome.line_denied),
    *PLACE,
))  # fmt: skip

ADJUSTMENTS = Table("adjustments", "One row a triple of CAS", (
    *FILE, *LINE, NUMBER,
    text("group", "CAS01: CO, PR, OA, PI"),
    text("reason", "CAS02, 05 ...: the reason code"),
    money("amount", "CAS03, 06 ...; positive takes from the payment"),
    quantity("quantity", "CAS04, 07 ...; empty: not sent"),
    flag("denies", "it refuses the service, rather than prices it or is the patient's share", outcome.is_denying),
    *PLACE,
))  # fmt: skip

PROVIDER_ADJUSTMENTS = Table("provider_adjustments", "One row a pair of PLB", (
    *FILE,
    text("provider", "PLB01"),
    date("fiscal_year_end", "PLB02"),
    text("reason", "PLB03-1"),
    text("reference", "PLB03-2"),
    money("amount", "PLB04; positive takes from the payment"),
    *PLACE,
))  # fmt: skip

REMARKS = Table("remarks", "One row a remark code (LQ*HE, MOA, MIA); its place is that of its claim or line", (
    *FILE, *LINE, NUMBER,
    Column("code", Kind.TEXT, "the remark code"),
    *PLACE,
))  # fmt: skip

SEGMENTS = Table("segments", "One row a segment that the other tables do not say whole", (
    *FILE, *LINE,
    text("segment", "its identifier", lambda other: other.text.partition("*")[0]),
    text("text", "its text, delimiters written as * : ^"),
    *PLACE,
))  # fmt: skip

FINDINGS = Table("findings", "One row a problem of a file or payment", (
    *FILE, *LINE,
    text("code", "`ptedi explain CODE` prints its page"),
    text("severity", "error, hold, warning, info", lambda finding: finding.severity.value),
    text("message", "one sentence"),
    text("claim", "CLP01 of the claim it speaks of", lambda finding: finding.claim or ""),
    text("element", "element or segment", lambda finding: finding.element or finding.segment or ""),
    text("value", "what was found", lambda finding: finding.value or ""),
    *PLACE,
))  # fmt: skip

TABLES = (PAYMENTS, CLAIMS, LINES, ADJUSTMENTS, PROVIDER_ADJUSTMENTS, REMARKS, *kept.TABLES, SEGMENTS, FINDINGS)


def as_markdown() -> str:
    """All tables and columns as a page (docs/remittance_tables.md holds it)."""
    parts = []
    for table in TABLES:
        rows = [f"| `{c.name}` | {c.kind.value} | {c.means} |" for c in table.columns]
        parts.append("\n".join((f"### {table.name}", "", f"{table.means}.", "", "| column | kind | meaning |",
                                "|---|---|---|", *rows, "")))  # fmt: skip
    return "\n".join(parts)
