"""The people of the synthetic practice.  Nobody here exists: surnames are trees and stones, towns are examples."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from random import Random

from ptedi.codes import npi

_LAST = (
    "Alderwick", "Ashgrove", "Basaltson", "Beechcroft", "Birchmere", "Boxelder", "Cedarholm", "Chalkley", "Cherrywick",
    "Cobaltine", "Cypresson", "Dogwooden", "Elmhollow", "Feldsparr", "Flintrock", "Garnetson", "Graniteau", "Hawthorny",
    "Hazelwyck", "Hemlocke", "Hornbeam", "Jadewater", "Juniperson", "Larchmont", "Lindenau", "Locustine", "Magnolius",
    "Maplethorpe", "Marbleton", "Mulberrie", "Oakhanger", "Obsidiano", "Onyxley", "Opalinsky", "Pinehurst", "Poplars",
    "Quartzman", "Redwoodson", "Rowanby", "Sandstoner", "Sassafrass", "Slatebury", "Spruceley", "Sycamorino", "Topazio",
    "Tupelonde", "Walnutter", "Willowmere", "Yewdale", "Zelkovari",
)  # fmt: skip
_FEMALE = ("Avocet", "Bunting", "Dovelet", "Egretta", "Fulvetta", "Grebelle", "Ibisa", "Jacana", "Junco", "Kestrella",
           "Larka", "Linnet", "Merla", "Oriola", "Petrelle", "Phoebe", "Robina", "Starlina", "Teala", "Wrenna")
_MALE = ("Auklet", "Bittern", "Condoro", "Curlew", "Dunlin", "Falcone", "Finchley", "Gannet", "Heron", "Jaeger",
         "Kinglet", "Merlin", "Nuthatch", "Ospreye", "Pipit", "Ravenor", "Shrike", "Siskin", "Swifton", "Towhee")
_STREETS = ("Sample Ave", "Specimen St", "Placeholder Rd", "Fixture Ln", "Dummy Ct", "Mockbird Way", "Demo Blvd")
_TOWNS = (("Lake Example", "49999"), ("Sampleton", "49998"), ("North Fixture", "49997"))
_MBI_LETTERS = "ACDEFGHJKMNPQRTUVWXY"

PATIENTS = 1200
EPISODE = 60
"""Days from one episode's evaluation to the next one's; a patient is seen on the first 56 of them."""
ACTIVE = 56

MEDICARE, ADVANTAGE, PPO = "medicare-part-b", "summit-advantage", "bluestone-ppo"
COMMERCIAL, MEDICAID, COMPENSATION = "evergreen-commercial", "state-medicaid", "granite-workers-comp"
_PAYERS = ((MEDICARE, 34), (ADVANTAGE, 18), (PPO, 18), (COMMERCIAL, 14), (MEDICAID, 9), (COMPENSATION, 7))
PAYERS = tuple(payer for payer, _ in _PAYERS)

PROBLEMS = (
    ("spine", ("M54.50", "M62.830"), 24), ("neck", ("M54.2", "M62.838"), 14), ("knee", ("M25.561", "M62.81"), 16),
    ("new knee", ("Z47.1", "Z96.651", "M25.661"), 10), ("shoulder", ("M75.41", "M25.511"), 14),
    ("ankle", ("S93.401D", "M25.571"), 8), ("balance", ("R26.89", "R26.81", "Z91.81"), 14),
)  # fmt: skip
_INJURIES = (("spine", ("S39.012D", "M54.50")), ("shoulder", ("S46.011D", "M25.511")),
             ("knee", ("S83.411D", "M25.561")))


def npi_of(number: int) -> str:
    """A synthetic NPI: nine digits that nobody has been given, and the right check digit."""
    base = f"19999{number:04d}"
    return base + npi.check_digit(base)


@dataclass(frozen=True, slots=True, kw_only=True)
class Clinician:
    """A therapist or assistant of the practice."""

    id: str
    last: str
    first: str
    number: int
    discipline: str
    clinic: str

    @property
    def npi(self) -> str:
        """The clinician's NPI."""
        return npi_of(20 + self.number)


CLINICIANS = tuple(
    Clinician(id=key, last=last, first=first, number=number, discipline=discipline, clinic=clinic)
    for number, (key, last, first, discipline, clinic) in enumerate((
        ("pt-rowe", "ROWANBERRY", "TEAL", "PT", "lakeside"), ("pt-finn", "FINNEMORE", "WREN", "PT", "lakeside"),
        ("pta-moss", "MOSSWELL", "ROBIN", "PTA", "lakeside"), ("pt-slate", "SLATERLY", "JAY", "PT", "riverbend"),
        ("pt-birch", "BIRCHALL", "LARK", "PT", "riverbend"), ("pta-reed", "REEDHAM", "PHOEBE", "PTA", "riverbend"),
        ("pt-thorn", "THORNQUIST", "MARTIN", "PT", "hilltop"), ("pta-fern", "FERNSBY", "DOVE", "PTA", "hilltop"),
    ), 1)
)  # fmt: skip
REFERRERS = tuple(
    (npi_of(100 + number), last, first)
    for number, (last, first) in enumerate((
        ("Granbyrd", "Avis"), ("Quillfeather", "Otto"), ("Nestlewood", "Ida"), ("Plumage", "Homer"),
        ("Talonsby", "Vera"), ("Crestwell", "Amos"), ("Wingfold", "Thea"), ("Beakman", "Silas"),
    ), 1)
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """A person with a birth date and an address, as charge files write them (column name without its prefix)."""

    last: str
    first: str
    birth_date: date
    sex: str
    address: str
    city: str
    zip_code: str

    def cells(self, prefix: str) -> dict[str, str]:
        """The columns of this person."""
        return {
            f"{prefix}last": self.last, f"{prefix}first": self.first, f"{prefix}birth_date": f"{self.birth_date}",
            f"{prefix}sex": self.sex, f"{prefix}address": self.address, f"{prefix}city": self.city,
            f"{prefix}state": "MI", f"{prefix}zip": self.zip_code,
        }  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Patient:
    """A patient of the pool: who they are, who pays, who treats them, and what makes their claims special.

    `quirk` is `no authorization`, `short plan`, `no referrer`, `old coverage`, `near threshold` or "".
    """

    number: int
    person: Member
    payer: str
    member_id: str
    group_number: str
    relationship: str
    subscriber: Member | None
    secondary: bool
    clinic: str
    therapist: str
    assistant: str
    problem: str
    diagnoses: tuple[str, ...]
    referrer: tuple[str, str, str]
    offset: int
    quirk: str
    dollars_used: str

    @property
    def id(self) -> str:
        """The practice's id of the patient."""
        return f"P{self.number:05d}"

    def episode(self, day: date) -> tuple[date, int]:
        """First day of the episode that a day falls in, and how many days into it the day is."""
        into = (day.toordinal() - self.offset) % EPISODE
        return day - timedelta(days=into), into


@lru_cache(maxsize=8)
def patients(seed: int, count: int = PATIENTS) -> tuple[Patient, ...]:
    """The pool of patients of a seed, the same for every date; a larger pool begins with the smaller one."""
    return tuple(_patient(Random(f"{seed}/patient/{number}"), number) for number in range(1, count + 1))


def enough_for(visits: int) -> int:
    """How many patients a practice has that sees so many of them on a day: the usual pool, or a larger one."""
    return max(PATIENTS, visits * 5 // 4)


def _patient(rng: Random, number: int) -> Patient:
    payer = rng.choices([p for p, _ in _PAYERS], [weight for _, weight in _PAYERS])[0]
    relationship = rng.choices(("18", "01", "19"), (72, 16, 12))[0] if payer in (PPO, COMMERCIAL) else "18"
    person = _person(rng, *_years(payer, relationship))
    clinic = rng.choices(("lakeside", "riverbend", "hilltop"), (42, 38, 20))[0]
    staff = [c for c in CLINICIANS if c.clinic == clinic]
    problem, diagnoses = _problem(rng, payer)
    quirk = _quirk(rng, payer)
    return Patient(
        number=number, person=person, payer=payer, member_id=member_id(rng, payer),
        group_number=f"GRP{rng.randrange(1000, 9999)}" if payer in (PPO, COMMERCIAL) else "",
        relationship=relationship, subscriber=_subscriber(rng, person, relationship),
        secondary=payer == MEDICARE and rng.random() < 0.06, clinic=clinic,
        therapist=rng.choice([c.id for c in staff if c.discipline == "PT"]),
        assistant=rng.choice([c.id for c in staff if c.discipline == "PTA"]),
        problem=problem, diagnoses=diagnoses, referrer=rng.choice(REFERRERS), offset=rng.randrange(EPISODE),
        quirk=quirk, dollars_used=_dollars(rng, payer, quirk),
    )  # fmt: skip


def _problem(rng: Random, payer: str) -> tuple[str, tuple[str, ...]]:
    """What the patient comes with: an injury at work, or one of the usual problems."""
    if payer == COMPENSATION:
        return rng.choice(_INJURIES)
    problem, diagnoses, _ = rng.choices(PROBLEMS, [weight for *_, weight in PROBLEMS])[0]
    return problem, diagnoses


def _years(payer: str, relationship: str) -> tuple[int, int]:
    """First and last year of birth."""
    if payer in (MEDICARE, ADVANTAGE):
        return 1934, 1959
    return (2010, 2016) if relationship == "19" else (1962, 2003)


def _person(rng: Random, first_year: int, last_year: int) -> Member:
    sex = rng.choice("FM")
    town, zip_code = rng.choice(_TOWNS)
    return Member(
        last=rng.choice(_LAST), first=rng.choice(_FEMALE if sex == "F" else _MALE), sex=sex,
        birth_date=date(rng.randint(first_year, last_year), 1, 1) + timedelta(days=rng.randrange(365)),
        address=f"{rng.randrange(1, 999)} {rng.choice(_STREETS)}", city=town, zip_code=zip_code,
    )  # fmt: skip


def _subscriber(rng: Random, person: Member, relationship: str) -> Member | None:
    """The insured parent or spouse: same surname and address."""
    if relationship == "18":
        return None
    sex = rng.choice("FM")
    years = rng.randint(24, 38) if relationship == "19" else rng.randint(-4, 4)
    return Member(
        last=person.last, first=rng.choice(_FEMALE if sex == "F" else _MALE), sex=sex,
        birth_date=date(person.birth_date.year - years, rng.randint(1, 12), rng.randint(1, 28)),
        address=person.address, city=person.city, zip_code=person.zip_code,
    )  # fmt: skip


def member_id(rng: Random, payer: str) -> str:
    """A member id in the form its payer uses."""
    if payer == MEDICARE:
        return _mbi(rng)
    if payer == PPO:
        return "".join(rng.choice("BQXZ") for _ in range(3)) + f"{rng.randrange(10**9):09d}"
    if payer == MEDICAID:
        return f"{rng.randrange(10**10):010d}"
    prefix = {ADVANTAGE: "SA", COMMERCIAL: "EV", COMPENSATION: "GW"}[payer]
    return f"{prefix}{rng.randrange(10**8):08d}"


def _mbi(rng: Random) -> str:
    """An MBI by CMS's pattern C A AN N A AN N A A N N."""
    letter, digit = _MBI_LETTERS, "0123456789"
    either = letter + digit
    return "".join(rng.choice(s) for s in ("123456789", letter, either, digit, letter, either, digit, letter, letter,
                                           digit, digit))  # fmt: skip


def _quirk(rng: Random, payer: str) -> str:
    chance = rng.random()
    if payer in (PPO, ADVANTAGE):
        return "no authorization" if chance < 0.05 else ""
    if payer == MEDICARE:
        limits = ((0.04, "short plan"), (0.07, "no referrer"), (0.17, "near threshold"))
        return next((quirk for limit, quirk in limits if chance < limit), "")
    return "old coverage" if payer == COMMERCIAL and chance < 0.03 else ""


def _dollars(rng: Random, payer: str, quirk: str) -> str:
    """Allowed therapy dollars of the year so far; the threshold of 2026 is 2,480."""
    if payer not in (MEDICARE, ADVANTAGE):
        return ""
    low, high = (2_380, 2_560) if quirk == "near threshold" else (0, 1_700)
    return f"{rng.randint(low, high)}.{rng.randrange(100):02d}"
