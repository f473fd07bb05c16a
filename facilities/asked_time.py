"""Read the time a resident asks about: a moment or the rest of a day, in Tokyo time.

As text it is `now`, `2026-11-23` (that day) or `2026-11-23T15:00` (that moment); empty when no time was named.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from core.clock import TOKYO
from core.hours import DAY_MINUTES, DAYS, day_index, is_holiday
from core.ja import fold

NOW = "now"
HOUR = 60  # minutes
NOON = 12
SUNDAY, SATURDAY = 6, 5
# The hours that words without a number mean. For 「夜」 the hour at which most night desks are open.
MORNING, FORENOON, AFTERNOON, EVENING, NIGHT, MIDNIGHT = 9, 10, 15, 17, 20, 23
# During these hours 「夜やっているところ」 means now.
NIGHT_BEGINS, NIGHT_ENDS = 18, 5
YEAR_END = ((12, 29), (1, 3))
_KANJI_HOURS = {
    k: str(n)
    for n, k in enumerate(
        ["一", "二", "三", "四", "五", "六", "七", "八", "九", "十", "十一", "十二"], start=1
    )
}


@dataclass(frozen=True, slots=True)
class Stretch:
    """A stretch of minutes of a day, end exclusive.

    `index` is the weekday as in `core.hours`; that of the day before is known too, for hours that reach over
    midnight.
    """

    index: int
    index_before: int
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class When:
    """A moment of a day, or (`is_moment` false) any time of that day from `minute` on."""

    day: date
    minute: int = 0
    is_moment: bool = False
    is_now: bool = False

    @property
    def at(self) -> datetime:
        """The moment, or the first one of the rest of the day."""
        start = datetime(self.day.year, self.day.month, self.day.day, tzinfo=TOKYO)
        return start + timedelta(minutes=self.minute)

    @property
    def stretch(self) -> Stretch:
        """The minutes asked about."""
        last = self.minute + 1 if self.is_moment else DAY_MINUTES
        before = day_index(self.day - timedelta(days=1))
        return Stretch(day_index(self.day), before, self.minute, max(last, self.minute + 1))

    @property
    def is_year_end(self) -> bool:
        """Whether it lies in the year-end days, in which reported hours mean little."""
        return YEAR_END[0] <= (self.day.month, self.day.day) or (self.day.month, self.day.day) <= YEAR_END[1]


def present(now: datetime) -> When:
    """Return the present moment."""
    local = now.astimezone(TOKYO)
    return When(local.date(), local.hour * HOUR + local.minute, is_moment=True, is_now=True)


def parse_when(text: str, now: datetime) -> When | None:
    """Read the stored form; of today only the rest counts. None for an empty text."""
    if not text:
        return None
    here = present(now)
    if text == NOW:
        return here
    day, _, clock = text.partition("T")
    asked = date.fromisoformat(day)
    if clock:
        hour, minute = clock.split(":")
        return When(asked, int(hour) * HOUR + int(minute), is_moment=True)
    return When(asked, here.minute if asked == here.day else 0)


def read_when(text: str, now: datetime) -> str:
    """Return the time that words name, in the stored form; empty when they name none."""
    said = fold(text)
    day, hour = _day(said, now.astimezone(TOKYO).date()), _hour(said)
    if day is None and hour is None:
        return NOW if _NOW.search(said) else ""
    return _chosen(day, hour, now)


def meant_when(entity: str, now: datetime) -> str:
    """Return the stored form of an entity's value: now, today, tomorrow, night, saturday, sunday, holiday."""
    today = now.astimezone(TOKYO).date()
    match entity:
        case "now":
            return NOW
        case "night":
            return _chosen(None, (NIGHT, 0), now)
        case "today":
            return today.isoformat()
        case "tomorrow":
            return (today + timedelta(days=1)).isoformat()
        case "saturday":
            return _weekday(today, SATURDAY).isoformat()
        case "sunday":
            return _weekday(today, SUNDAY).isoformat()
        case "holiday":
            return _next(today, is_holiday).isoformat()
        case _:
            return ""


_NOW = re.compile(
    r"今(?!日|夜|晩|回|月|年|週|度|後|朝|の所|のところ|まで|は大丈夫)|いま(?![すしせだも])|(?<!か)これから"
    r"|(?:開い|あい|空い|やっ)て(?:い)?(?:る|ます|た)"
)
_CLOCK = re.compile(
    r"(午前|午後|朝|昼|夕方|夜|今夜|今晩|深夜)?の?(?:(\d{1,2})時(?!間)(?:(半)|(\d{1,2})分)?|(\d{1,2}):(\d{2}))"
)
_KANJI_HOUR = re.compile(r"(十[一二]?|[一二三四五六七八九])(?=時(?!間))")
_PARTS: tuple[tuple[re.Pattern[str], int], ...] = (
    (re.compile(r"深夜|夜中|真夜中"), MIDNIGHT),
    (re.compile(r"夜|今晩|明晩|(?<![ぁ-ん])よる(?![とし])"), NIGHT),
    (re.compile(r"夕方|ゆうがた"), EVENING),
    (re.compile(r"午後|昼から|昼過ぎ"), AFTERNOON),
    (re.compile(r"午前"), FORENOON),
    (re.compile(r"朝(?!から(?:熱|痛|ずっと))"), MORNING),
)
# Nights and mornings that are past, or are no time of day.
_OVER = re.compile(r"昨夜|昨晩|ゆうべ|夕べ|今朝|けさ|毎晩|毎朝|毎夜|夜間頻尿|徹夜|一晩")


def _day(said: str, today: date) -> date | None:
    if found := re.search(r"(?:(\d{1,2})月(\d{1,2})日|(?<!\d)(\d{1,2})/(\d{1,2})(?!\d))", said):
        month, day = (int(n) for n in found.groups() if n)
        return _dated(today, month, day)
    for pattern, ahead in ((r"明後日|あさって", 2), (r"明日|あした|明朝|明晩|(?<![ぁ-ん])あす(?![かけ])", 1)):
        if re.search(pattern, said):
            return today + timedelta(days=ahead)
    if found := re.search(rf"(来週の?)?([{DAYS[:7]}])曜", said):
        return _weekday(today, DAYS.index(found[2]), next_week=bool(found[1]))
    if re.search(r"土日|週末", said):
        return _weekday(today, SATURDAY)
    if re.search(r"祝日|祭日", said):
        return _next(today, is_holiday)
    if re.search(r"休日|休みの日", said):
        return _next(today, lambda d: is_holiday(d) or d.weekday() == SUNDAY)
    return today if re.search(r"今日|きょう|本日", said) else None


def _dated(today: date, month: int, day: int) -> date | None:
    for year in (today.year, today.year + 1):
        try:
            found = date(year, month, day)
        except ValueError:
            continue
        if found >= today:
            return found
    return None


def _weekday(today: date, weekday: int, *, next_week: bool = False) -> date:
    if next_week:
        return today + timedelta(days=7 - today.weekday() + weekday)
    return today + timedelta(days=(weekday - today.weekday()) % 7)


def _next(today: date, fits: Callable[[date], bool]) -> date:
    return next(day for n in range(366) if fits(day := today + timedelta(days=n)))


def _hour(said: str) -> tuple[int, int] | None:
    """Return hour and minute; night or afternoon without a number is the hour written above."""
    said = _OVER.sub("", said)
    written = _KANJI_HOUR.sub(lambda found: _KANJI_HOURS[found[1]], said)
    if found := _CLOCK.search(written):
        hour = int(found[2] or found[5])
        minute = 30 if found[3] else int(found[4] or found[6] or 0)
        if hour <= 24 and minute < HOUR:  # noqa: PLR2004 - the clock's limits
            return _of_24(hour, found[1] or ""), minute
    return next(((hour, 0) for pattern, hour in _PARTS if pattern.search(said)), None)


def _of_24(hour: int, part: str) -> int:
    """Return the hour of 24; 「3時」 alone is the afternoon: people who mean 3 a.m. say so."""
    if part in {"午後", "夕方", "昼"} and hour < NOON:
        return hour + NOON
    if part in {"夜", "今夜", "今晩", "深夜"} and NIGHT_ENDS <= hour <= NOON:
        return hour + NOON
    return hour + NOON if not part and 1 <= hour <= NIGHT_ENDS else hour


def _chosen(day: date | None, clock: tuple[int, int] | None, now: datetime) -> str:
    local = now.astimezone(TOKYO)
    if clock is None:
        assert day is not None
        return day.isoformat()
    hour, minute = clock
    is_night = local.hour >= NIGHT_BEGINS or local.hour < NIGHT_ENDS
    if day in {None, local.date()} and clock in {(NIGHT, 0), (MIDNIGHT, 0)} and is_night:
        return NOW
    if day is None:
        is_over = hour * HOUR + minute <= local.hour * HOUR + local.minute
        day = local.date() + timedelta(days=1 if is_over else 0)
    if hour == 24:  # noqa: PLR2004 - the end of the day is the beginning of the next
        day, hour = day + timedelta(days=1), 0
    return f"{day.isoformat()}T{hour:02}:{minute:02}"
