"""A contract: what a payer agreed to pay, by date of service, each block of terms with its source."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum

from ptedi.codes.locality import NATIONAL

HUNDRED = Decimal(100)


class Basis(StrEnum):
    """What prices a code that the contract does not list."""

    MEDICARE = "medicare"   # relative values x GPCI x conversion factor, times the percent
    CHARGES = "charges"     # a percent of what was billed
    LISTED = "listed"       # nothing: a code that is not listed has no known price


class AfterOthers(StrEnum):
    """What is paid of a line that another payer decided before."""

    NOT_TOLD = ""                    # the contract does not say: such lines are not compared
    PATIENT_SHARE = "patient share"  # what the payer before left to the patient: supplements, Medigap
    OWN_BENEFIT = "own benefit"      # the same, but never more than it pays alone
    OWN_LESS_PAID = "own benefit less paid"  # what it pays alone less what was paid before: no duplication
    MEDICARE = "medicare"            # the lowest of three, 42 CFR 411.33(a)


class Per(StrEnum):
    """What a listed amount pays for."""

    UNIT = "unit"
    LINE = "line"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """A listed price in dollars; `practice` is the practice expense within it, which MPPR halves, None without MPPR."""

    amount: Decimal
    practice: Decimal | None = None
    per: Per = Per.UNIT


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Terms:
    """One `[[terms]]` block: how the services of some days are paid.

    Attributes:
        effective_from, effective_to: first and last date of service.
        source, verified: where it was read, and whether anyone checked.
        basis, percent: what prices codes without a rate, and at how many percent.
        program, locality: conversion factor and GPCI of the Medicare basis.
        rates: listed prices by code, or by code and modifier (`97110-CQ`).
        per_visit: dollars for a whole visit, whatever was done; `per_visit_except` are codes priced beside it.
        per_visit_most: most dollars allowed for a visit.
        caps: most dollars of one unit by code.
        units_per_day: most units priced in a visit, the dearest first; 0 for no limit.
        mppr: practice expense of every therapy unit but the dearest of the day is paid by half.
        assistant_percent: what is paid of the payer's part of a CQ or CO line.
        sequestration_percent: taken from the payer's part at the end.
        coinsurance_percent: the patient's share of what is allowed after the deductible; None where plans differ.
        deductible: the most that patients owe as deductible in a calendar year; None where not known.
        after_others: what is owed after another payer.
        lesser_of: never more than was billed.
        tolerance: dollars a line may differ by rounding.
        work_from: underpaid dollars of a claim from which on a person is asked.
    """

    effective_from: date
    effective_to: date
    source: str
    verified: str = "no"
    basis: Basis = Basis.LISTED
    percent: Decimal = HUNDRED
    program: str = "MPFS"
    locality: str = NATIONAL
    rates: Mapping[str, Rate] = field(default_factory=dict)
    per_visit: Decimal | None = None
    per_visit_except: tuple[str, ...] = ()
    per_visit_most: Decimal | None = None
    caps: Mapping[str, Decimal] = field(default_factory=dict)
    units_per_day: int = 0
    mppr: bool = False
    assistant_percent: Decimal = HUNDRED
    sequestration_percent: Decimal = Decimal(0)
    coinsurance_percent: Decimal | None = None
    deductible: Decimal | None = None
    after_others: AfterOthers = AfterOthers.NOT_TOLD
    lesser_of: bool = True
    tolerance: Decimal = Decimal("0.02")
    work_from: Decimal = Decimal("1.00")

    @property
    def has_no_place(self) -> bool:
        """Whether it is Medicare's own fee schedule without a locality: an example, for nobody is paid at the nation's.

        A percent of it may well be of the national fee.
        """
        return self.basis is Basis.MEDICARE and self.percent == HUNDRED and self.locality == NATIONAL

    @property
    def by_visit(self) -> bool:
        """Whether what is paid for a visit says nothing about each of its lines."""
        return self.per_visit is not None or self.per_visit_most is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Contract:
    """What one payer pays, by date of service.

    Attributes:
        id: the file's name.
        payer: the payer's id (schemas/payers).
        terms: blocks in the order of the file; of two that cover a day the later one holds.
        version: the first 16 hexadecimal digits of the SHA-256 of everything that was read for it.
    """

    id: str
    payer: str
    terms: tuple[Terms, ...]
    version: str

    def on(self, day: date) -> Terms | None:
        """The terms of a date of service, or None."""
        covering = [one for one in self.terms if one.effective_from <= day <= one.effective_to]
        return covering[-1] if covering else None


@dataclass(frozen=True, slots=True)
class Contracts:
    """The contracts of a practice by payer."""

    by_payer: Mapping[str, tuple[Contract, ...]]

    def find(self, payer: str, day: date) -> tuple[Contract, Terms] | None:
        """The contract and terms that price a payer's services of a day, or None; of several the last by id."""
        for contract in reversed(self.by_payer.get(payer, ())):
            terms = contract.on(day)
            if terms is not None:
                return contract, terms
        return None
