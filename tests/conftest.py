"""What the tests of several packages share."""

from tests.postgresql import server

__all__ = ["server"]
