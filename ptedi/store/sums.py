"""The running sums of the ledger: what each account holds, without reading the ledger.

Every write to the ledger adds a row for each account it touched, in the same transaction; nobody waits for anybody,
because rows are only added.  The census folds them into one row for each account.  They are derived: `recount` says
what the ledger itself holds, `differences` where the two disagree (`ptedi audit verify`, closing a day), `rebuild`
makes them anew.
"""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Connection, case, delete, func, insert, select

from ptedi.ledger.accounts import Account
from ptedi.store._sql import insert_tuples
from ptedi.store.tables import ledger_sums, postings

Key = tuple[str, int]  # account; 1 for postings on claims, 0 for the others
_PLENTY = 2_000  # rows that are still summed in a moment


def add(conn: Connection, written: Iterable[tuple[str, int, bool]]) -> None:
    """Adds what was written: account, cents, whether it is on a claim."""
    found: dict[Key, int] = {}
    for account, cents, on_claim in written:
        key = (account, int(on_claim))
        found[key] = found.get(key, 0) + cents
    rows = [(*key, cents) for key, cents in sorted(found.items())]
    insert_tuples(conn, ledger_sums, ("account", "on_claims", "cents"), rows)


def balances(conn: Connection, *, on_claims: bool = False) -> dict[Account, int]:
    """The cents of each account that was ever touched: of everything, or of the postings on claims."""
    c = ledger_sums.c
    query = select(c.account, func.sum(c.cents)).group_by(c.account).order_by(c.account)
    if on_claims:
        query = query.where(c.on_claims == 1)
    return {Account(name): int(cents) for name, cents in conn.execute(query).all()}


def recount(conn: Connection) -> dict[Key, int]:
    """What the ledger itself holds."""
    c = postings.c
    on_claim = case((c.claim_id.is_(None), 0), else_=1)
    query = select(c.account, on_claim, func.sum(c.amount_cents)).group_by(c.account, on_claim)
    return {(account, int(one)): int(cents) for account, one, cents in conn.execute(query).all()}


def differences(conn: Connection) -> list[tuple[str, int]]:
    """Accounts whose running sum is not what the ledger holds, and by how many cents it is more."""
    here, counted = kept(conn), recount(conn)
    off = [(key[0], here.get(key, 0) - counted.get(key, 0)) for key in sorted({*here, *counted})]
    return [one for one in off if one[1]]


def fold(conn: Connection, plenty: int = _PLENTY) -> int:
    """Puts many rows together, one for each account; how many rows are left.  Rows that others add meanwhile stay."""
    c = ledger_sums.c
    rows = int(conn.execute(select(func.count()).select_from(ledger_sums)).scalar_one())
    if rows <= plenty:
        return rows
    found: dict[Key, int] = {}
    for account, on_claims, cents in conn.execute(delete(ledger_sums).returning(c.account, c.on_claims, c.cents)).all():
        found[account, on_claims] = found.get((account, on_claims), 0) + cents
    insert_tuples(conn, ledger_sums, ("account", "on_claims", "cents"),
                  [(*key, cents) for key, cents in sorted(found.items())])  # fmt: skip
    return len(found)


def rebuild(conn: Connection) -> None:
    """Makes the running sums anew from the ledger; nobody may write to it meanwhile."""
    conn.execute(delete(ledger_sums))
    rows = [{"account": account, "on_claims": on_claims, "cents": cents}
            for (account, on_claims), cents in sorted(recount(conn).items())]  # fmt: skip
    if rows:
        conn.execute(insert(ledger_sums), rows)


def kept(conn: Connection) -> dict[Key, int]:
    """The running sums as they are."""
    c = ledger_sums.c
    query = select(c.account, c.on_claims, func.sum(c.cents)).group_by(c.account, c.on_claims)
    return {(account, int(one)): int(cents) for account, one, cents in conn.execute(query).all()}
