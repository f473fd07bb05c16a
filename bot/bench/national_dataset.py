"""Write an invented nation in the ministry's format, of any size: for benchmarks only, never shown."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from core.hours import DAYS
from facilities.departments import BY_CODE, EMERGENCY

EDITION = "20260601"
# Facilities of the edition of 2026-06-01, and rows of hours of the edition before (ministry's files).
HOSPITALS, CLINICS, DENTISTS, MATERNITY_HOMES, PHARMACIES = 7_715, 80_155, 54_637, 2_138, 61_398
NATION = HOSPITALS + CLINICS + DENTISTS + MATERNITY_HOMES + PHARMACIES
DEPARTMENT_ROWS = 1_283_106
# All facilities lie in one city, so that all are imported.
CODE = ("07", "204")
DENTAL_CODES = tuple(code for code in BY_CODE if code.startswith("08"))
MEDICAL_CODES = tuple(code for code in BY_CODE if not code.startswith("08") and code != EMERGENCY)
WITHOUT_PLACE = 0.08
_STARTS, _ENDS = ("08:30", "08:45", "09:00", "09:30"), ("11:30", "12:00", "12:30", "13:00")
_AFTERNOONS, _EVENINGS = ("13:30", "14:00", "15:00", "16:00"), ("17:00", "17:30", "18:00", "19:00", "20:00")


@dataclass(frozen=True, slots=True)
class Size:
    """How many facilities, and rows of hours, were written."""

    facilities: int
    rows: int


class _Writer:
    """Writes one file: all values quoted except coordinates."""

    def __init__(self, folder: Path, name: str, header: Sequence[str], bare: tuple[int, ...] = ()) -> None:
        self._file = (folder / f"{name}_{EDITION}.csv").open("w", encoding="utf-8-sig", newline="")
        self._bare = bare
        self.rows = 0
        self._write(header, ())

    def add(self, values: Sequence[str]) -> None:
        self.rows += 1
        self._write(values, self._bare)

    def close(self) -> None:
        self._file.close()

    def _write(self, values: Sequence[str], bare: tuple[int, ...]) -> None:
        cells = (v if i in bare else f'"{v}"' for i, v in enumerate(values))
        self._file.write(",".join(cells) + "\r\n")


def write_nation(folder: Path, share: float, seed: int = 1) -> Size:
    """Write the eight files with a share (0 to 1) of the nation's facilities; the same for the same seed."""
    dice = random.Random(seed)  # noqa: S311 - figures, no secrets
    written = Size(0, 0)
    kinds = (
        ("01-1_hospital_facility_info", "1", HOSPITALS, 16, MEDICAL_CODES),
        ("02-1_clinic_facility_info", "2", CLINICS, 4, MEDICAL_CODES),
        ("03-1_dental_facility_info", "3", DENTISTS, 4, DENTAL_CODES),
        ("04_maternity_home", "4", MATERNITY_HOMES, 0, ()),
        ("05_pharmacy", "5", PHARMACIES, 0, ()),
    )
    for name, kind, count, departments, codes in kinds:
        size = _write_kind(folder, name, kind, max(round(count * share), 1), (departments, codes), dice)
        written = Size(written.facilities + size.facilities, written.rows + size.rows)
    return written


def _write_kind(
    folder: Path,
    name: str,
    kind: str,
    count: int,
    departments: tuple[int, tuple[str, ...]],
    dice: random.Random,
) -> Size:
    is_pharmacy = kind == "5"
    file = _Writer(folder, name, _header(kind), (8, 9) if is_pharmacy else (10, 11))
    most, codes = departments
    identities = [f"{CODE[0]}{kind}{number:010}" for number in range(count)]
    for number, identity in enumerate(identities):
        file.add(_facility(identity, kind, number, dice))
    file.close()
    if not most:
        return Size(file.rows, 0)
    hours = _Writer(folder, name.replace("-1_", "-2_").replace("facility_info", "speciality_hours"), _HOURS)
    for identity in identities:
        for row in _department_rows(identity, most, codes, dice):
            hours.add(row)
    hours.close()
    return Size(file.rows, hours.rows)


_HOURS = [
    "ID",
    "診療科目コード",
    "診療科目名",
    "診療時間帯",
    *(f"{d}_{what}{edge}時間" for what in ("診療", "外来受付") for d in DAYS for edge in ("開始", "終了")),
]


def _header(kind: str) -> list[str]:
    place = ["都道府県コード", "市区町村コード", "所在地", "所在地座標（緯度）", "所在地座標（経度）"]
    weeks = [(n, d) for n in range(1, 6) for d in DAYS[:7]]
    if kind == "5":
        bands = [f"{d}_開店時間帯{b}_{e}時間" for b in range(1, 5) for d in DAYS for e in ("開始", "終了")]
        days = [f"営業日（{d}）" for d in DAYS] + [f"定期閉店第{n}週（{d}）" for n, d in weeks]
        return ["ID", "名称", "フリガナ", "英語表記（ローマ字表記）", "機関区分", *place, "薬局のホームページアドレス", *days,
                "その他の閉店日（gw、お盆等）", *bands]  # fmt: skip
    word = "休業" if kind == "4" else "休診"
    names = [
        "正式名称",
        "正式名称（フリガナ）",
        "略称",
        "略称（フリガナ）",
        "英語表記（ローマ字表記）",
        "機関区分",
    ]
    days = [f"毎週決まった曜日に{word}（{d}）" for d in DAYS[:7]]
    days += [f"決まった週に{word}（定期週）第{n}週（{d}）" for n, d in weeks]
    bands = [f"{d}_就業時間帯{b}_{e}時間" for b in range(1, 4) for d in DAYS for e in ("開始", "終了")]
    return ["ID", *names, *place, "案内用ホームページアドレス", *days, f"祝日に{word}",
            f"その他の{word}日（gw、お盆等）", *(bands if kind == "4" else ())]  # fmt: skip


def _facility(identity: str, kind: str, number: int, dice: random.Random) -> list[str]:
    latitude, longitude = f"{dice.uniform(31.2, 43.3):.6f}", f"{dice.uniform(130.5, 141.2):.6f}"
    if dice.random() < WITHOUT_PLACE:
        latitude = longitude = "0.0"
    where = [*CODE, f"福島県いわき市デモ町{number}番地", latitude, longitude]
    closed = _day_off(identity)
    flags = ["0" if d in {closed, 6} else "1" for d in range(7)]
    if kind == "5":
        head = [identity, f"デモ薬局{number}", f"デモヤッキョク{number}", "", kind, *where, ""]
        return [*head, *flags, "0", *flags * 5, "年末年始", *_week(closed, 4, dice)]
    head = [identity, f"デモ医院{number}", f"デモイイン{number}", "", "", "", kind, *where, ""]
    return [*head, *flags, *flags * 5, "0", "年末年始", *(_week(closed, 3, dice) if kind == "4" else ())]


def _day_off(identity: str) -> int:
    """Return a closed weekday; flags and hours of a facility agree, as they do in nine of ten."""
    return int(identity[-6:]) % 6


def _week(closed: int, bands: int, dice: random.Random) -> list[str]:
    found: list[str] = []
    for band in range(bands):
        span = (dice.choice(_STARTS), dice.choice(_EVENINGS)) if band == 0 else ("", "")
        found += _days(closed, span)
    return found


def _days(closed: int, span: tuple[str, str]) -> list[str]:
    return [edge for d in range(8) for edge in (("", "") if d in {closed, 6, 7} else span)]


def _department_rows(
    identity: str, most: int, codes: Sequence[str], dice: random.Random
) -> Iterator[list[str]]:
    """Yield a morning and an afternoon row for each of some departments."""
    closed = _day_off(identity)
    for code in dice.sample(codes, min(dice.randint(most // 2 + 1, most + most // 2), len(codes))):
        for band, (starts, ends) in enumerate(((_STARTS, _ENDS), (_AFTERNOONS, _EVENINGS)), start=1):
            span = (dice.choice(starts), dice.choice(ends))
            reception = (span[0], f"{span[1][:2]}:15")
            yield [identity, code, BY_CODE[code], str(band), *_days(closed, span), *_days(closed, reception)]
