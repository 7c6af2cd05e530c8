"""pyx12 as an independent opinion: on ours before they leave, for the sandbox clearinghouse, for the tests."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator
from dataclasses import dataclass

import pyx12.errors
import pyx12.params
import pyx12.x12n_document

from ptedi.x12.oracle_pass import sound

UNCHECKED_CODES = "remark_code,claim_status,claim_status_cat"


@dataclass(frozen=True, slots=True, kw_only=True)
class OracleResult:
    """What pyx12 says: its errors as `12 NM1 NM109: text`, the number counting segments of the file from 1."""

    ok: bool
    errors: tuple[str, ...] = ()


def validate(data: bytes) -> OracleResult:
    """Validates with pyx12; whatever it raises becomes an error text."""
    if sound(data, UNCHECKED_CODES):
        return OracleResult(ok=True)
    return validate_at_length(data)


def validate_at_length(data: bytes) -> OracleResult:
    """Validates with pyx12 as it comes, with the words for what it finds: what `validate` does with a doubtful file."""
    log = logging.getLogger("pyx12")
    level = log.level
    log.setLevel(logging.CRITICAL + 1)
    try:
        return _validate(data)
    except Exception as why:  # pyx12 raises anything on hostile input
        return OracleResult(ok=False, errors=(f"0 {type(why).__name__}: pyx12 gave up",))
    finally:
        log.setLevel(level)


def _validate(data: bytes) -> OracleResult:
    params = pyx12.params.ParamsBase()
    params.set("exclude_external_codes", UNCHECKED_CODES)
    report = io.StringIO()
    source = io.StringIO(data.decode("latin-1"))
    ok = pyx12.x12n_document.x12n_document(params, source, None, None, fd_json=report)
    errors = tuple(_errors(json.loads(report.getvalue()))) if report.getvalue() else ("0 pyx12 found no X12",)
    return OracleResult(ok=ok, errors=errors)


def _errors(node: dict[str, object], line: object = 0) -> Iterator[str]:
    """Walks the tree interchange, group, set, segment, element."""
    line = node.get("cur_line", line)
    for error in _dicts(node.get("errors")):
        name = node.get("name") if "ele_pos" in node else node.get("seg_id", "")
        yield f"{line} {name}: {error['err_str']} ({error['err_cde']})"
    for part in ("interchanges", "groups", "transactions", "segments", "elements"):
        for child in _dicts(node.get(part)):
            yield from _errors(child, line)


def _dicts(value: object) -> list[dict[str, object]]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []
