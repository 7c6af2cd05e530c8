"""The census: every claim in exactly one state with a clock, nothing unaccounted for, late answers asked for.

Captured visits have claims, claims have events, batches and payments have claims, and the claims' charges are what the
ledger says was billed.  An answer (TA1, 999, 277CA, 835) that is missing longer than its limit becomes a work item of
kind `stale`, which closes when the answer comes.  A limit is what ptedi.toml says for the partner; else what the
partner's own answers taught (95 of 100 came by then, from 20 batches on); else a default.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from ptedi import dates
from ptedi.denials import priority
from ptedi.findings import counted
from ptedi.money import from_cents
from ptedi.payers.partner import ANSWER_HOURS
from ptedi.steps.audit import seal_audit
from ptedi.steps.faults import point
from ptedi.steps.night import Night
from ptedi.steps.settled import close_settled
from ptedi.steps.spans import waiting
from ptedi.steps.unsent import PREFIX, Unsent, ask, unsent
from ptedi.store import Connection, census, coordination, sums, work
from ptedi.store.census import NO_CLAIM, Answered, Clock, Gap, Sent
from ptedi.store.work import NewWork, WorkKind
from ptedi.submissions.status import State

ENOUGH, SHARE, MEMORY = 20, 0.95, timedelta(days=365)
_ANSWERED = "the answer came"
_UNREAD = frozenset({State.SENT})  # nobody said yet that the file can be read
_UNSEEN = _UNREAD | {State.RECEIVED}  # nobody said a word of the claim
_UNPAID = _UNSEEN | {State.ACCEPTED_CLEARINGHOUSE, State.ACCEPTED_PAYER}
FILED = frozenset({State.ACCEPTED_PAYER, State.PAID, State.PARTLY_PAID, State.DENIED, State.REVERSED, State.APPEALED,
                   State.SUPERSEDED, State.WRITTEN_OFF, State.CLOSED})  # fmt: skip
_FILING = ((0, "past"), (8, "up to 7 days"), (31, "up to 30 days"), (91, "up to 90 days"), (10**6, "later"))
_CHANCE = 60  # percent of asked-for claims that are paid: own judgement


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimClock:
    """One claim: where it is, since when, and how long the payer still takes it (None: filed, or no limit known)."""

    claim: str
    service_date: date
    payer_id: str
    charge: Decimal
    state: str
    since: datetime | None
    days: int
    filing_deadline: date | None
    filing_days_left: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class StateCount:
    """The claims of one state: how many, what they bill, the longest there."""

    state: str
    count: int
    amount: Decimal
    oldest: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Unaccounted:
    """Something in no account."""

    what: str
    which: str
    amount: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """How long a partner (for an 835: with this payer) may take to answer, and why so long."""

    partner: str
    payer: str
    answer: str
    hours: int
    basis: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Late:
    """An answer that is overdue: for a whole batch, or for one claim of it."""

    answer: str
    partner: str
    batch_id: int
    claim: str | None
    claims: int
    amount: Decimal
    waiting_hours: int
    limit_hours: int
    basis: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Census:
    """The whole count.

    Attributes:
        visits_waiting: they wait for the end of the span they share a claim with.
        superseded: billed by nobody, its correction is; `later` asks a later payer for what was billed already.
        charged: what the ledger says was billed.
        unsent: what should have left us more than a day ago.
    """

    day: date
    visits: int
    visits_with_claim: int
    visits_waiting: int
    claims: int
    states: tuple[StateCount, ...]
    charge: Decimal
    superseded: Decimal
    later: Decimal
    charged: Decimal
    unaccounted: tuple[Unaccounted, ...]
    late: tuple[Late, ...]
    unsent: tuple[Unsent, ...]
    limits: tuple[Limit, ...]
    filing: dict[str, int]
    clocks: tuple[ClaimClock, ...]

    @property
    def not_coded(self) -> bool:
        """Whether all that is missing is visits without a claim, as between an upload and the night that codes it."""
        return bool(self.unaccounted) and all(one.what == NO_CLAIM for one in self.unaccounted)

    @property
    def closes(self) -> bool:
        """Whether everything is accounted for: visits, claims by state, and their charges to the cent."""
        return (
            not self.unaccounted and self.visits == self.visits_with_claim + self.visits_waiting
            and self.claims == sum(one.count for one in self.states)
            and self.charge == sum((one.amount for one in self.states), Decimal("0.00"))
            and self.charge - self.superseded - self.later == self.charged
        )  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """What take_census did: claims counted, things in no account, overdue answers, items made and closed, seals.

    `unsent` counts what should have left us and has not: files, and partners with claims in no file; `closed` claims
    with nothing open any more.
    """


    claims: int = 0
    unaccounted: int = 0
    late: int = 0
    unsent: int = 0
    opened: int = 0
    resolved: int = 0
    closed: int = 0
    sealed: int = 0


def count(night: Night) -> Census:
    """The census, from one consistent view of the store."""
    now = dates.now()
    with night.store.read() as conn:
        clocks, gaps, waits = census.clocks(conn), *_gaps(night, conn)
        limits = _Limits(night, census.sent(conn), census.answers(conn, now - MEMORY))
        late = tuple(one for one, _ in _late(conn, clocks, limits, now))
        here = tuple(unsent(conn, clocks, now))
        visits, charged = census.visits_captured(conn), from_cents(census.charged_cents(conn))
        later = coordination.later(conn)
    told = tuple(_clock(night, one, now) for one in clocks)
    without = sum(1 for gap in gaps if gap.what == NO_CLAIM)
    return Census(
        day=dates.today(), visits=visits, visits_with_claim=visits - without - waits, visits_waiting=waits,
        claims=len(clocks), states=tuple(_states(clocks)), charge=from_cents(sum(one.charge_cents for one in clocks)),
        superseded=from_cents(sum(one.charge_cents for one in clocks
                                  if one.state is State.SUPERSEDED and one.claim_id not in later)),
        later=from_cents(sum(one.charge_cents for one in clocks if one.claim_id in later)),
        charged=charged, unaccounted=tuple(map(_unaccounted, gaps)), late=late, unsent=here,
        limits=limits.all(),
        filing=_filing(told), clocks=told,
    )  # fmt: skip


def take_census(night: Night) -> Counted:
    """Counts, asks for what is late, closes what is answered or settled, seals the history; again: changes nothing."""
    with night.store.exclusive("census"), night.store.begin() as conn:
        now, clocks = dates.now(), census.clocks(conn)
        limits = _Limits(night, census.sent(conn), census.answers(conn, now - MEMORY))
        items = [_item(night, one, clock) for one, clock in _late(conn, clocks, limits, now)]
        wanted = {item.key: item for item in items}
        there = [one for one in work.list_work(conn, kinds=[WorkKind.STALE]) if not one.key.startswith(PREFIX)]
        opened = work.put_all(conn, wanted.values()) + work.reopen(conn, wanted, _ANSWERED)
        resolved = work.resolve(conn, [item.id for item in there if item.key not in wanted], _ANSWERED)
        waiting_here = unsent(conn, clocks, now)
        asked, gone = ask(conn, waiting_here, night.partners)
        missing = len(_gaps(night, conn)[0])
        sums.fold(conn)
        point("census.counted")
    point("census.kept")
    closed = close_settled(night)
    sealed = seal_audit(night, "take_census")
    return Counted(claims=len(clocks), unaccounted=missing, late=len(wanted), unsent=len(waiting_here),
                   opened=opened + asked, resolved=resolved + gone, closed=closed,
                   sealed=sealed.claims if sealed else 0)  # fmt: skip


# --- counting ---


def _clock(night: Night, one: Clock, now: datetime) -> ClaimClock:
    profile = night.profiles.get(one.payer_id)
    days = profile.on(one.service_date).timely_filing_days if profile and one.state not in FILED else 0
    deadline = one.service_date + timedelta(days=days) if days else None
    return ClaimClock(
        claim=one.claim, service_date=one.service_date, payer_id=one.payer_id, charge=from_cents(one.charge_cents),
        state=one.state.value if one.state else "", since=one.since, days=(now - one.since).days if one.since else 0,
        filing_deadline=deadline, filing_days_left=(deadline - dates.today()).days if deadline else None,
    )  # fmt: skip


def _gaps(night: Night, conn: Connection) -> tuple[list[Gap], int]:
    """What is in no account, and how many visits have no claim because their span is not over."""
    found, waits = census.gaps(conn), waiting(night, conn, dates.today())
    left = [gap for gap in found if gap.what != NO_CLAIM or gap.which not in waits]
    return left, len(found) - len(left)


def _states(clocks: Iterable[Clock]) -> Iterator[StateCount]:
    found: dict[State, list[Clock]] = defaultdict(list)
    for one in clocks:
        if one.state is not None:
            found[one.state].append(one)
    for state in State:
        if several := found.get(state):
            yield StateCount(state=state.value, count=len(several),
                             amount=from_cents(sum(one.charge_cents for one in several)),
                             oldest=min(one.since for one in several if one.since))  # fmt: skip


def _filing(clocks: Iterable[ClaimClock]) -> dict[str, int]:
    left = [one.filing_days_left for one in clocks if one.filing_days_left is not None]
    found = Counter(next(name for below, name in _FILING if days < below) for days in left)
    return {name: found[name] for _, name in _FILING if found[name]}


def _unaccounted(gap: Gap) -> Unaccounted:
    return Unaccounted(what=gap.what, which=gap.which, amount=from_cents(gap.cents))


# --- how long is too long ---


class _Limits:
    """The limits of a night: configured, learned, or the defaults."""

    def __init__(self, night: Night, sent: Mapping[int, Sent], answers: Sequence[Answered]) -> None:
        self.sent, self.answers = sent, answers
        self._night = night
        self._known: dict[tuple[str, str, str], Limit] = {}
        self._taken = _hours_taken(sent, answers)

    def of(self, partner: str, payer: str, answer: str) -> Limit:
        """The limit of one answer; only 835s differ by payer."""
        key = (partner, payer if answer == "835" else "", answer)
        if key not in self._known:
            self._known[key] = self._find(*key)
        return self._known[key]

    def all(self) -> tuple[Limit, ...]:
        """Every limit that was asked for, and those of every partner."""
        for partner in self._night.partners:
            for answer in ANSWER_HOURS:
                self.of(partner, "", answer)
        return tuple(one for _, one in sorted(self._known.items()))

    def _find(self, partner: str, payer: str, answer: str) -> Limit:
        settings = self._night.partners.get(partner)
        taken = self._taken.get((partner, payer, answer), [])
        hours, basis = ANSWER_HOURS[answer], "default"
        if settings and answer in settings.answer_hours:
            hours, basis = settings.answer_hours[answer], "ptedi.toml"
        elif len(taken) >= ENOUGH:
            hours, basis = _percentile(taken), f"learned from {len(taken)} batches"
        return Limit(partner=partner, payer=payer, answer=answer, hours=hours, basis=basis)


def _hours_taken(sent: Mapping[int, Sent], answers: Iterable[Answered]) -> dict[tuple[str, str, str], list[float]]:
    """Hours until a batch had its last answer: by partner and kind, for 835s by payer too."""
    last: dict[tuple[int, str, str], datetime] = {}
    for one in answers:
        key = (one.batch_id, one.payer_id if one.kind == "835" else "", one.kind)
        last[key] = max(one.at, last.get(key, one.at))
    found: dict[tuple[str, str, str], list[float]] = defaultdict(list)
    for (batch_id, payer, kind), at in last.items():
        batch = sent[batch_id]
        found[batch.partner_id, payer, kind].append(max((at - batch.sent_at).total_seconds(), 0) / 3600)
    return found


def _percentile(taken: Sequence[float]) -> int:
    """Whole hours by which 95 of 100 had come, at least one."""
    return max(1, math.ceil(sorted(taken)[math.ceil(SHARE * len(taken)) - 1]))


# --- what is late ---


def _late(
    conn: Connection, clocks: Sequence[Clock], limits: _Limits, now: datetime
) -> Iterator[tuple[Late, Clock | None]]:
    """Overdue answers, batch by batch; one cause makes one entry."""
    waiting = [one for one in clocks if one.state in _UNPAID]
    homes = census.newest_batches(conn, [one.claim_id for one in waiting])
    by_batch: dict[int, list[Clock]] = defaultdict(list)
    for one in waiting:
        if homes.get(one.claim_id) in limits.sent:
            by_batch[homes[one.claim_id]].append(one)
    heard = {one.batch_id for one in limits.answers}
    for batch_id, several in sorted(by_batch.items()):
        yield from _late_of(limits, limits.sent[batch_id], several, now, silent=batch_id not in heard)


def _late_of(
    limits: _Limits, batch: Sent, waiting: Sequence[Clock], now: datetime, *, silent: bool
) -> Iterator[tuple[Late, Clock | None]]:
    hours = int((now - batch.sent_at).total_seconds() // 3600)

    def late(answer: str, several: Sequence[Clock], one: Clock | None = None) -> tuple[Late, Clock | None] | None:
        limit = limits.of(batch.partner_id, several[0].payer_id, answer)
        if hours <= limit.hours:
            return None
        return Late(answer=answer, partner=batch.partner_id, batch_id=batch.id, claim=one.claim if one else None,
                    claims=len(several), amount=from_cents(sum(c.charge_cents for c in several)), waiting_hours=hours,
                    limit_hours=limit.hours, basis=limit.basis), one  # fmt: skip

    unseen = [one for one in waiting if one.state in _UNSEEN]
    if silent:  # a whole batch without a word: one question, about the earliest answer that is missing
        found = late("999", unseen) or (late("TA1", unseen) if batch.state != "confirmed" else None) if unseen else None
        if found:
            yield found
        return
    if len(unseen) == batch.claims:
        found = late("277CA", unseen)
        if found:
            yield found
        return
    lost = [late("277CA", [one], one) for one in unseen]
    unpaid = [late("835", [one], one) for one in waiting if one.state not in _UNSEEN]
    yield from (one for one in (*lost, *unpaid) if one)


def _item(night: Night, one: Late, clock: Clock | None) -> NewWork:
    told = _clock(night, clock, dates.now()) if clock else None
    rank = priority(one.amount, _CHANCE, told.filing_days_left if told else None)
    whom = f"Claim {one.claim}" if one.claim else f"Batch {one.batch_id} ({counted(one.claims, 'claim')})"
    days, rest = divmod(one.waiting_hours, 24)
    return NewWork(
        key=f"stale:{one.answer}:{one.batch_id}:{clock.claim_id if clock else 'batch'}", kind=WorkKind.STALE,
        claim_id=clock.claim_id if clock else None, category=f"no {one.answer}",
        sentence=f"{whom} was sent {counted(days, 'day')} {counted(rest, 'hour')} ago and has no "
                 f"{one.answer}; {one.partner} is expected "
                 f"to answer within {one.limit_hours} hours ({one.basis}).",
        next_action="ASK_PAYER" if one.answer == "835" else "ASK_CLEARINGHOUSE",
        how="Ask for the claim's status; a claim the payer never got is sent again before the filing limit."
            if one.claim else "Ask for the file by its interchange number; look in the partner's report folder.",
        amount_cents=int(one.amount * 100), deadline=told.filing_deadline if told else None,
        deadline_basis="timely filing, counted from the service date" if told and told.filing_deadline else "",
        priority=rank.value,
    )  # fmt: skip
