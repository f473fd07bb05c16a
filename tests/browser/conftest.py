import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Browser, sync_playwright

from core.clock import TOKYO, system_clock
from core.hours import is_holiday
from tests.handoff.conftest import deps, signals, staff_web
from tests.harness.installation import Running, running_helpo

__all__ = ["deps", "signals", "staff_web"]  # fixtures of the staff web, for tests that need no Rasa

FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
TUESDAY = 1


def next_tuesday_morning() -> datetime:
    """Return a moment at which clinics are open: what is shown must not depend on when the test runs."""
    today = system_clock().astimezone(TOKYO)
    days = (today + timedelta(days=n) for n in range(1, 60))
    day = next(day for day in days if day.weekday() == TUESDAY and not is_holiday(day.date()))
    return day.replace(hour=9, minute=45, second=0, microsecond=0).astimezone(UTC)


@pytest.fixture(scope="module")
def helpo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """One installation for the tests of a file; ended before others want the machine."""
    folder = tmp_path_factory.mktemp("browser")
    with running_helpo(folder / "var", starts_at=next_tuesday_morning()) as running:
        yield running


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    chromium = shutil.which("chromium")
    assert chromium, "Chromium is missing: make browser"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=list(FLAGS))
        yield browser
        browser.close()
