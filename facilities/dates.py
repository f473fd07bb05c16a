"""Format days and hours in Japanese as people say them."""

from datetime import date, datetime

from core.clock import TOKYO
from core.hours import DAYS, is_holiday

_NEAR = {0: "今日", 1: "明日", 2: "あさって"}
NOON = 12


def day_words(day: date, now: datetime) -> str:
    """Return `今日（日）`, `明日（月・祝）` or `11月28日（土）`."""
    ahead = (day - now.astimezone(TOKYO).date()).days
    weekday = DAYS[day.weekday()] + ("・祝" if is_holiday(day) else "")
    return f"{_NEAR.get(ahead, f'{day.month}月{day.day}日')}（{weekday}）"


def date_words(day: date) -> str:
    """Return `2026年6月1日`."""
    return f"{day.year}年{day.month}月{day.day}日"


def clock_words(hour: int, minute: int) -> str:
    """Return `午前9時`, `午後3時30分`."""
    part, hour = ("午前", hour) if hour < NOON else ("午後", hour - NOON)
    return f"{part}{hour}時" + (f"{minute}分" if minute else "")
