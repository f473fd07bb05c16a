"""Read Japanese text: one normal form, tokens, and readers of quantities and dates.

Pure; Python 3.10 syntax, because the Rasa environment imports it. A reader takes any text, never raises, and
returns None where it is not certain. `read_...` reads a whole message or answer; `find_...` gives places in
running text.
"""

from core.ja.age import Age, different
from core.ja.ages import find_ages, months_alone, read_age
from core.ja.dates import read_date
from core.ja.durations import Duration, find_durations, read_duration
from core.ja.normal import Normalised, fold, folded_lines, folded_words, normalise, normalised
from core.ja.numbers import read_number
from core.ja.numerals import Mention
from core.ja.place_names import NamedPlace, PlaceNames, name_pattern
from core.ja.quantities import find_spo2, find_temperatures, read_spo2, read_temperature
from core.ja.quick_pattern import find_quickly, quick_pattern
from core.ja.read_text import NO_TEXT, ReadText, day_of, ends, form, head, joined, lines_of
from core.ja.tokens import Token, tokens

__all__ = [
    "NO_TEXT",
    "Age",
    "Duration",
    "Mention",
    "NamedPlace",
    "Normalised",
    "PlaceNames",
    "ReadText",
    "Token",
    "day_of",
    "different",
    "ends",
    "find_ages",
    "find_durations",
    "find_quickly",
    "find_spo2",
    "find_temperatures",
    "fold",
    "folded_lines",
    "folded_words",
    "form",
    "head",
    "joined",
    "lines_of",
    "months_alone",
    "name_pattern",
    "normalise",
    "normalised",
    "quick_pattern",
    "read_age",
    "read_date",
    "read_duration",
    "read_number",
    "read_spo2",
    "read_temperature",
    "tokens",
]
