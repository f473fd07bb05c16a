"""Find districts and places in words, districts in addresses and coordinates, and whether a point lies in the city."""

import re
from functools import lru_cache

from core.ja import PlaceNames, fold, folded_words, name_pattern
from core.municipalities import District, Municipality, Place
from facilities.distance import haversine_m

# Degrees that a city reaches beyond the reference points of its districts.
MARGIN = 0.2


def district_in(text: str, city: Municipality) -> District | None:
    """Return the district named in a text, by name, reading or another name; the longest name counts."""
    said = folded_words(text)
    return next((district for pattern, district in _patterns(city.districts) if pattern.search(said)), None)


def place_in(text: str, city: Municipality) -> Place | None:
    """Return the first town, station or landmark named in a text; None when none is."""
    found = _places(city.places).find(text)
    return next((place_named(one.name, city) for one in found), None)


def place_named(name: str, city: Municipality) -> Place | None:
    """Return the town, station or landmark with exactly this name."""
    return next((place for place in city.places if place.name == name), None)


def district_named(name: str, city: Municipality) -> District | None:
    """Return the district with exactly this name."""
    return next((d for d in city.districts if d.name == name), None)


@lru_cache(maxsize=16)
def _patterns(districts: tuple[District, ...]) -> tuple[tuple[re.Pattern[str], District], ...]:
    names = {fold(n): d for d in districts for n in (d.name, *d.name.split("・"), d.kana, *d.aliases)}
    longest_first = sorted(names.items(), key=lambda pair: -len(pair[0]))
    return tuple((re.compile(name_pattern(name)), district) for name, district in longest_first)


@lru_cache(maxsize=16)
def _places(places: tuple[Place, ...]) -> PlaceNames:
    return PlaceNames({place.name: (place.name, place.kana, *place.aliases) for place in places})


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
