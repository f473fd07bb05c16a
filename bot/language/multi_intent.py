"""Find several intents in one message, and the clauses of each."""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from bot.language.segmentation import Clause
from bot.language.typed_replies import plain, spellings
from bot.language.yes_no import is_answer
from core.understanding import Understanding

# Confidence of a single clause; short words are more easily taken for an intent than whole messages.
CLEAR = 0.5
# 「どうしたらいいですか」 asks about what was told, not for the manual.
WHAT_TO_DO = re.compile(
    r"(?:それで|で|これは?|こんなとき|こういうとき|こういう場合|この場合|このまま|私は|わたしは|うちでは|家では|は|,|、)*"
    r"(?:どう|なじょ|何を|なにを)(?:し?たら|すれば|すると|しだら|すっと|すんだ|すっぺ|しよう|しましょう|対応すれば|対応したら|対処すれば|対処したら|過ごせば|過ごしたら|いたせば)"
    r"(?:いい|よい|良い|よろしい|よかっ|いがっ|いいん|よいの|いいの|よいもの)?(?:の|ん|もの)?(?:でしょう|です|ですかね|だべ|だっぺ|だろう|べ|ぺ)?(?:か|かね|かな|が)?"
    r"(?:教えて(?:ください|下さい)|おしえて(?:ください|下さい)?)?[。?!？！]*"
)
COURTESY_INTENTS = frozenset({"greet", "thanks", "affirm", "deny"})
# 「水も飲めません」 may be taken for a no: only words that can be nothing else are left out.
COURTESIES = (
    "こんにちは",
    "こんにちわ",
    "こんばんは",
    "こんばんわ",
    "おはよう",
    "おはようございます",
    "はじめまして",
    "初めまして",
    "お世話になります",
    "お世話になっております",
    "お世話になっています",
    "すみません",
    "すいません",
    "失礼します",
    "もしもし",
    "ありがとう",
    "ありがとうございます",
    "ありがとうございました",
    "どうもありがとう",
    "どうもありがとうございます",
    "どうもありがとうございました",
    "どうも",
    "助かります",
    "助かりました",
    "よろしく",
    "よろしくお願いします",
    "宜しくお願いします",
    "お願いします",
    "了解です",
    "わかりました",
    "分かりました",
)


@dataclass(frozen=True, slots=True)
class AskingIntents:
    """The intents that ask for something, in the `order` in which those of one message are served.

    `part_of` names, for an intent, those whose words it belongs to when both stand in one message.
    """

    order: tuple[str, ...]
    part_of: Mapping[str, tuple[str, ...]]


def clear_intent(meaning: Understanding | None) -> str:
    """Return the intent if it is clear enough to act on a part of a message; else an empty string."""
    return meaning.intent if meaning and meaning.confidence >= CLEAR else ""


def clauses_by_intent(
    clauses: Sequence[Clause], whole: Understanding | None, asking: AskingIntents
) -> dict[str, list[str]]:
    """Return each intent's clauses, in the order in which the intents are served.

    Words that belong to no intent stay with the one before them: 「3歳です」 after 「息子の熱が下がりません」.
    """
    found, unclear = _grouped(clauses, asking.order)
    meant = clear_intent(whole)
    if unclear and meant in asking.order and meant not in found:
        found[meant] = unclear
    _merge(found, asking)
    return {intent: found[intent] for intent in asking.order if intent in found}


def _grouped(clauses: Sequence[Clause], order: Collection[str]) -> tuple[dict[str, list[str]], list[str]]:
    """Return each intent's clauses, and the clauses without a clear intent of their own."""
    found: dict[str, list[str]] = {}
    unclear: list[str] = []
    leading: list[str] = []
    current = ""
    for clause in clauses:
        intent = clear_intent(clause.meaning)
        if asks_what_to_do(clause.text):
            intent = ""
        if intent in COURTESY_INTENTS and is_mere_courtesy(clause.text):
            continue
        if intent in order:
            found.setdefault(intent, []).extend([*leading, clause.text])
            current, leading = intent, []
            continue
        unclear.append(clause.text)
        (found[current] if current else leading).append(clause.text)
    return found, unclear


def asks_what_to_do(text: str) -> bool:
    """Whether a clause only asks what to do about what was told."""
    return bool(WHAT_TO_DO.fullmatch(plain(text)))


def is_mere_courtesy(text: str) -> bool:
    """Whether a clause is only a greeting, thanks, yes or no."""
    return plain(text) in spellings(COURTESIES) or is_answer(text)


def _merge(found: dict[str, list[str]], asking: AskingIntents) -> None:
    """Merge intents that belong together: a temperature with a symptom, a symptom with a call for help."""
    for intent in asking.order:
        if intent not in found:
            continue
        for other in [other for other in asking.order if intent in asking.part_of.get(other, ())]:
            found[intent] = found[intent] + found.pop(other, [])
