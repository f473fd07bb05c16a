"""Make a day's mix of messages: each resident follows a script and answers what is on the screen."""

import re
from collections import Counter
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import count
from typing import Any

Body = Mapping[str, Any]

# Shares of all messages (design 6).
SHARES: Mapping[str, float] = {
    "consultation": 0.60,
    "facility": 0.10,
    "shop": 0.08,
    "handoff": 0.10,
    "greeting": 0.07,
    "long": 0.05,
}
MOST_ANSWERS = 8
# A script that was begun counts as this many messages besides those said, because it goes on.
BEGUN_COUNTS = 0.5
# Buttons that lead elsewhere, to an emergency, or ask whom it is about; all others answer the question.
ELSEWHERE = re.compile(
    r"最初|はじめ|もど|戻|人に|看護師|医師|薬剤師|相談|やめ|119|電話|さがす|探|場所|地区|薬を|使い方|もっと|地図"
    r"|ひとつでも|ほかの人|わからない"
)
ORDINARY = re.compile(r"ない$|いいえ|自分|18〜64")
OVER = "最初から"
# The answer of the mix's clinicians, and the words that tell residents that the talk with a person is over.
ANSWER = "お話をうかがいました。水分をとって、今日はゆっくり休んでください。"
GOODBYE = "終わり"

COMPLAINTS = (
    "頭が痛いです",
    "3歳の子どもが咳をしています",
    "腰が痛くてつらい",
    "昨日からのどが痛いです",
    "熱が38度あります",
    "おなかが痛くて下痢をしています",
    "夜中に鼻水が止まりません",
    "足首をひねって腫れています",
    "背中にかゆい発疹が出ました",
    "立つとめまいがします",
)
PLACES = (
    "近くの内科を探しています",
    "今日やっている小児科はありますか",
    "歯医者を教えて",
    "近くの薬局はどこですか",
)
GOODS = ("風邪薬を買いたい", "湿布がほしいです", "のどの薬はありますか", "かゆみ止めを買いたいです")
PEOPLE = ("看護師さんと話したいです", "看護師さんと話せますか", "看護師さんにつないでください")
GREETINGS = ("こんにちは", "ありがとうございました", "よろしくお願いします", "おはようございます")
# Parts of a long message: everyday sentences without an emergency.
SENTENCES = (
    "先週の月曜日から鼻水が出ていて、火曜日には少しおさまりました。",
    "仕事は立ち仕事で、夕方になると腰のあたりが重くなります。",
    "市販のかぜ薬を三日ほど飲みましたが、あまり変わりません。",
    "食事はふつうにとれていて、夜も眠れています。",
    "母も同じころに咳をしていましたが、もうすっかり元気です。",
    "去年の冬にも似たようなことがあり、そのときは一週間で治りました。",
    "病院に行くほどなのか、自分ではよくわかりません。",
    "家から歩いて行けるところに内科があるとよいのですが。",
)
LETTER_LENGTHS = (500, 900, 1500, 2600, 4900)


@dataclass(frozen=True, slots=True)
class Act:
    """A resident's next act; `is_answered` when an answer must come."""

    kind: str
    body: Body
    is_answered: bool = True
    # The resident goes on only after reading these words.
    awaits: str = ""


Script = Generator[Act, None, None]


@dataclass(slots=True)
class BenchResident:
    """One simulated resident: the last bubbles, and what the resident waits for."""

    user_id: str
    number: int
    script: Script | None = None
    # The bubbles of the newest answer, as dumped by the simulator.
    screen: list[dict[str, Any]] = field(default_factory=list)
    said_at: datetime | None = None
    heard_at: datetime | None = None
    free_at: float = 0.0
    awaits: str = ""
    # What was read since the script began.
    read: str = ""

    @property
    def is_waiting_for_words(self) -> bool:
        """Whether the words this resident waits for have not arrived."""
        return self.awaits not in self.read

    def choice(self) -> str:
        """Return the label of the button that goes on ordinarily with the question; empty without one."""
        labels = [
            str(action["label"])
            for bubble in self.screen
            for action in bubble["actions"]
            if action["type"] == "postback" and not ELSEWHERE.search(action["label"])
        ]
        return next((label for label in labels if ORDINARY.search(label)), labels[0] if labels else "")


def _text(kind: str, words: str, *, is_answered: bool = True, awaits: str = "") -> Act:
    return Act(kind, {"type": "text", "text": words}, is_answered, awaits)


def _answers(me: BenchResident, kind: str) -> Iterator[Act]:
    """Answer questions, by turns with a tap and in words, until none is open."""
    for number in range(MOST_ANSWERS):
        label = me.choice()
        if not label:
            return
        is_tap = (number + me.number) % 2 == 0
        yield Act(kind, {"type": "tap", "label": label}) if is_tap else _text(kind, label)


def _over(me: BenchResident) -> Iterator[Act]:
    """End the open questions."""
    if me.choice():
        yield _text("greeting", OVER)


def _consultation(me: BenchResident, turn: int) -> Script:
    yield _text("consultation", COMPLAINTS[turn % len(COMPLAINTS)])
    yield from _answers(me, "consultation")
    yield from _over(me)


def _facility(_me: BenchResident, turn: int) -> Script:
    yield _text("facility", PLACES[turn % len(PLACES)])
    place = {"latitude": 37.05 + turn % 7 / 500, "longitude": 140.89, "title": "いま", "address": "いわき市"}
    yield Act("facility", {"type": "location", **place})


def _shop(me: BenchResident, turn: int) -> Script:
    yield _text("shop", GOODS[turn % len(GOODS)])
    yield from _answers(me, "shop")
    yield from _over(me)


def _handoff(_me: BenchResident, turn: int) -> Script:
    """Ask for a person, add words while waiting and after the answer; only the clinician answers those."""
    yield _text("handoff", PEOPLE[turn % len(PEOPLE)])
    yield _text("handoff", "いつごろになりそうですか", is_answered=False)
    yield _text("handoff", "薬はのんでいません", is_answered=False, awaits=ANSWER)
    yield _text("handoff", "わかりました、そうしてみます", is_answered=False, awaits=GOODBYE)


def _greeting(_me: BenchResident, turn: int) -> Script:
    yield _text("greeting", GREETINGS[turn % len(GREETINGS)])


def _letter(me: BenchResident, turn: int) -> Script:
    yield _text("long", letter(LETTER_LENGTHS[turn % len(LETTER_LENGTHS)]))
    yield from _over(me)


def letter(length: int) -> str:
    """Return an everyday message of `length` characters."""
    words = ""
    for number in count():
        words += SENTENCES[number % len(SENTENCES)] + ("\n" if number % 3 == 2 else "")  # noqa: PLR2004
        if len(words) >= length:
            return words[:length]
    raise AssertionError


SCRIPTS: Mapping[str, Callable[[BenchResident, int], Script]] = {
    "consultation": _consultation,
    "facility": _facility,
    "shop": _shop,
    "handoff": _handoff,
    "greeting": _greeting,
    "long": _letter,
}


class Mix:
    """Chooses which script begins next, so that the shares of `SHARES` come out."""

    def __init__(self, kinds: Sequence[str] = tuple(SHARES)) -> None:
        self._kinds = kinds
        self.said: Counter[str] = Counter()
        self._begun: Counter[str] = Counter()

    def next_act(self, resident: BenchResident) -> Act:
        """Return a resident's next act: in the script, or of a new one that is most behind its share."""
        act = next(resident.script, None) if resident.script else None
        while act is None:
            kind = min(self._kinds, key=self._share)
            resident.script, resident.read = SCRIPTS[kind](resident, self._begun[kind]), ""
            self._begun[kind] += 1
            act = next(resident.script, None)
        self.said[act.kind] += 1
        return act

    def _share(self, kind: str) -> float:
        return (self.said[kind] + self._begun[kind] * BEGUN_COUNTS) / SHARES[kind]

    def shares(self) -> Mapping[str, float]:
        """Return the shares of the messages so far."""
        total = self.said.total() or 1
        return {kind: self.said[kind] / total for kind in self._kinds}
