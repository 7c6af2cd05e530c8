"""Domain objects as JSON text and back: exact decimals, ISO dates, no second schema."""

from __future__ import annotations

from typing import TypeVar, cast

import msgspec

_T = TypeVar("_T")
_ENCODER = msgspec.json.Encoder(order="deterministic")
_DECODERS: dict[type[object], msgspec.json.Decoder[object]] = {}


def encode(value: object) -> str:
    """The one JSON text of a dataclass (or a list of them): same value, same bytes."""
    return _ENCODER.encode(value).decode()


def decode(text: str, kind: type[_T]) -> _T:
    """The object that `encode` wrote.

    Raises:
        msgspec.ValidationError: the text is not of that kind.
    """
    decoder = _DECODERS.get(kind)
    if decoder is None:
        decoder = _DECODERS[kind] = msgspec.json.Decoder(kind)
    return cast("_T", decoder.decode(text))
