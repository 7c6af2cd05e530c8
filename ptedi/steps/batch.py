"""Ready claims into 837P files: proved first, then numbers, archive, outbox and events in one transaction.

The file is made with the numbers that the series would give out next.  The transaction that keeps it takes those
numbers for real and looks again whether every claim is still ready; when somebody was faster the file is made anew.
So numbers have no gap, the database is held for milliseconds, and nothing is half kept.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import date
from functools import partial
from itertools import groupby

from ptedi.claims.model import Claim
from ptedi.errors import ConfigurationError, ContractViolation, InterlockError, StoreBusy, Terminal
from ptedi.findings import Finding
from ptedi.money import cents
from ptedi.payers.partner import TradingPartner
from ptedi.steps import numbering
from ptedi.steps.faults import point
from ptedi.steps.hold import hold
from ptedi.steps.jobs import jobs_of
from ptedi.steps.night import Night
from ptedi.steps.numbering import Numbers
from ptedi.steps.proof import Proof, begin, culprits, prove
from ptedi.steps.second_reader import beside, here
from ptedi.store import batches, claims, events, files
from ptedi.store.batches import BatchClaim, NewBatch
from ptedi.store.claims import ClaimRow
from ptedi.store.events import NewEvent
from ptedi.submissions.batch import Batch, Envelope
from ptedi.submissions.status import Event, State
from ptedi.transactions import claim_837p
from ptedi.transactions.claim_837p import ClaimPlace
from ptedi.transactions.claim_837p.replaced import replaced

ACTOR = "build_batches"
_ATTEMPTS = 5
WORTH = 1000  # claims: with fewer a second process costs more than it saves


@dataclass(frozen=True, slots=True, kw_only=True)
class Built:
    """What build_batches made: the batches, their claims and charge in cents, and claims taken out and held."""

    batch_ids: tuple[int, ...] = ()
    claims: int = 0
    charge_cents: int = 0
    held: int = 0


_Prove = Callable[[Batch], Callable[[], Proof]]
_Heads = Mapping[int, tuple[int, State | None]]


def build_batches(night: Night, service_date: date) -> Built:
    """Puts every ready claim up to a service date into files, by partner, at most `claims_per_set` in each set.

    Raises:
        ContractViolation: a partner's files would be refused because of settings; the other partners' files are made.
        InterlockError: test and production would have mixed.
    """
    made: list[int] = []
    trouble: list[Terminal] = []
    held = 0
    with night.store.exclusive("build"), ExitStack() as stack:
        with night.store.read() as conn:
            ready = claims.by_state(conn, [State.READY], until=service_date)
        lost = sorted({row.partner_id for row in ready} - set(night.partners))
        trouble += [ConfigurationError(f"claims wait for the partner {one}, which ptedi.toml does not have",
                                       hint=f"add [partners.{one}]") for one in lost]  # fmt: skip
        ready = [row for row in ready if row.partner_id in night.partners]
        files_of, jobs = in_files(night, ready), jobs_of(night) if len(ready) >= WORTH else 1
        workers = min(jobs - 1, sum(map(len, files_of.values())))
        opinion = stack.enter_context(beside(workers)) if workers else here
        proving = partial(begin, opinion=opinion, limit=second_opinion_limit(night))
        for partner_id, files in files_of.items():
            partner = night.partners[partner_id]
            try:
                for file in _begun(night, partner, files, proving, jobs):
                    batch_id, out = _build(night, partner, file, service_date, proving)
                    made += [] if batch_id is None else [batch_id]
                    held += out
            except (ContractViolation, InterlockError) as problem:
                trouble.append(problem)
    if trouble:
        raise trouble[0]
    with night.store.read() as conn:
        built = [batches.get(conn, batch_id) for batch_id in made]
    return Built(batch_ids=tuple(made), claims=sum(b.claim_count for b in built),
                 charge_cents=sum(b.charge_cents for b in built), held=held)  # fmt: skip


def in_files(night: Night, ready: Sequence[ClaimRow]) -> dict[str, list[list[ClaimRow]]]:
    """The claims of each file by partner; within a partner by date and control number, as they come."""
    found = {}
    for partner_id, rows in groupby(sorted(ready, key=lambda row: row.partner_id), key=lambda row: row.partner_id):
        partner, several = night.partners[partner_id], list(rows)
        limit = partner.claims_per_set * partner.sets_per_file
        found[partner_id] = [several[start : start + limit] for start in range(0, len(several), limit)]
    return found


def rebuild(night: Night, batch_id: int) -> bytes:
    """The bytes of a batch made again from its claims and its stored envelope."""
    with night.store.read() as conn:
        envelope = batches.get(conn, batch_id).envelope
        order = [one.claim_id for one in batches.claims_of(conn, batch_id)]
        billed = claims.billed(conn, order)
    return claim_837p.write(Batch(envelope=envelope, claims=tuple(billed[claim_id] for claim_id in order)))


def build_trial(night: Night, partner: TradingPartner, candidates: Callable[[int], Iterable[Claim]]) -> int:
    """A file with one claim that is nobody's, under the next numbers like any other; its batch, which has no claims.

    Args:
        night: the open workspace; it must belong to the test world.
        partner: who gets it.
        candidates: made with the file's ISA13; the first that passes every check goes.

    Raises:
        InterlockError: the workspace is not a test one.
        ContractViolation: none passes; the settings would make every file fail.
    """
    if usage(night, partner) != "T":
        raise InterlockError("a test file goes out of a test workspace only", hint='environment = "T" in ptedi.toml')
    with night.store.exclusive("build"):
        with night.store.read() as conn:
            numbers = numbering.upcoming(night, conn, partner)
        envelope = _envelope(night, partner, numbers, 1)
        proofs = (prove(Batch(envelope=envelope, claims=(one,))) for one in candidates(numbers.interchange))
        proof = next((one for one in proofs if not one.problems and not one.envelope), None)
        if proof is None:
            raise ContractViolation("no test claim for this partner's payers passes our own checks",
                                    hint=f"correct [partners.{partner.id}] or [practice] in ptedi.toml")
        name = partner.name_file(envelope.created, numbers.interchange, envelope.usage)
        with night.store.begin() as conn:
            if numbering.upcoming(night, conn, partner) != numbers:
                raise StoreBusy("another file took the number", hint="send the test file again")
            numbering.use(night, conn, partner, envelope)
            file = files.register(conn, night.archive, proof.data, name, direction="out", kind="837P")
            files.set_state(conn, file.id, files.PROCESSED)
            return batches.add(conn, NewBatch(
                partner_id=partner.id, environment=night.environment, service_date=None, envelope=envelope,
                file_id=file.id, file_name=name, charge_cents=0, claims=(), second_opinion_claims=0,
            ))  # fmt: skip


def usage(night: Night, partner: TradingPartner) -> str:
    """ISA15 for this partner in this workspace.

    Raises:
        InterlockError: it is not the world this workspace belongs to.
    """
    indicator = partner.usage_indicator(night.environment)
    if indicator != night.environment:
        raise InterlockError(
            f"partner {partner.id} would get ISA15 {indicator} from a workspace of environment {night.environment}",
            hint="keep test and production in workspaces of their own",
        )
    return indicator


def second_opinion_limit(night: Night) -> int | None:
    """How many claims of a file pyx12 judges beside our own checks, which judge all: None is all of them too.

    Raises:
        ConfigurationError: `[checks] pyx12` is neither "all" nor a number of claims.
    """
    value = night.workspace.table("checks").get("pyx12", "all")
    if value == "all":
        return None
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise ConfigurationError('[checks] pyx12 must be "all" or a number of claims per file', hint="see ptedi.toml")
    return value


@dataclass(frozen=True, slots=True)
class _File:
    """Claims that shall go into one file, which may have been made already with the numbers it will likely get.

    `heads` are the number and the state of each claim's newest event: one that has another by now may say other things.
    """

    rows: Sequence[ClaimRow]
    heads: _Heads
    numbers: Numbers
    batch: Batch
    finish: Callable[[], Proof]


def _begun(night: Night, partner: TradingPartner, several: Sequence[Sequence[ClaimRow]], prove: _Prove,
           jobs: int) -> Iterator[_File]:  # fmt: skip
    """Each file in its turn, while the proofs of those that follow it have begun already beside us.

    They are made with the numbers they get when the files before them go out as they are.  When that turns out
    otherwise, `_build` makes them anew.
    """
    ahead: deque[_File] = deque()
    for rows in several:
        made = _made(night, partner, rows, prove, ahead)
        if made is not None:
            ahead.append(made)
        if len(ahead) >= jobs:
            yield ahead.popleft()
    yield from ahead


def _made(night: Night, partner: TradingPartner, rows: Sequence[ClaimRow], prove: _Prove,
          ahead: Iterable[_File] = ()) -> _File | None:  # fmt: skip
    """The file of those of the claims that are ready; `ahead`: files before it that wait for their numbers."""
    with night.store.read() as conn:
        heads = events.heads(conn, [row.id for row in rows])
        rows = [row for row in rows if heads[row.id][1] is State.READY]
        billed = claims.billed(conn, [row.id for row in rows])
        numbers = numbering.upcoming(night, conn, partner).after(len(file.batch.sets) for file in ahead)
    if not rows:
        return None
    batch = Batch(envelope=_envelope(night, partner, numbers, len(rows)),
                  claims=tuple(billed[row.id] for row in rows))  # fmt: skip
    return _File(rows, {row.id: heads[row.id] for row in rows}, numbers, batch, prove(batch))


def _still(night: Night, partner: TradingPartner, file: _File) -> bool:
    """Whether a file that was made ahead is what would be made now."""
    with night.store.read() as conn:
        same = numbering.upcoming(night, conn, partner) == file.numbers
        return same and events.heads(conn, list(file.heads)) == file.heads


def _build(
    night: Night, partner: TradingPartner, begun: _File, day: date, prove: _Prove
) -> tuple[int | None, int]:  # fmt: skip
    """One file of these claims; returns the batch (None when no claim was left) and how many were held."""
    held = attempts = 0
    file: _File | None = begun
    while attempts < _ATTEMPTS:
        if file is None:
            return None, held
        proof, rows = file.finish(), file.rows
        point("batch.proved")
        if not _still(night, partner, file):  # others were faster, or the files before it did not all go
            file, attempts = _made(night, partner, rows, prove), attempts + 1
            continue
        if proof.envelope:
            found = " ".join(dict.fromkeys(f"{one.code} {one.message}" for one in proof.envelope))
            raise ContractViolation(f"files for {partner.id} would be refused whatever the claims: {found}",
                                    hint=f"correct [partners.{partner.id}] or [practice] in ptedi.toml")  # fmt: skip
        if proof.problems:
            held += _take_out(night, rows, culprits(file.batch))  # at least one goes, so this ends
            file = _made(night, partner, rows, prove)
            continue
        batch_id = _keep(night, partner, file, proof, day)
        if batch_id is not None:
            return batch_id, held
        file, attempts = _made(night, partner, rows, prove), attempts + 1
    raise StoreBusy("a batch could not be numbered because others kept being faster", hint="run the step again")


def _take_out(night: Night, rows: Sequence[ClaimRow], found: Mapping[str, tuple[Finding, ...]]) -> int:
    """Holds the claims that make a file fail, so that the others can go."""
    if not found:
        raise ContractViolation("a file fails its checks although each of its claims passes alone",
                                hint="run `ptedi check` on the claims; nothing was sent")  # fmt: skip
    by_number = {row.patient_control_number: row for row in rows}
    ids = [by_number[name].id for name in found]
    with night.store.begin() as conn:
        events.lock(conn, ids)
        states = events.current_states(conn, ids)  # finding them takes its time
        going = {by_number[name]: several for name, several in found.items()
                 if states[by_number[name].id] is State.READY}  # fmt: skip
        hold(night, conn, going, ACTOR)
        point("batch.culprits held")
    return len(going)


def _keep(night: Night, partner: TradingPartner, file: _File, proof: Proof, day: date) -> int | None:
    """Keeps a proved file, or returns None when a number was taken or a claim moved by somebody else meanwhile."""
    batch, numbers, ids = file.batch, file.numbers, [row.id for row in file.rows]
    name = partner.name_file(batch.envelope.created, numbers.interchange, batch.envelope.usage)
    with night.store.begin() as conn:
        events.lock(conn, ids)
        if events.heads(conn, ids) != file.heads or numbering.upcoming(night, conn, partner) != numbers:
            return None
        numbering.use(night, conn, partner, batch.envelope)
        point("batch.numbers used")
        kept = files.register(conn, night.archive, proof.data, name, direction="out", kind="837P")
        files.set_state(conn, kept.id, files.PROCESSED)
        point("batch.archived")
        batch_id = batches.add(conn, NewBatch(
            partner_id=partner.id, environment=night.environment, service_date=day, envelope=batch.envelope,
            file_id=kept.id, file_name=name, charge_cents=cents(batch.charge),
            claims=_places(proof.places, file.rows),
            second_opinion_claims=proof.second_opinion_claims,
        ))  # fmt: skip
        point("batch.recorded")
        where = f"in batch {batch_id}, interchange {numbers.interchange}"
        events.append_all(conn, [
            NewEvent(claim_id=claim_id, event=Event.BATCHED, actor=ACTOR, evidence_key=f"batch {batch_id}",
                     detail=where + _letters(claim), file_id=kept.id)
            for claim_id, claim in zip(ids, batch.claims, strict=True)
        ])  # fmt: skip
        point("batch.events appended")
    point("batch.kept")
    return batch_id


def _letters(claim: Claim) -> str:
    """Says which fields could not go out letter by letter; the payer's records may hold the name otherwise."""
    fields = replaced(claim)
    return f"; letters replaced in: {', '.join(fields)}" if fields else ""


def _places(
    places: Mapping[str, ClaimPlace], rows: Sequence[ClaimRow]
) -> tuple[BatchClaim, ...]:  # fmt: skip
    found = [(row.id, places[row.patient_control_number]) for row in rows]
    return tuple(BatchClaim(claim_id=claim_id, set_control_number=at.set_control_number, first_segment=at.first,
                            last_segment=at.last) for claim_id, at in found)  # fmt: skip


def _envelope(night: Night, partner: TradingPartner, numbers: Numbers, count: int) -> Envelope:
    sets = -(-count // partner.claims_per_set)
    first, *further = [numbering.reference(night, partner, numbers.reference + n) for n in range(sets)]
    return Envelope(
        sender_qualifier=partner.sender_qualifier, sender_id=partner.sender_id,
        receiver_qualifier=partner.receiver_qualifier, receiver_id=partner.receiver_id,
        application_sender=partner.application_sender, application_receiver=partner.application_receiver,
        submitter_name=partner.submitter_name, submitter_id=partner.submitter_id,
        contact_name=partner.contact_name, phone=partner.phone, receiver_name=partner.receiver_name,
        receiver_identifier=partner.receiver_identifier, interchange_control_number=numbers.interchange,
        group_control_number=numbers.group, set_control_number=numbers.first_set(partner),
        batch_reference=first, further_references=tuple(further),
        claims_per_set=partner.claims_per_set if further else 0,
        created=night.now().replace(microsecond=0), usage=usage(night, partner),
        acknowledgement_requested=partner.acknowledgement_requested, newline=partner.newline,
        case=partner.case,
    )  # fmt: skip

