"""Migrations down and up again under a store that a whole practice filled: all that an older version knows stays."""

from __future__ import annotations

from collections.abc import Mapping

from alembic.script import ScriptDirectory
from sqlalchemy import Engine, inspect

from ptedi import pipeline
from ptedi.store import migrate
from ptedi.store.tables import metadata
from tests.faults import facts
from tests.faults.facts import Facts
from tests.faults.plug import DONE, forked
from tests.faults.trials import Ground, night_of

DONE_ONCE = ("claims", "claim_events", "postings", "payments", "series_log", "batches", "work_items", "sandbox",
             "files of folders")  # fmt: skip


def test_down_to_every_version_and_up_again(either: Ground) -> None:
    """At every version: what its tables can hold comes back as it was, or the way down is refused and nothing moves."""
    reached = []
    with either.copy() as root:
        assert forked(night_of(root)).wait() == DONE
        before = facts.of_workspace(root)
        with pipeline.open_night(root) as night:
            engine = night.store.engine
            for target in _older(engine):
                try:
                    migrate.downgrade(engine, target)
                except RuntimeError:
                    assert migrate.current(engine) == migrate.HEAD
                    assert facts.of_workspace(root) == before
                    break
                assert migrate.current(engine) == target
                known = _known(engine)
                migrate.migrate(engine)
                after = facts.of_workspace(root)
                assert facts.differences(_of(before, known, engine), _of(after, known, engine)) == [], target
                assert facts.laws(root) == [], target
                reached.append(target)
        assert reached[-1] == "0001"
        assert forked(night_of(root)).wait() == DONE  # tonight over the oldest tables made new: nothing more is done
        again = facts.of_workspace(root)
        assert {name: len(again[name]) for name in DONE_ONCE} == {name: len(before[name]) for name in DONE_ONCE}


def test_what_an_older_version_cannot_know_is_seen(lite: Ground) -> None:
    """The comparison above looks at columns: one that is missing or other is told."""
    with lite.copy() as root, pipeline.open_night(root) as night:
        found, known = facts.of_workspace(root), _known(night.store.engine)
        other = found | {"claims": found["claims"][1:]}
        assert facts.differences(_of(found, known, night.store.engine), _of(other, known, night.store.engine)) != []


def _older(engine: Engine) -> list[str]:
    """Every version before this one, newest first."""
    with engine.connect() as conn:
        scripts = ScriptDirectory.from_config(migrate._config(conn))
    return [one.revision for one in scripts.walk_revisions()][1:]


def _known(engine: Engine) -> dict[str, set[str]]:
    """Tables and columns that are there now."""
    looked = inspect(engine)
    return {name: {column["name"] for column in looked.get_columns(name)} for name in looked.get_table_names()}


def _of(found: Facts, known: Mapping[str, set[str]], engine: Engine) -> Facts:
    """The facts as far as a version knows their tables and columns."""
    kept = {name: rows for name, rows in found.items() if name not in metadata.tables}
    for name in known.keys() & found.keys():
        if name == "ledger_sums":  # told as what each sum comes to, not by its columns: tests.faults.facts
            kept[name] = found[name]
            continue
        names = [c.name for c in facts.columns(metadata.tables[name], apart=engine.dialect.name == "postgresql")]
        places = [place for place, column in enumerate(names) if column in known[name]]
        kept[name] = [tuple(row[place] for place in places) for row in found[name]]
    return kept
