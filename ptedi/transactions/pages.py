"""The registered pages of what the readers could not make sense of: RD codes.  The record is kept all the same."""

from __future__ import annotations

from ptedi.findings import Finding, Rule, Severity, register

E, W = Severity.ERROR, Severity.WARNING


def _page(code: str, severity: Severity, title: str, checks: str, matters: str, example: str, instead: str) -> Rule:
    return register(
        Rule(
            code=code, title=title, severity=severity, checks=checks, matters=matters, example=example,
            instead=instead, reference="guide, data types R, DT and N0", snip=1,
        )
    )  # fmt: skip


BAD_AMOUNT = _page(
    "RD001", E, "Amount that is no amount", "Amounts are plain decimal numbers with at most two decimals.",
    "The amount is taken as 0.00, so the claim or payment will not balance and waits for a person.",
    "CLP*PT1*1*12O*36.85", "Ask the payer for a corrected file.",
)  # fmt: skip
BAD_DATE = _page(
    "RD002", W, "Date that is no date", "Dates are CCYYMMDD and exist in the calendar.",
    "The date is left out; matching by date of service is then not possible.",
    "DTM*472*20260231", "Ask the payer for a corrected file.",
)  # fmt: skip
BAD_NUMBER = _page(
    "RD003", W, "Quantity or count that is no number", "Quantities are decimal numbers, counts are whole numbers.",
    "The quantity is left out (a unit count is taken as it can be read).",
    "SVC*HC:97110*60*30**TWO", "Ask the sender for a corrected file.",
)  # fmt: skip
OUT_OF_PLACE = _page(
    "RD004", E, "Segment without the record it belongs to",
    "A line stands in a claim, an adjustment in a claim or line.",
    "Money in a segment that belongs to nothing would be lost, so the payment waits for a person.",
    "SVC*HC:97110*60*30 before any CLP", "Ask the payer for a corrected file.",
)  # fmt: skip
INCOMPLETE = _page(
    "RD005", W, "Element that must be there is missing",
    "A record names its key: CLP01, TRN02, an adjustment's reason.",
    "Without it the money cannot be matched to a claim or a bank deposit.",
    "CLP**1*120*60", "Ask the payer for a corrected file; match by hand meanwhile.",
)  # fmt: skip
CUT_OFF = _page(
    "RD006", E, "Transaction set without its end", "Every ST has its SE.",
    "The file was probably cut in transfer; claims may be missing.",
    "The file ends after CLP", "Fetch the file again or ask the sender for it.",
)  # fmt: skip
UNREADABLE = _page(
    "RD007", E, "File that is no X12", "A file of claims, payments or acknowledgements begins with ISA.",
    "Nothing in it can be read; it may be encrypted, zipped, a report for people or cut to nothing.",
    "%PDF-1.7", "Unpack or decrypt it, or ask the sender what it is.",
)  # fmt: skip
NOT_OPENED = _page(
    "RD008", E, "File that cannot be opened", "A file that is named can be opened and read.",
    "Nothing of it is in the result.",
    "a path that does not exist", "Check the name and the permissions.",
)  # fmt: skip
NO_REMITTANCE = _page(
    "RD009", W, "File without an 835", "A file read into remittance tables holds at least one 835.",
    "It adds no row to the tables.",
    "a 999", "Leave the file out, or read it with `ptedi read` alone.",
)  # fmt: skip
SAME_FILE = _page(
    "RD010", W, "The same file a second time", "Each file is read once, told apart by the hash of its content.",
    "Its money would be counted twice, so the second one is left out.",
    "era.835 and a copy of it in another folder", "Leave one of them out.",
)  # fmt: skip
SAME_PAYMENT = _page(
    "RD011", W, "The same payment a second time",
    "Trace, originator, date, amount and payee name a payment; a second one with all of them is a copy or a re-issue.",
    "Both are in the tables, the later one marked: adding both up counts its money twice.",
    "a payer sends yesterday's 835 again in a new envelope", "Add up only rows whose payment is not `repeated`.",
)  # fmt: skip


def finding(rule: Rule, message: str, **where: object) -> Finding:
    """A finding of a rule; `where` are further fields of Finding."""
    return Finding(code=rule.code, severity=rule.severity, message=message, snip=rule.snip,
                   hint=rule.instead or None, **where)  # type: ignore[arg-type]  # fmt: skip
