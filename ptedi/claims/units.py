"""Minutes to units: Medicare's total-time rule, the midpoint rule of CPT, and the assistant's share of each unit.

Total time (Medicare Claims Processing Manual ch.5 20.2): the minutes of all 15-minute codes of the visit are pooled;
8 minutes make one unit, 23 two, 38 three.  Each code keeps its full 15-minute blocks; what is left of the total goes
to the largest remainders.  Equal remainders: the code with more minutes, then the one captured first; the clinician
may choose otherwise, so a tie is reported.

Midpoint (CPT): each code by itself, one unit more once past the middle of a further unit.

A base code that may be billed only once (97129, 97545, 97550, 90912) passes the rest of its time to its add-on.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from ptedi.codes import procedures
from ptedi.codes.procedures import Basis, Procedure
from ptedi.payers.profile import UnitRule

BLOCK = 15
CMS_SOURCE = "Medicare Claims Processing Manual ch.5 20.2"
AMA_SOURCE = "CPT: a unit of time is attained once the midpoint is passed"
ASSISTANT_SOURCE = "Medicare Claims Processing Manual ch.5 20.1; CY2022 physician fee schedule final rule"


@dataclass(frozen=True, slots=True, kw_only=True)
class Allocation:
    """Units by procedure; `ties` are the procedures among which a clinician could have chosen otherwise."""

    units: Mapping[str, int]
    total_minutes: int = 0
    ties: tuple[str, ...] = ()


def cms_units(minutes: int) -> int:
    """The chart of the total-time rule: 8-22 is 1, 23-37 is 2, and so on."""
    return 0 if minutes < 8 else (minutes + 7) // BLOCK


def midpoint_units(minutes: int, length: int) -> int:
    """Full units, and one more once past the middle of the next."""
    full, rest = divmod(minutes, length)
    return full + (1 if rest * 2 > length else 0)


def share_out(units: int, minutes: Mapping[str, int], length: int = BLOCK) -> Allocation:
    """Shares units among codes: full blocks first, then the largest remainders (order of keys breaks ties)."""
    shares = {code: m // length for code, m in minutes.items()}
    left = units - sum(shares.values())
    rank = sorted((c for c, m in minutes.items() if m % length), key=lambda c: (-(minutes[c] % length), -minutes[c]))
    for code in rank[:left]:
        shares[code] += 1
    ties: tuple[str, ...] = ()
    if 0 < left < len(rank) and minutes[rank[left - 1]] % length == minutes[rank[left]] % length:
        edge = minutes[rank[left]] % length
        ties = tuple(code for code in rank if minutes[code] % length == edge)
    return Allocation(units=shares, total_minutes=sum(minutes.values()), ties=ties)


def cms_total(minutes: Mapping[str, int]) -> Allocation:
    """Units of 15-minute codes under the total-time rule."""
    return share_out(cms_units(sum(minutes.values())), minutes)


def ama_midpoint(minutes: Mapping[str, int], lengths: Mapping[str, int] | None = None) -> Allocation:
    """Units of timed codes, each by itself."""
    lengths = lengths or {}
    units = {code: midpoint_units(m, lengths.get(code, BLOCK)) for code, m in minutes.items()}
    return Allocation(units=units, total_minutes=sum(minutes.values()))


def visit_units(rule: UnitRule, minutes: Mapping[str, int], rows: Mapping[str, int], day: date) -> Allocation:
    """Units of every procedure of a visit under one rule.

    Args:
        rule: the payer's rule.
        minutes: all minutes by procedure, in the order of capture.
        rows: captured rows by procedure (codes counted by area or extremity).
        day: date of service.
    """
    found = {code: procedures.find(code, day) for code in minutes}
    timed = {code: item for code, item in found.items() if item is not None and item.basis is Basis.TIMED}
    units = {code: _flat(item, rows[code]) for code, item in found.items() if code not in timed}
    families = _families(timed)
    spent = {base: sum(minutes.get(code, 0) for code in members) for base, members in families.items()}
    pool = {base: spent[base] for base in families if timed[base].pool}
    pooled = cms_total(pool) if rule is UnitRule.CMS_TOTAL else Allocation(units={})
    for base, members in families.items():
        if base in pooled.units:
            units |= _spread(members, pooled.units[base])
        else:
            units |= _family(members, timed[base].minutes, spent[base], day)
    return Allocation(units=units, total_minutes=sum(pool.values()), ties=pooled.ties)


def _flat(item: Procedure | None, rows: int) -> int:
    """Units of a code whose minutes do not count; an unknown code is one, and an edit will hold it."""
    return rows if item is not None and item.basis is Basis.COUNTED else 1


def _families(timed: Mapping[str, Procedure]) -> dict[str, tuple[str, ...]]:
    """Timed codes grouped: a base captured today with the add-on that continues it, everything else alone."""
    families: dict[str, tuple[str, ...]] = {}
    for code, item in timed.items():
        addon = procedures.addon(code)
        if item.parent not in timed:
            families[code] = (code, addon) if addon else (code,)
    return families


def _spread(members: Sequence[str], units: int) -> dict[str, int]:
    """A base is billed once, its add-on takes the rest."""
    if len(members) == 1:
        return {members[0]: units}
    return {members[0]: min(units, 1), members[1]: max(units - 1, 0)}


def _family(members: Sequence[str], length: int, minutes: int, day: date) -> dict[str, int]:
    """Units of a base and its add-on by the midpoint rule, the add-on counting from the base's full time on."""
    if len(members) == 1:
        return {members[0]: midpoint_units(minutes, length)}
    addon = procedures.find(members[1], day)
    further = midpoint_units(max(minutes - length, 0), addon.minutes) if addon else 0
    return {members[0]: 1 if minutes * 2 > length else 0, members[1]: further}


@dataclass(frozen=True, slots=True)
class Share:
    """Units of one procedure without and with the assistant modifier, and why."""

    plain: int
    assisted: int
    why: str


def assistant_share(units: int, therapist: int, assistant: int, length: int = BLOCK) -> Share:
    """Splits the units of a timed code between therapist and assistant (2022 policy).

    Full blocks go to whoever furnished them.  Of two units left over, the therapist's past the midpoint is plain.  The
    last unit is plain when the therapist alone passed the midpoint, else it is the assistant's when the assistant
    furnished more than a tenth of what is left.
    """
    plain, own = divmod(therapist, length)
    assisted, helped = divmod(assistant, length)
    left = units - plain - assisted
    if left < 0:                                  # a cap took units away: the assistant's go last
        plain = min(plain, units)
        return Share(plain, units - plain, "full blocks by who furnished them")
    reasons = []
    if left and own * 2 > length:
        plain, left = plain + 1, left - 1
        reasons.append(f"the therapist's {own} minutes pass the midpoint")
        if left:
            own = max(own - length // 2 - 1, 0)
    if left and over_tenth(own + helped, helped):
        assisted += left
        reasons.append(f"the assistant furnished {helped} of the {own + helped} minutes left, more than a tenth")
    elif left:
        plain += left
        reasons.append(f"the assistant furnished {helped} of the {own + helped} minutes left, not more than a tenth")
    return Share(plain, assisted, "; ".join(reasons) or "full blocks by who furnished them")


def untimed_share(units: int, therapist: int, assistant: int) -> Share:
    """An untimed service is the assistant's when the assistant furnished more than a tenth of it."""
    total = therapist + assistant
    if over_tenth(total, assistant):
        return Share(0, units, f"the assistant furnished {assistant} of {total} minutes, more than a tenth")
    return Share(units, 0, f"the assistant furnished {assistant} of {total} minutes, not more than a tenth")


def over_tenth(total: int, assistant: int) -> bool:
    """The de minimis standard in plain numbers."""
    return assistant * 10 > total


def methods_differ(total: int, assistant: int) -> bool:
    """Whether CMS's two ways of computing a tenth would disagree about these minutes."""
    if not total or not assistant:
        return False
    percent = (200 * assistant + total) // (2 * total)
    tenth = (2 * total + 10) // 20
    return (percent > 10) != (assistant >= tenth + 1)


def differing(one: Mapping[str, int], two: Mapping[str, int]) -> Iterable[str]:
    """Procedures whose units differ between two allocations."""
    return (code for code in one.keys() | two.keys() if one.get(code, 0) != two.get(code, 0))
