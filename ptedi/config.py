"""A workspace: one practice's folder with its settings, its database, its drop folders.

demo/
ptedi.toml            settings (practice, clinics, therapists, partners, database)
ptedi.db              the store (SQLite unless [store] url says otherwise)
inbox/                captured charges and hand-delivered files, dropped here
clearinghouse/        the partner's drop folders (local transport): to/ and from/
archive/              every file that ever came in or went out, by sha256
quarantine/           what could not be read or does not balance, whole, with the reason beside it
rejects/              refused charge rows with their reason, to correct and drop again
bank/                 deposit files
letters/              appeals and filing proofs as PDF; templates/ holds the practice's own words
statements/           what patients owe, as CSV
logs/
"""

from __future__ import annotations

import os
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ptedi.errors import ConfigurationError

FOLDERS = ("inbox", "clearinghouse/to", "clearinghouse/from", "archive", "quarantine", "rejects", "bank", "logs")


@dataclass(frozen=True, slots=True)
class Workspace:
    """The folder of one practice and its raw settings tables (each package reads its own)."""

    root: Path
    settings: dict[str, Any]

    @property
    def database_url(self) -> str:
        """SQLAlchemy URL of the store."""
        url = self.settings.get("store", {}).get("url", "")
        return url or f"sqlite:///{(self.root / 'ptedi.db').resolve()}"

    @property
    def environment(self) -> str:
        """T or P: which of the partner's worlds this workspace speaks to."""
        value = str(self.settings.get("environment", "T"))
        if value not in ("T", "P"):
            raise ConfigurationError("environment must be T (test) or P (production)", hint="see ptedi.toml")
        return value

    def folder(self, name: str) -> Path:
        """One of the workspace's folders, made private (0700) at first use."""
        path = self.root
        for part in Path(name).parts:
            path = path / part
            path.mkdir(exist_ok=True, mode=0o700)
        return path

    def table(self, name: str) -> dict[str, Any]:
        """A table of ptedi.toml, empty when absent.

        Raises:
            ConfigurationError: the entry is there but is not a table.
        """
        value = self.settings.get(name, {})
        if not isinstance(value, dict):
            raise ConfigurationError(f"[{name}] in ptedi.toml is not a table")
        return value


def open_workspace(root: Path) -> Workspace:
    """Opens an existing workspace.

    Raises:
        ConfigurationError: there is no readable ptedi.toml.
    """
    path = root / "ptedi.toml"
    try:
        settings = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ConfigurationError(f"{root} is no ptedi workspace: it has no ptedi.toml",
                                 hint="`ptedi init DIR` makes one, `ptedi demo` makes one with a night in it") from None
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as problem:
        raise ConfigurationError(f"ptedi.toml cannot be read: {problem}") from None
    return Workspace(root=root, settings=settings)


def find_workspace() -> Path | None:
    """The workspace that PTEDI_WORKSPACE names, the current folder or ./demo when one of them is one, else None."""
    if os.environ.get("PTEDI_WORKSPACE"):
        return Path(os.environ["PTEDI_WORKSPACE"])
    return next((folder for folder in (Path(), Path("demo")) if (folder / "ptedi.toml").exists()), None)


def data_folder(name: str) -> Path:
    """The folder `schemas` or `dags` of this installation, in a checkout or inside the wheel."""
    here = Path(__file__).parent
    for candidate in (here.parent / name, here / f"_{name}"):
        if candidate.is_dir():
            return candidate
    raise ConfigurationError(f"the folder {name}/ is missing from this installation")
