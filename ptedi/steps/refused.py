"""A refused claim as those who work it need it: where it stands, what its payer said, what is open on it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from decimal import Decimal

from ptedi.claims.model import CodedClaim
from ptedi.errors import ConfigurationError
from ptedi.ledger.accounts import Account
from ptedi.ledger.standing import Adjudication, standing
from ptedi.money import ZERO
from ptedi.payers.profile import PayerProfile
from ptedi.steps.night import Night
from ptedi.store import Connection, batch_rows, claims, coordination, events, payments, postings, visits
from ptedi.store.claims import ClaimRow
from ptedi.store.visits import VisitRow
from ptedi.submissions.status import State, is_contradicted

UNPROCESSABLE = "MA130"
APPEALABLE = frozenset({State.DENIED, State.PARTLY_PAID, State.APPEALED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """A claim with what stands of it.

    Attributes:
        state: where it is; of a closed claim what it was closed as, since a person may act on it all the same.
        last: the number of its newest event: what is drafted is good as long as nothing else happens.
        said: what its payer's remittances say that holds now, oldest first.
        balances: what its account holds; `account` is the claim whose account that is.
        went_on: an acknowledgement says the contrary of the one that rejected it.
    """

    row: ClaimRow
    state: State
    last: int
    coded: CodedClaim
    rows: tuple[VisitRow, ...]
    profile: PayerProfile
    history: tuple[Adjudication, ...]
    said: tuple[Adjudication, ...]
    account: int
    balances: dict[Account, Decimal]
    went_on: bool = False

    @property
    def paid(self) -> Decimal:
        """What the payer paid by what it says now."""
        return sum((one.clp.paid for one in self.said), ZERO)

    @property
    def received(self) -> Decimal:
        """What the payer's checks paid in all: a claim paid twice shows both until one is taken back."""
        return sum((one.clp.paid for one in self.history), ZERO)

    @property
    def denied(self) -> Decimal:
        """What stands as denied in the books."""
        return self.balances.get(Account.DENIED, ZERO)

    @property
    def payer_claim_number(self) -> str:
        """CLP07 of the remittance that decided it last, "" without one."""
        told = [one.clp.payer_claim_control_number for one in (*self.history, *self.said)]
        return next((number for number in reversed(told) if number), "")

    @property
    def unprocessable(self) -> bool:
        """Whether the payer says that it could not process the claim (MA130): nothing was decided."""
        marks = [UNPROCESSABLE in (*one.clp.remarks, *(r for line in one.clp.lines for r in line.remarks))
                 for one in self.said]  # fmt: skip
        return bool(marks) and all(marks) and not self.paid


def find(night: Night, conn: Connection, number: str, wanted: Collection[State] = ()) -> Refused:
    """The claim with this number.

    Args:
        night: the workspace.
        conn: the transaction.
        number: CLM01.
        wanted: the states in which it may be; any without them.

    Raises:
        ConfigurationError: there is none, its payer has no profile, or it is in another state.
    """
    row = claims.by_control_number(conn, number.strip().upper())
    if row is None:
        raise ConfigurationError(f"there is no claim {number}", hint="`ptedi claims` lists them")
    return of_row(night, conn, row, wanted)


def of_row(night: Night, conn: Connection, row: ClaimRow, wanted: Collection[State] = ()) -> Refused:
    """The same of a claim's row."""
    profile = night.profiles.get(row.payer_id)
    if profile is None:
        raise ConfigurationError(f"the payer {row.payer_id} has no profile", hint="put one into payers/")
    state = events.decided_states(conn, [row.id])[row.id]
    if wanted and state not in wanted:
        allowed = ", ".join(sorted(one.value for one in wanted))
        raise ConfigurationError(f"claim {row.patient_control_number} is {state}; this is for claims that are "
                                 f"{allowed}", hint=f"`ptedi claim {row.patient_control_number}` shows it")  # fmt: skip
    coded, history = claims.load(conn, row.id), payments.history(conn, [row.id]).get(row.id, [])
    account = coordination.accounts(conn, [row.id])[row.id]
    return Refused(
        row=row, state=state, last=events.heads(conn, [row.id])[row.id][0], coded=coded,
        rows=tuple(visits.of_claims(conn, [row.id])[row.id]), profile=profile, history=tuple(history),
        said=standing(history, coded.claim.charge).valid, account=account,
        balances=postings.balances_of_claims(conn, [account]).get(account, {}),
        went_on=is_contradicted(batch_rows.answered(conn, [row.id]).get(row.id, [])),
    )  # fmt: skip


def unchanged(conn: Connection, case: Refused, seen: int | None) -> None:
    """Refuses when something happened to the claim since a person looked at it (`seen` None: nobody says).

    Raises:
        ConfigurationError: it did; the sentence says what and who.
    """
    if seen is None or seen == case.last:
        return
    newest = events.of_claim(conn, case.row.id)[-1]
    raise ConfigurationError(f"{case.row.patient_control_number} changed meanwhile: {newest.event} by {newest.actor}; "
                             "nothing was done", hint="look at it as it is now, then decide")  # fmt: skip
