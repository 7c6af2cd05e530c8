"""The audit of what happened to claims: sealing it, and looking whether anybody changed it."""

from __future__ import annotations

from ptedi.steps.faults import point
from ptedi.steps.night import Night
from ptedi.store import audit
from ptedi.store.audit import Misfit, Seal, Verdict

__all__ = ["Misfit", "Seal", "Verdict", "seal_audit", "verify_audit"]


def seal_audit(night: Night, actor: str = "seal_audit") -> Seal | None:
    """Seals what moved since the last seal; None when nothing did."""
    with night.store.exclusive("seal"), night.store.begin() as conn:
        made = audit.seal(conn, actor)
        point("audit.sealed")
    return made


def verify_audit(night: Night, expect: str = "") -> Verdict:
    """Looks at every event and seal; `expect` is a seal's hash that was kept outside."""
    with night.store.read() as conn:
        return audit.verify(conn, expect.strip().lower())
