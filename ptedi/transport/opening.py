"""From a partner's settings to an open channel."""

from __future__ import annotations

from pathlib import Path

from ptedi.payers.channel import LocalFolders
from ptedi.payers.partner import TradingPartner
from ptedi.transport.base import Channel
from ptedi.transport.local import LocalChannel
from ptedi.transport.stopped import Stop


def open_channel(partner: TradingPartner, root: Path, *, once_more: bool = False) -> Channel:
    """The channel to a partner; relative folders and key files stand in the workspace.

    `once_more` is for a person at the keyboard: it asks a server again that refused us before.

    Raises:
        ChannelRefused: it refused us before, and nothing was changed since.
        ConfigurationError: a kind of transport that ptedi does not have, or settings that cannot work.
    """
    settings = partner.channel
    if isinstance(settings, LocalFolders):
        return LocalChannel(outbound=root / settings.outbound, inbound=root / settings.inbound,
                            environment=settings.environment)  # fmt: skip
    from ptedi.transport.sftp import SftpChannel  # noqa: PLC0415 - whoever sends by folder does not wait for SSH to load

    stop = Stop(root / "stopped" / f"{partner.id}.json", settings)
    if not once_more:
        stop.check()
    return SftpChannel(settings, root, stop)
