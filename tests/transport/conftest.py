from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.transport.servers import Site, openssh, own_server


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    """The server in this process."""
    with own_server(tmp_path, monkeypatch) as site:
        yield site


@pytest.fixture(params=["asyncssh", "openssh"])
def site(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    """The server in this process, then a real OpenSSH."""
    with own_server(tmp_path, monkeypatch) if request.param == "asyncssh" else openssh(tmp_path) as running:
        yield running
