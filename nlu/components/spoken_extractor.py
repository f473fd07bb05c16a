"""Extract what is said by how it sounds: persons, parts of the body, symptoms, departments and times in kana, kanji or slips.

The patterns are the `regex: said kind=value` blocks of `data/nlu/said_*.yml`, in plain hiragana, matched on the spoken
form (`core.ja.spoken`) from where a word begins. What is denied or over is left out.
"""

import json
import re
import sre_parse
from dataclasses import dataclass
from typing import Any, Dict, Iterable, List, Sequence, Set, Tuple

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.extractors.extractor import EntityExtractorMixin
from rasa.shared.nlu.constants import (
    ENTITIES,
    ENTITY_ATTRIBUTE_END,
    ENTITY_ATTRIBUTE_START,
    ENTITY_ATTRIBUTE_TYPE,
    ENTITY_ATTRIBUTE_VALUE,
    TEXT,
)
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from core import ja
from core.ja.negation import are_joined, denial, spoken_pattern
from core.ja.spoken import Spoken, plain_kana, spoken
from nlu.components.message_terms import MAX_CHARACTERS
from nlu.components.persons import Person, persons_meant

SAID = "said "
_FILE = "patterns.json"
# A word this short must also end where a word ends: 手 is not the beginning of 手伝う.
_SHORT = 2
# 手, 歯, 目 and お尻 sound like particles (て, は, め of でめ, をしり).
_LIKE_PARTICLE = re.compile(r"(?:\{side\})?(?:[はてめ]\(|おしり)")
# Parts that many patterns share.
_SHARED = {
    "{side}": "(?:(?:みぎ|ひだり|りょう|りょうほう)(?:の|がわの)?)?",
    # Between 首 and 痛い: 「首が回らなくて、三日前から」, 「首を動かすと」.
    "{very}": "(?:えっと|あの|ええと|[^。、?]{0,9}(?:まえ|きのう|おととい|けさ|ゆうべ|さっき)から|[^。、?]{1,8}(?:と|して))?{how}",
    "{how}": "(?:とても|すごく|すこし|ちょっと|ずっと|まだ|きゅうに|また|めちゃくちゃ|めっちゃ|しくしく|ずきずき|がんがん|きりきり|ちくちく|ぴりぴり|かなり|ひどく)?(?:と)?",
    "{of}": "(?:の(?:おく|みぎ|ひだり|うしろ|あたり|まわり|なか|ほう|うえ|した|うら|つけね|うちがわ|そとがわ|さき|こう|かんせつ|きんにく|すじ|ほね))?(?:が|は|も|を|お|さ|に|の|ば|、)?",
    "{hurts}": "(?:いた(?=[いゐくみむがすっ。、?]|くて|$)[いみむ]?|い[てで](?:え|く|で|んだ)|つう(?=す|え)|うず[くい]|ひりひり)",
    "{itches}": "(?:かゆ[いくみ]?|かい(?:くて|い[。、?]))",
}
# 頭痛薬 and 咳止め name no symptom.
_REMEDY = re.compile(spoken_pattern("やく|[とど]め|の?くすり|ぐすり"))
_NO = frozenset("無否ナﾅ")
# Over: 咳は「止まりました」, 先月は腰痛「だったが」.
_OVER = re.compile(
    spoken_pattern(
        r"(?:[^。?、]|、(?!\d)){0,12}?(?:なおりまし|なおっ[たて]|なおり、|おさまりまし|おさまっ[たて]|おさまり、|とまりまし|とまっ[たて]|さがりまし|さがっ[たて]|さがり、"
        r"|きえまし|きえた|よくなりまし|よくなっ[たて]|なくなりまし|なくなっ[たて]|かいふくし|らくになっ|らくになりまし|ひきました)"
        r"|(?:でしたが|だったが|だったけど|でしたけど)"
    )
)
# 「麻痺やろれつの問題はありません」
_WITHOUT = re.compile(
    spoken_pattern(
        r"(?:の|に)?(?:もんだい|いじょう|しょうじょう|しょけん)(?:は|も)?(?:な[いしく]|ありませ|ございませ|みられませ)"
    )
)
# 「去年も腰痛になりました。」「去年けいれんを起こしたことがありますが、…」
_ONCE = re.compile(
    spoken_pattern(r"(?:きょねん|さくねん|おととし|むかし|いぜん|せんげつは|ねんまえに)[^。?]*$")
)
_PAST = re.compile(
    spoken_pattern(r"[^。?、]{0,12}(?:(?:ました|った|でした|した)(?:。|$)|[ただ]ことが(?:あ|ござ))")
)


@dataclass(frozen=True)
class SoundHit:
    """Something found in the spoken form: what it is, and where."""

    kind: str
    value: str
    start: int
    end: int


@dataclass(frozen=True)
class SaidPattern:
    """An expression of sounds: without voicing marks, and with them; whether it begins like a particle."""

    kind: str
    value: str
    unvoiced: "re.Pattern[str]"
    voiced: "re.Pattern[str]"
    is_like_particle: bool


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR, is_trainable=True)
class SpokenExtractor(EntityExtractorMixin, GraphComponent):
    """Matches patterns of sounds; leaves out what is denied or over, and tells persons also from ages."""

    def __init__(self, storage: ModelStorage, resource: Resource) -> None:
        """Make an extractor without patterns; `train` or `load` set them."""
        self._storage = storage
        self._resource = resource
        self._patterns = SaidPatterns([])

    @classmethod
    def create(
        cls,
        config: Dict[str, Any],  # noqa: ARG003  Rasa calls with all four
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,  # noqa: ARG003
    ) -> "SpokenExtractor":
        """Make an extractor for a training graph."""
        return cls(model_storage, resource)

    def train(self, training_data: TrainingData) -> Resource:
        """Take the patterns out of Rasa's list of expressions."""
        listed = [
            (feature["name"][len(SAID) :], feature["pattern"])
            for feature in training_data.regex_features
            if feature["name"].startswith(SAID)
        ]
        self._patterns = SaidPatterns(listed)
        with self._storage.write_to(self._resource) as folder:
            (folder / _FILE).write_text(json.dumps(listed, ensure_ascii=False), encoding="utf-8")
        return self._resource

    @classmethod
    def load(
        cls,
        config: Dict[str, Any],  # noqa: ARG003
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,  # noqa: ARG003
        **_: Any,  # noqa: ANN401
    ) -> "SpokenExtractor":
        """Read the patterns of a trained model."""
        extractor = cls(model_storage, resource)
        with model_storage.read_from(resource) as folder:
            listed = json.loads((folder / _FILE).read_text(encoding="utf-8"))
        extractor._patterns = SaidPatterns([(name, pattern) for name, pattern in listed])
        return extractor

    def process(self, messages: List[Message]) -> List[Message]:
        """Add what is said in each message; what is denied or over is taken out, also if others found it."""
        for message in messages:
            text = message.get(TEXT)
            if not text:
                continue
            source = ja.ReadText(text[:MAX_CHARACTERS])
            found, gone = self._patterns.find(source)
            others = [one for one in message.get(ENTITIES, []) if not _is_gone(one, gone)]
            everything = [*others, *self.add_extractor_name(found)]
            words = [_person(one) for one in everything if one[ENTITY_ATTRIBUTE_TYPE] == "person"]
            persons = [
                _entity("person", one.value, one.start, one.end)
                for one in persons_meant(words, ja.find_ages(source))
            ]
            kept = [one for one in everything if one[ENTITY_ATTRIBUTE_TYPE] != "person"]
            message.set(ENTITIES, kept + self.add_extractor_name(persons), add_to_output=True)
        return messages


class SaidPatterns:
    """Patterns of sounds, each with what it means; tried only where a word begins with one of their first characters."""

    def __init__(self, listed: Sequence[Tuple[str, str]]) -> None:
        """Compile (kind=value, pattern in plain hiragana)."""
        self._by_first: Dict[str, List[SaidPattern]] = {}
        for name, written in listed:
            kind, _, value = name.partition("=")
            full = _written_out(written)
            pattern = SaidPattern(
                kind,
                value,
                re.compile(spoken_pattern(full)),
                re.compile(plain_kana(full)),
                _LIKE_PARTICLE.match(written) is not None,
            )
            for first in first_characters(pattern.unvoiced.pattern):
                self._by_first.setdefault(first, []).append(pattern)

    def find(self, text: str) -> "Tuple[List[Dict[str, Any]], List[Tuple[int, int]]]":
        """Return the entities, and the places in the text as sent of what is denied or over."""
        said = spoken(text)
        hits = [
            SoundHit(pattern.kind, pattern.value, start, match.end())
            for start in sorted(said.begins)
            for pattern in self._by_first.get(said.text[start : start + 1], ())
            for match in [pattern.unvoiced.match(said.text, start)]
            if match and _is_word(said, start, match.end(), pattern)
            if pattern.kind != "symptom" or not _REMEDY.match(said.text, match.end())
        ]
        named = [hit for hit in hits if not any(_is_part(hit, other) for other in hits)]
        gone = _gone([one for one in named if one.kind == "symptom"], said, text)
        places = [said_span(said, one) for one in gone]
        kept = [
            one
            for one in named
            if one not in gone
            and not (one.kind == "body_part" and any(g.start <= one.start < g.end for g in gone))
        ]
        return [_entity(one.kind, one.value, *said_span(said, one)) for one in kept], places


def said_span(said: Spoken, one: SoundHit) -> "Tuple[int, int]":
    """Return where the words stand in the text as sent."""
    return said.origins[one.start][0], said.origins[one.end - 1][1]


def _written_out(pattern: str) -> str:
    for name, shared in _SHARED.items():
        pattern = pattern.replace(name, shared)
    return pattern


def first_characters(pattern: str) -> Set[str]:
    """Return the characters with which a match of an expression may begin."""
    found, may_be_empty = _first(sre_parse.parse(pattern).data)
    if may_be_empty or not found:
        raise ValueError(f"{pattern}: must begin with certain characters")
    return found


def _first(parsed: Iterable[Any]) -> Tuple[Set[str], bool]:
    """Return first characters, and whether nothing at all may match."""
    found: Set[str] = set()
    for kind, what in parsed:
        name = str(kind)
        if name in {"ASSERT", "ASSERT_NOT", "AT"}:
            continue
        if name == "LITERAL":
            return found | {chr(what)}, False
        if name == "IN":
            return found | set(_members(what)), False
        if name == "SUBPATTERN":
            inner, is_empty = _first(what[-1])
        elif name == "BRANCH":
            parts = [_first(part) for part in what[1]]
            inner, is_empty = set().union(*(one for one, _ in parts)), any(empty for _, empty in parts)
        elif name in {"MAX_REPEAT", "MIN_REPEAT"}:
            inner, is_empty = _first(what[-1])
            is_empty = is_empty or what[0] == 0
        else:
            raise ValueError(f"a pattern may not begin with {name}")
        found |= inner
        if not is_empty:
            return found, False
    return found, True


def _members(listed: Iterable[Any]) -> Iterable[str]:
    for kind, what in listed:
        if str(kind) == "LITERAL":
            yield chr(what)
        elif str(kind) == "RANGE":
            yield from map(chr, range(what[0], what[1] + 1))
        else:
            raise ValueError(f"a pattern may not begin with {kind}")


def _is_word(said: Spoken, start: int, end: int, pattern: SaidPattern) -> bool:
    """Tell whether a hit is no piece of a word, no particle, and has the marks unless it was written in hiragana."""
    if end - start <= _SHORT and end not in said.begins:
        return False
    if pattern.is_like_particle and _is_particle(said, start):
        return False
    return said.loose.issuperset(range(start, end)) or pattern.voiced.match(said.voiced, start) is not None


def _is_particle(said: Spoken, start: int) -> bool:
    """Tell whether a particle begins here, and no word: 「泣いて いたい」 names no hand, 「てが いたい」 does."""
    is_first = start == 0 or said.text[start - 1] in "。、"
    return start in said.particles and not is_first and not said.text.startswith("か", start + 1)


def _is_part(one: SoundHit, other: SoundHit) -> bool:
    """Tell whether `one` is a proper part of `other` of the same kind: 足 of 足首."""
    return (
        one.kind == other.kind
        and other.start <= one.start
        and one.end <= other.end
        and one.end - one.start < other.end - other.start
        and (one.kind != "symptom" or one.value == other.value or one.start > other.start)
    )


def _gone(symptoms: Iterable[SoundHit], said: Spoken, text: str) -> List[SoundHit]:
    """Return the symptoms that are denied or over."""
    gone: List[SoundHit] = []
    denied: List[Tuple[SoundHit, int]] = []
    for one in sorted(symptoms, key=lambda hit: hit.start, reverse=True):
        no = denial(said, one.end)
        # 「頭が痛いので内科に」 denies nothing: ない is written in kana or 無い.
        if no is not None and no not in said.loose and text[said.origins[no][0]] not in _NO:
            no = None
        if no is None:
            no = next(
                (
                    place
                    for other, place in denied
                    if one.end <= other.start and are_joined(said.text, one.end, other.start, place)
                ),
                None,
            )
        if no is not None:
            denied.append((one, no))
            gone.append(one)
        elif (
            _OVER.match(said.text, one.end) or _WITHOUT.match(said.text, one.end) or _was_once(said.text, one)
        ):
            gone.append(one)
    return gone


def _was_once(text: str, one: SoundHit) -> bool:
    return bool(_ONCE.search(text[: one.start]) and _PAST.match(text, one.end))


def _is_gone(entity: Dict[str, Any], gone: Sequence[Tuple[int, int]]) -> bool:
    """Tell whether an entity that another extractor found lies in what is denied or over."""
    return entity[ENTITY_ATTRIBUTE_TYPE] in {"symptom", "body_part"} and any(
        start <= entity[ENTITY_ATTRIBUTE_START] < end for start, end in gone
    )


def _person(entity: Dict[str, Any]) -> Person:
    return Person(
        entity[ENTITY_ATTRIBUTE_VALUE], entity[ENTITY_ATTRIBUTE_START], entity[ENTITY_ATTRIBUTE_END]
    )


def _entity(kind: str, value: str, start: int, end: int) -> Dict[str, Any]:
    return {
        ENTITY_ATTRIBUTE_TYPE: kind,
        ENTITY_ATTRIBUTE_START: start,
        ENTITY_ATTRIBUTE_END: end,
        ENTITY_ATTRIBUTE_VALUE: value,
    }
