"""Provide files of the ministry, unchanged and with one change."""

from collections.abc import Callable
from pathlib import Path

import pytest

from core.clock import Clock
from core.db.engine import Sessions
from core.municipalities import Municipality
from facilities.importer import import_files

SAMPLE = Path(__file__).parents[2] / "data/facilities/sample"


@pytest.fixture
def sample() -> Path:
    return SAMPLE


@pytest.fixture
def changed(tmp_path: Path) -> Callable[..., Path]:
    """Return a copy of a sample file with one text replaced, under another name if given."""

    def change(name: str, old: str, new: str, as_name: str = "") -> Path:
        content = (SAMPLE / name).read_bytes().decode("utf-8")
        assert old in content
        path = tmp_path / (as_name or name)
        path.write_bytes(content.replace(old, new, 1).encode("utf-8"))
        return path

    return change


@pytest.fixture
async def city_with_facilities(sessions: Sessions, cities: dict[str, Municipality], clock: Clock) -> Sessions:
    for city in cities.values():
        await import_files(sessions, [SAMPLE], city, clock)
    return sessions
