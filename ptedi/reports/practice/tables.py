"""The tables of a practice: their columns and what each means; rows into frames.

Amounts are integer cents (`*_cents`, int64), days `datetime64[s]`, times the same in UTC, counts that may be missing
`Int64`, texts `str`.  Rows join on `claim_id`, `visit_row_id`, `payment_id`, `claim_payment_id` and `file_id`; a place
in a file is `file_id`, `segment_index` (from 1) and `byte_offset` (from 0).  The tables of one remittance file are
others, with columns that read records (`reports.shapes`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from importlib import import_module
from importlib.util import find_spec
from typing import Any, Literal

import numpy as np
import pandas as pd

pa: Any = import_module("pyarrow") if find_spec("pyarrow") else None
"""Of the extra `tables`; without it pandas keeps words by itself, only slower."""


class Kind(StrEnum):
    """What a column holds."""

    TEXT = "text"
    COUNT = "count"
    CENTS = "cents"
    DAY = "day"
    TIME = "time"
    FLAG = "flag"


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its name, its kind, what it means."""

    name: str
    kind: Kind
    means: str


@dataclass(frozen=True, slots=True)
class Table:
    """A table of the practice."""

    name: str
    means: str
    columns: tuple[Column, ...]


def _columns(text: str) -> tuple[Column, ...]:
    """Columns written as `name kind meaning`, one a line."""
    found = [line.split(maxsplit=2) for line in text.splitlines() if line]
    return tuple(Column(name, Kind(kind), means) for name, kind, means in found)


_PLACE = """
file_id count the file it came from
segment_index count segment in that file, from 1
byte_offset count byte in that file, from 0
"""
_DIMENSIONS = """
payer text our id of the payer
clinic text the practice's id of the clinic
therapist text the practice's id of the therapist in charge
"""

CLAIMS = Table("claims", "One row a claim, with the first time of each step of its life", _columns(f"""
claim_id count key
claim text CLM01
visit_row_id count the revision of the first visit it stands on
visit_id text the practice's key of that visit
patient_id text the practice's key of the patient
service_date day first date of service
partner text trading partner that carries it
charge_cents cents charge as coded
created_at time when the visit became a claim
state text where it is now
since time since when
later_payer flag made of an earlier payer's answer
next_payer text our id of the payer after this one, when it is known
captured_at time when its visit was first read
scrubbed_at time first verdict of the edits
scrubbed_event count number of that event in the claim's history
held_event count the first time an edit held it
sent_at time first delivered
sent_event count number of that event
file_answered_at time first 999 for it
claim_answered_at time first 277CA for it
accepted_event count first accepted by a 277CA
rejected_event count first refused by a TA1, 999 or 277CA
reworked_event count first taken up again by a person
remitted_at time first adjudicated by an 835
remitted_event count number of that event
paid_event count first 835 that denied nothing of it
partly_paid_event count first 835 that paid a part and denied a part
denied_event count first 835 that denied it
clean flag no edit ever held it
accepted flag on its first journey a 277CA accepted it and nothing refused it
paid_at_once flag its first 835 denied nothing of it
{_DIMENSIONS}
"""))  # fmt: skip
VISITS = Table("visits", "One row a captured visit, newest revision", _columns(f"""
visit_row_id count key
visit_id text the practice's key
revision count which one it is, from 1
service_date day date of service
patient_id text the practice's key of the patient
captured_at time when its first revision was read
file_id count the charge file of this revision
source_row count its first row there
on_a_claim flag whether a claim stands on it
minutes count minutes captured
charge_rows count procedures captured
{_DIMENSIONS}
"""))  # fmt: skip
LINES = Table("lines", "One row a service line of a claim, as last coded", _columns(f"""
claim_id count the claim
line count its number, from 1
procedure text CPT or HCPCS code
modifiers text joined by colons
units count billed units
minutes count minutes the units were made of
charge_cents cents charge
service_date day date of service
control_number text REF*6R
claim text CLM01
{_DIMENSIONS}
"""))  # fmt: skip
PAYMENTS = Table("payments", "One row an 835 transaction set", _columns("""
payment_id count key
file_id count the 835
set_index count its place among the sets of that file, from 0
trace_number text TRN02
originator text TRN03
payer text N102 of the payer
method text BPR04
payment_date day BPR16
book_date day the day in whose books it stands
amount_cents cents BPR02
claim_count count its claims
state text posted, parked, quarantined, duplicate ...
posted_at time when we read it
"""))  # fmt: skip
CLAIM_PAYMENTS = Table("claim_payments", "One row a CLP and the claim it was matched to", _columns(f"""
claim_payment_id count key
payment_id count its check
claim_id count the claim, missing when unmatched
state text posted, unmatched, quarantined ...
patient_control_number text CLP01 as sent
payer_claim_control_number text CLP07
status_code text CLP02
charge_cents cents CLP03
paid_cents cents CLP04
patient_cents cents what became the patient's
payment_date day BPR16 of the check
book_date day the day in whose books the check stands
posted_at time when we read it
{_PLACE}
"""))  # fmt: skip
POSTINGS = Table("postings", "The ledger: one row a posting, debits positive; `adjustments` are those with a reason",
                 _columns(f"""
posting_id count key
claim_id count the claim on whose account it stands
line count service line, missing for the claim as a whole
account text ledger account
cents cents positive debits, negative credits
adjustment_group text CO, PR, OA, PI or nothing
adjustment_reason text CARC
source text charge, era, rule, manual
payment_id count the check
claim_payment_id count the CLP
effective_date day the day in whose books it stands
at time when it was posted
other_payer text who answered, when it was not the claim's own payer: a later one
{_PLACE}
"""))  # fmt: skip
BALANCES = Table("balances", "One row a claim and an account in which something stands", _columns("""
claim_id count the claim
account text ledger account
cents cents on a day
ever cents in all
line count service line, where it was asked for
"""))  # fmt: skip
WORKED = Table("worked", "One row a claim whose denial a person worked", _columns("""
claim_id count the claim
at time the first time
"""))  # fmt: skip
REPLACED = Table("replaced", "One row a claim that stands replaced by another one", _columns("""
claim_id count the claim
heir count the claim that took its place
"""))  # fmt: skip
EVENTS = Table("events", "One row an event of a claim", _columns(f"""
claim_id count the claim
sequence count its number in the claim's history, from 1
event text what happened
state_after text where the claim was then
actor text which step or person
at time when it was recorded
detail text one sentence
{_PLACE}
"""))  # fmt: skip
WORK = Table("work", "One row a work item, open or closed, with the place of the segment that it is about",
             _columns(f"""
item count key
kind text denial, rejection, held ...
claim_id count the claim
line count service line
category text what it is about
adjustment_group text CO, PR, OA, PI
adjustment_reason text CARC
remarks text RARCs
next_action text what to do
amount_cents cents at stake
deadline day last day to act
priority count higher first
owner text who took it
state text open, taken, resolved
created_at time since when it waits
closed_at time when it was closed
{_PLACE}
"""))  # fmt: skip
FILES = Table("files", "One row a file that came in or went out", _columns("""
file_id count key
file text its name
kind text charges, 837P, 999, 277CA, 835 ...
direction text in or out
sha256 text of its bytes
received_at time when
"""))  # fmt: skip
VARIANCES = Table("variances", "One row a paid line, who paid it and its price, if there is one, as it holds now",
                  _columns(f"""
claim_id count the claim
line count service line
payer text who paid
code text procedure
verdict text paid as expected, underpaid, overpaid ...
step text the step of the price that differs
why text one sentence
expected_cents cents what should have been paid
paid_cents cents what was paid
variance_cents cents paid - expected
paid_on day day of the newest payment
{_PLACE}
"""))  # fmt: skip
TABLES = {table.name: table for table in (CLAIMS, VISITS, LINES, PAYMENTS, CLAIM_PAYMENTS, POSTINGS, EVENTS, WORK,
                                          FILES)}  # fmt: skip


def frame(table: Table, names: Sequence[str], chunks: Iterable[Sequence[Sequence[Any]]]) -> pd.DataFrame:
    """Rows, many at a time, as a frame; columns that the rows do not have are left out."""
    kinds = {column.name: column.kind for column in table.columns}
    columns = [_COLUMNS[kinds[name]]() for name in names]
    for rows in chunks:
        for column, values in zip(columns, zip(*rows, strict=True), strict=True):
            column.add(values)
    return pd.DataFrame({name: column.made() for name, column in zip(names, columns, strict=True)})


class _Parts:
    """A column that grows: the values of each part become an array at once, and the arrays one column at the end."""

    def __init__(self) -> None:
        self.parts: list[Any] = []

    def add(self, values: Sequence[Any]) -> None:
        """The next values, as the driver gives them."""
        raise NotImplementedError

    def made(self) -> Any:
        """The whole column."""
        return np.concatenate(self.parts) if self.parts else self.empty()

    def empty(self) -> Any:
        """A column without rows."""
        return np.array([], dtype="int64")


class _Counts(_Parts):
    """Whole numbers: int64, or `Int64` when one is missing."""

    def __init__(self) -> None:
        super().__init__()
        self.masks: list[tuple[int, Any]] = []

    def add(self, values: Sequence[Any]) -> None:
        try:
            part = np.fromiter(values, "int64", len(values))
        except TypeError:  # one is None
            self.masks.append((len(self.parts), np.fromiter((v is None for v in values), "bool", len(values))))
            part = np.fromiter((0 if v is None else v for v in values), "int64", len(values))
        self.parts.append(part)

    def made(self) -> Any:
        whole = super().made()
        if not self.masks:
            return whole
        masks = dict(self.masks)
        told = [masks.get(n, np.zeros(len(part), dtype="bool")) for n, part in enumerate(self.parts)]
        return pd.arrays.IntegerArray(whole, np.concatenate(told))


class _Cents(_Parts):
    """Amounts; a missing one is nothing."""

    def add(self, values: Sequence[Any]) -> None:
        try:
            self.parts.append(np.fromiter(values, "int64", len(values)))
        except TypeError:
            self.parts.append(np.fromiter((v or 0 for v in values), "int64", len(values)))


class _Flags(_Parts):
    """True or false; a missing one is false."""

    def add(self, values: Sequence[Any]) -> None:
        self.parts.append(np.array(values, dtype="bool"))

    def empty(self) -> Any:
        return np.array([], dtype="bool")


class _Known(dict[Any, int]):
    """Days (or seconds) since 1970 of ISO words: years of rows have few different ones."""

    def __init__(self, unit: Literal["D", "s"]) -> None:
        super().__init__()
        self.unit = unit

    def __missing__(self, key: Any) -> int:
        number = key if isinstance(key, int) else int(np.datetime64(key, self.unit).astype("int64"))
        self[key] = number
        return number


class _Days(_Parts):
    """Days, from ISO words or the number of days since 1970."""

    unit: Literal["D", "s"] = "D"

    def __init__(self) -> None:
        super().__init__()
        self.known = _Known(self.unit)

    def add(self, values: Sequence[Any]) -> None:
        found = np.fromiter(map(self.known.__getitem__, values), "int64", len(values))
        self.parts.append(found.view(f"datetime64[{self.unit}]").astype("datetime64[s]"))

    def empty(self) -> Any:
        return np.array([], dtype="datetime64[s]")


class _Times(_Days):
    """Times in UTC, from ISO words or the number of seconds since 1970."""

    unit = "s"

    def made(self) -> Any:
        return pd.Series(super().made()).dt.tz_localize("UTC")


class _Texts(_Parts):
    """Words; a missing one is empty."""

    def add(self, values: Sequence[Any]) -> None:
        self.parts.append(list(values) if pa is None else pa.array(values, pa.large_string()))

    def made(self) -> Any:
        if pa is None:
            return pd.Series([value for part in self.parts for value in part], dtype="str").fillna("")
        whole = pa.chunked_array(self.parts, pa.large_string()).fill_null("").combine_chunks()
        return pd.array(whole, dtype="str")


_COLUMNS: Mapping[Kind, type[_Parts]] = {
    Kind.TEXT: _Texts, Kind.COUNT: _Counts, Kind.CENTS: _Cents, Kind.FLAG: _Flags, Kind.DAY: _Days, Kind.TIME: _Times,
}  # fmt: skip


def as_markdown() -> str:
    """The tables as a page for people."""
    lines: list[str] = []
    for table in TABLES.values():
        lines += [f"### {table.name}", "", f"{table.means}.", "", "| column | holds | meaning |", "|---|---|---|"]
        lines += [f"| `{c.name}` | {c.kind} | {c.means} |" for c in table.columns]
        lines.append("")
    return "\n".join(lines)
