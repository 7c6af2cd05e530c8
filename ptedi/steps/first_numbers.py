"""Where a series of control numbers begins: at 1, or where a person says because another system counted before us.

A partner refuses an interchange number that it had before (TA1 025), whichever program sent it.  So a practice that
moves over, or goes on after its store was lost, says what comes next.  It is said by a command and not in ptedi.toml:
it holds once, at a moment, and belongs to the books with its name and reason; a setting would go on saying it.
"""

from __future__ import annotations

from collections.abc import Mapping

from ptedi.errors import ConfigurationError
from ptedi.payers.partner import SetNumbers
from ptedi.steps.faults import point
from ptedi.steps.night import Night
from ptedi.steps.numbering import LAST, SERIES
from ptedi.store import Connection, decisions, series
from ptedi.store.decisions import NewDecision, Verb
from ptedi.store.series import CLAIMS, SeriesKey


def begin_series(night: Night, whose: str, first: Mapping[str, int], person: str, reason: str) -> None:
    """Lets series of a partner (or CLM01 of the practice) go on at other numbers; all of them or none.

    Forward only: a series may be told again as long as it has given nothing out since, and never gives out a number
    that is not higher than all it gave out.  Said again it changes nothing.

    Args:
        night: the open workspace; its environment is the one whose series are meant.
        whose: the partner's id in ptedi.toml, or the practice's.
        first: the next number by the name of the series, such as {"ISA13": 4711}.
        person: who wants it so.
        reason: why; kept in the chain of decisions.

    Raises:
        ConfigurationError: there is no such partner or series, the number cannot be, or no reason is given.
    """
    _possible(night, whose, first)
    if not reason.strip():
        raise ConfigurationError("numbers that are left out are explained to whoever audits them: give a reason")
    with night.store.exclusive("build"), night.store.exclusive("post"), night.store.begin() as conn:
        for name, number in sorted(first.items()):
            _begin(conn, SeriesKey(whose, night.environment, name), number, person, reason.strip())
            point("numbers.begun")


def _begin(conn: Connection, key: SeriesKey, first: int, person: str, reason: str) -> None:
    with series.opened(conn, key) as numbers:  # nobody else takes one until this transaction ends
        stands = numbers.upcoming
    if first == stands:
        return
    after = series.given_out(conn, key)
    if first <= after:
        raise ConfigurationError(f"{key} has given out {after}; {first} would be given out a second time",
                                 hint=f"it goes on at {after + 1} or any higher number")  # fmt: skip
    decided = decisions.record(conn, NewDecision(actor=person, action=Verb.NUMBER, reason=reason,
                                                 detail=key.begins(after, first)))  # fmt: skip
    series.begin(conn, key, after=after, first=first, decision_id=decided)


def _possible(night: Night, whose: str, first: Mapping[str, int]) -> None:
    partner, is_practice = night.partners.get(whose), whose == night.practice.id
    if partner is None and not is_practice:
        raise ConfigurationError(f"{whose} is neither a partner of ptedi.toml nor the practice",
                                 hint=f"partners: {', '.join(sorted(night.partners))}; practice: {night.practice.id}")
    known = (*(SERIES if partner else ()), *((CLAIMS,) if is_practice else ()))
    for name, number in first.items():
        if name not in known:
            raise ConfigurationError(f"{whose} has no series {name}", hint=f"it has {', '.join(known)}")
        if not 1 <= number <= LAST:
            raise ConfigurationError(f"{name} cannot go on at {number}: it is a number from 1 to {LAST:,}",
                                     hint="nine digits, less a thousand kept in reserve")
        if name == "ST02" and partner is not None and partner.set_numbers is SetNumbers.FILE:
            raise ConfigurationError(f"ST02 begins at 0001 in each file for {whose}",
                                     hint=f'set_numbers = "file" in [partners.{whose}]')
