"""A 277CA into claim events: what the clearinghouse and the payers say of each claim, line, and part of a claim."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

from ptedi.claims import identity
from ptedi.codes import claim_status
from ptedi.denials import rejections
from ptedi.findings import counted
from ptedi.steps.answer_book import AnswerBook
from ptedi.store import batches, claims
from ptedi.store.batches import BatchRow
from ptedi.store.claims import ClaimRow
from ptedi.store.references import ReferenceKind
from ptedi.submissions.acknowledgements import (
    ClaimAcknowledgement,
    ClaimStatus,
    Status,
)
from ptedi.submissions.status import Event

_NAMED = 5  # claims of somebody else that a work item names


def apply(book: AnswerBook, one: ClaimAcknowledgement) -> None:
    """Notes what one set says of each of its claims, and a refusal of all of them."""
    book.answers += 1
    batch = next(iter(batches.by_reference(book.conn, one.batch_reference)), None) if one.batch_reference else None
    who = "payer" if one.from_payer else "clearinghouse"
    if batch is not None:
        book.confirm(batch, f"277CA from {who}", _told(one) if batch.is_trial else "")
        _refused_whole(book, one, batch, who)
    found = claims.by_control_numbers(book.conn, [c.patient_control_number for c in one.claims])
    parts, strange, silent = _numbers(one), list[ClaimStatus](), list[ClaimStatus]()
    for status in one.claims:
        row = found.get(status.patient_control_number)
        if row is not None and _says_nothing(status):
            silent.append(status)
        elif row is not None:
            _status(book, one, row, status, split=len(parts[status.patient_control_number]) > 1)
        elif batch is None or not batch.is_trial:
            strange.append(status)
    if strange:
        key = f"277CA:{one.batch_reference}:{book.file.sha256[:16]}:{strange[0].segment_index}"
        book.nobody(key, _strange(one.source_name or who, strange), len(strange))
    if silent:
        key = f"277CA:{one.batch_reference}:{book.file.sha256[:16]}:{silent[0].segment_index}"
        book.silent(key, _silent(one.source_name or who, silent))
    if batch is None and not one.claims:
        key = f"277CA:{one.batch_reference}:{one.control_number}:{book.file.sha256[:16]}"
        book.nobody(key, f"A 277CA answers batch {one.batch_reference or 'without number'}, which we did not send.")


def _says_nothing(status: ClaimStatus) -> bool:
    """Whether a claim is named without a verdict: no status at all, or that it could not be looked up."""
    every = [*status.statuses, *(s for line in status.lines for s in line.statuses)]
    return not status.rejected and not any(c.category[:1] not in _NO_WORD for s in every for c in s.codes)


_NO_WORD = ("", "D", "E")  # D0: searched for in vain; E0-E4: the other system failed


def _silent(who: str, several: Sequence[ClaimStatus]) -> str:
    names = ", ".join(one.patient_control_number for one in several[:_NAMED])
    more = f" and {len(several) - _NAMED} more" if len(several) > _NAMED else ""
    return (f"A 277CA of {who} names {counted(len(several), 'claim')} and does not say whether they were taken: "
            f"{names}{more} (from segment {several[0].segment_index} on).")  # fmt: skip


def _strange(who: str, several: Sequence[ClaimStatus]) -> str:
    """Which claims of a set are not ours, and where the first stands: a file of somebody else's names hundreds."""
    names = [one.patient_control_number or "without number" for one in several[:_NAMED]]
    more = f" and {len(several) - _NAMED} more" if len(several) > _NAMED else ""
    are = f"{counted(len(several), 'claim')} that {'is' if len(several) == 1 else 'are'} not ours"
    return f"A 277CA of {who} speaks of {are}: {', '.join(names)}{more} (from segment {several[0].segment_index} on)."


def _refused_whole(book: AnswerBook, one: ClaimAcknowledgement, batch: BatchRow, who: str) -> None:
    """A receiver or provider level refusal takes every claim of the set with it."""
    refusals = [s for s in (*one.receiver_statuses, *one.provider_statuses) if s.rejected]
    if not refusals or any(not c.rejected for c in one.claims):
        return
    words, first = _words(refusals), refusals[0]
    what = Event.PAYER_REJECTED if one.from_payer else Event.CLEARINGHOUSE_REJECTED
    key = f"277CA {who} {one.batch_reference} batch {_codes(refusals)}"
    number = batch.envelope.references[one.batch_reference]
    members = [m for m in batches.claims_of(book.conn, batch.id) if m.set_control_number == number]
    for member in members:
        book.event(member.claim_id, what, key, words, (first.segment_index, first.byte_offset))
    book.whole(batch, members, key, f"The {who} refused the whole batch: {words}.", rejections.of_status(refusals))


def _status(
    book: AnswerBook, one: ClaimAcknowledgement, row: ClaimRow, status: ClaimStatus, *, split: bool
) -> None:  # fmt: skip
    """One claim, or the part of it that the payer keeps under a number of its own (a split claim)."""
    book.references += [(row.id, ReferenceKind.PAYER, status.payer_claim_control_number),
                        (row.id, ReferenceKind.CLEARINGHOUSE, status.clearinghouse_trace)]  # fmt: skip
    who = "payer" if one.from_payer else "clearinghouse"
    every = [*status.statuses, *(s for line in status.lines for s in line.statuses)]
    words, at = _all_words(status), (status.segment_index, status.byte_offset)
    key = f"277CA {who} {one.batch_reference} {_codes(every)}"
    if split:
        key += f" {status.payer_claim_control_number}"
        words = f"part {status.payer_claim_control_number}: {words}"
    if status.rejected:
        book.event(row.id, Event.PAYER_REJECTED if one.from_payer else Event.CLEARINGHOUSE_REJECTED, key, words, at)
        refusals = [s for s in every if s.rejected]
        said = f"The {who} rejected {'a part of ' if split else ''}the claim: {_all_words(status, refusing=True)}."
        if split and (taken := _taken(one, row.patient_control_number)):
            said += f" It took another part in as {taken}: do not send that part again."
        book.refused(row, key, said, rejections.of_status(refusals))
        return
    into_adjudication = one.from_payer and any(c.category in ("A2", "A5") for s in status.statuses for c in s.codes)
    what = Event.PAYER_ACCEPTED if into_adjudication else Event.CLEARINGHOUSE_ACCEPTED
    book.event(row.id, what, key, words, at)


def _numbers(one: ClaimAcknowledgement) -> dict[str, set[str]]:
    """The payer's numbers of each claim: more than one when the payer split it."""
    found: dict[str, set[str]] = defaultdict(set)
    for status in one.claims:
        found[status.patient_control_number] |= {status.payer_claim_control_number} - {""}
    return found


def _taken(one: ClaimAcknowledgement, number: str) -> str:
    """The payer's numbers of the parts of a split claim that it took in."""
    told = [c for c in one.claims if c.patient_control_number == number and not c.rejected]
    return ", ".join(c.payer_claim_control_number for c in told)


def _all_words(status: ClaimStatus, *, refusing: bool = False) -> str:
    """The statuses of a claim in words, those of a line with the line; all of them, or those that refuse the claim."""
    parts = [_words(s for s in status.statuses if s.rejected or not refusing)]
    for line in status.lines:
        told = _words(s for s in line.statuses if s.rejected or not refusing)
        known = identity.line_of(line.line_control_number)
        name = f"line {known[1]} {line.procedure}" if known else f"line {line.procedure}"
        parts += [f"{name}: {told}"] if told else []
    return "; ".join(filter(None, parts))


def _told(one: ClaimAcknowledgement) -> str:
    """What a 277CA says of a whole set, claim by claim where it has claims."""
    heads = _words((*one.receiver_statuses, *one.provider_statuses))
    return "; ".join(filter(None, [*map(_all_words, one.claims)])) or heads


def _codes(statuses: Iterable[Status]) -> str:
    return " ".join(sorted({f"{c.category}:{c.status}:{c.entity}" for s in statuses for c in s.codes}))


def _words(statuses: Iterable[Status]) -> str:
    """Our words for each code, then the partner's own."""
    parts: list[str] = []
    for status in statuses:
        for code in status.codes:
            label = claim_status.label(code.category, code.status, code.entity)
            spelled = ":".join(filter(None, (code.category, code.status, code.entity)))
            parts.append(f"{spelled} {label}" if label else spelled)
        if status.message:
            parts.append(f'they say "{status.message}"')
    return "; ".join(dict.fromkeys(parts))
