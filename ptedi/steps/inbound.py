"""The way back: what partners and the bank left, applied to claims, ledger and worklist, step by step."""

from ptedi.steps.acknowledge import Applied, apply_acknowledgements
from ptedi.steps.census import Census, Counted, take_census
from ptedi.steps.census import count as census
from ptedi.steps.collect import Collected, CollectedFile, WaitingFiles, collect_inbound, waiting_files
from ptedi.steps.deposit import Reconciled, reconcile_deposits
from ptedi.steps.price import Compared, compare_payments
from ptedi.steps.remit import Posted, post_remittances
from ptedi.steps.route import Routed, route_denials
from ptedi.steps.secondary import Forwarded, bill_next_payers
from ptedi.steps.summary import Figure, NightSummary, summary

__all__ = ["Applied", "Census", "Collected", "CollectedFile", "Compared", "Counted", "Figure", "Forwarded",
           "NightSummary", "Posted", "Reconciled", "Routed", "WaitingFiles", "apply_acknowledgements",
           "bill_next_payers", "census", "collect_inbound", "compare_payments", "post_remittances",
           "reconcile_deposits", "route_denials", "summary", "take_census", "waiting_files"]  # fmt: skip
