# ruff: noqa: INP001
"""Read every content file as the processes do at their start; the first that is broken is one clear line.

Run by `make content`: `python scripts/check_content.py`.
"""

import sys
from collections.abc import Callable
from pathlib import Path

from bot.triage.danger.alarm_threshold import load_alarm_threshold
from bot.triage.danger.danger_screen import load_danger_screen
from bot.triage.danger.safety import load_safety
from bot.triage.review.reviews import open_reviews
from bot.triage.tables.loader import load_tables
from core.errors import ServiceError
from core.municipalities import load_municipalities
from core.texts import load_texts
from shop.catalogue import load_catalogue

DATA = Path("data")
LOADERS: dict[str, Callable[[Path], object]] = {
    "data/municipalities": load_municipalities,
    "data/messages": load_texts,
    "data/lexicon, data/triage/dangers": load_danger_screen,
    "data/triage/safety": load_safety,
    "data/triage/alarm.yml": load_alarm_threshold,
    "data/triage/tables": load_tables,
    "data/triage/signatures": open_reviews,
    "data/shop": load_catalogue,
}


def main() -> int:
    """Return 0 when all can be read, else 2."""
    for name, load in LOADERS.items():
        try:
            load(DATA)
        except ServiceError as error:
            sys.stderr.write(f"{name}: {error}\n")
            return 2
        sys.stdout.write(f"{name}: ok\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
