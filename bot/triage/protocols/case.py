"""Choose the protocols for a complaint and its person: never the table of other ages, never a guess."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import lru_cache

from bot.triage.protocols.facts import Facts, read_facts
from bot.triage.protocols.loader import OTHER, Protocols
from bot.triage.protocols.matching import beginning_and_end, matches
from bot.triage.protocols.model import STAGES, Common, Complaint, Item, Protocol, Stage, StageWording
from core.db.tables import Urgency
from core.ja import ReadText, find_temperatures, folded_lines
from core.urgency import more_urgent

MAX_TABLES = 2  # questions of more tables make a consultation longer, not safer
VAGUE_UP_TO = 24  # characters
# The いたい of 「買いたい」 is not 痛い.
_WISH = re.compile(
    r"(?:買|会|使|言|習|通|払|伺|もら|うかが|行って|診て|みて|教えて|しても)い(?:たい|た(?:く|か))"
)
# A symptom named as a medicine's purpose by a resident who wants to buy it: 「咳止めを買いたい」.
_PURCHASE = re.compile(
    r"(?:(?!ので|から|くて|です|ます|けど|ない)[^。、!?]){0,12}(?:止め|どめ|さまし|薬|くすり|きっと|すぷれー|漢方|湿布|(?:貼|塗)る(?:やつ|もの))"
    r"[^。!?]{0,8}(?:買い|買え|ほし|欲し|売って|売り|探し|さがし|あります|どれ|どこ)"
)
# Without one of these nothing is bought: most texts need no closer look.
_MAY_BE_PURCHASE = re.compile(r"買い|買え|ほし|欲し|売って|売り|探し|さがし|あります|どれ|どこ")
_PETS = re.compile(r"(?:犬|いぬ|猫|ねこ|ぺっと|うさぎ|はむすたー)(?:が|の|は)(?!いる|い|好)[^。!?]*")
_WANTS_ADVICE = re.compile(r"相談|そうだん|症状|しょうじょう|(?:話|はなし)を?(?:聞|きい)|教えて|おしえて")
_SMALL_TALK = re.compile(
    r"(?:どうも|本当に)?(?:ありがと|有難|有り難|さんきゅ|お世話|こんにち[はわ]|こんばん[はわ]|おはよ|はじめまして|よろしく|了解|わかりました|はい[。!]?$|うん[。!]?$|ok)"
)
# General symptoms that accompany most illnesses: beside a complaint of their own they need no table.
COMPANIONS = frozenset({OTHER, "unwell"})


@dataclass(frozen=True, slots=True)
class Ask:
    """One list to ask in a case; `table` is None for the lists that all tables share."""

    id: str
    stage: Stage
    table: Protocol | None
    items: tuple[Item, ...]
    wording: StageWording


@dataclass(frozen=True, slots=True)
class Case:
    """One consultation: what was told, about whom, and the tables to ask, the most dangerous first.

    `least` is the lowest level it can end with, `unassessed` are complaints that none of the tables can
    judge. `told` are the ids of items that the words already answer, `asks` the lists to ask, in order, without
    items that are ruled out. Without `tables`, ask whom it is about first.
    """

    words: str
    facts: Facts
    complaints: tuple[Complaint, ...]
    tables: tuple[Protocol, ...]
    unassessed: tuple[Complaint, ...]
    least: Urgency
    common: Common
    told: frozenset[str] = frozenset()
    asks: tuple[Ask, ...] = ()

    @property
    def needs_who(self) -> bool:
        """Whether the person's age group is unknown and decides what to ask."""
        return not self.tables

    @property
    def is_unassessed(self) -> bool:
        """Whether a part of the complaint has no table that can judge it."""
        return bool(self.unassessed) or any(table.id == OTHER for table in self.tables)


def names_complaint(text: str, protocols: Protocols) -> bool:
    """Whether a text names a symptom, an injury, or a part of the body that hurts, without denying it."""
    return bool(told_complaints(text, protocols))


def told_complaints(text: str, protocols: Protocols) -> tuple[Complaint, ...]:
    """Return the complaints in a text, the most dangerous first; of a long text only both ends are read."""
    return ReadText(text).form(_told_complaints, protocols)


def _told_complaints(text: str, protocols: Protocols) -> tuple[Complaint, ...]:
    folded = _readable(folded_lines(text))
    celsius = 0.0 if _PETS.search(folded) else _highest_temperature(text)
    return complaints_in(folded, protocols, celsius)


def _highest_temperature(text: str) -> float:
    values = (found.value for part in beginning_and_end(text) for found in find_temperatures(part))
    return max(values, default=0.0)


def is_vague(text: str, protocols: Protocols) -> bool:
    """Whether a short message says that something is wrong or asks for advice, without saying what."""
    folded = folded_lines(text)
    if len(folded) > VAGUE_UP_TO or any(matches(w, folded) for w in protocols.common.emergency_words):
        return False
    found = {complaint.id for complaint in told_complaints(text, protocols)}
    return found == {"unwell"} or (not found and bool(_WANTS_ADVICE.search(folded)))


def is_small_talk(text: str) -> bool:
    """Whether a message is only a greeting or thanks."""
    return bool(_SMALL_TALK.match(folded_lines(text)))


def complaints_in(folded: str, protocols: Protocols, celsius: float = 0.0) -> tuple[Complaint, ...]:
    """Return the complaints in folded words (and in the temperature told in them), the most dangerous first."""
    plain = _without_asides(folded)
    found = []
    for complaint in protocols.common.complaints:
        words = _meant(complaint, folded, plain) if complaint.unless else plain
        is_measured = complaint.celsius_from is not None and celsius >= complaint.celsius_from
        if is_measured or any(matches(pattern, words) for pattern in complaint.words):
            found.append(complaint)
    return tuple(found)


def open_case(complaint: str, known: Facts, protocols: Protocols) -> Case:
    """Open the case for a complaint (the resident's words, line by line); `known` was chosen or given."""
    words = _readable(folded_lines(complaint))
    facts = read_facts(complaint, known)
    found = told_complaints(complaint, protocols)
    specific = tuple(c for c in found if c.id not in COMPANIONS) or found[:1]
    if not facts.audience and any(protocols.has_table(c.id) for c in specific):
        # A red item that was told counts at any age; all else waits for the age group.
        tables = _red_told(specific, words, facts, protocols)
        unassessed: tuple[Complaint, ...] = ()
        least = Urgency.WHITE
    else:
        tables, unassessed, least = _chosen(specific, words, facts, protocols)
    wanted = {modifier for table in tables for modifier in table.modifiers}
    modifiers = (item for item in protocols.common.modifiers if item.id in wanted)
    own = (item for table in tables for item in table.own_items)
    items = (*protocols.common.measured, *modifiers, *own)
    told = frozenset(item.id for item in items if item.is_told(words, facts))
    planned = _planned(tables, told, protocols.common)
    asks = tuple(replace(ask, items=left) for ask in planned if (left := _not_ruled_out(ask.items, facts)))
    return Case(words, facts, found, tables, unassessed, least, protocols.common, told, asks)


def _planned(tables: tuple[Protocol, ...], told: frozenset[str], common: Common) -> Iterator[Ask]:
    yield Ask("first_check", "first_check", None, common.first_check, common.wording["first_check"])
    # The question about what can be seen follows its red list at once; otherwise stage by stage, table by table.
    for stages in (("red", "red_seen"), ("orange",), ("yellow",)):
        for table in tables:
            for stage in (s for s in STAGES if s in stages):
                # Told values that are red with any complaint stand on the first red list only.
                is_first = stage == "red" and table is tables[0]
                own = {item.id for item in table.own_items} if is_first else set()
                measured = (item for item in common.measured if is_first and item.id in told - own)
                items = (*table.items(stage), *measured)
                yield Ask(f"{table.id}.{stage}", stage, table, items, common.wording[stage])
    wanted = {modifier for table in tables for modifier in table.modifiers}
    modifiers = tuple(item for item in common.modifiers if item.id in wanted)
    yield Ask("modifiers", "modifiers", None, modifiers, common.wording["modifiers"])


def _not_ruled_out(items: Iterable[Item], facts: Facts) -> tuple[Item, ...]:
    return tuple(item for item in items if not item.is_ruled_out(facts))


def _chosen(
    complaints: tuple[Complaint, ...], words: str, facts: Facts, protocols: Protocols
) -> tuple[tuple[Protocol, ...], tuple[Complaint, ...], Urgency]:
    """Return the tables to ask, the complaints none of them can judge, and the lowest level of the end."""
    own = {c.id: protocols.table(c.id, facts.audience) for c in complaints}
    tables = [table for table in own.values() if table][:MAX_TABLES]
    unassessed = tuple(c for c in complaints if own[c.id] is None)
    if (unassessed or not tables) and len(tables) < MAX_TABLES:
        tables.append(protocols[OTHER])
    left_out = [table.all_negative for table in own.values() if table and table not in tables]
    least = more_urgent(Urgency.WHITE, *left_out, *(c.unassessed for c in unassessed))
    if (unassessed or not complaints) and any(matches(w, words) for w in protocols.common.emergency_words):
        least = more_urgent(least, Urgency.ORANGE)
    return tuple(tables), unassessed, least


def _readable(folded: str) -> str:
    """Return the part of a text that is read for symptoms: both ends of a long one."""
    return "。".join(beginning_and_end(folded))


def _red_told(
    complaints: tuple[Complaint, ...], words: str, facts: Facts, protocols: Protocols
) -> tuple[Protocol, ...]:
    """Return the tables, of any age group, with a red item that the words already answer."""
    ids = {complaint.id for complaint in complaints}
    tables = [p for p in protocols.values() if p.complaint in ids and p.id != OTHER]
    measured = protocols.common.measured
    return tuple(t for t in tables if any(i.is_told(words, facts) for i in (*t.red, *measured)))[:MAX_TABLES]


def _meant(complaint: Complaint, folded: str, plain: str) -> str:
    """Return words without what sounds like a complaint and is none; `plain` are the folded words without asides."""
    meant = folded
    for pattern in complaint.unless:
        meant = _compiled(pattern).sub("。", meant)
    return plain if meant == folded else _without_asides(meant)


def _without_asides(folded: str) -> str:
    if _MAY_BE_PURCHASE.search(folded):
        folded = _PURCHASE.sub("。", folded)
    for aside in (_WISH, _PETS):
        folded = aside.sub("。", folded)
    return folded


@lru_cache(maxsize=256)
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)
