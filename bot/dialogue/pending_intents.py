"""Several wishes in one message: told apart, served the most urgent first, the others remembered meanwhile."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from bot.dialogue.memory import is_relevant
from bot.dialogue.turn import State
from bot.dialogue.user_input import Said
from bot.language.typed_replies import NO, NONE_OF_THEM, YES, plain, spellings
from core.understanding import Entity, Understanding

# What a message can ask for, in the order in which it is served: symptoms, other worries, where to go, what to buy,
# a person, information. What is not here (greeting, thanks, yes, no, leaving) asks for nothing by itself.
ORDER = (
    "emergency",
    "consult_symptom",
    "report_condition",
    "consult_mental_health",
    "consult_medicine",
    "consult_pregnancy_childcare",
    "consult_womens_mens_health",
    "infection_support",
    "consult_lifestyle",
    "find_facility",
    "buy_medicine",
    "talk_to_human",
    "ask_how_to_use",
    "ask_city_notice",
    "change_registration",
    "stop_notices",
    "feedback",
)
# What belongs to a symptom that is told in the same message.
PART_OF_A_SYMPTOM = ("consult_symptom", "report_condition")
COURTESY = frozenset({"greet", "thanks", "affirm", "deny"})
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
# Of a single clause; shorter words are guessed at more easily than whole messages.
CLEAR = 0.5
MOST_KEPT = 3


def wishes_of(said: Said) -> tuple[Said, ...]:
    """Return what a message asks for, most urgent first; at least the message itself.

    Each wish holds its own clauses, one a line, and what is named anywhere in the message. Words that belong
    to no wish stay with the one before them: 「3歳です」 after 「息子の熱が下がりません」.
    """
    if len(said.parts) < 2:  # noqa: PLR2004 - one clause is the message itself
        return (said,)
    found, unclear = _grouped(said)
    whole = said.meaning.intent if said.meaning and said.meaning.confidence >= CLEAR else ""
    if unclear and whole in ORDER and whole not in found:
        found[whole] = unclear
    _merge(found)
    if not found:
        return (said,)
    entities = tuple(dict.fromkeys(_entities(said)))
    if len(found) == 1:
        return (_wish(said, next(iter(found)), (said.text,), entities),)
    return tuple(_wish(said, i, found[i], entities) for i in ORDER if i in found)


def _grouped(said: Said) -> tuple[dict[str, list[str]], list[str]]:
    """Return each intent's clauses, and the clauses that say nothing clear by themselves."""
    found: dict[str, list[str]] = {}
    unclear: list[str] = []
    leading: list[str] = []
    current = ""
    for part in said.parts:
        intent = part.meaning.intent if part.meaning and part.meaning.confidence >= CLEAR else ""
        if intent in COURTESY and _is_mere_courtesy(part.text):
            continue
        if intent in ORDER:
            found.setdefault(intent, []).extend([*leading, part.text])
            current, leading = intent, []
            continue
        unclear.append(part.text)
        (found[current] if current else leading).append(part.text)
    return found, unclear


def _is_mere_courtesy(text: str) -> bool:
    return plain(text) in spellings((*COURTESIES, *YES, *NO)) or bool(NONE_OF_THEM.fullmatch(plain(text)))


def _merge(found: dict[str, list[str]]) -> None:
    """Make one wish of what is one: a temperature beside a symptom, a symptom beside the cry for help."""
    for intent, others in (("emergency", PART_OF_A_SYMPTOM), ("consult_symptom", PART_OF_A_SYMPTOM[1:])):
        if intent in found:
            for other in others:
                found[intent] = found[intent] + found.pop(other, [])


def _wish(said: Said, intent: str, texts: Sequence[str], entities: tuple[Entity, ...]) -> Said:
    words = "\n".join(dict.fromkeys(texts))
    return replace(said, text=words, meaning=Understanding(intent, 1.0, entities), parts=())


def _entities(said: Said) -> Iterable[Entity]:
    for meaning in (said.meaning, *(part.meaning for part in said.parts)):
        yield from meaning.entities if meaning else ()


def keep(state: State, wishes: Sequence[Said], now: datetime) -> State:
    """Remember wishes for later; an earlier one of the same kind gives way, the oldest fall off."""
    if not wishes:
        return state
    new = [_stored(wish, now) for wish in wishes]
    kinds = {wish["intent"] for wish in new}
    old = [wish for wish in kept(state, now) if wish["intent"] not in kinds]
    return _with(state, [*old, *new][-MOST_KEPT:])


def kept(state: State, now: datetime) -> list[dict[str, Any]]:
    """Return the remembered wishes that still matter, in order."""
    found = [w for w in state.memory.get("wishes", ()) if w["said"] and is_relevant(w, now)]
    return sorted(found, key=lambda wish: ORDER.index(wish["intent"]))


def take_next(state: State, now: datetime) -> tuple[Said | None, State]:
    """Take the first remembered wish out of the state."""
    waiting = kept(state, now)
    if not waiting:
        return None, dropped(state)
    wish, *rest = waiting
    entities = tuple(Entity(*fields) for fields in wish["entities"])
    said = Said(kind="text", text=wish["said"], meaning=Understanding(wish["intent"], 1.0, entities))
    return said, _with(state, rest)


def without_wish(state: State, intents: Collection[str]) -> State:
    """Forget wishes that are being served anyway."""
    return _with(state, [w for w in state.memory.get("wishes", ()) if w["intent"] not in intents])


def dropped(state: State) -> State:
    """Forget what was wished for."""
    return _with(state, [])


def _stored(wish: Said, now: datetime) -> dict[str, Any]:
    entities = wish.meaning.entities if wish.meaning else ()
    return {
        "intent": wish.intent,
        "said": wish.text,
        "entities": [[e.kind, e.value, e.text] for e in entities],
        "at": now.isoformat(),
    }


def _with(state: State, wishes: list[dict[str, Any]]) -> State:
    memory = {k: v for k, v in state.memory.items() if k != "wishes"}
    return replace(state, memory=memory | ({"wishes": wishes} if wishes else {}))
