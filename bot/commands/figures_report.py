"""Show what became of consultations (`helpo triage figures`): counts without names, small ones hidden."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, func

from bot.app import open_runtime
from core.db.tables import ConsultationFigure
from core.errors import ConfigurationError
from core.figures_store import count_by
from core.settings import Settings
from core.urgency import LEVELS

# A count of fewer people than this could lead to one of them.
LEAST = 5
FEW = f"{LEAST}未満"
# What would tell a small count, because a total less all others is what is left.
HIDDEN = "非表示"
LEVEL_NAMES = {"red": "赤", "orange": "オレンジ", "yellow": "黄", "green": "緑", "white": "白"}
QUESTIONS: Mapping[str, str] = {
    "what": "どうされましたか",
    "who": "どなたのことですか",
    "age": "年齢",
    "weeks": "妊娠の週",
    "celsius": "体温",
    "since": "いつから",
    "red": "赤の項目",
    "seen": "見てわかる様子",
    "well": "ふだんどおりか",
    "more": "赤より下の項目",
    "which": "どれがあるか",
    "also": "ほかにもあるか",
}
NO_DISTRICT, NO_TABLE = "（不明）", "（なし）"

Cell = int | str


@dataclass(frozen=True, slots=True)
class Figures:
    """Counts of consultations by what is known of them; the keys are the stored ones."""

    since: date | None
    level: Mapping[str | None, int] = field(default_factory=dict)
    table: Mapping[str | None, int] = field(default_factory=dict)
    hour: Mapping[int, int] = field(default_factory=dict)
    district: Mapping[str, int] = field(default_factory=dict)
    questions: Mapping[int, int] = field(default_factory=dict)
    left_at: Mapping[str | None, int] = field(default_factory=dict)
    titles: Mapping[str, str] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """Return the counts as JSON.

        `{"since", "consultations", "by_level", "by_table", "by_hour", "by_district", "by_questions", "left_at"}`; a
        count is a number, or `5未満` or `非表示`. A consultation of two tables counts in both.
        """
        parts = self._parts()
        total = sum(self.hour.values())
        return {
            "since": self.since.isoformat() if self.since else None,
            "consultations": shown({"": total})[""] if total else 0,
            **{name: shown(counts) for name, (_, counts) in parts.items()},
        }

    def lines(self) -> Iterator[str]:
        """Yield the counts as lines to read."""
        found = self.as_json()
        yield f"相談 {found['consultations']}件" + (f"（{self.since}から）" if self.since else "")
        for name, (title, _) in self._parts().items():
            if not found[name]:
                continue
            yield f"\n{title}"
            for key, cell in found[name].items():
                yield f"  {self._named(name, key)}  {cell}"

    def _parts(self) -> dict[str, tuple[str, dict[str, int]]]:
        order = [*(level.value for level in LEVELS), "left"]
        levels = {key or "left": count for key, count in self.level.items()}
        left = {key: count for key, count in self.left_at.items() if key}
        return {
            "by_level": ("判定", {key: levels[key] for key in order if key in levels}),
            "by_table": ("質問表（2つの相談は両方に数える）", _most_first(self.table)),
            "by_hour": ("時刻（時）", {str(hour): self.hour[hour] for hour in sorted(self.hour)}),
            "by_district": ("地区", _most_first(self.district)),
            "by_questions": ("答えた質問の数", {str(n): self.questions[n] for n in sorted(self.questions)}),
            "left_at": ("途中でやめた質問", _most_first(left)),
        }

    def _named(self, part: str, key: str) -> str:
        match part:
            case "by_level":
                return LEVEL_NAMES.get(key, "途中でやめた")
            case "by_table":
                return f"{self.titles[key]}（{key}）" if key in self.titles else key or NO_TABLE
            case "by_district":
                return key or NO_DISTRICT
            case "left_at":
                return QUESTIONS.get(key, key)
            case _:
                return key


def _most_first(counts: Mapping[Any, int]) -> dict[str, int]:
    pairs: Iterable[tuple[Any, int]] = sorted(counts.items(), key=lambda pair: (-pair[1], str(pair[0])))
    return {key or "": count for key, count in pairs}


def shown(counts: Mapping[str, int]) -> dict[str, Cell]:
    """Return counts as they are shown: none that is small, and none from which a small one follows.

    The total less all that is shown must not be small either: then the next larger count is hidden as well.
    """
    small = {key for key, count in counts.items() if 0 < count < LEAST}
    hidden = set(small)
    for key, count in sorted(counts.items(), key=lambda pair: pair[1]):
        if not 0 < sum(counts[one] for one in hidden) < LEAST:
            break
        if count >= LEAST:
            hidden.add(key)
    return {key: FEW if key in small else HIDDEN if key in hidden else count for key, count in counts.items()}


def first_day(text: str) -> date | None:
    """Read the day of `--since`; None when it is not said.

    Raises:
        ConfigurationError: it is no day.
    """
    try:
        return date.fromisoformat(text) if text else None
    except ValueError as error:
        raise ConfigurationError(f"--since must be a day like 2026-11-01, not '{text}'") from error


async def read_figures(settings: Settings, since: date | None, city: str) -> Figures:
    """Count the consultations of a city, or of all, from a day on.

    Raises:
        ConfigurationError: there is no such city.
    """
    table = func.unnest(ConsultationFigure.tables)
    columns: dict[str, ColumnElement[Any]] = {
        "level": ConsultationFigure.level,  # type: ignore[dict-item]
        "table": table,
        "hour": ConsultationFigure.hour,  # type: ignore[dict-item]
        "district": ConsultationFigure.district,  # type: ignore[dict-item]
        "questions": ConsultationFigure.questions,  # type: ignore[dict-item]
        "left_at": ConsultationFigure.left_at,  # type: ignore[dict-item]
    }
    async with open_runtime(settings, pool_size=2) as runtime:
        if city and city not in runtime.cities:
            raise ConfigurationError(
                f"there is no city '{city}'; known are {', '.join(sorted(runtime.cities))}"
            )
        titles = {one.id: one.title for one in runtime.content.tables.values()}
        async with runtime.sessions() as session:
            found = {
                name: await count_by(session, column, since=since, city=city)
                for name, column in columns.items()
            }
    return Figures(since, titles=titles, **found)
