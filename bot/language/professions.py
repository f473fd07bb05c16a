"""Read which profession a resident asks for, or which one suits the words."""

import re

from core.db.tables import Profession
from core.ja import fold

# In folded form (core.ja.fold).
NAMED = {
    Profession.PUBLIC_HEALTH_NURSE: ("保健師",),
    Profession.DIETITIAN: ("栄養士",),
    Profession.MIDWIFE: ("助産師", "助産婦"),
    Profession.COUNSELLOR: ("かうんせら", "心理", "臨床心理"),
    Profession.PHARMACIST: ("薬剤師", "薬局の人", "薬の先生"),
    Profession.NURSE: ("看護師", "看護婦", "なーす", "かんごし", "かんごふ"),
    Profession.DOCTOR: ("医師", "医者", "お医者", "先生", "どくたー", "いしゃ"),
}
# What the words of such a request are about, and the profession that suits it; folded.
SUITED = {
    Profession.PHARMACIST: ("薬", "くすり"),
    Profession.MIDWIFE: ("妊娠", "にんしん", "授乳", "母乳", "産後", "つわり"),
    Profession.DIETITIAN: ("栄養", "食事の", "献立"),
}
_ANY_NAME = "|".join(name for names in NAMED.values() for name in names)
# 「薬剤師さんに聞きたいです」; not 「先生に聞きたいことを書いておく」.
_ASKS = re.compile(
    rf"(?:{_ANY_NAME})ー?(?:さん|の人|の方)?(?:に|と)[^。、!?]{{0,6}}"
    "(?:(?:聞き|きき|相談し|話し|話がし|話をし|質問し|聞いてもらい|見てもらい)たい(?!こと(?!が)|ときは|時は)"
    "|つないで|代わって|かわって|話せますか|相談できますか|聞けますか)"
)


def asks_for_profession(text: str) -> bool:
    """Whether the words ask for one of the professions, whatever they are about."""
    return _ASKS.search(fold(text)) is not None


def named_profession(text: str) -> Profession | None:
    """Return the profession a resident asks for by name."""
    said = fold(text)
    return next((p for p, names in NAMED.items() if any(name in said for name in names)), None)


def profession_suiting(text: str) -> Profession | None:
    """Return the profession that suits the subject of the words."""
    said = fold(text)
    return next((p for p, names in SUITED.items() if any(name in said for name in names)), None)
