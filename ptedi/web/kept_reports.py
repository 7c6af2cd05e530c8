"""Reports that were made a moment ago: kept until anything is added to the store, so that a click does not wait."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING

from ptedi import dates, pipeline
from ptedi.pipeline import Night

if TYPE_CHECKING:
    from ptedi.reports.practice.report import Report

_MOST = 12  # with their rows some are tens of megabytes
Key = tuple[object, ...]


class KeptReports:
    """The newest reports of one application; one is made once, however many people ask for it at the same time."""

    def __init__(self) -> None:
        self._made: OrderedDict[Key, Report] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, night: Night, name: str, *, first: date, last: date, by: Sequence[str], rows: str = "") -> Report:
        """A report as `pipeline.report` makes it.

        Raises:
            ConfigurationError: there is no such report, or it cannot be split so; the days run backwards.
        """
        key = (name, first, last, tuple(by), rows, dates.today(), pipeline.report_version(night))
        with self._lock:
            if key not in self._made:
                self._made[key] = pipeline.report(night, name, first=first, last=last, by=by, rows=rows)
                if len(self._made) > _MOST:
                    self._made.popitem(last=False)
            self._made.move_to_end(key)
            return self._made[key]
