"""ICD-10-CM diagnosis: a letter, a digit, a digit or letter, then up to four more; sent without the point."""

from __future__ import annotations

from ptedi.codes._pattern import Shape

_shape = Shape(r"[A-Z][0-9][0-9A-Z][0-9A-Z]{0,4}", lengths=range(3, 8), drop=" .")
compact = _shape.compact
validate = _shape.validate
is_valid = _shape.is_valid
