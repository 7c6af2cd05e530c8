"""Health care provider taxonomy: nine digits or letters and an X (NUCC code set)."""

from __future__ import annotations

from ptedi.codes._pattern import Shape

_shape = Shape(r"[0-9A-Z]{9}X", lengths=range(10, 11), drop=" ")
compact = _shape.compact
validate = _shape.validate
is_valid = _shape.is_valid
