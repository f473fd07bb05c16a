"""The same staff web as the inbox's tests."""

from tests.handoff.conftest import deps, signals, staff_web

__all__ = ["deps", "signals", "staff_web"]
