"""The control numbers of a file: one audited series each of ISA13, GS06, ST02 and BHT03 for a partner and environment.

Stores that sent before 2026-11-22 counted BHT03 for the practice and began ST02 anew in each file.  What they gave out
stays in the log of the practice's series; such a number has no partner in it, so no later one is like it.

A series begins at 1 unless a person lets it begin elsewhere (`steps.first_numbers`), and never begins anew: where its
nine digits end, or its partner had our numbers under another name in ptedi.toml, no file is made until a person says
what comes next.
"""

from __future__ import annotations

from base64 import b32encode
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256

from ptedi.errors import ContractViolation
from ptedi.payers.partner import SetNumbers, TradingPartner
from ptedi.steps.night import Night
from ptedi.store import Connection, batch_rows, series, standings
from ptedi.store.series import SeriesKey
from ptedi.store.standings import Standing
from ptedi.submissions.batch import Envelope

SERIES = ("ISA13", "GS06", "ST02", "BHT03")
LAST = 999_999_999 - 1_000  # a file takes up to a hundred, and several are made ahead


@dataclass(frozen=True, slots=True)
class Numbers:
    """What a file would get: ISA13, GS06, and ST02 and BHT03 of its first set."""

    interchange: int
    group: int
    transaction_set: int
    reference: int

    def after(self, sets_before: Iterable[int]) -> Numbers:
        """The numbers of a file that others go before, which have so many sets each."""
        sets = list(sets_before)
        files, every = len(sets), sum(sets)
        return Numbers(self.interchange + files, self.group + files, self.transaction_set + every,
                       self.reference + every)  # fmt: skip

    def first_set(self, partner: TradingPartner) -> str:
        """ST02 of the first set; of nine digits when it counts on, so that texts sort as the numbers do."""
        return f"{self.transaction_set:09d}" if partner.set_numbers is SetNumbers.RUNNING else "0001"


def upcoming(night: Night, conn: Connection, partner: TradingPartner) -> Numbers:
    """What the next file would get; promises nothing.

    Raises:
        ContractViolation: the partner would refuse it: the digits are used up, or it had the number before.
    """
    keys = _keys(night, partner)
    numbers = [series.upcoming(conn, key) for key in keys]
    for key, number in zip(keys, numbers, strict=True):
        if number > LAST:
            raise ContractViolation(f"{key} has reached {number - 1}, and its nine digits end at 999999999",
                                    hint="agree with the partner on other ids (ISA06 or ISA08), and give them a table "
                                         "of their own in ptedi.toml: its numbers begin at 1")  # fmt: skip
    _had_under_another_name(night, conn, partner, numbers)
    return Numbers(*numbers)


def _had_under_another_name(night: Night, conn: Connection, partner: TradingPartner, numbers: list[int]) -> None:
    """A table of ptedi.toml that got another name has series that begin at 1; its partner is who it was."""
    me = (partner.sender_qualifier, partner.sender_id, partner.receiver_qualifier, partner.receiver_id)
    for row in batch_rows.newest_of_partners(conn, night.environment):
        one, last = row.envelope, row.interchange_control_number
        it = (one.sender_qualifier, one.sender_id, one.receiver_qualifier, one.receiver_id)
        if it != me or row.partner_id == partner.id or last < numbers[0]:
            continue
        ends = (series.upcoming(conn, SeriesKey(row.partner_id, night.environment, name)) for name in SERIES)
        starts = " ".join(f"--start {name}={max(both)}" for name, *both in zip(SERIES, ends, numbers, strict=True))
        raise ContractViolation(
            f"{partner.id} has the sender and receiver of {row.partner_id}, which got files up to ISA13 {last}: "
            f"ISA13 {numbers[0]} would come a second time",
            hint=f"name the table {row.partner_id} as before, or `ptedi partners numbers {partner.id} {starts} "
                 "--reason ...`")  # fmt: skip


def use(night: Night, conn: Connection, partner: TradingPartner, envelope: Envelope) -> None:
    """Takes the numbers of a file for good; the log says for which batch, by its BHT03."""
    sets = list(envelope.references)
    uses = {"ISA13": sets[:1], "GS06": sets[:1], "ST02": sets, "BHT03": sets}
    for key in _keys(night, partner):
        if key.name != "ST02" or partner.set_numbers is SetNumbers.RUNNING:
            with series.opened(conn, key) as numbers:
                for one in uses[key.name]:
                    numbers.use(f"batch {one}")


def where_they_stand(night: Night) -> list[Standing]:
    """Where the series of every partner and of the practice stand."""
    with night.store.read() as conn:
        return standings.standings(conn)


def reference(night: Night, partner: TradingPartner, number: int) -> str:
    """BHT03, at most 26 characters, such as `CDRTK3QZ7A000000012`: prefix, environment, whose it is, number.

    A 277CA echoes it and need not say to which partner or of which practice it was: six characters stand for the
    two, since practices of one submitter may have the same prefix and every partner's series begins at 1.
    """
    whose = sha256(f"{night.practice.billing.npi} {partner.id}".encode()).digest()
    return f"{night.claim_prefix}{night.environment}{b32encode(whose)[:6].decode()}{number:09d}"


def _keys(night: Night, partner: TradingPartner) -> list[SeriesKey]:
    return [SeriesKey(partner.id, night.environment, name) for name in SERIES]
