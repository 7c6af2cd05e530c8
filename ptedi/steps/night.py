"""A night's surroundings: the workspace with its store, practice, payers and partners, opened once per step or run."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from pathlib import Path
from types import TracebackType
from typing import Self

from ptedi import dates
from ptedi.claims import practice as practices
from ptedi.claims.model import Practice
from ptedi.codes import table as code_tables
from ptedi.config import FOLDERS, Workspace, open_workspace
from ptedi.disk import write_whole
from ptedi.errors import ConfigurationError, InterlockError
from ptedi.payers import partner as partners
from ptedi.payers import profile as payers
from ptedi.payers.partner import TradingPartner
from ptedi.payers.profile import PayerProfile, Profiles
from ptedi.store import Store, open_store, series
from ptedi.transport import Channel, open_channel

SETTINGS = "ptedi.toml"
CODES = "codes"
CLOSE_AFTER_DAYS = 30  # own judgement: what a payer corrects of its own accord mostly comes in the month after
_MOST_DAYS = 3650


@dataclass(frozen=True, slots=True, kw_only=True)
class Night:
    """What every step is given; a context manager that lets go of the store.

    `zone` is the practice's time zone, UTC unless ptedi.toml says `[practice] time_zone`.
    """

    workspace: Workspace
    store: Store
    practice: Practice
    claim_prefix: str
    profiles: Profiles
    partners: dict[str, TradingPartner]
    zone: tzinfo = UTC

    @property
    def archive(self) -> Path:
        """The folder that keeps every file by its content."""
        return self.workspace.folder("archive")

    @property
    def environment(self) -> str:
        """T or P."""
        return self.workspace.environment

    def now(self) -> datetime:
        """The practice's own date and time, which go on what it sends; what is stored of a moment is UTC."""
        return dates.now_in(self.zone)

    def today(self) -> date:
        """The practice's own day."""
        return self.now().date()

    def partner_of(self, profile: PayerProfile) -> TradingPartner:
        """Who carries a payer's files: the one its profile names, or the only one there is.

        Raises:
            ConfigurationError: there are several and none has that name.
        """
        if profile.partner in self.partners:
            return self.partners[profile.partner]
        if len(self.partners) == 1:
            return next(iter(self.partners.values()))
        raise ConfigurationError(f"payer {profile.id} goes to {profile.partner}, which ptedi.toml does not have",
                                 hint=f"add [partners.{profile.partner}]")  # fmt: skip

    def use_tables(self) -> None:
        """Puts this workspace's official code files in effect; each step that asks the tables says so first."""
        code_tables.use(self.workspace.root / CODES)

    def channel(self, partner: TradingPartner) -> Channel:
        """The way to a partner."""
        return open_channel(partner, self.workspace.root)

    def close(self) -> None:
        """Lets go of the store."""
        self.store.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, problem: BaseException | None,
                 trace: TracebackType | None) -> None:  # fmt: skip
        self.close()


def open_night(workspace: Workspace | Path) -> Night:
    """Opens a workspace for work; its store is brought up to date.

    Raises:
        ConfigurationError: a setting is missing or wrong; the sentence names it.
        InterlockError: the store holds claims of the other world, test or production.
    """
    opened = open_workspace(workspace) if isinstance(workspace, Path) else workspace
    table = opened.table("practice")
    practice, prefix = practices.load(table), practices.claim_prefix(table)
    profiles, carriers = payers.load(opened.root / "payers"), partners.load(opened.table("partners"))
    if not carriers:
        raise ConfigurationError("ptedi.toml names no trading partner", hint="add a [partners.NAME] table")
    close_after(opened)  # said now, not at the end of a night
    _not_lost(opened)
    code_tables.use(opened.root / CODES)
    store = open_store(opened.database_url)
    try:
        _one_world(opened, store)
    except InterlockError:
        store.close()
        raise
    return Night(workspace=opened, store=store, practice=practice, claim_prefix=prefix, profiles=profiles,
                 partners=carriers, zone=practices.time_zone(table))  # fmt: skip


def _one_world(workspace: Workspace, store: Store) -> None:
    """Claims of the test world must not wait in a store that begins to send to production, nor the reverse.

    Raises:
        InterlockError: the newest claim was made in the other world.
    """
    with store.read() as conn:
        world = series.world(conn)
    if world not in ("", workspace.environment):
        raise InterlockError(f"the claims in this workspace's store are of environment {world}, and ptedi.toml says "
                             f"{workspace.environment}: they would go to the other world",
                             hint=f'set environment = "{world}" again; keep a workspace of its own for each world')


def close_after(workspace: Workspace) -> timedelta:
    """`[claims] close_after_days` of ptedi.toml: how long nothing must have been heard of a claim that is settled.

    Raises:
        ConfigurationError: it is no whole number of days, or `[claims]` has another setting.
    """
    table = workspace.table("claims")
    value = table.get("close_after_days", CLOSE_AFTER_DAYS)
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= _MOST_DAYS:
        raise ConfigurationError(f"[claims] close_after_days must be a whole number of days from 0 to {_MOST_DAYS}")
    if others := sorted(table.keys() - {"close_after_days"}):
        raise ConfigurationError(f"claims.{others[0]}: is not a setting; known here: close_after_days")
    return timedelta(days=value)


def _not_lost(workspace: Workspace) -> None:
    """A new store beside an old archive would count from 1 again and send everything twice.

    Raises:
        ConfigurationError: the SQLite file is gone or empty although the archive is not.
    """
    path = Path(workspace.database_url.removeprefix("sqlite:///"))
    if not workspace.database_url.startswith("sqlite:///") or (path.exists() and path.stat().st_size):
        return
    if any(workspace.folder("archive").iterdir()):
        raise ConfigurationError(f"{path.name} is gone or empty, but the archive holds what it had counted",
                                 hint="put it back from a backup, or begin in a new folder")  # fmt: skip


def make_workspace(root: Path, settings: str) -> Workspace:
    """Makes a workspace's folders (0700) and its settings (0600); an existing ptedi.toml stays as it is."""
    root.mkdir(parents=True, exist_ok=True, mode=0o700)
    if not (root / SETTINGS).exists():
        write_whole(root / SETTINGS, settings.encode())
    workspace = open_workspace(root)
    for name in FOLDERS:
        workspace.folder(name)
    return workspace
