"""Write kana in Latin letters, as on the signs of stations (Hepburn): おなはま is onahama, いずみえき izumi station."""

_SYLLABLES = dict(
    zip(
        "あいうえおかきくけこさしすせそたちつてとなにぬねのはひふへほまみむめもやゆよらりるれろわをんがぎぐげござじずぜぞだぢづでどばびぶべぼぱぴぷぺぽ",
        [
            "a",
            "i",
            "u",
            "e",
            "o",
            "ka",
            "ki",
            "ku",
            "ke",
            "ko",
            "sa",
            "shi",
            "su",
            "se",
            "so",
            "ta",
            "chi",
            "tsu",
            "te",
            "to",
            "na",
            "ni",
            "nu",
            "ne",
            "no",
            "ha",
            "hi",
            "fu",
            "he",
            "ho",
            "ma",
            "mi",
            "mu",
            "me",
            "mo",
            "ya",
            "yu",
            "yo",
            "ra",
            "ri",
            "ru",
            "re",
            "ro",
            "wa",
            "o",
            "n",
            "ga",
            "gi",
            "gu",
            "ge",
            "go",
            "za",
            "ji",
            "zu",
            "ze",
            "zo",
            "da",
            "ji",
            "zu",
            "de",
            "do",
            "ba",
            "bi",
            "bu",
            "be",
            "bo",
            "pa",
            "pi",
            "pu",
            "pe",
            "po",
        ],
        strict=True,
    )
)
_SMALL = {"ゃ": "ya", "ゅ": "yu", "ょ": "yo"}
_HISSING = ("sh", "ch", "j")
_STATION = "えき"


def romaji(kana: str) -> str:
    """Return hiragana in small Latin letters; drawn-out vowels are written once."""
    if kana.endswith(_STATION) and len(kana) > len(_STATION):
        return f"{romaji(kana.removesuffix(_STATION))} station"
    written = ""
    is_doubled = False
    for sign in kana:
        if sign == "っ":
            is_doubled = True
            continue
        if sign in _SMALL and written:
            stem = written[:-1]
            written = stem + (_SMALL[sign][1:] if stem.endswith(_HISSING) else _SMALL[sign])
            continue
        syllable = _SYLLABLES.get(sign, "")
        written += syllable[:1] + syllable if is_doubled else syllable
        is_doubled = False
    return written.replace("ou", "o").replace("oo", "o").replace("uu", "u")
