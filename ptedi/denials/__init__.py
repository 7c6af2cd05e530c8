"""Denials and rejections: a refused amount or claim becomes a category, a cause, an action, a deadline and a rank."""

from ptedi.denials.classify import UNPROCESSABLE, appeal_barred, classify, is_denial
from ptedi.denials.deadline import days_left, deadline
from ptedi.denials.model import (
    Action,
    Category,
    Confidence,
    Deadline,
    DeadlineBasis,
    Denial,
    Fault,
    Prior,
    Reworkable,
)  # fmt: skip
from ptedi.denials.priority import Priority, priority

__all__ = [
    "UNPROCESSABLE", "Action", "Category", "Confidence", "Deadline", "DeadlineBasis", "Denial", "Fault", "Prior",
    "Priority", "Reworkable", "appeal_barred", "classify", "days_left", "deadline", "is_denial", "priority",
]  # fmt: skip
