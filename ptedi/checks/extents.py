"""Which claims a finding stops, and which findings another one already explains.

A transaction set is a tree laid out flat: what stands above the first level concerns every claim, what stands at a
billing provider, subscriber or patient concerns the claims below, the rest one claim.  Marks of where each level and
each claim begins are all that is kept, about sixty bytes a claim.
"""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import replace

from ptedi.findings import Finding

# told only when the claim is whole: each compares parts of a claim, one of which the structure may have lost
COMPARISONS = frozenset({
    "CC001", "CC003", "CC005", "CC016", "CD006", "CD007", "CB002", "CB003", "CB004", "CB005", "CB008", "CB014",
    "CS001", "CS002", "CS005", "CS006", "CS007", "CS016", "CV002", "CV009", "CV017", "CL009", "CL010",
    "RP001", "RP002", "RP003", "RP004", "RP005", "RP006", "RP017", "RD004",
})  # fmt: skip
# one defect shows twice: the first code told of a claim leaves out the others
EXPLAINS = {
    "CS005": frozenset({"CS006"}), "CL007": frozenset({"CB013", "CS011"}), "CC001": frozenset({"CB004"}),
    "RP012": frozenset({"RP006", "RP013"}),
    "CB005": frozenset({"CB002", "CB008"}), **dict.fromkeys(("CB003", "CB004", "CB009", "CB012"), frozenset({"CB008"})),
}  # fmt: skip
# of a remittance: what is wrong with them loses no cent, so the sums are proven all the same
_WITHOUT_MONEY = frozenset({"PER", "N1", "N3", "N4", "RDM", "REF", "DTM", "TRN", "CUR", "NM1", "MIA", "MOA", "LQ"})
_LOSES = frozenset({"EL018"})  # shifted elements: the values of the segment are lost
_PACK = 1024


class Extents:
    """The levels of one transaction set by position: 1 billing, 2 subscriber, 3 patient, 4 claim.

    Attributes:
        count: how many claims.
    """

    __slots__ = ("_also_stopped", "_before", "_claims", "_levels", "_packed", "_positions", "_spans", "count")

    def __init__(self) -> None:
        self.count = 0
        self._positions = array("L")
        self._before = array("L")
        self._spans: dict[int, range] = {}
        self._levels = bytearray()
        self._claims: list[str] = []
        self._packed: list[str] = []
        self._also_stopped = list[Iterable[int]]()

    def mark(self, level: int, position: int, claim: str = "") -> None:
        """A level, or with 4 a claim, begins at a position counted from ST."""
        self._positions.append(position)
        self._levels.append(level)
        self._before.append(self.count)
        if level == 4:
            self.count += 1
            self._claims.append(claim)
            if len(self._claims) == _PACK:
                self._packed.append("~".join(self._claims))
                self._claims = []

    def mark_all(self, positions: list[int], levels: bytes, claims: list[str]) -> None:
        """Levels and then claims begin at these positions."""
        count = self.count
        self._positions.extend(positions)
        self._levels += levels + b"\x04" * len(claims)
        self._before.extend([*[count] * len(levels), *range(count, count + len(claims))])
        self.count = count + len(claims)
        self._claims += claims
        while len(self._claims) >= _PACK:
            self._packed.append("~".join(self._claims[:_PACK]))
            del self._claims[:_PACK]

    @property
    def claims(self) -> list[str]:
        """The ids of the claims in file order."""
        return [claim for pack in self._packed for claim in pack.split("~")] + self._claims

    def claim(self, ordinal: int) -> str:
        """The id of a claim, counted from 0."""
        pack, place = divmod(ordinal, _PACK)
        return self._packed[pack].split("~")[place] if pack < len(self._packed) else self._claims[place]

    def _mark_at(self, position: int | None) -> int:
        """The mark that a position stands under, -1 above all."""
        return -1 if position is None else bisect_right(self._positions, position) - 1

    def stopped_by(self, position: int | None) -> range:
        """Ordinals (from 0) of the claims that a finding at a position concerns."""
        return self._below(self._mark_at(position))

    def _below(self, here: int) -> range:
        """Ordinals of the claims at or below a mark."""
        if here < 0:
            return range(self.count)
        span = self._spans.get(here)
        if span is None:
            level, after = self._levels[here], here + 1
            while after < len(self._levels) and self._levels[after] > level:
                after += 1
            end = self._before[after] if after < len(self._levels) else self.count
            span = self._spans[here] = range(self._before[here], end)
        return span

    def also_stopped(self, positions: Iterable[int]) -> None:
        """Places of findings that stop their claims, but are not listed."""
        self._also_stopped.append(positions)

    def stopped(self, findings: Iterable[Finding]) -> set[int]:
        """Ordinals of the claims that findings of a stopping severity concern.

        A finding that names its claim concerns that claim wherever it stands: what a claim lacks is noticed where the
        next segment begins.
        """
        marks = {self._mark_at(position) for places in self._also_stopped for position in places}
        named: set[str] = set()
        for finding in findings:
            if not finding.severity.stops:
                continue
            if finding.claim:
                named.add(finding.claim)
            else:
                marks.add(self._mark_at(finding.segment_position))
        result = {claim for mark in marks for claim in self._below(mark)}
        if named:
            result.update(n for n, claim in enumerate(self.claims) if claim in named)
        return result

    def settle(self, meaning: list[Finding], structure: Iterable[Finding]) -> list[Finding]:
        """The meaning findings that the structure's do not explain, with the claim named where there is only one."""
        if not meaning:
            return meaning
        places, whole = set[tuple[int | None, str]](), set[int | None]()
        claims, marks = set[str](), set[int]()
        lost_claims, lost_marks = set[str](), set[int]()  # those of `claims` and `marks` where money may be lost
        for finding in structure:
            if not finding.severity.stops:
                continue
            if finding.element:
                places.add((finding.segment_index, finding.element.partition("-")[0]))
            if finding.element is None or finding.code in _LOSES:
                whole.add(finding.segment_index)
            if finding.code.startswith("SG") or finding.code in _LOSES:
                has_money = finding.segment not in _WITHOUT_MONEY
                if finding.claim:
                    claims.add(finding.claim)
                    lost_claims |= {finding.claim} if has_money else set()
                else:
                    mark = self._mark_at(finding.segment_position)
                    marks.add(mark)
                    lost_marks |= {mark} if has_money else set()
        kept = []
        for finding in meaning:
            index, element = finding.segment_index, (finding.element or "").partition("-")[0]
            if index is not None and (index in whole or (index, element) in places):
                continue
            if finding.code in COMPARISONS and (claims or marks):
                by_money = finding.code.startswith("RP")
                if finding.claim in (lost_claims if by_money else claims):
                    continue
                if self._mark_at(finding.segment_position) in (lost_marks if by_money else marks):
                    continue
            kept.append(finding if finding.claim else self._named(finding))
        return _without_explained(kept)

    def _named(self, finding: Finding) -> Finding:
        if self._mark_at(finding.segment_position) < 0:
            return finding
        concerned = self.stopped_by(finding.segment_position)
        return replace(finding, claim=self.claim(concerned[0])) if len(concerned) == 1 else finding


def _without_explained(findings: list[Finding]) -> list[Finding]:
    causes = [f for f in findings if f.code in EXPLAINS]
    if not causes:
        return findings
    explained = {(f.claim, code) for f in causes for code in EXPLAINS[f.code]}
    return [f for f in findings if (f.claim, f.code) not in explained]
