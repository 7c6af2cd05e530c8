"""Captured rows as a clinic's system posts them in HL7 v2: one DFT^P03 per visit.

ZPT and ZIN are those of docs/intake.md.  A file is a batch (FHS, BHS, messages, BTS, FTS) unless it is asked for bare.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

Rows = Sequence[Mapping[str, str]]

_DAY = re.compile(r"(\d{4})-(\d\d)-(\d\d)")
_RELATIONS = {"18": "SEL", "01": "SPO", "19": "CHD", "20": "EME", "21": "UNK", "53": "DOM"}
_OF_ROW = frozenset({"procedure", "therapist_minutes", "assistant_minutes", "pointers", "modifiers", "separate_time",
                     "description"})  # fmt: skip
_SENDER = ("CHARTROOM", "TAMARACK", "PTEDI", "TAMARACK")


def as_hl7(visits: Sequence[Rows], *, version: str = "2.5.1", marks: str = "|^~\\&", end: str = "\r",
           encoding: str = "UNICODE UTF-8", batch: bool = True, mllp: bool = False) -> bytes:  # fmt: skip
    """The visits as messages; a visit that contradicts itself becomes several messages of one visit number."""
    wire = _Wire(marks)
    parts = [part for rows in visits for part in _parts(rows)]
    messages = ["".join(f"{segment}{end}" for segment in _message(wire, rows, number, version, encoding))
                for number, rows in enumerate(parts, 1)]  # fmt: skip
    if mllp:
        return b"".join(b"\x0b" + _encode(message, encoding) + b"\x1c\r" for message in messages)
    body = "".join(messages)
    if batch:
        head = [wire.header("FHS", _SENDER), wire.header("BHS", _SENDER)]
        tail = [wire.segment("BTS", f"{len(messages)}"), wire.segment("FTS", "1")]
        body = "".join(f"{line}{end}" for line in head) + body + "".join(f"{line}{end}" for line in tail)
    return _encode(body, encoding)


def _encode(text: str, encoding: str) -> bytes:
    codec = {"8859/1": "latin-1", "": "utf-8", "ASCII": "ascii"}.get(encoding, "utf-8")
    return text.encode(codec)


def _parts(rows: Rows) -> list[list[Mapping[str, str]]]:
    """Rows that say the same of their visit, together."""
    parts: dict[tuple[tuple[str, str], ...], list[Mapping[str, str]]] = {}
    for row in rows:
        parts.setdefault(tuple(sorted((k, v) for k, v in row.items() if k not in _OF_ROW and v)), []).append(row)
    return list(parts.values())


class _Wire:
    """Puts values together with the marks of a sender."""

    def __init__(self, marks: str) -> None:
        self._marks = marks
        self.field, self.component, self.repeat, self.escape, self.sub = tuple(marks)

    def value(self, text: str) -> str:
        """A value in which no mark is left bare."""
        codes = dict(zip(self._marks, "FSRET", strict=True))
        return "".join(f"{self.escape}{codes[c]}{self.escape}" if c in codes else c for c in text)

    def parts(self, *values: str) -> str:
        """Components, without the empty ones at the end."""
        return self.component.join(map(self.value, values)).rstrip(self.component)

    def header(self, name: str, values: Sequence[str]) -> str:
        """A segment that names the marks."""
        return name + self._marks + self.field + self.field.join(map(self.value, values))

    def segment(self, name: str, *fields: str) -> str:
        """A segment of fields that are put together already."""
        return self.field.join((name, *fields)).rstrip(self.field)

    def numbered(self, name: str, fields: Mapping[int, str]) -> str:
        """A segment from its fields by number."""
        return self.segment(name, *(fields.get(n, "") for n in range(1, max(fields, default=0) + 1)))


def _message(wire: _Wire, rows: Rows, number: int, version: str, encoding: str) -> Iterator[str]:
    cell = rows[0]
    stamp = f"{_day(cell.get('service_date', ''))}200000"
    yield wire.header("MSH", _SENDER) + wire.field + wire.field.join((
        stamp, "", wire.component.join(("DFT", "P03", "DFT_P03") if version >= "2.4" else ("DFT", "P03")),
        f"{number:06d}", "T", version, "", "", "AL", "NE", "", encoding))  # fmt: skip
    yield wire.segment("EVN", "P03", stamp)
    yield _patient(wire, cell)
    yield _visit(wire, cell)
    yield _extra(wire, cell)
    for nth, row in enumerate(rows, 1):
        yield from _charge(wire, row, nth)
    for nth, code in enumerate(cell.get("diagnoses", "").split(), 1):
        yield wire.segment("DG1", f"{nth}", "", wire.parts(code, "", "I10"))
    for nth, prefix in enumerate(("", "secondary_"), 1):
        yield from _coverage(wire, cell, prefix, nth)
    if any(cell.get(f"accident_{name}") for name in ("date", "cause", "state")):
        yield wire.segment("ACC", _day(cell.get("accident_date", "")), wire.value(cell.get("accident_cause", "")), "",
                           wire.value(cell.get("accident_state", "")))  # fmt: skip


def _day(text: str) -> str:
    match = _DAY.fullmatch(text)
    return "".join(match.groups()) if match else text


def _person(wire: _Wire, cell: Mapping[str, str], prefix: str) -> tuple[str, str, str, str]:
    """Name, date of birth, sex and address."""
    def of(*names: str) -> list[str]:
        return [cell.get(f"{prefix}{name}", "") for name in names]
    return (wire.parts(*of("last", "first", "middle", "suffix")), wire.value(_day(*of("birth_date"))),
            wire.value(*of("sex")), wire.parts(*of("address", "address2", "city", "state", "zip")))  # fmt: skip


def _patient(wire: _Wire, cell: Mapping[str, str]) -> str:
    name, born, sex, address = _person(wire, cell, "patient_")
    ids = [wire.parts(cell[key], "", "", "", kind) for key, kind in (("patient_id", "PI"),
           ("medical_record_number", "MR")) if cell.get(key)]  # fmt: skip
    return wire.numbered("PID", {1: "1", 3: wire.repeat.join(ids), 5: name, 7: born, 8: sex, 11: address})


def _visit(wire: _Wire, cell: Mapping[str, str]) -> str:
    referrer = [cell.get(f"referring_{name}", "") for name in ("npi", "last", "first")]
    return wire.numbered("PV1", {
        1: "1", 2: "O", 3: wire.parts(cell.get("clinic", "")), 7: wire.value(cell.get("therapist", "")),
        8: wire.parts(*referrer), 19: wire.value(cell.get("visit_id", "")), 44: _day(cell.get("service_date", "")),
    })  # fmt: skip


def _extra(wire: _Wire, cell: Mapping[str, str]) -> str:
    """The ZPT of the visit."""
    days = {5: "plan_of_care_start", 6: "plan_of_care_end", 7: "initial_treatment_date", 8: "onset_date",
            13: "plan_of_care_certified", 16: "signed_date", 17: "progress_report_date"}  # fmt: skip
    minutes = {14: "documented_timed_minutes", 15: "documented_minutes"}
    return wire.numbered("ZPT", {
        3: wire.value(cell.get("assistant", "")),
        **{n: wire.value(_day(cell.get(name, ""))) for n, name in days.items()},
        9: wire.value(cell.get("referral_number", "")), 10: wire.value(cell.get("place_of_service", "")),
        **{n: wire.value(cell.get(name, "")) for n, name in minutes.items()},
        18: wire.value(cell.get("supervisor", "")),
    })  # fmt: skip


def _charge(wire: _Wire, row: Mapping[str, str], nth: int) -> Iterator[str]:
    codes = row.get("diagnoses", "").split()
    pointed = [_pointed(codes, pointer) for pointer in row.get("pointers", "").split()]
    procedure = wire.parts(row.get("procedure", ""), "", "C4")
    yield wire.numbered("FT1", {
        1: f"{nth}", 4: wire.value(_day(row.get("service_date", ""))), 6: "CG", 7: procedure, 10: "1",
        19: wire.repeat.join(wire.parts(code, "", "I10") for code in pointed),
        20: wire.value(row.get("therapist", "")), 25: procedure,
        26: wire.repeat.join(map(wire.value, row.get("modifiers", "").split())),
    })  # fmt: skip
    yield wire.numbered("ZPT", {
        1: wire.value(row.get("therapist_minutes", "")), 2: wire.value(row.get("assistant_minutes", "")),
        4: wire.value(row.get("separate_time", "")), 11: wire.value(row.get("description", "")),
    })  # fmt: skip


def _pointed(codes: Sequence[str], pointer: str) -> str:
    at = int(pointer) if pointer.isdecimal() else 0
    return codes[at - 1] if 1 <= at <= len(codes) else "NONE"


def _coverage(wire: _Wire, cell: Mapping[str, str], prefix: str, nth: int) -> Iterator[str]:
    said = {name.removeprefix(prefix): text for name, text in cell.items() if prefix and name.startswith(prefix)}
    said = said or (dict(cell) if not prefix else {})
    if not any(said.values()):
        return
    name, born, sex, address = _person(wire, said, "subscriber_")
    relationship = said.get("relationship", "")
    yield wire.numbered("IN1", {
        1: f"{nth}", 3: wire.value(said.get("payer", "")), 8: wire.value(said.get("group_number", "")),
        9: wire.value(said.get("group_name", "")), 12: wire.value(_day(said.get("coverage_from", ""))),
        13: wire.value(_day(said.get("coverage_to", ""))),
        14: wire.value("" if prefix else said.get("authorization", "")), 16: name,
        17: wire.value(_RELATIONS.get(relationship, relationship)), 18: born, 19: address,
        36: wire.value(said.get("member_id", "")), 43: sex,
    })  # fmt: skip
    if said.get("claim_number") or said.get("therapy_dollars_used"):
        yield wire.segment("ZIN", wire.value(said.get("claim_number", "")),
                           wire.value(said.get("therapy_dollars_used", "")))  # fmt: skip
