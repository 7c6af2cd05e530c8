"""Repairs: what an edit found, mended, with before and after on record.

*Safe* repairs are decided by the claim itself (a missing GP, a diagnosis that stands twice) and may be applied without
asking.  *Suggested* ones say something about what happened in the treatment room or change money (97014 to G0283,
a 59, units): they are proposed, and a person decides.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from enum import StrEnum

from ptedi.claims.model import Claim, CodedClaim, Practice, Reason, ServiceLine, Visit
from ptedi.claims.modifiers import ordered
from ptedi.codes import modifier
from ptedi.edits.context import Context
from ptedi.edits.diagnoses import MOST
from ptedi.edits.history import History
from ptedi.edits.payment_modifiers import REPEATED
from ptedi.edits.runner import scrub
from ptedi.edits.telehealth import SAYS_HOW
from ptedi.edits.therapy_modifiers import DISCIPLINES, base
from ptedi.edits.waivers import Waivers
from ptedi.findings import Finding
from ptedi.money import round_cents
from ptedi.payers.profile import PayerProfile

ROUNDS = 4
REPAIR = "repair"
"""Subject of the note that a repair was made."""
APPROVED = "approved repair"
"""Subject of the note that a person took a suggested repair; the claim keeps it however often it is coded again."""


class Safety(StrEnum):
    """Whether a repair may be applied without asking."""

    SAFE = "safe"
    SUGGESTED = "suggested"


@dataclass(frozen=True, slots=True, kw_only=True)
class Repair:
    """One change of a claim: the edit that asked for it, the element, the value before and after."""

    code: str
    safety: Safety
    line: int | None
    element: str
    before: str
    after: str
    claim: Claim

    @property
    def message(self) -> str:
        """`line 2 SV101: 97110 becomes 97110 GP`."""
        where = f"line {self.line} " if self.line else ""
        return where + self.change

    @property
    def change(self) -> str:
        """`SV101: 97110 becomes 97110 GP`, wherever the line stands."""
        return f"{self.element}: {self.before or '(nothing)'} becomes {self.after or '(nothing)'}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fixed:
    """A claim after its repairs: what was applied, what could be, and what the edits still say."""

    coded: CodedClaim
    applied: tuple[Repair, ...]
    proposed: tuple[Repair, ...]
    findings: tuple[Finding, ...]


Mend = Callable[[Context, Finding, Safety], Repair | None]
_MENDS: dict[str, tuple[Safety, Mend]] = {}


def _mends(safety: Safety, *codes: str) -> Callable[[Mend], Mend]:
    def enter(mend: Mend) -> Mend:
        _MENDS.update(dict.fromkeys(codes, (safety, mend)))
        return mend

    return enter


def safety_of(code: str) -> Safety | None:
    """How safe the repair of an edit is, None when there is none."""
    return _MENDS[code][0] if code in _MENDS else None


def propose(coded: CodedClaim, visit: Visit, practice: Practice, profile: PayerProfile, history: History,
            findings: Iterable[Finding]) -> Iterator[Repair]:
    """The repairs of these findings, each on the claim as it is."""
    context = Context.of(coded, visit, practice, profile, history)
    for found in findings:
        if found.code in _MENDS:
            safety, mend = _MENDS[found.code]
            repair = mend(context, found, safety)
            if repair is not None:
                yield repair


def fix(
        coded: CodedClaim, visit: Visit, practice: Practice, profile: PayerProfile, history: History | None = None,
        *, suggested: bool = False, waivers: Waivers | None = None, mend: bool = True) -> Fixed:
    """Applies repairs one after another, scrubbing again after each, and keeps each in the claim's notes.

    Applied are the safe ones, and of the suggested ones those that a person approved for this claim.  What a waiver
    lets pass is not mended.

    Args:
        coded: the claim.
        visit: what was captured.
        practice: the practice that bills.
        profile: the payer.
        history: what was known of the patient before.
        suggested: apply suggested repairs too.
        waivers: what a person let pass; its findings turn into information.
        mend: False applies nothing and only proposes.
    """
    history, waivers = history or History(), waivers or Waivers()
    applied: list[Repair] = []
    while True:
        raw = scrub(coded, visit, practice, profile, history)
        found = waivers.apply(raw, coded, history.today)
        standing = [one for one, kept in zip(raw, found, strict=True) if kept is one]
        offers = tuple(propose(coded, visit, practice, profile, history, standing)) if standing else ()
        full = not mend or len(applied) >= ROUNDS * (len(coded.claim.lines) + 1)
        chosen = None if full else next((r for r in offers if suggested or _may(r, coded)), None)
        if chosen is None:
            return Fixed(coded=coded, applied=tuple(applied), findings=tuple(found), proposed=offers)
        applied.append(chosen)
        coded = _kept(coded, chosen)


def _may(repair: Repair, coded: CodedClaim) -> bool:
    return repair.safety is Safety.SAFE or any(
        note.subject == APPROVED and (note.rule, note.message) == (repair.code, repair.change) for note in coded.notes
    )  # fmt: skip


def approved(coded: CodedClaim, several: Iterable[Repair], person: str) -> CodedClaim:
    """The claim with the word of a person that these suggested repairs are right, each on the day of its line.

    Args:
        coded: the claim that was offered the repairs.
        several: the repairs.
        person: who says so.
    """
    days = {line.number: line.service_date for line in coded.claim.lines} if len(coded.visit_ids) > 1 else {}
    said = [Reason(subject=APPROVED, rule=one.code, message=one.change, source=person, day=days.get(one.line or 0))
            for one in several]  # fmt: skip
    return replace(coded, notes=(*coded.notes, *(note for note in dict.fromkeys(said) if note not in coded.notes)))


def _kept(coded: CodedClaim, repair: Repair) -> CodedClaim:
    note = Reason(subject=REPAIR, rule=repair.code, message=repair.message, source=repair.safety.value)
    return replace(coded, claim=repair.claim, notes=(*coded.notes, note))


def _line(c: Context, found: Finding) -> ServiceLine | None:
    return next((line.line for line in c.lines if line.number == found.line), None)


def _changed(c: Context, found: Finding, safety: Safety, line: ServiceLine, new: ServiceLine) -> Repair | None:
    if new == line:
        return None
    lines = tuple(new if one is line else one for one in c.claim.lines)
    return Repair(code=found.code, safety=safety, line=line.number, element="SV1", before=_shown(line),
                  after=_shown(new), claim=replace(c.claim, lines=lines))


def _shown(line: ServiceLine) -> str:
    return f"{' '.join((line.procedure, *line.modifiers))} x{line.units} {line.charge}"


def _with(c: Context, found: Finding, safety: Safety, drop: frozenset[str], add: str) -> Repair | None:
    line = _line(c, found)
    if line is None:
        return None
    kept = [code for code in line.modifiers if code not in drop]
    codes = ordered([*kept, *([add] if add and add not in kept else [])], c.rules)
    return _changed(c, found, safety, line, replace(line, modifiers=codes))


@_mends(Safety.SAFE, "PT110", "PT112")
def _add_discipline(c: Context, found: Finding, safety: Safety) -> Repair | None:
    return _with(c, found, safety, frozenset(), modifier.DISCIPLINE[base(c)])


@_mends(Safety.SUGGESTED, "PT111")
def _set_discipline(c: Context, found: Finding, safety: Safety) -> Repair | None:
    return _with(c, found, safety, DISCIPLINES, modifier.DISCIPLINE[base(c)])


@_mends(Safety.SAFE, "PT113")
def _add_assistant(c: Context, found: Finding, safety: Safety) -> Repair | None:
    return _with(c, found, safety, frozenset(), modifier.ASSISTANT.get(base(c), ""))


@_mends(Safety.SUGGESTED, "PT115")
def _add_kx(c: Context, found: Finding, safety: Safety) -> Repair | None:
    return _with(c, found, safety, frozenset(), "KX")


@_mends(Safety.SUGGESTED, "PT116", "PT118")
def _drop_kx(c: Context, found: Finding, safety: Safety) -> Repair | None:
    return _with(c, found, safety, frozenset({"KX"}), "")


@_mends(Safety.SUGGESTED, "PT121")
def _drop_reduced(c: Context, found: Finding, safety: Safety) -> Repair | None:
    return _with(c, found, safety, frozenset({"52"}), "")


@_mends(Safety.SUGGESTED, "PT122")
def _drop_distinct(c: Context, found: Finding, safety: Safety) -> Repair | None:
    return _with(c, found, safety, modifier.DISTINCT, "")


@_mends(Safety.SUGGESTED, "NC102")
def _add_distinct(c: Context, found: Finding, safety: Safety) -> Repair | None:
    return _with(c, found, safety, frozenset(), c.rules.distinct_modifier)


@_mends(Safety.SUGGESTED, "PT160")
def _add_telehealth(c: Context, found: Finding, safety: Safety) -> Repair | None:
    """Never a second one beside what the line says: GT is the older word for 95; 93 says something else."""
    line, wanted = _line(c, found), c.rules.telehealth_modifiers
    said = SAYS_HOW.intersection(line.modifiers) if line is not None else frozenset()
    if said:
        return _with(c, found, safety, said, "95") if said == {"GT"} and "95" in wanted else None
    return _with(c, found, safety, frozenset(), wanted[0])


@_mends(Safety.SUGGESTED, "PT127")
def _drop_more_work(c: Context, found: Finding, safety: Safety) -> Repair | None:
    return _with(c, found, safety, frozenset({"22"}), "")


@_mends(Safety.SUGGESTED, "PT128")
def _right_repeat(c: Context, found: Finding, safety: Safety) -> Repair | None:
    return _with(c, found, safety, REPEATED, found.allowed[0] if len(found.allowed) == 1 else "")


@_mends(Safety.SUGGESTED, "PT130")
def _other_procedure(c: Context, found: Finding, safety: Safety) -> Repair | None:
    line = _line(c, found)
    if line is None or len(found.allowed) != 1:
        return None
    price = c.practice.charges.get(found.allowed[0])
    charge = price * line.units if price is not None else line.charge
    return _changed(c, found, safety, line, replace(line, procedure=found.allowed[0], charge=charge))


@_mends(Safety.SUGGESTED, "PT136")
def _one_unit(c: Context, found: Finding, safety: Safety) -> Repair | None:
    line = _line(c, found)
    if line is None or not line.units:
        return None
    return _changed(c, found, safety, line, replace(line, units=1, charge=round_cents(line.charge / line.units)))


@_mends(Safety.SUGGESTED, "LN105")
def _price(c: Context, found: Finding, safety: Safety) -> Repair | None:
    line = _line(c, found)
    price = c.practice.charges.get(line.procedure) if line is not None else None
    if line is None or price is None:
        return None
    return _changed(c, found, safety, line, replace(line, charge=price * line.units))


@_mends(Safety.SAFE, "DX107")
def _only_diagnosis(c: Context, found: Finding, safety: Safety) -> Repair | None:
    line = _line(c, found)
    if line is None or line.pointers or len(c.claim.diagnoses) != 1:
        return None
    repair = _changed(c, found, safety, line, replace(line, pointers=(1,)))
    return replace(repair, element="SV107", before="", after="1") if repair else None


@_mends(Safety.SAFE, "DX105")
def _each_diagnosis_once(c: Context, found: Finding, safety: Safety) -> Repair | None:
    once = tuple(dict.fromkeys(c.claim.diagnoses))
    if once == c.claim.diagnoses:
        return None
    place = {old: once.index(code) + 1 for old, code in enumerate(c.claim.diagnoses, 1)}
    lines = tuple(
        replace(line, pointers=tuple(dict.fromkeys(place.get(p, p) for p in line.pointers))) for line in c.claim.lines
    )
    return Repair(code=found.code, safety=safety, line=None, element="HI", before=" ".join(c.claim.diagnoses),
                  after=" ".join(once), claim=replace(c.claim, diagnoses=once, lines=lines))


@_mends(Safety.SUGGESTED, "DX103")
def _twelve_diagnoses(c: Context, found: Finding, safety: Safety) -> Repair | None:
    """Keeps the first diagnosis and those the lines point to; none is left out that a line needs."""
    needed = {1} | {pointer for line in c.claim.lines for pointer in line.pointers}
    kept = sorted(needed)
    kept += [p for p in range(1, len(c.claim.diagnoses) + 1) if p not in needed][: max(MOST - len(kept), 0)]
    if len(kept) > MOST or max(kept) > len(c.claim.diagnoses):
        return None
    place = {old: new for new, old in enumerate(sorted(kept), 1)}
    codes = tuple(c.claim.diagnoses[old - 1] for old in sorted(kept))
    lines = tuple(replace(line, pointers=tuple(place[p] for p in line.pointers)) for line in c.claim.lines)
    return Repair(code=found.code, safety=safety, line=None, element="HI", before=" ".join(c.claim.diagnoses),
                  after=" ".join(codes), claim=replace(c.claim, diagnoses=codes, lines=lines))
