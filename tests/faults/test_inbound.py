"""Files that come in twice, under other names, and cut off anywhere: what counts is the whole file, once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from tests.faults import facts, whole_night
from tests.faults.facts import Facts
from tests.faults.trials import Ground

SHARES = (10, 35, 60, 85, 97)  # percent of a file that has arrived


def answered(root: Path) -> dict[str, bytes]:
    """A night whose answers lie there and were not fetched; the answers by name."""
    whole_night.way_out(root)
    whole_night.answer(root)
    return {path.name: path.read_bytes() for path in left(root).iterdir() if path.is_file()}


def left(root: Path) -> Path:
    return root / "clearinghouse" / "from"


def told(found: Facts) -> Mapping[str, Sequence[object]]:
    """What became of claims and money, without the ids that depend on how many files there were."""

    def of(table: str, *names: str) -> list[str]:
        columns = [c.name for c in facts.columns(facts.metadata.tables[table], apart=False)]
        return sorted(repr([row[columns.index(name)] for name in names]) for row in found[table])

    moved = of("claim_events", "claim_id", "event", "evidence_key")
    return {
        "events": [one for one in moved if "opened after event" not in one],  # only where no answer came before
        "states": of("claim_states", "claim_id", "state_after"),
        "postings": of("postings", "transaction_key", "sequence", "account", "amount_cents", "claim_id", "line"),
        "deposits": of("deposits", "trace_number", "amount_cents"),
        "series": list(found["series_log"]), "batches": of("batches", "interchange_control_number", "state"),
    }  # fmt: skip


def test_every_answer_comes_twice(lite: Ground) -> None:
    """At the partner's under another name, in our inbox besides, and all of it again in the next night."""
    with lite.copy() as root:
        for name, data in answered(root).items():
            (left(root) / f"0-again-{name}").write_bytes(data)
            (root / "inbox" / f"again-{name}").write_bytes(data)
        whole_night.way_back(root)
        assert facts.laws(root) == []
        once = told(facts.of_workspace(root))
        assert once == told(lite.wanted)
        for path in list(left(root).iterdir()):
            path.rename(path.with_name(f"later-{path.name}"))
        whole_night.way_back(root)
        assert told(facts.of_workspace(root)) == once


def test_every_answer_is_there_in_pieces_first(lite: Ground) -> None:
    """Uploads that are cut off again and again: nothing of a half answer counts, and the whole one is not held up."""
    with lite.copy() as root:
        whole = answered(root)
        for name, data in whole.items():
            (left(root) / name).unlink()
            for share in SHARES:
                (left(root) / f"{share}-{name}").write_bytes(data[: len(data) * share // 100])
        whole_night.way_back(root)
        assert facts.laws(root) == []
        half = facts.of_workspace(root)
        wanted = set(told(lite.wanted)["events"]) | set(told(facts.of_workspace(lite.template))["events"])
        assert set(told(half)["events"]) <= wanted  # no verdict that the whole answers do not give
        for name, data in whole.items():
            (left(root) / name).write_bytes(data)
        whole_night.way_back(root)
        assert facts.laws(root) == []
        found = told(facts.of_workspace(root))
        assert {name for name, rows in told(lite.wanted).items() if rows != found[name]} == set()
