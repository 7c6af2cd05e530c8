"""The four separators of an interchange, and the swap to the one spelling everything behind the reader knows."""

from __future__ import annotations

from dataclasses import astuple, dataclass

CANONICAL = b"*:^~"


@dataclass(frozen=True, slots=True, kw_only=True)
class Delimiters:
    """The separators a sender chose: ISA byte 4, ISA16, ISA11 and the byte that ends the ISA segment."""

    element: str = "*"
    component: str = ":"
    repetition: str = "^"
    segment: str = "~"

    def as_bytes(self) -> bytes:
        """The four as bytes, in the order element, component, repetition, segment terminator."""
        return "".join(astuple(self)).encode("latin-1")

    def swap(self) -> bytes:
        """A table for `bytes.translate` between these and `* : ^ ~`.

        Each delimiter changes places with its canonical spelling, so no data character is lost, and lengths and
        offsets stay.
        """
        table = bytearray(range(256))
        signs = self.as_bytes()
        for place, (theirs, ours) in enumerate(zip(signs, CANONICAL, strict=True)):
            if theirs in signs[:place]:
                continue  # one sign for two purposes: the first one counts
            other = table.index(ours)
            table[theirs], table[other] = table[other], table[theirs]
        return bytes(table)

    def unswap(self) -> bytes:
        """The inverse of `swap`: from canonical spelling back to these delimiters."""
        inverse = bytearray(256)
        for theirs, ours in enumerate(self.swap()):
            inverse[ours] = theirs
        return bytes(inverse)
