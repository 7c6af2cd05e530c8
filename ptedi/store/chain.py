"""The hash chain over a claim's events, and the tree of hashes over many claims: pure functions, no database.

Every event carries the hash of the same claim's event before it and the hash of its own content with that.  One chain
per claim, not one for the whole store: two steps that move different claims then never wait for each other.  What a
chain alone cannot show, its newest events cut off, a seal shows: `store.audit` keeps the heads of all claims that
moved since the last seal, with the root of a hash tree over them, and each seal carries the hash of the one before.

There is no key in it: who may write to the database could make every hash anew.  Keep the hash of a seal outside
(print it, mail it); `ptedi audit verify --expect HASH` finds out.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import lru_cache

import msgspec

START = "0" * 64  # stands before the first
FIELDS = ("claim_id", "sequence", "event", "state_after", "actor", "at", "detail", "file_id", "segment_index",
          "byte_offset", "evidence_key")  # fmt: skip

_at_length = json.JSONEncoder(ensure_ascii=True, separators=(",", ":")).encode
_quickly = msgspec.json.Encoder().encode


def _spell(content: list[object]) -> bytes:
    """JSON in ASCII; plain letters, which nearly all events have, are spelled alike by the faster encoder."""
    text = _quickly(content)
    return text if text.isascii() and b"\\" not in text and b"\x7f" not in text else _at_length(content).encode()


def link(previous: str, event: Mapping[str, object]) -> str:
    """The hash of an event (its columns by name) after the one before it."""
    content = [_plain(event[name]) for name in FIELDS]
    return hashlib.sha256(_spell([previous, *content])).hexdigest()


def _plain(value: object) -> object:
    """Times to the microsecond in UTC (SQLite forgets the zone)."""
    return _moment(value) if isinstance(value, datetime) else value


@lru_cache(maxsize=64)
def _moment(value: datetime) -> str:
    """The same for equal moments: what differs between them is only the zone they are told in."""
    aware = value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
    return aware.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def leaf(claim_id: int, sequence: int, head: str) -> str:
    """A claim's newest event as a leaf of the tree."""
    return hashlib.sha256(f"leaf {claim_id} {sequence} {head}".encode()).hexdigest()


def root(leaves: Sequence[str]) -> str:
    """The root of the hash tree over leaves in order; an odd one is carried up as it is."""
    level = list(leaves) or [START]
    while len(level) > 1:
        pairs = [hashlib.sha256(f"node {a} {b}".encode()).hexdigest()
                 for a, b in zip(level[::2], level[1::2], strict=False)]  # fmt: skip
        level = pairs + level[len(pairs) * 2 :]
    return level[0]


def seal(previous: str, at: datetime, actor: str, claims: int, tree: str) -> str:
    """The hash of a seal after the one before it."""
    return hashlib.sha256(f"seal {previous} {_plain(at)} {actor} {claims} {tree}".encode()).hexdigest()
