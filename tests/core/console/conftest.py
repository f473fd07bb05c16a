"""Use the same staff web as the tests of the inbox."""

from tests.handoff.conftest import deps, signals, staff_web

__all__ = ["deps", "signals", "staff_web"]
