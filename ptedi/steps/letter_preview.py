"""A letter as it would be written now; nothing is kept."""

from __future__ import annotations

from ptedi.errors import ConfigurationError
from ptedi.letters import appeal as appeals
from ptedi.letters import proof as proofs
from ptedi.steps.letter_facts import appeal_facts
from ptedi.steps.letters import FOLDER
from ptedi.steps.night import Night
from ptedi.steps.proof_facts import proof_facts
from ptedi.steps.refused import APPEALABLE, find


def appeal(night: Night, number: str) -> bytes:
    """The appeal of a denied claim as PDF.

    Raises:
        ConfigurationError: the claim is not denied, or a template cannot be used.
    """
    night.use_tables()
    with night.store.read() as conn:
        facts = appeal_facts(night, conn, find(night, conn, number, APPEALABLE))
    own = night.workspace.root / FOLDER / "templates"
    return appeals.write(facts, own if own.is_dir() else None)


def proof(night: Night, number: str) -> bytes:
    """The proof of timely filing of a claim that was sent, as PDF.

    Raises:
        ConfigurationError: the claim never left us, or a template cannot be used.
    """
    night.use_tables()
    with night.store.read() as conn:
        case = find(night, conn, number)
    facts = proof_facts(night, case)
    if not facts.sendings:
        raise ConfigurationError(f"claim {number} was never sent: there is nothing to prove")
    own = night.workspace.root / FOLDER / "templates"
    return proofs.write(facts, own if own.is_dir() else None)
