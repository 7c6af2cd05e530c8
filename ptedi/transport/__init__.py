"""Drop folders of partners: how a file leaves us and how what they left is fetched."""

from ptedi.transport import pages
from ptedi.transport.base import Channel, Presence, RemoteFile, refusal, safe_name
from ptedi.transport.local import LocalChannel, settled_files
from ptedi.transport.opening import open_channel
from ptedi.transport.trial import Trial, try_out

__all__ = [
    "Channel", "LocalChannel", "Presence", "RemoteFile", "Trial", "open_channel", "pages", "refusal",
    "safe_name", "settled_files", "try_out",
]  # fmt: skip
