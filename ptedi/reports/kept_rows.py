"""Rows of the tables of `kept`, out of the segments of one set that no record says whole."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeAlias, cast

from ptedi import money
from ptedi.reports import kept
from ptedi.reports.shapes import Kind, Table
from ptedi.transactions.remittance_835 import values
from ptedi.transactions.remittance_835.values import Memo

Row: TypeAlias = tuple[object, ...]
Segment: TypeAlias = tuple[int, int, str, str, int, int]
_QUICK = frozenset({"AMT", "QTY", "REF", "DTM"})
_QUALIFIED = 3  # elements of a segment that is a qualifier and a value


def _memo(understand: Callable[[str], object]) -> Memo[object]:
    """Texts by what they mean; None of one that is empty or means nothing."""
    return Memo(lambda text: understand(text) if text else None, lambda _: None)


_MEANS = {Kind.MONEY: _memo(money.amount), Kind.QUANTITY: _memo(values.number), Kind.DATE: _memo(values.day)}


def _keys(table: Table) -> int:
    """How many keys stand in the rows of a table: claim, line and number of the claim; claim and number; none."""
    return {"line_index": 3, "patient_control_number": 2}.get(table.names[5], 0)


class _Form:
    """How a segment becomes rows of its table."""

    def __init__(self, table: Table, rows: tuple[kept.Cells, ...], elsewhere: tuple[int, ...]) -> None:
        self.name, self.keys = table.name, _keys(table)
        own = table.columns[4 + self.keys : -2]
        self.rows = [[(n, _MEANS.get(column.kind)) for n, column in zip(cells, own, strict=True)] for cells in rows]
        self.length = max(n for cells in rows for n in cells) + 1
        said = {*elsewhere, *(n for cells in rows for n in cells)}
        self.means = self.rows[0][1][1]
        self.unsaid = [n for n in range(1, self.length) if n not in said]


_FORMS = {name: _Form(*said) for name, said in kept.SAID.items()}


class KeptRows:
    """Sorts the kept segments of one set into the tables of `kept`; remembers the N1 and the LX it is in."""

    def __init__(self) -> None:
        self._party = self._group = ""

    def sort(self, segments: Sequence[Row], names: dict[int, str]) -> tuple[dict[str, list[Row]], list[Row]]:
        """The rows by table, and the segments that these do not say whole.

        Args:
            segments: rows of the table `segments`, from `claim_index` on.
            names: CLP01 of each claim by its index.
        """
        made: dict[str, list[Row]] = {table.name: [] for table in kept.TABLES}
        left: list[Row] = []
        for segment in cast(Sequence[Segment], segments):
            key, line, name, text, index, offset = segment
            form = _FORMS.get(name)
            if form is None:
                left.append(segment)
                if name == "LX":
                    self._party, self._group = "", text[3:]
            elif key and name in _QUICK and len(e := text.split("*")) == _QUALIFIED:  # nearly always
                value, means = e[2], form.means
                if means is None:
                    made[form.name].append((key, line, names[key], "", e[1], value, "", index, offset))
                elif (understood := means[value]) is not None:
                    made[form.name].append((key, line, names[key], e[1], understood, index, offset))
                elif not self._said(form, segment, names, made[form.name]):
                    left.append(segment)
            elif not self._said(form, segment, names, made[form.name]):
                left.append(segment)
        return made, left

    def _said(self, form: _Form, segment: Segment, names: dict[int, str], rows: list[Row]) -> bool:
        """Adds the rows of a segment; whether they say it whole."""
        key, line, name, text, index, offset = segment
        e = text.split("*")
        whole = len(e) <= form.length
        e += [""] * (form.length - len(e))
        if name == "N1" and not key:
            self._party = e[1]
        given = {kept.PARTY: "" if key else self._party, kept.GROUP: self._group, kept.NOTHING: ""}
        keys = ((), (), (key, names.get(key, "")), (key, line, names.get(key, "")))[form.keys]
        for number, cells in enumerate(form.rows):
            if number and not any(e[n] for n, _ in cells[-2:]):  # a PER without a second or third number
                continue
            row = [given[n] if n < 1 else e[n] if means is None else means[e[n]] for n, means in cells]
            whole = whole and all(value is not None or not e[n] for value, (n, _) in zip(row, cells, strict=True))
            rows.append((*keys, *row, index, offset))
        return whole and not any(e[n] for n in form.unsaid)
