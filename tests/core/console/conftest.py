"""Use the same staff web as the tests of the inbox."""

from tests.handoff.conftest import deps, house, signals

__all__ = ["deps", "house", "signals"]
