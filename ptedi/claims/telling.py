"""A coded claim for people and programs: the published shape of `ptedi code CHARGES --format json`."""

from __future__ import annotations

from collections.abc import Mapping

from ptedi.claims.model import CodedClaim, LineTrace, Reason


def as_json(coded: CodedClaim) -> dict[str, object]:
    """`{visit, payer, service_date, charge, lines: [{procedure, modifiers, units, minutes, charge, why}], notes}`."""
    traces = {trace.line: trace for trace in coded.trace}
    return {
        "visit": coded.visit_ids[0] if coded.visit_ids else None, "payer": coded.payer_id,
        "claim": coded.claim.patient_control_number, "service_date": coded.service_date.isoformat(),
        "charge": f"{coded.claim.charge:.2f}",
        "lines": [
            {"procedure": line.procedure, "modifiers": list(line.modifiers), "units": line.units,
             "charge": f"{line.charge:.2f}", "pointers": list(line.pointers), **_spent(traces.get(line.number))}
            for line in coded.claim.lines
        ],
        "notes": [_reason(note) for note in coded.notes],
    }  # fmt: skip


def _spent(trace: LineTrace | None) -> Mapping[str, object]:
    if trace is None:
        return {"minutes": None, "therapist_minutes": None, "assistant_minutes": None, "rows": [], "why": []}
    return {"minutes": trace.minutes, "therapist_minutes": trace.therapist_minutes,
            "assistant_minutes": trace.assistant_minutes, "rows": [source.row for source in trace.rows],
            "why": [_reason(reason) for reason in trace.reasons]}  # fmt: skip


def _reason(reason: Reason) -> dict[str, str]:
    return {"subject": reason.subject, "rule": reason.rule, "message": reason.message, "source": reason.source}
