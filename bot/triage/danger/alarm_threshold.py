"""Read from which confidence on an alarm leads to a safety question (`data/triage/alarm.yml`)."""

from functools import lru_cache
from pathlib import Path

from pydantic import Field

from core.content import ContentModel, read_content

ALARM = Path("triage", "alarm.yml")


class AlarmThreshold(ContentModel):
    """The confidence from which on the talk asks."""

    asks_from: float = Field(gt=0, le=1)


@lru_cache(maxsize=4)
def load_alarm_threshold(data_dir: Path = Path("data")) -> AlarmThreshold:
    """Return the threshold of a data folder.

    Raises:
        ContentError: the file is missing or broken; says where and why.
    """
    return read_content(data_dir / ALARM, AlarmThreshold)
