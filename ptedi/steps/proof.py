"""The proof of a file before it may leave: read back and compared, checked by us, checked by somebody else.

Our own checks judge every claim.  pyx12 judges every claim too, unless `[checks] pyx12` in ptedi.toml names a number:
then it judges so many claims of each file, spread evenly over it, and `ptedi batch show` says how many.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from ptedi.claims.model import Claim
from ptedi.findings import Finding, Rule, counted
from ptedi.steps.second_reader import Opinion, here
from ptedi.submissions.batch import Batch
from ptedi.submissions.rules import ROUND_TRIP, SECOND_OPINION
from ptedi.transactions import claim_837p
from ptedi.transactions.claim_837p import ClaimPlace
from ptedi.x12.oracle import OracleResult


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """The bytes of a batch and what is wrong with it.

    Attributes:
        data: the file.
        problems: findings by claim (CLM01); "" where no claim is named.
        envelope: findings before the first claim: submitter, receiver, billing provider.  They come from settings.
        second_opinion_claims: how many of the claims pyx12 judged.
        places: where each claim stands, by CLM01.
    """

    data: bytes = b""
    places: Mapping[str, ClaimPlace] = field(default_factory=dict)
    second_opinion_claims: int = 0
    problems: dict[str, tuple[Finding, ...]]
    envelope: tuple[Finding, ...] = ()


def prove(batch: Batch, opinion: Opinion = here, limit: int | None = None) -> Proof:
    """Writes a batch and looks for what is wrong with it; no problems means that it may leave."""
    return begin(batch, opinion, limit)()


def begin(batch: Batch, opinion: Opinion = here, limit: int | None = None) -> Callable[[], Proof]:
    """Writes a batch and lets others read it; calling what it returns reads it back and waits for what they say.

    Args:
        batch: what is to leave.
        opinion: where our check and pyx12 read it: here, or beside this process (steps/second_reader.py).
        limit: the most claims that pyx12 judges; None: all.
    """
    try:
        data = claim_837p.write(batch)
    except (ValueError, ArithmeticError) as problem:
        proof = _unwritten(batch, problem)
        return lambda: proof
    some = _some(batch, limit)
    theirs = data if some is batch else claim_837p.write(some)
    verdict = opinion(data, theirs)

    def finish() -> Proof:
        changed, places = list(_changed(batch, data)), claim_837p.claim_places(data)
        said = verdict()
        envelope, problems = _sorted([*changed, *said.ours, *_theirs(said.theirs, theirs)], places)
        return Proof(data=data, places=places, problems=problems, envelope=envelope,
                     second_opinion_claims=len(some.claims))  # fmt: skip

    return finish


def _sorted(
    findings: Iterable[Finding], places: Mapping[str, ClaimPlace]
) -> tuple[tuple[Finding, ...], dict[str, tuple[Finding, ...]]]:
    """Findings before the first claim, and the others by claim."""
    first = min((place.first for place in places.values()), default=0)
    envelope: list[Finding] = []
    problems: dict[str, list[Finding]] = {}
    for finding in findings:
        if finding.claim is None and _stands_before(finding, first):
            envelope.append(finding)
        else:
            problems.setdefault(finding.claim or "", []).append(finding)
    return tuple(envelope), {claim: tuple(found) for claim, found in problems.items()}


def _some(batch: Batch, limit: int | None) -> Batch:
    """The batch, or as many of its claims as pyx12 shall judge: from all over it."""
    count = len(batch.claims)
    if limit is None or limit >= count:
        return batch
    return replace(batch, claims=tuple(batch.claims[place * count // limit] for place in range(limit)))


def _unwritten(batch: Batch, problem: Exception) -> Proof:
    """The proof of a batch that cannot be written; when its envelope alone cannot be either, no claim is to blame."""
    found = (_finding(ROUND_TRIP, f"It cannot be written ({problem})."),)
    try:
        claim_837p.write(replace(batch, claims=()))
    except (ValueError, ArithmeticError):
        return Proof(problems={}, envelope=found)
    return Proof(problems={"": found})


def _stands_before(finding: Finding, first: int) -> bool:
    position = finding.segment_position
    return finding.code.startswith("IE") or (position is not None and position < first)


def culprits(batch: Batch) -> dict[str, tuple[Finding, ...]]:
    """The claims that make a batch fail, each with its findings.

    A problem that names no claim of the batch is hunted down by halves: what fails alone is a culprit.
    """
    problems = prove(batch).problems
    if not problems:
        return {}
    ours = {claim.patient_control_number for claim in batch.claims}
    named = {claim: found for claim, found in problems.items() if claim in ours}
    if named:
        return named
    if len(batch.claims) == 1:
        return {batch.claims[0].patient_control_number: tuple(f for found in problems.values() for f in found)}
    middle = len(batch.claims) // 2
    halves = (batch.claims[:middle], batch.claims[middle:])
    return {claim: found for half in halves for claim, found in culprits(replace(batch, claims=half)).items()}


def _changed(batch: Batch, data: bytes) -> Iterator[Finding]:
    """Claims that do not come back as they went in."""
    normaliser = claim_837p.Normaliser(batch.envelope.case)
    wanted = [normaliser.claim(claim) for claim in batch.claims]
    read = [claim for one in claim_837p.read_batches(data) for claim in one.claims]
    if len(read) != len(wanted):
        yield _finding(ROUND_TRIP, f"{counted(len(wanted), 'claim')} written and {len(read)} read back.")
        return
    for one, other in zip(wanted, read, strict=True):
        if one != other:
            yield _finding(ROUND_TRIP, f"{_difference(one, other)} is not read back as it was written.",
                           claim=one.patient_control_number)  # fmt: skip


def _difference(one: Claim, other: Claim) -> str:
    names: Sequence[str] = tuple(Claim.__dataclass_fields__)
    return next((name for name in names if getattr(one, name) != getattr(other, name)), "something")


def _theirs(result: OracleResult, data: bytes) -> Iterator[Finding]:
    """What pyx12 says against the file it was given; its errors name a segment of that file, counted from 1."""
    if result.ok:
        return
    places = claim_837p.claim_places(data)
    for text in result.errors or ("0 refused without a word",):
        number = int(text.split(" ", 1)[0]) if text.split(" ", 1)[0].isdecimal() else 0
        before = max((p.before for p in places.values() if p.before < number), default=2)  # ISA and GS
        position = number - before
        claim = next((name for name, p in places.items() if p.before == before and p.first <= position <= p.last), None)
        yield replace(_finding(SECOND_OPINION, f"pyx12 refuses it: {text}", claim=claim),
                      segment_position=position if position > 0 else None)  # fmt: skip


def _finding(rule: Rule, message: str, claim: str | None = None) -> Finding:
    return Finding(code=rule.code, severity=rule.severity, message=message, claim=claim, hint=rule.instead)
