"""What happens on a day at the synthetic practice: who is seen and what is captured."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

from ptedi.sandbox import people
from ptedi.sandbox.people import Patient

_TREATMENTS: dict[str, tuple[tuple[tuple[str, int], ...], ...]] = {
    "spine": ((("97110", 24), ("97140", 16)), (("97110", 23), ("97112", 15), ("97140", 15)),
              (("97530", 24), ("97110", 16))),
    "neck": ((("97140", 23), ("97110", 16)), (("97110", 16), ("97140", 14), ("97035", 8))),
    "knee": ((("97110", 30), ("97140", 12)), (("97110", 24), ("97116", 15)), (("97113", 39),)),
    "new knee": ((("97110", 31), ("97116", 15)), (("97110", 23), ("97530", 23), ("97140", 8))),
    "shoulder": ((("97110", 25), ("97140", 18)), (("97112", 16), ("97110", 24))),
    "ankle": ((("97110", 16), ("97112", 16)), (("97116", 15), ("97110", 23))),
    "balance": ((("97112", 24), ("97116", 15)), (("97530", 30), ("97112", 16))),
}  # fmt: skip
_EVALUATIONS = ("97161", "97161", "97162", "97162", "97163")


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """One procedure: minutes of therapist and assistant, modifiers and whether the blocks of time were apart."""

    code: str
    therapist: int = 0
    assistant: int = 0
    modifiers: str = ""
    separate: bool = False


def seen(seed: int, day: date, pool: Sequence[Patient], count: int) -> list[Patient]:
    """The patients seen on a day, in the order of their numbers: those due for an evaluation, then others in care."""
    new, known = [], []
    for patient in pool:
        into = patient.episode(day)[1]
        rank = Random(f"{seed}/{day}/{patient.number}").random()
        if into == 0:
            new.append((rank, patient))
        elif into < people.ACTIVE:
            known.append((rank, patient))
    new.sort(key=lambda pair: pair[0])
    known.sort(key=lambda pair: pair[0])
    evaluations = new[:max(1, count // 10)]
    chosen = [patient for _, patient in (evaluations + known)[:count]]
    return sorted(chosen, key=lambda patient: patient.number)


def rows(seed: int, day: date, patient: Patient) -> list[dict[str, str]]:
    """The captured rows of a patient's visit."""
    rng = Random(f"{seed}/{day}/visit/{patient.number}")
    start, into = patient.episode(day)
    work = _work(rng, patient, into)
    shared = _shared(rng, patient, day, start)
    if any(w.assistant for w in work):
        shared["assistant"] = patient.assistant
    if any("95" in w.modifiers.split() for w in work):
        shared["place_of_service"] = "10"
    return [{**shared, **_procedure(rng, w, len(patient.diagnoses))} for w in work]


def _work(rng: Random, patient: Patient, into: int) -> list[Work]:
    if into == 0:
        return [Work(code=rng.choice(_EVALUATIONS), therapist=rng.randint(30, 45)),
                Work(code="97110", therapist=rng.randint(10, 16))]  # fmt: skip
    plan = [Work(code=code, therapist=max(8, minutes + rng.randint(-1, 3)))
            for code, minutes in rng.choice(_TREATMENTS[patient.problem])]  # fmt: skip
    chance = rng.random()
    if chance < 0.26:
        return _with_assistant(rng, plan)
    if chance < 0.40:
        return [*plan, Work(code=_stimulation(rng, patient), therapist=15)]
    return _rarer(rng, patient, plan, into, chance)


def _rarer(rng: Random, patient: Patient, plan: list[Work], into: int, chance: float) -> list[Work]:
    """Group visits with and without proof of separate time, re-evaluations, telehealth, work hardening."""
    if chance < 0.415:
        return [Work(code="97150", therapist=20), Work(code="97110", therapist=23)]
    if chance < 0.44:
        return [Work(code="97150", therapist=20), Work(code="97110", therapist=24, modifiers="59", separate=True)]
    if chance < 0.47 and 25 <= into <= 35:
        return [Work(code="97164", therapist=20), Work(code="97110", therapist=23)]
    if chance < 0.49 and patient.payer in (people.ADVANTAGE, people.PPO):
        return [Work(code=w.code, therapist=w.therapist, modifiers="95") for w in plan if w.code in ("97110", "97530")
                ] or [Work(code="97110", therapist=30, modifiers="95")]  # fmt: skip
    if chance < 0.60 and patient.payer == people.COMPENSATION:
        return [Work(code="97530", therapist=38), Work(code="97110", therapist=30), Work(code="97112", therapist=15)]
    return plan


def _stimulation(rng: Random, patient: Patient) -> str:
    """Unattended stimulation as the payer wants it; now and then a clinic forgets and sends 97014 to Medicare."""
    wants_cpt = patient.payer in (people.COMMERCIAL, people.COMPENSATION, people.PPO)
    return "97014" if wants_cpt or rng.random() < 0.10 else "G0283"


def _with_assistant(rng: Random, plan: list[Work]) -> list[Work]:
    """An assistant takes one procedure, all of them, or a part of one."""
    share = rng.randrange(3)
    if share == 0:
        return [Work(code=w.code, assistant=w.therapist) for w in plan]
    last = plan[-1]
    if share == 1 or last.therapist < 16:
        return [*plan[:-1], Work(code=last.code, assistant=last.therapist)]
    part = rng.randint(2, last.therapist - 8)
    return [*plan[:-1], Work(code=last.code, therapist=last.therapist - part, assistant=part)]


def _shared(rng: Random, patient: Patient, day: date, start: date) -> dict[str, str]:
    """The visit's own columns."""
    npi, last, first = patient.referrer
    shared = {
        "visit_id": f"V{day:%Y%m%d}-{patient.number:05d}", "service_date": f"{day}", "clinic": patient.clinic,
        "therapist": patient.therapist, "patient_id": patient.id, **patient.person.cells("patient_"),
        "payer": patient.payer, "member_id": patient.member_id, "group_number": patient.group_number,
        "relationship": patient.relationship, "therapy_dollars_used": patient.dollars_used,
        "diagnoses": " ".join(patient.diagnoses), "initial_treatment_date": f"{start}",
        "onset_date": f"{start - timedelta(days=5 + patient.number % 23)}", "plan_of_care_start": f"{start}",
        "plan_of_care_end": f"{start + timedelta(days=59 + patient.number % 30)}",
        "medical_record_number": f"MR{patient.number:06d}",
        "coverage_from": f"{date(day.year, 1, 1)}", "coverage_to": f"{date(day.year, 12, 31)}",
    }  # fmt: skip
    if patient.subscriber:
        shared |= patient.subscriber.cells("subscriber_")
    if patient.quirk != "no referrer":
        shared |= {"referring_npi": npi, "referring_last": last, "referring_first": first}
    if patient.payer in (people.PPO, people.ADVANTAGE) and patient.quirk != "no authorization":
        shared["authorization"] = f"AU{start:%y%m}{patient.number:05d}"
    return shared | _special(rng, patient, day, start)


def _special(rng: Random, patient: Patient, day: date, start: date) -> dict[str, str]:
    special: dict[str, str] = {}
    if patient.payer == people.COMPENSATION:
        injured = start - timedelta(days=4 + patient.number % 17)
        special |= {"claim_number": f"GSF{injured:%y%m%d}{patient.number:05d}", "accident_date": f"{injured}",
                    "accident_cause": "EM", "accident_state": "MI", "onset_date": f"{injured}"}  # fmt: skip
    if patient.secondary:
        special |= {"secondary_payer": people.PPO, "secondary_member_id": f"BXQ{patient.number:09d}",
                    "secondary_group_number": "GRPSUPP", "secondary_relationship": "18"}  # fmt: skip
    if patient.quirk == "short plan":
        special["plan_of_care_end"] = f"{start + timedelta(days=18)}"
    if patient.quirk == "old coverage":
        special["coverage_to"] = f"{day - timedelta(days=rng.randint(3, 20))}"
    return special


def _procedure(rng: Random, work: Work, diagnoses: int) -> dict[str, str]:
    return {
        "procedure": work.code, "therapist_minutes": f"{work.therapist}",
        "assistant_minutes": f"{work.assistant}" if work.assistant else "",
        "pointers": rng.choice(("1", "1 2")) if diagnoses > 1 else "1", "modifiers": work.modifiers,
        "separate_time": "yes" if work.separate else "",
    }  # fmt: skip
