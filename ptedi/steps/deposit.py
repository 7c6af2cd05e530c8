"""The bank against the remittances: by trace and amount, tolerance zero, both ways."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Container, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from ptedi.dates import today
from ptedi.money import from_cents, usd
from ptedi.steps import bank, quarantine
from ptedi.steps.night import Night
from ptedi.store import Connection, deposits, files, payments, work
from ptedi.store.deposits import DepositRow
from ptedi.store.files import StoredFile
from ptedi.store.payments import PaymentRow, PaymentState
from ptedi.store.work import NewWork, WorkKind

EXPECTED = (PaymentState.POSTED, PaymentState.QUARANTINED)
CAME, ANSWERED, TIED = "the deposit came", "the remittance came", "tied by a person"
_OUT = "its check is not in the books any more"
_Apart = set[tuple[int, int]]  # deposits and checks that a person untied
_BUSINESS_DAYS = 3  # CAQH CORE 370: remittance and deposit within three business days of each other


@dataclass(frozen=True, slots=True, kw_only=True)
class Reconciled:
    """Deposits tied to checks now, and what still waits for its other half or differs."""

    matched: int = 0
    differing: int = 0
    without_deposit: int = 0
    without_remittance: int = 0


def take_deposits(night: Night, file: StoredFile, data: bytes) -> int:
    """Records the deposits of a bank file once; rows that another file stated already are passed over."""
    found = bank.read(files.legible(data))
    with night.store.begin() as conn:
        fresh = [d for d in found.deposits if not deposits.known(conn, d)]
        count = deposits.add_all(conn, file.id, fresh)
        if found.findings:
            quarantine.keep(night, file, data, found.findings)
            work.put(conn, NewWork(
                key=f"file:{file.sha256}", kind=WorkKind.DEPOSIT, category="bank file", file_id=file.id,
                sentence=quarantine.sentence(found.findings), next_action="LOOK_AT_FILE",
            ))  # fmt: skip
        files.set_state(conn, file.id, files.PROCESSED, quarantine.sentence(found.findings))
    return count


def reconcile_deposits(night: Night) -> Reconciled:
    """Ties deposits to checks; what misses its other half for longer than three business days becomes work."""
    with night.store.exclusive("post"), night.store.begin() as conn:
        matched, differing = 0, 0
        deposits.let_go_of_copies(conn)
        taken, apart = deposits.matched_payments(conn), deposits.apart(conn)
        for deposit in _whole(deposits.list_deposits(conn, matched=False)):
            check = _check_of(conn, deposit, taken, apart)
            if check is None:
                continue
            _tie(conn, deposit, check, taken)
            matched += 1
            if deposit.amount_cents != check.amount_cents:
                differing += 1
                _differs(conn, deposit, check)
        lonely = [check for check in _expected(conn) if check.id not in taken]
        pairs = _written_otherwise(lonely, _whole(deposits.list_deposits(conn, matched=False)), apart)
        for deposit, check in pairs:
            _tie(conn, deposit, check, taken)
        expected = {check.id: check for check in _expected(conn)}
        short = deposits.short(conn, {number: check.amount_cents for number, check in expected.items()})
        orphans = deposits.list_deposits(conn, matched=False)
        _out_of_books(conn, expected)
        _missing(conn, [(expected[number], cents) for number, cents in short.items()], orphans)
    return Reconciled(matched=matched + len(pairs), differing=differing, without_deposit=len(short),
                      without_remittance=len(orphans))  # fmt: skip


def expects_deposit(check: PaymentRow) -> bool:
    """Whether the bank must have seen this check: ours, with money in it, and not a copy."""
    return check.state in EXPECTED and check.amount_cents != 0


def _check_of(conn: Connection, deposit: DepositRow, taken: set[int], apart: _Apart) -> PaymentRow | None:
    """The check with the deposit's trace (and originator where both say one); the same amount first."""
    found = [
        check for check in payments.by_trace(conn, deposit.trace_number)
        if check.id not in taken and (deposit.id, check.id) not in apart and expects_deposit(check)
        and (not deposit.originator or not check.originator or deposit.originator == check.originator)
    ]  # fmt: skip
    same = [check for check in found if check.amount_cents == deposit.amount_cents]
    return next(iter(same or found), None)


def _tie(conn: Connection, deposit: DepositRow, check: PaymentRow, taken: set[int]) -> None:
    deposits.match(conn, deposit.id, check.id)
    taken.add(check.id)
    _settled(conn, deposit, check)


def _written_otherwise(
    lonely: Sequence[PaymentRow], orphans: Sequence[DepositRow], apart: _Apart
) -> list[tuple[DepositRow, PaymentRow]]:  # fmt: skip
    """Checks and deposits whose traces differ only in case, marks or leading zeros, as banks write them.

    The amount is the same to the cent, and there is one of each only.
    """
    checks, found = defaultdict[tuple[str, int], list[PaymentRow]](list), []
    for check in lonely:
        checks[_plain(check.trace_number), check.amount_cents].append(check)
    times = Counter((_plain(one.trace_number), one.amount_cents) for one in orphans)
    for one in orphans:
        key = _plain(one.trace_number), one.amount_cents
        fits = [c for c in checks[key] if (one.id, c.id) not in apart
                and (not one.originator or not c.originator or one.originator == c.originator)]  # fmt: skip
        if len(fits) == times[key] == 1 and len(key[0]) >= _TELLING:
            found.append((one, fits[0]))
    return found


_TELLING = 4  # characters of a trace without its leading zeros: fewer say too little


def _plain(trace: str) -> str:
    return "".join(c for c in trace.upper() if c.isalnum()).lstrip("0")


def _expected(conn: Connection) -> list[PaymentRow]:
    return [check for check in payments.list_payments(conn, states=EXPECTED) if expects_deposit(check)]


def _whole(several: Sequence[DepositRow]) -> list[DepositRow]:
    """Deposits of which nothing is tied: what a person tied in parts, a person ties to its end."""
    return [one for one in several if not one.parts_cents]


def _settled(conn: Connection, deposit: DepositRow, check: PaymentRow) -> None:
    work.resolve_key(conn, f"deposit:missing:{check.id}", CAME)
    work.resolve_key(conn, f"deposit:orphan:{deposit.id}", ANSWERED)
    if deposit.amount_cents == check.amount_cents:
        work.resolve_key(conn, f"deposit:differs:{deposit.id}", ANSWERED)


def _out_of_books(conn: Connection, expected: Container[int]) -> None:
    """Nobody looks for the deposit of a check that was taken out of the books, or asks why it differs."""
    there = [one for one in work.list_work(conn, kinds=[WorkKind.DEPOSIT]) if one.payment_id is not None]
    work.resolve(conn, [one.id for one in there if one.payment_id not in expected], _OUT)


def _differs(conn: Connection, deposit: DepositRow, check: PaymentRow) -> None:
    off = from_cents(deposit.amount_cents - check.amount_cents)
    much = f"{usd(abs(off))} {'more' if off > 0 else 'less'} than"
    asked = NewWork(
        key=f"deposit:differs:{deposit.id}", kind=WorkKind.DEPOSIT, category="amount differs", payment_id=check.id,
        file_id=deposit.file_id, sentence=f"The bank got {much} check {check.trace_number} says.",
        next_action="ASK_PAYER", how="Ask the bank first, then the payer; `ptedi deposits tie` with "
        "--difference says what it was, and the cents stay open.", amount_cents=abs(deposit.amount_cents),
        priority=int(abs(off)),
    )  # fmt: skip
    work.put(conn, asked)
    work.refresh(conn, [asked])  # it may have been asked of another copy of the check
    work.reopen(conn, [asked.key], _OUT)


def _missing(conn: Connection, lonely: list[tuple[PaymentRow, int]], orphans: list[DepositRow]) -> None:
    now, wanted = today(), list[NewWork]()
    for check, cents in lonely:
        if business_days(check.payment_date or check.posted_at.date(), now) > _BUSINESS_DAYS:
            what = "has not reached the bank" if cents == check.amount_cents else (
                f"has not reached the bank as a whole: {usd(from_cents(cents))} is missing")
            wanted.append(NewWork(
                key=f"deposit:missing:{check.id}", kind=WorkKind.DEPOSIT, category="deposit missing",
                payment_id=check.id, sentence=f"Check {check.trace_number} {what}.",
                next_action="ASK_PAYER", how="Ask the bank for the trace number, then the payer; a deposit under "
                "another number is tied by `ptedi deposits tie`.",
                amount_cents=cents, priority=abs(cents) // 100,
            ))  # fmt: skip
    for deposit in orphans:
        if business_days(deposit.deposit_date, now) > _BUSINESS_DAYS:
            cents = deposit.open_cents
            of = "Deposit" if cents == deposit.amount_cents else f"{usd(from_cents(cents))} of deposit"
            wanted.append(NewWork(
                key=f"deposit:orphan:{deposit.id}", kind=WorkKind.DEPOSIT, category="remittance missing",
                file_id=deposit.file_id, sentence=f"{of} {deposit.trace_number} has no remittance.",
                next_action="ASK_CLEARINGHOUSE", how="Ask the clearinghouse for the 835 with this trace number; what "
                "came on paper, or under other numbers, is tied by `ptedi deposits tie`.",
                amount_cents=cents, priority=abs(cents) // 100,
            ))  # fmt: skip
    for one in wanted:
        work.put(conn, one)
    work.refresh(conn, wanted)
    for why in (CAME, ANSWERED, TIED, _OUT):  # what was settled and is not any more
        work.reopen(conn, [one.key for one in wanted], why)


def business_days(start: date, end: date) -> int:
    """Weekdays after `start` up to and with `end`."""
    days = max((end - start).days, 0)
    return sum((start + timedelta(days=n)).weekday() < 5 for n in range(1, min(days, 60) + 1))
