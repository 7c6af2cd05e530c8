"""The exceptions of ptedi: for callers who cannot go on.  Problems of data are findings, not exceptions.

    PtediError
    ├── Terminal                    trying again cannot help: a person must act
    │   ├── ConfigurationError      ours: a setting, a profile or the workspace is wrong
    │   ├── UnreadableFile          theirs: the bytes are not what they should be (kept whole in quarantine)
    │   ├── ContractViolation       ours: what we were about to send does not pass our own checks
    │   ├── ChannelRefused          theirs: login rejected or wrong host key; the channel stops at once
    │   └── InterlockError          ours: test data to a live path or the reverse
    └── Transient                   trying again later is right
        ├── ChannelUnavailable      theirs: connection refused, cut or timed out
        └── StoreBusy               ours: the database is locked, restarting or out of room

Texts carry ids, counts and hashes, never patient data.
"""

from __future__ import annotations


class PtediError(Exception):
    """Base of everything ptedi raises on purpose; `hint` tells a person what to do."""

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint


class Terminal(PtediError):
    """Trying again cannot help."""


class Transient(PtediError):
    """Trying again later is right."""


class ConfigurationError(Terminal):
    """A setting, a payer profile or the workspace is wrong."""


class UnreadableFile(Terminal):
    """The bytes are not what they should be; the file is kept whole in quarantine."""


class ContractViolation(Terminal):
    """What we were about to send fails our own checks; nothing was sent."""


class ChannelRefused(Terminal):
    """The partner rejected the login or showed another host key; retrying could lock the account."""


class InterlockError(Terminal):
    """Test data was headed for a live path, or live data for a test path."""


class ChannelUnavailable(Transient):
    """The partner's channel could not be reached or was cut."""


class StoreBusy(Transient):
    """The database is locked, restarting, out of reach or out of room."""
