"""Find districts in words, addresses and coordinates, and whether a point lies in the city."""

import re
from functools import lru_cache

from core.ja import fold, folded_words
from core.municipalities import District, Municipality
from facilities.distance import haversine_m

# Degrees that a city reaches beyond the reference points of its districts.
MARGIN = 0.2
_KANJI = "一-龠々ヶ"
# What follows a name that is no district here: a person's, a line's or a road's.
_NO_PLACE = r"(?!さん|先生|様|くん|君|ちゃん|線|道路|道から|自動車|保[^健育])"
# Short names and readings occur inside words (「平気」「いたいらしい」): they count alone or before these.
_ALONE = (
    r"(?=$|[ のにでへとはもを、。?!)]|駅|地区|町|字|から|まで|より|方面|あたり|周辺|付近|市内|のほう|内の)"
)
SHORT_KANA = 5  # characters; longer readings are found inside other words too


def district_in(text: str, city: Municipality) -> District | None:
    """Return the district named in a text, by name, reading or another name; the longest name counts."""
    said = folded_words(text)
    return next((district for pattern, district in _patterns(city.districts) if pattern.search(said)), None)


def district_named(name: str, city: Municipality) -> District | None:
    """Return the district with exactly this name."""
    return next((d for d in city.districts if d.name == name), None)


@lru_cache(maxsize=16)
def _patterns(districts: tuple[District, ...]) -> tuple[tuple[re.Pattern[str], District], ...]:
    names = {fold(n): d for d in districts for n in (d.name, *d.name.split("・"), d.kana, *d.aliases)}
    longest_first = sorted(names.items(), key=lambda pair: -len(pair[0]))
    return tuple((re.compile(_pattern(name)), district) for name, district in longest_first)


def _pattern(name: str) -> str:
    escaped = re.escape(name)
    if re.fullmatch(r"[ぁ-んー]+", name) and len(name) <= SHORT_KANA:
        return rf"(?<![ぁ-ん]){escaped}{_ALONE}{_NO_PLACE}"
    if len(name) == 1:
        return rf"(?:(?<=市)|(?<![{_KANJI}0-9])){escaped}{_ALONE}{_NO_PLACE}"
    return rf"{escaped}{_NO_PLACE}"


def address_parts(district: District, city: Municipality) -> tuple[str, ...]:
    """Return what an address in the district contains: the city's name and the beginning of a town's."""
    return tuple(f"{city.name}{name}" for name in (*district.name.split("・"), *district.aliases))


def nearest_district(city: Municipality, latitude: float, longitude: float) -> District | None:
    """Return the district whose reference point is nearest."""
    return min(
        city.districts,
        key=lambda d: haversine_m(latitude, longitude, d.latitude, d.longitude),
        default=None,
    )


def covers(city: Municipality, latitude: float, longitude: float) -> bool:
    """Whether a point (WGS 84 degrees) may lie in the city; always true for a city without districts."""
    if not city.districts:
        return True
    latitudes = [district.latitude for district in city.districts]
    longitudes = [district.longitude for district in city.districts]
    return (
        min(latitudes) - MARGIN <= latitude <= max(latitudes) + MARGIN
        and min(longitudes) - MARGIN <= longitude <= max(longitudes) + MARGIN
    )
