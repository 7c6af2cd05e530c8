"""What each official file is, told by its own first rows, and how its rows become ours."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from itertools import chain, islice

from ptedi.codes import diagnosis, procedures, taxonomy
from ptedi.codes.official.sheets import Row

HEAD = 40
OurRow = dict[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """One kind of official file.

    Attributes:
        table: our table (schemas/codes/<table>.csv).
        name: what it is called by people.
        marks: words that must all stand in its first rows (lower case).
        read: rows after the first, with the first day they hold, to our rows.
        dated: the rows carry their own dates, so that no first day is needed.
    """

    table: str
    name: str
    marks: tuple[str, ...]
    read: Callable[[Iterable[Row], date], Iterator[OurRow]]
    dated: bool = False


def recognise(rows: Iterator[Row]) -> tuple[Kind | None, Iterator[Row]]:
    """The kind of a sheet and all its rows."""
    head = list(islice(rows, HEAD))
    words = " ".join(" ".join(row) for row in head).lower()
    kind = next((one for one in KINDS if all(mark in words for mark in one.marks)), None)
    if kind is None and _is_order_file(head):
        kind = ORDER
    return kind, chain(head, rows)


def first_day(name: str) -> date | None:
    """The first day a file holds, when its name tells: quarter, month and year, `eff_04-01-2026`, a fiscal year.

    NCCI counts versions (v323 is the fourth quarter of 2026), NUCC years and halves (`taxonomy_260`).
    """
    text = name.lower()
    if found := re.search(r"(\d{2})-(\d{2})-(20\d{2})", text):
        return date(int(found[3]), int(found[1]), int(found[2]))
    if found := re.search(r"(20\d{2})\s*_?-?q([1-4])", text):
        return date(int(found[1]), 3 * int(found[2]) - 2, 1)
    if "order" in text and (found := re.search(r"(20\d{2})", text)):
        return date(int(found[1]) - 1, 10, 1)
    if found := re.search(r"gpci_?(20\d{2})|(20\d{2})_?gpci", text):
        return date(int(found[1] or found[2]), 1, 1)
    if found := re.search(r"ccipra-v(\d{2})([0-3])", text):
        return date(1994 + int(found[1]), 3 * int(found[2]) + 1, 1)
    if found := re.search(r"taxonomy_(\d{2})([01])", text):
        return date(2000 + int(found[1]), 6 * int(found[2]) + 1, 1)
    if found := re.search(r"(20\d{2})_?(jan|apr|jul|oct)", text):
        return date(int(found[1]), _MONTHS[found[2]], 1)
    return None


_MONTHS = {"jan": 1, "apr": 4, "jul": 7, "oct": 10}


def _columns(rows: Iterable[Row], wanted: Mapping[str, str]) -> Iterator[dict[str, str]]:
    """Rows below the heading that has all wanted words, by our names; words are sought in lower case."""
    places: dict[str, int] = {}
    for row in rows:
        if not places:
            cells = [" ".join(cell.lower().split()) for cell in row]
            found = {ours: next((n for n, cell in enumerate(cells) if word in cell), -1)
                     for ours, word in wanted.items()}  # fmt: skip
            places = found if min(found.values()) >= 0 else {}
        elif len(row) > max(places.values()):
            yield {ours: row[place].strip() for ours, place in places.items()}


def _day(text: str) -> str:
    """A date of an official file as ISO text, "" for none (`*`, empty, 0)."""
    for form in ("%Y%m%d", "%m/%d/%Y", "%Y-%m-%d"):
        try:
            return datetime.strptime(text[:10], form).date().isoformat()  # noqa: DTZ007  a date, not a moment
        except ValueError:
            continue
    return ""


def _unit_limits(rows: Iterable[Row], since: date) -> Iterator[OurRow]:
    wanted = {"code": "hcpcs/cpt code", "units": "mue values", "kind": "adjudication indicator"}
    for row in _columns(rows, wanted):
        if procedures.is_valid(row["code"]) and row["units"].isdecimal():
            yield {"code": row["code"], "units": row["units"], "adjudication": row["kind"][:1],
                   "effective_from": since.isoformat(), "effective_to": ""}


_RVU_PLACES = {"work": 5, "practice": 6, "malpractice": 10}


def _weights(rows: Iterable[Row], since: date) -> Iterator[OurRow]:
    """PPRRVU: the heading spans several rows, so the columns are taken by their fixed places."""
    for row in rows:
        if len(row) > 24 and procedures.is_valid(row[0].strip()) and not row[1].strip():
            amounts = {name: row[place].strip() for name, place in _RVU_PLACES.items()}
            if all(re.fullmatch(r"\d*\.?\d+", value) for value in amounts.values()):
                yield {"code": row[0].strip(), **amounts, "mppr": "Y" if row[18].strip() == "5" else "N",
                       "effective_from": since.isoformat(), "effective_to": ""}


def _localities(rows: Iterable[Row], since: date) -> Iterator[OurRow]:
    """GPCI: one row a locality; newer files name the work index twice, with and without its floor, the floor holds."""
    wanted = {"contractor": "contractor", "number": "locality number", "name": "locality name", "work": "pw gpci",
              "practice": "pe gpci", "malpractice": "mp gpci"}  # fmt: skip
    for row in _columns(_floor_first(rows), wanted):
        indices = {key: row[key] for key in ("work", "practice", "malpractice")}
        if row["contractor"].isdecimal() and all(re.fullmatch(r"\d\.\d+", value) for value in indices.values()):
            yield {"locality": f"{row['contractor']}-{row['number'].zfill(2)}", "name": row["name"].strip(" *"),
                   **indices, "effective_from": since.isoformat(), "effective_to": ""}  # fmt: skip


def _floor_first(rows: Iterable[Row]) -> Iterator[Row]:
    """The rows, a work index "without floor" no longer called so: the index with the floor is what is paid."""
    for row in rows:
        cells = [" ".join(cell.lower().split()) for cell in row]
        yield [cell if "without" not in name else "" for cell, name in zip(row, cells, strict=True)]


def _taxonomies(rows: Iterable[Row], since: date) -> Iterator[OurRow]:
    for row in _columns(rows, {"code": "code", "kind": "classification", "special": "specialization"}):
        if taxonomy.is_valid(row["code"]):
            label = ", ".join(part.lower() for part in (row["kind"], row["special"]) if part)
            yield {"code": row["code"], "label": label, "kind": ""}


def _reason_codes(rows: Iterable[Row], since: date) -> Iterator[OurRow]:
    """CARC and RARC lists: codes and dates; the wording stays X12's."""
    for row in _columns(rows, {"code": "code", "start": "start", "stop": "stop"}):
        if re.fullmatch(r"[A-Z]{0,2}\d{1,4}", row["code"]):
            yield {"code": row["code"], "effective_from": _day(row["start"]), "effective_to": _day(row["stop"])}


def _therapy_codes(rows: Iterable[Row], since: date) -> Iterator[OurRow]:
    for row in _columns(rows, {"code": "hcpcs", "kind": "disposition"}):
        if procedures.is_valid(row["code"]):
            yield {"code": row["code"], "therapy": "sometimes" if "sometimes" in row["kind"].lower() else "always",
                   "effective_from": since.isoformat(), "effective_to": ""}


_ORDER_LINE = re.compile(r"\d{5} ([A-Z0-9]{3,7})\s+([01]) ")


def _is_order_file(head: list[Row]) -> bool:
    return bool(head) and all(_ORDER_LINE.match(row[0]) for row in head if row and row[0].strip())


def _diagnoses(rows: Iterable[Row], since: date) -> Iterator[OurRow]:
    """icd10cm_order: five digits, the code, whether it may be billed, then words we do not keep."""
    until = date(since.year + (since.month >= 10), 9, 30)
    for row in rows:
        found = _ORDER_LINE.match(row[0]) if row else None
        if found and diagnosis.is_valid(found[1]):
            yield {"code": found[1], "billable": "Y" if found[2] == "1" else "N",
                   "effective_from": since.isoformat(), "effective_to": until.isoformat()}


def _pairs(rows: Iterable[Row], since: date) -> Iterator[OurRow]:
    """NCCI PTP: column 1, column 2, a mark for before 1996, effective, deletion or `*`, indicator, rationale."""
    for row in rows:
        if len(row) < 6:
            continue
        one, two, indicator = row[0].strip(), row[1].strip(), row[5].strip()[:1]
        start = row[3].strip()[:8]
        if len(one) == 5 and len(two) == 5 and start.isdecimal() and indicator in ("0", "1", "9"):
            stop = row[4].strip()[:8]
            yield {"column1": one, "column2": two, "effective_from": start,
                   "effective_to": stop if stop.isdecimal() else "", "indicator": indicator}


def _level_two(rows: Iterable[Row], since: date) -> Iterator[OurRow]:
    """HCPCS level II (HCPC..._ANWEB): codes with the days they were added and ended; the wording stays CMS's."""
    wanted = {"code": "hcpc", "start": "add dt", "stop": "term dt"}
    for row in _columns(rows, wanted):
        if procedures.is_valid(row["code"]) and _day(row["start"]):
            yield {"code": row["code"], "effective_from": _day(row["start"]), "effective_to": _day(row["stop"])}


ORDER = Kind(table="diagnoses", name="ICD-10-CM order file", marks=("icd-10-cm order file",), read=_diagnoses)
KINDS = (
    Kind(table="ncci_ptp", name="NCCI procedure-to-procedure edits", marks=("column 1", "column 2", "modifier"),
         read=_pairs, dated=True),
    Kind(table="mue", name="MUE practitioner table", marks=("mue values", "adjudication indicator"),
         read=_unit_limits),
    Kind(table="rvu", name="physician fee schedule relative values", marks=("hcpcs", "rvu", "conv"), read=_weights),
    Kind(table="gpci", name="geographic practice cost indices", marks=("locality number", "pe gpci"), read=_localities),
    Kind(table="taxonomy", name="NUCC provider taxonomy", marks=("grouping", "classification", "specialization"),
         read=_taxonomies, dated=True),
    Kind(table="reason_dates", name="claim adjustment reason or remark codes",
         marks=("code", "description", "start", "stop"), read=_reason_codes, dated=True),
    Kind(table="hcpcs", name="HCPCS level II codes", marks=("hcpc", "add dt", "term dt"), read=_level_two, dated=True),
    Kind(table="therapy_codes", name="Medicare therapy code list", marks=("hcpcs", "disposition"), read=_therapy_codes),
    ORDER,
)  # fmt: skip
