"""MBI: the Medicare beneficiary identifier, eleven characters without S, L, O, I, B and Z (CMS MBI format)."""

from __future__ import annotations

from ptedi.codes._pattern import Shape

_A = "[AC-HJKMNP-RT-Y]"
_AN = "[0-9AC-HJKMNP-RT-Y]"
_shape = Shape(f"[1-9]{_A}{_AN}[0-9]{_A}{_AN}[0-9]{_A}{{2}}[0-9]{{2}}", lengths=range(11, 12))
compact = _shape.compact
validate = _shape.validate
is_valid = _shape.is_valid
