"""Deposits tied to checks by a person: one deposit to several checks (a lockbox), several deposits to one, or undone.

What agrees to the cent is tied as a whole.  What does not is refused, unless the person states the difference: then so
much stays open, on the deposit when the bank got more, on the last check when it got less, and waits as before.  Where
the night tied by the trace although the amounts differ, the same is said without untying first.  What a person untied,
only a person ties again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ptedi.errors import ConfigurationError
from ptedi.money import from_cents, usd
from ptedi.steps.deposit import TIED, expects_deposit
from ptedi.steps.faults import point
from ptedi.steps.night import Night
from ptedi.store import Connection, decisions, deposits, payments, work
from ptedi.store.decisions import NewDecision, Verb
from ptedi.store.deposits import DepositRow, Tie
from ptedi.store.payments import PaymentRow


@dataclass(frozen=True, slots=True, kw_only=True)
class Tied:
    """What a decision about deposits did.

    Attributes:
        ties: what of which deposit belongs to which check, of these deposits now.
        open_cents: what stays open between them: positive the bank got more, negative less.
        changed: False when it was so already.
    """

    ties: tuple[Tie, ...]
    open_cents: int
    changed: bool
    sentence: str


def tie(
    night: Night, deposit_ids: Sequence[int], payment_ids: Sequence[int], person: str, reason: str, *,
    difference_cents: int = 0,
) -> Tied:  # fmt: skip
    """Ties deposits to checks: one to several, several to one.

    Args:
        night: an open night.
        deposit_ids: the deposits by number.
        payment_ids: the checks by number; when the bank got less, the last one is short.
        person: who says so.
        reason: why.
        difference_cents: by how much the deposits exceed the checks, as the person states it: it stays open.

    Raises:
        ConfigurationError: there is no such deposit or check, one of them is tied already or is not in the books, or
            the cents differ by another amount than stated.
    """
    _asked(deposit_ids, payment_ids, reason)
    with night.store.exclusive("post"):
        with night.store.begin() as conn:
            several, rows = [_deposit(conn, one) for one in deposit_ids], [_check(conn, one) for one in payment_ids]
            if (known := _known(conn, deposit_ids, payment_ids)) is not None:
                return known
            several = [_loosened(conn, one, rows, person) for one in several]
            short = deposits.short(conn, {row.id: row.amount_cents for row in rows})
            for deposit in several:
                _free(deposit)
            for row in rows:
                if row.id not in short:
                    raise _refused(f"check {row.id} has its deposit already", f"`ptedi deposits list --check {row.id}`")
            off = sum(one.open_cents for one in several) - sum(short.values())
            _agree(off, difference_cents)
            made = _parts(several, rows, short, off)
            deposits.tie(conn, made)
            _tell(conn, made, person, reason.strip())
            point("deposits.tied")
    words = f"{_sum(made)} of {_names('deposit', deposit_ids)} to {_names('check', payment_ids)}"
    return Tied(ties=tuple(made), open_cents=off, changed=True,
                sentence=f"{words}, {usd(from_cents(off))} stays open" if off else words)  # fmt: skip


def untie(night: Night, deposit_id: int, person: str, reason: str) -> Tied:
    """Lets go of a deposit: it and its checks wait for their other halves again, or for each other by a person's word.

    Raises:
        ConfigurationError: there is no such deposit, or no reason is given.
    """
    _asked([deposit_id], [0], reason)
    with night.store.exclusive("post"):
        with night.store.begin() as conn:
            deposit = _deposit(conn, deposit_id)
            before = [one for one in deposits.ties(conn) if one.deposit_id == deposit_id]
            if not before:
                return Tied(ties=(), open_cents=deposit.open_cents, changed=False, sentence="it is tied to no check")
            deposits.let_go(conn, deposit_id)
            deposits.keep_apart(conn, before)
            for one in before:
                _record(conn, Verb.UNTIE, one, person, reason.strip())
            work.resolve_key(conn, f"deposit:differs:{deposit_id}", f"{person}: untied")
            point("deposits.tied")
    return Tied(ties=(), open_cents=deposit.amount_cents, changed=True,
                sentence=f"deposit {deposit_id} of {usd(from_cents(deposit.amount_cents))} waits again")  # fmt: skip


def _asked(deposit_ids: Sequence[int], payment_ids: Sequence[int], reason: str) -> None:
    if not reason.strip():
        raise ConfigurationError("a decision about money needs a reason", hint="--reason \"...\"")
    if len(set(deposit_ids)) != len(deposit_ids) or len(set(payment_ids)) != len(payment_ids):
        raise _refused("one is named twice")
    if not deposit_ids or not payment_ids or (len(deposit_ids) > 1 and len(payment_ids) > 1):
        raise _refused("one deposit goes to one or several checks, or several deposits to one check")


def _refused(why: str, hint: str = "") -> ConfigurationError:
    return ConfigurationError(why, hint=hint or "`ptedi deposits list --waiting` lists what waits")


def _deposit(conn: Connection, number: int) -> DepositRow:
    found = deposits.get(conn, number) if 0 < number < 2**63 else None
    if found is None:
        raise _refused(f"there is no deposit {number}")
    return found


def _check(conn: Connection, number: int) -> PaymentRow:
    found = payments.find(conn, number) if 0 < number < 2**63 else None
    if found is None:
        raise _refused(f"there is no check {number}", "`ptedi remits list --all` lists them")
    if not expects_deposit(found):
        why = "has no money in it" if not found.amount_cents else f"is {found.state}"
        raise _refused(f"check {number} {why}: no deposit belongs to it")
    return found


def _free(deposit: DepositRow) -> None:
    if not deposit.open_cents:
        where = f"check {deposit.payment_id}" if deposit.payment_id is not None else "checks"
        raise _refused(f"deposit {deposit.id} is tied to {where} already", f"`ptedi deposits untie {deposit.id}` first")


def _known(conn: Connection, deposit_ids: Sequence[int], payment_ids: Sequence[int]) -> Tied | None:
    """What is there when exactly this was said before."""
    there = [one for one in deposits.ties(conn) if one.deposit_id in deposit_ids]
    wanted = {(one, other) for one in deposit_ids for other in payment_ids}
    if {(one.deposit_id, one.payment_id) for one in there} != wanted or any(_differs(conn, one) for one in there):
        return None
    return Tied(ties=tuple(there), open_cents=0, changed=False, sentence="they are tied already")


def _differs(conn: Connection, one: Tie) -> bool:
    """Whether a deposit was tied by its trace alone: the amounts differ, and nobody said why."""
    return not one.by_hand and one.cents != payments.get(conn, one.payment_id).amount_cents


def _loosened(conn: Connection, deposit: DepositRow, rows: Sequence[PaymentRow], person: str) -> DepositRow:
    """The deposit free to be tied as a person says, where it is tied to one of these checks and differs."""
    differs = [row for row in rows if row.id == deposit.payment_id and row.amount_cents != deposit.amount_cents]
    if not differs:
        return deposit
    deposits.let_go(conn, deposit.id)
    work.resolve_key(conn, f"deposit:differs:{deposit.id}", f"{person}: {TIED}")
    return _deposit(conn, deposit.id)


def _agree(off: int, stated: int) -> None:
    if off == stated:
        return
    much = f"{usd(from_cents(abs(off)))} {'more' if off > 0 else 'less'} than" if off else "exactly"
    said = f", not {usd(from_cents(stated))} different" if stated else ""
    raise _refused(f"the bank got {much} what the checks say{said}",
                   f"--difference {from_cents(off)} says that so much stays open" if off else "leave --difference out")


def _parts(
    several: Sequence[DepositRow], rows: Sequence[PaymentRow], short: dict[int, int], off: int
) -> list[Tie]:  # fmt: skip
    """What of each deposit goes to which check: all, but for what is stated to stay open."""
    have, need = [one.open_cents for one in several], [short[row.id] for row in rows]
    if off and len({cents > 0 for cents in (*have, *need)}) > 1:
        raise _refused("money came and went in these: they must agree to the cent")
    shares = _shares(need, have[0]) if len(several) == 1 else _shares(have, need[0])
    pairs = [(one.id, row.id) for one in several for row in rows]
    return [Tie(deposit_id=one, payment_id=other, cents=cents, by_hand=True)
            for (one, other), cents in zip(pairs, shares, strict=True)]  # fmt: skip


def _shares(amounts: list[int], room: int) -> list[int]:
    """The amounts as far as there is room for them; only the last one may get less."""
    if abs(sum(amounts)) <= abs(room):
        return amounts
    last = amounts[-1] - sum(amounts) + room
    if not last or not room or (last > 0) is not (room > 0):
        raise _refused("the last of them would get nothing: leave it out")
    return [*amounts[:-1], last]


def _tell(conn: Connection, made: Sequence[Tie], person: str, reason: str) -> None:
    """Keeps the decision with each check, and closes what waited for it."""
    for one in made:
        _record(conn, Verb.TIE, one, person, reason)
    for number in {one.payment_id for one in made}:
        row = payments.get(conn, number)
        if number not in deposits.short(conn, {number: row.amount_cents}):
            work.resolve_key(conn, f"deposit:missing:{number}", TIED)
    for number in {one.deposit_id for one in made}:
        work.resolve_key(conn, f"deposit:orphan:{number}", TIED)


def _record(conn: Connection, verb: Verb, one: Tie, person: str, reason: str) -> None:
    decisions.record(conn, NewDecision(
        actor=person, action=verb, reason=reason, payment_id=one.payment_id,
        detail=f"deposit {one.deposit_id}, {usd(from_cents(one.cents))}"))  # fmt: skip


def _sum(made: Sequence[Tie]) -> str:
    return usd(from_cents(sum(one.cents for one in made)))


def _names(what: str, numbers: Sequence[int]) -> str:
    return f"{what}{'s' if len(numbers) > 1 else ''} {', '.join(map(str, numbers))}"
