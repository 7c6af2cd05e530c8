"""The story of a night, from captured charges to the person who must act.  Calls only; each step is in ptedi.steps.

    charges in inbox/  ->  visits          extract_charges     refused rows go back with their reason
    visits             ->  claims          code_visits         units, modifiers, lines, one claim per visit and payer
    claims             ->  ready or held   scrub_claims        every held claim says why
    ready claims       ->  837P            build_batches       parsed back, checked, archived before it may leave
    837P               ->  clearinghouse   deliver_batches     exactly once
    clearinghouse      ->  inbox           collect_inbound     each file once, typed by content
    TA1, 999, 277CA    ->  claim states    apply_acknowledgements
    835                ->  ledger          post_remittances    balanced to the cent, matched, posted, or quarantined
    primary 835        ->  secondary claim bill_next_payers    what the first payer left, with what it said
    bank               ->  ledger          reconcile_deposits
    denials            ->  worklist        route_denials
    paid lines         ->  their price     compare_payments    by contract; what is underpaid is asked for
    every claim        ->  one state       take_census         late answers are asked for, nothing is unaccounted for
    everything         ->  one equation    summary

Every step may be killed and run again.  The DAGs, the command line and the demo call these functions and nothing else.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import wraps
from time import perf_counter
from typing import TYPE_CHECKING, Concatenate, ParamSpec, TypeVar

import msgspec

from ptedi import cycles
from ptedi.errors import PtediError
from ptedi.logs import open_log
from ptedi.steps import batch_pages as batching
from ptedi.steps import (
    casework,
    cashdesk,
    channels,
    decide,
    defects,
    inbound,
    outbound,
    people,
    presence,
    progress,
    reference,
    tonight,
    uploads,
)  # fmt: skip
from ptedi.steps.alarm import raise_alarm, settle_alarm
from ptedi.steps.batch_view import BatchHead, batch_list, batch_story, rebuilt
from ptedi.steps.crew import kept as kept_helpers
from ptedi.steps.deliver import outbox
from ptedi.steps.desk import (
    Done,
    WorkPage,
    WorkStory,
    forget_view,
    note_items,
    resolve_items,
    return_items,
    save_view,
    saved_view,
    saved_views,
    snooze_items,
    take_items,
    wake_items,
    work_choices,
    work_list,
    work_story,
    work_total,
    work_version,
)  # fmt: skip
from ptedi.steps.evidence import evidence
from ptedi.steps.inbound import NightSummary
from ptedi.steps.night import Night, make_workspace, open_night
from ptedi.steps.views import claim_story, claims_page, drop, list_claims, newest_service_date, work_page, worklist

if TYPE_CHECKING:
    from ptedi.reports.practice.report import Report

__all__ = [
    "BatchHead", "Done", "Night", "NightSummary", "WorkPage", "WorkStory", "apply_acknowledgements", "batch_list",
    "batch_story", "batching", "bill_next_payers", "build_batches", "casework", "cashdesk", "census", "channels",
    "claim_story", "claims_page", "code_visits", "collect", "collect_inbound", "compare_payments", "deliver_batches",
    "dismiss_item", "drop", "evidence", "extract_charges", "forget_view", "kept_helpers", "list_claims",
    "make_workspace",
    "newest_service_date", "nightly", "note_items", "open_night", "outbox", "people", "post_remittances", "presence",
    "progress", "raise_alarm", "rebuilt", "reconcile_deposits", "reference", "release_draft", "report",
    "report_version", "resolve_items", "return_items", "route_denials", "save_view", "saved_view", "saved_views",
    "scrub_claims", "settle_alarm", "snooze_items", "summary", "take_census", "take_items", "tonight", "uploads",
    "waiting_files", "wake_items", "work_choices", "work_list", "work_page", "work_story", "work_total",
    "work_version", "worklist",
]  # fmt: skip

P = ParamSpec("P")
R = TypeVar("R")


def _logged(call: Callable[Concatenate[Night, P], R]) -> Callable[Concatenate[Night, P], R]:
    """Logs the counts a step returns and how long it took; never what is in them."""

    @wraps(call)
    def told(night: Night, /, *args: P.args, **kwargs: P.kwargs) -> R:
        start, log = perf_counter(), open_log(night.workspace.folder("logs"))
        try:
            with cycles.left_alone():
                result = call(night, *args, **kwargs)
        except PtediError as problem:
            log.error("failed", step=call.__name__, error=type(problem).__name__)
            raise
        counts = {k: v for k, v in msgspec.to_builtins(result).items() if isinstance(v, int)}
        log.info("done", step=call.__name__, counts=counts, seconds=round(perf_counter() - start, 3))
        return result

    return told


extract_charges = _logged(outbound.extract_charges)
code_visits = _logged(outbound.code_visits)
scrub_claims = _logged(outbound.scrub_claims)
build_batches = _logged(outbound.build_batches)
deliver_batches = _logged(outbound.deliver_batches)
collect_inbound = _logged(inbound.collect_inbound)
waiting_files = inbound.waiting_files
apply_acknowledgements = _logged(defects.closing(inbound.apply_acknowledgements))
post_remittances = _logged(defects.closing(inbound.post_remittances))
bill_next_payers = _logged(inbound.bill_next_payers)
reconcile_deposits = _logged(inbound.reconcile_deposits)
route_denials = _logged(inbound.route_denials)
compare_payments = _logged(inbound.compare_payments)
take_census = _logged(inbound.take_census)
census = inbound.census
release_draft = decide.release
dismiss_item = decide.dismiss
summary = inbound.summary


def report(night: Night, name: str, *, first: date | None = None, last: date | None = None, by: Sequence[str] = (),
           rows: str = "") -> Report:  # fmt: skip
    """A report of the practice (see `steps.reporting`); pandas is imported when the first one is asked for."""
    from ptedi.steps import reporting  # noqa: PLC0415

    with cycles.left_alone():
        return reporting.report(night, name, first=first, last=last, by=by, rows=rows)


def report_version(night: Night) -> tuple[int, ...]:
    """What a report may be kept for: another one as soon as anything was added to the store."""
    from ptedi.steps import reporting  # noqa: PLC0415

    return reporting.version(night)


@dataclass(frozen=True, slots=True, kw_only=True)
class WayOut:
    """What each step of the way out did."""

    service_date: date
    extracted: outbound.Extracted
    coded: outbound.Coded
    scrubbed: outbound.Scrubbed
    built: outbound.Built
    delivered: outbound.Delivered


@dataclass(frozen=True, slots=True, kw_only=True)
class WayBack:
    """What each step of the way back did; `unread`: files that a defect of ours kept from being applied, by id.

    They are left whole, a work item tells of each, and the next time tries them again.
    """

    collected: inbound.Collected
    acknowledged: tuple[inbound.Applied, ...]
    posted: tuple[inbound.Posted, ...]
    forwarded: inbound.Forwarded
    reconciled: inbound.Reconciled
    routed: inbound.Routed
    compared: inbound.Compared
    counted: inbound.Counted
    unread: tuple[int, ...] = ()

    @property
    def defects(self) -> int:
        """How many files wait for a version of ptedi that can read them."""
        return self.collected.unread + len(self.unread)


def nightly(night: Night, service_date: date) -> WayOut:
    """The way out of one service date, start to end."""
    with kept_helpers():
        return WayOut(
            service_date=service_date,
            extracted=extract_charges(night),
            coded=code_visits(night, service_date),
            scrubbed=scrub_claims(night, service_date),
            built=build_batches(night, service_date),
            delivered=deliver_batches(night),
        )


def collect(night: Night) -> WayBack:
    """The way back, start to end: acknowledgements first, then money, then what waits for a person and what is late.

    Raises:
        PtediError: a partner could not be asked or refused us; what the others left, and what is here, was applied.
    """
    try:
        collected = collect_inbound(night)
    except PtediError:
        _applied(night, inbound.Collected(by_kind={}))
        raise
    return _applied(night, collected)


def _applied(night: Night, collected: inbound.Collected) -> WayBack:
    """What is here and waits, wherever it came from."""
    waiting = waiting_files(night)
    acknowledged, unapplied = defects.each(night, waiting.acknowledgements, apply_acknowledgements)
    posted, unposted = defects.each(night, waiting.remittances, post_remittances)
    return WayBack(
        collected=collected,
        acknowledged=acknowledged,
        posted=posted,
        forwarded=bill_next_payers(night),
        reconciled=reconcile_deposits(night),
        routed=route_denials(night),
        compared=compare_payments(night),
        counted=take_census(night),
        unread=unapplied + unposted,
    )
