"""What a payer refuses and why: the claim decides where it can, a seeded share decides the rest.

A refusal denies the whole claim or one of its lines.  `decide` looks at one claim alone; `ensure` then makes a big
night complete: every denial that a biller must learn to work occurs at least once among a hundred claims or more.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from ptedi.claims.model import Claim, ServiceLine
from ptedi.sandbox import chance
from ptedi.sandbox.payers import Payer, Plan


@dataclass(frozen=True, slots=True)
class Refusal:
    """A denial: group, CARC, RARCs of the line (LQ) and of the claim (MOA)."""

    group: str
    reason: str
    remarks: tuple[str, ...] = ()
    claim_remarks: tuple[str, ...] = ()


NO_REFERRER = Refusal("CO", "16", ("N286",), ("MA130",))
BAD_DIAGNOSIS = Refusal("CO", "16", ("M76",), ("MA130",))
NOT_NECESSARY = Refusal("CO", "50", ("N115",))
BUNDLED = Refusal("CO", "97", ("N20",))
NO_AUTHORIZATION = Refusal("CO", "197", ("M62",))
LATE = Refusal("CO", "29", ("N211",))
NOT_COVERED = Refusal("PR", "96", ("N130",))
USED_UP = Refusal("CO", "119", ("N362",))


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """How a payer meets one claim: refusals by line number, the whole deductible, interest.

    `whole` tells that the claim as such is refused (then every line carries the same refusal).
    """

    refused: Mapping[int, Refusal]
    whole: bool = False
    whole_deductible: bool = False
    interest: bool = False

    def gives(self, reason: str) -> bool:
        """Whether any line is refused for this CARC."""
        return any(r.reason == reason for r in self.refused.values())


# permille of claims, by plan: (refusal, share); the first column of numbers that the draw falls into decides
_WHOLE: dict[bool, tuple[tuple[Refusal, int], ...]] = {
    True: ((NO_REFERRER, 18), (BAD_DIAGNOSIS, 12), (NOT_NECESSARY, 22), (LATE, 16)),
    False: ((BAD_DIAGNOSIS, 18), (NOT_NECESSARY, 16), (NO_AUTHORIZATION, 36), (LATE, 18)),
}
_ONE_LINE = ((BUNDLED, 34), (NOT_NECESSARY, 10), (BAD_DIAGNOSIS, 8), (NOT_COVERED, 10), (USED_UP, 8))
_SEPARATE = frozenset({"59", "XE", "XP", "XS", "XU"})
_FILING_LIMIT = timedelta(days=366)


def decide(claim: Claim, payer: Payer, seed: int, today: date) -> Decision:
    """The decision on one claim, from the claim and the seed alone."""
    key = claim.patient_control_number
    if today - claim.service_dates[0] > _FILING_LIMIT:
        return refuse_claim(claim, LATE)
    if payer.plan is Plan.MEDICARE and claim.referring is None:
        return refuse_claim(claim, NO_REFERRER)
    whole = _fall(_WHOLE[payer.plan is Plan.MEDICARE], chance.permille(seed, "claim refusal", key))
    if whole:
        return refuse_claim(claim, whole)
    bundled = {line.number: BUNDLED for line in claim.lines if _bundled(line, claim)}
    one = _fall(_ONE_LINE, chance.permille(seed, "line refusal", key))
    if not bundled and one and len(claim.lines) > 1:
        bundled = {_any_line(claim, seed): one}
    return Decision(
        refused=bundled,
        whole_deductible=chance.permille(seed, "whole deductible", key) < 20,
        interest=payer.plan in (Plan.MEDICARE, Plan.COMMERCIAL) and chance.permille(seed, "interest", key) < 20,
    )


def refuse_claim(claim: Claim, refusal: Refusal) -> Decision:
    """The whole claim is refused."""
    return Decision(refused={line.number: refusal for line in claim.lines}, whole=True)


def _fall(shares: Iterable[tuple[Refusal, int]], draw: int) -> Refusal | None:
    for refusal, share in shares:
        if draw < share:
            return refusal
        draw -= share
    return None


def _bundled(line: ServiceLine, claim: Claim) -> bool:
    """97140 beside 97530 without a modifier for separate time: the pair's second code is not paid."""
    if line.procedure != "97140" or _SEPARATE & set(line.modifiers):
        return False
    return any(o.procedure == "97530" and o.service_date == line.service_date for o in claim.lines)


def _any_line(claim: Claim, seed: int) -> int:
    return chance.pick(seed, "refused line", claim.patient_control_number, claim.lines).number


@dataclass(frozen=True, slots=True, kw_only=True)
class _Wish:
    """Something a big night must hold: whether a decision has it, whom it can befall, how it is granted."""

    name: str
    fulfilled: Callable[[Decision], bool]
    grant: Callable[[Claim, int], Decision]
    possible: Callable[[Claim, Payer], bool] = lambda claim, payer: True


def _denial(refusal: Refusal, possible: Callable[[Claim, Payer], bool] = lambda claim, payer: True) -> _Wish:
    return _Wish(
        name=f"{refusal.group}-{refusal.reason}", possible=possible,
        fulfilled=lambda decision: decision.gives(refusal.reason),
        grant=lambda claim, seed: refuse_claim(claim, refusal),
    )  # fmt: skip


_WISHES = (
    _denial(BAD_DIAGNOSIS),
    _denial(NOT_NECESSARY),
    _denial(LATE),
    _denial(NO_AUTHORIZATION, lambda claim, payer: payer.plan is not Plan.MEDICARE),
    _Wish(
        name="CO-97", possible=lambda claim, payer: len(claim.lines) > 1,
        fulfilled=lambda decision: decision.gives("97") and not decision.whole,
        grant=lambda claim, seed: Decision(refused={_any_line(claim, seed): BUNDLED}),
    ),
    _Wish(
        name="interest", possible=lambda claim, payer: payer.plan in (Plan.MEDICARE, Plan.COMMERCIAL),
        fulfilled=lambda decision: decision.interest, grant=lambda claim, seed: Decision(refused={}, interest=True),
    ),
    _Wish(
        name="deductible", possible=lambda claim, payer: payer.plan is Plan.MEDICARE,
        fulfilled=lambda decision: decision.whole_deductible,
        grant=lambda claim, seed: Decision(refused={}, whole_deductible=True),
    ),
)  # fmt: skip


def ensure(cases: Mapping[str, tuple[Claim, Payer]], decisions: dict[str, Decision], seed: int) -> None:
    """Gives each wish that no decision fulfils to the claim that its draw names, among those decided plainly."""
    for wish in _WISHES:
        if any(map(wish.fulfilled, decisions.values())):
            continue
        plain = [k for k, d in decisions.items() if d == Decision(refused={}) and wish.possible(*cases[k])]
        if plain:
            key = min(plain, key=lambda k: (chance.number(seed, f"ensure {wish.name}", k, 1 << 64), k))
            decisions[key] = wish.grant(cases[key][0], seed)
