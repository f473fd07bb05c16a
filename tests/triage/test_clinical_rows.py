"""What each row of faults in the clinical review is heard as (`clinical_rows.yml`)."""

from pathlib import Path

import pytest
import yaml

from bot.triage.danger.danger_screen import load_danger_screen
from bot.triage.danger.safety import load_safety
from tests.conftest import DATA

EAR = load_danger_screen(DATA)
ROWS = yaml.safe_load((Path(__file__).parent / "clinical_rows.yml").read_text(encoding="utf-8"))["rows"]


@pytest.mark.parametrize(
    ("row", "text"), [(row, text) for row in ROWS for text in row["texts"]], ids=lambda value: str(value)[:60]
)
def test_a_row_of_the_review_is_heard_as_its_danger(row: dict[str, object], text: str) -> None:
    heard = [one for one in EAR.all(text) if row["level"] == "ask" or one.level == "red"]
    assert {one.category for one in heard} & set(row["category"]), f"{row['row']}: {list(EAR.all(text))}"  # type: ignore[call-overload]


def test_rows_name_dangers_that_exist() -> None:
    assert {category for row in ROWS for category in row["category"]} <= load_safety(DATA).keys()
