"""Partners and payers for people: who carries what by which way, what holds for a payer, what is doubtful in both."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass
from datetime import tzinfo

from ptedi import dates
from ptedi.findings import Finding
from ptedi.payers import lint
from ptedi.payers.channel import SftpServer
from ptedi.payers.partner import TradingPartner
from ptedi.payers.profile import PayerProfile
from ptedi.steps.night import Night
from ptedi.steps.trial_file import TrialFile, newest_trial, send_trial
from ptedi.transport import Trial, open_channel, try_out

__all__ = ["PartnerView", "PayerPage", "PayerView", "TrialFile", "example", "newest_trial", "partner_views",
           "payer_view", "payer_views", "send_trial", "try_way", "way"]  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class PartnerView:
    """A partner as people see it; no key and no password is in it.

    Attributes:
        sender, receiver: ISA06 and ISA08.
        usage: ISA15 in this workspace's environment.
        way: folders, or server and user.
        example: a file name as the next one could be.
        limits: how many claims fit one set.
        answers: hours until a missing answer is asked for, where the settings say them.
        payers: whose claims it carries.
        trial: the last test file sent to it, and what came back.
    """

    id: str
    name: str
    sender: str
    receiver: str
    usage: str
    way: str
    example: str
    limits: str
    answers: tuple[tuple[str, int], ...]
    payers: tuple[str, ...]
    trial: TrialFile | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PayerView:
    """A payer in a list: its ids, its partner, what is doubtful in its profile."""

    id: str
    name: str
    payer_id: str
    partner: str
    filing_indicator: str
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PayerPage:
    """What holds for a payer today: (name, value, source, verified) rows beside what is doubtful."""

    head: PayerView
    values: tuple[tuple[str, str, str, str], ...]


def partner_views(night: Night) -> list[PartnerView]:
    """Every partner of the settings."""
    return [_partner(night, one) for one in night.partners.values()]


def payer_views(night: Night) -> list[PayerView]:
    """Every payer with a profile, in the order of their names."""
    return [_payer(night, one) for one in sorted(night.profiles.values(), key=lambda one: one.name)]


def payer_view(night: Night, payer: str) -> PayerPage | None:
    """What holds for a payer today; None when it has no profile."""
    if payer not in night.profiles:
        return None
    one = night.profiles[payer]
    rows = tuple((row[0], row[1], row[2], row[3]) for row in lint.show(one, dates.today()))
    return PayerPage(head=_payer(night, one), values=rows)


def try_way(night: Night, partner: str, *, write: bool = False) -> Trial:
    """Signs in at a partner and looks around; with `write` also lays a test file and takes it away again.

    A channel that the partner had refused opens again when this works.

    Raises:
        ChannelRefused, ChannelUnavailable, ConfigurationError, ContractViolation: the way does not work.
    """
    channel = open_channel(night.partners[partner], night.workspace.root, once_more=True)
    with closing(channel):
        return try_out(channel, write=write)


def way(partner: TradingPartner) -> str:
    """By which way files go, without anything secret."""
    to = partner.channel
    if isinstance(to, SftpServer):
        return f"sftp {to.user}@{to.host}:{to.port} ({to.environment}), {to.outbound} up, {to.inbound} down"
    return f"folders {to.outbound} and {to.inbound}"


def example(partner: TradingPartner, environment: str, zone: tzinfo) -> str:
    """The name of a file that would go out now with the first number from a practice in this zone."""
    return partner.name_file(dates.now_in(zone), 1, environment)


def _partner(night: Night, one: TradingPartner) -> PartnerView:
    carried = sorted(p.name for p in night.profiles.values() if p.partner == one.id or len(night.partners) == 1)
    return PartnerView(
        id=one.id, name=one.name, sender=one.sender_id, receiver=one.receiver_id,
        usage=one.usage_indicator(night.environment), way=way(one), example=example(one, night.environment, night.zone),
        limits=f"{one.claims_per_set:,} claims in a set", answers=tuple(sorted(one.answer_hours.items())),
        payers=tuple(carried), trial=newest_trial(night, one.id),
    )  # fmt: skip


def _payer(night: Night, one: PayerProfile) -> PayerView:
    return PayerView(id=one.id, name=one.name, payer_id=one.payer_id, partner=one.partner,
                     filing_indicator=one.filing_indicator,
                     findings=tuple(lint.lint([one], dates.today(), set(night.partners))))  # fmt: skip
