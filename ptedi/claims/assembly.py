"""A claim that does not fit its form is split: fifty lines each, totals kept, the parts naming each other."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from ptedi.claims import identity
from ptedi.claims.model import CodedClaim, LineTrace, Reason, ServiceLine
from ptedi.codes import procedures

MOST_LINES = 50
SIBLING = "sibling"


def parts(coded: CodedClaim) -> list[list[ServiceLine]]:
    """The lines of each claim it takes: in order, at most fifty, an add-on never parted from its base code."""
    groups: list[list[ServiceLine]] = []
    for line in coded.claim.lines:
        item = procedures.find(line.procedure, coded.service_date)
        together = groups and item is not None and item.parent in {one.procedure for one in groups[-1]}
        if together:
            groups[-1].append(line)
        else:
            groups.append([line])
    chunks: list[list[ServiceLine]] = [[]]
    for group in groups:
        if len(chunks[-1]) + len(group) > MOST_LINES and chunks[-1]:
            chunks.append([])
        chunks[-1] += group
    return chunks


def split(coded: CodedClaim, control_numbers: Iterable[str]) -> tuple[CodedClaim, ...]:
    """The claim as it is when it fits, else its parts; the first keeps the claim's own number.

    Args:
        coded: the claim.
        control_numbers: numbers for the further parts, taken as needed.
    """
    chunks = parts(coded)
    if len(chunks) == 1:
        return (coded,)
    further = iter(control_numbers)
    names = [coded.claim.patient_control_number, *(next(further) for _ in chunks[1:])]
    traces = {trace.line: trace for trace in coded.trace}
    return tuple(_part(coded, name, lines, traces, [n for n in names if n != name])
                 for name, lines in zip(names, chunks, strict=True))  # fmt: skip


def siblings(coded: CodedClaim) -> list[str]:
    """The control numbers of all parts of a split claim in order, its own among them; empty when it was not split."""
    told = next((note.message for note in coded.notes if note.subject == SIBLING), "")
    others = told.partition(", with ")[2]
    return sorted([coded.claim.patient_control_number, *others.split(", ")]) if others else []


def _part(coded: CodedClaim, name: str, lines: list[ServiceLine], traces: dict[int, LineTrace],
          others: list[str]) -> CodedClaim:
    numbered = tuple(replace(line, number=place, control_number=identity.line_control_number(name, place))
                     for place, line in enumerate(lines, 1))  # fmt: skip
    trace = tuple(replace(traces[line.number], line=place) for place, line in enumerate(lines, 1)
                  if line.number in traces)  # fmt: skip
    link = Reason(subject=SIBLING, rule="fifty lines", source="005010X222A1 loop 2400",
                  message=f"one of {len(others) + 1} claims of the visit, with {', '.join(others)}")
    return replace(coded, claim=replace(coded.claim, patient_control_number=name, lines=numbered), trace=trace,
                   notes=(*coded.notes, link))
