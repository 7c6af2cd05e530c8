"""From a partner's settings to an open channel."""

from __future__ import annotations

from pathlib import Path

from ptedi.errors import ConfigurationError
from ptedi.payers.partner import TradingPartner
from ptedi.transport.base import Channel
from ptedi.transport.local import LocalChannel


def open_channel(partner: TradingPartner, root: Path) -> Channel:
    """The channel to a partner; relative folders stand in the workspace.

    Raises:
        ConfigurationError: a kind of transport that ptedi does not have.
    """
    if partner.transport != "local":
        raise ConfigurationError(f"partners.{partner.id}.transport: the kind {partner.transport!r} is not known",
                                 hint='kind = "local" writes into a folder')  # fmt: skip
    settings = partner.transport_settings
    environment = str(settings.get("environment", ""))
    if environment not in ("", "T", "P"):
        raise ConfigurationError(f"partners.{partner.id}.transport.environment must be T or P")
    return LocalChannel(
        outbound=root / str(settings.get("outbound", "clearinghouse/to")),
        inbound=root / str(settings.get("inbound", "clearinghouse/from")), environment=environment,
    )  # fmt: skip
