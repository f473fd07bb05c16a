"""The same staff web as the inbox's tests."""

from tests.handoff.conftest import deps, house, signals

__all__ = ["deps", "house", "signals"]
