"""`helpo triage run`: one consultation on the terminal, by the same pure code as the talk in LINE.

No Rasa, database or network, and a clock that stands still: the same lines in give the same lines out.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from bot.conversation.deciding import take_turn
from bot.conversation.flows.consultation import Consultation
from bot.conversation.memory import recent
from bot.conversation.said import Said
from bot.conversation.turn import Context, OpenThread, State, Turn
from bot.triage.card import emergency_card
from bot.triage.care import care_card
from bot.triage.facts import Facts, audience_of
from bot.triage.protocol import Protocols, load_protocols
from bot.triage.screen import RedFlag, Screen, load_screen
from core.clock import TOKYO
from core.errors import ContentError
from core.findings import Finding
from core.messages import Action, Answer, Message, Say, Tap, Text, actions_of, plain_text
from core.municipalities import Municipality, load_municipalities
from core.texts import Texts, load_texts
from shop.catalogue import Catalogue, load_catalogue

# A weekday at noon: which advice lines answer depends on the hour.
AT = datetime(2026, 11, 16, 12, tzinfo=TOKYO)


@dataclass(frozen=True, slots=True)
class Stage:
    """What a rehearsal needs of a data folder."""

    texts: Texts
    city: Municipality
    protocols: Protocols
    products: Catalogue
    screen: Screen
    now: datetime = AT

    def context(self, turn: int) -> Context:
        """Return what flows may look at in one turn."""
        return Context(
            now=self.now,
            texts=self.texts,
            city=self.city,
            protocols=self.protocols,
            instance=f"{turn:x}",
            products=self.products,
        )


def open_stage(data_dir: Path, city: str) -> Stage:
    """Read the content.

    Raises:
        ContentError: a file is broken, or there is no such city.
    """
    cities = load_municipalities(data_dir)
    if city not in cities:
        raise ContentError(f"there is no city '{city}'; known are {', '.join(sorted(cities))}")
    return Stage(
        load_texts(data_dir),
        cities[city],
        load_protocols(data_dir),
        load_catalogue(data_dir),
        load_screen(data_dir),
    )


def patient(age: str = "", sex: str = "", *, is_pregnant: bool = False) -> Facts:
    """Return what the options of the command say; an age is years (`45`) or months (`8m`).

    Raises:
        ContentError: an age or a sex that is none.
    """
    if sex not in {"", "f", "m"}:
        raise ContentError(f"--sex must be f or m, not '{sex}'")
    months: int | None = None
    if age:
        number = age.removesuffix("m")
        if not (
            number.isascii() and number.isdigit() and int(number) <= (120 * 12 if age != number else 120)
        ):
            raise ContentError(f"--age must be years like 45 or months like 8m, not '{age}'")
        months = int(number) * (1 if age != number else 12)
    audience = audience_of(months) or ("adult" if is_pregnant else "")
    return Facts(
        audience=audience, months=months, sex=sex or ("f" if is_pregnant else ""), is_pregnant=is_pregnant
    )


@dataclass(slots=True)
class Rehearsal:
    """One consultation; `is_over` after its end."""

    stage: Stage
    state: State = field(default_factory=State)
    buttons: tuple[Action, ...] = ()
    turns: int = 0
    is_over: bool = False

    def hear(self, text: str) -> dict[str, Any]:
        """Answer words; the red-flag screen comes first."""
        flag = self.stage.screen(text)
        if flag:
            return self._flagged(flag)
        said = Said(kind="text", text=text)
        if not self.state.flow:
            return self._turn(Consultation().start(self.state, said, self._context()))
        return self._turn(take_turn(self.state, said, self._context()))

    def press(self, label: str) -> dict[str, Any]:
        """Answer the button with this label.

        Raises:
            ContentError: there is no such button, or it leads out of the talk.
        """
        for button in self.buttons:
            if button.label == label and isinstance(button, Tap):
                said = Said(kind="postback", answer=Answer.parse(button.data))
                return self._turn(take_turn(self.state, said, self._context()))
            if button.label == label and isinstance(button, Say):
                return self.hear(button.text)
        labels = "／".join(b.label for b in self.buttons if isinstance(b, Tap | Say)) or "(none)"
        raise ContentError(f"there is no button '{label}' to press; there are: {labels}")

    def _context(self) -> Context:
        self.turns += 1
        return self.stage.context(self.turns)

    def _turn(self, turn: Turn) -> dict[str, Any]:
        messages: list[Message] = []
        step: Turn | None = turn
        while step:
            handed = tuple(Text(text=a.words) for a in step.actions if isinstance(a, OpenThread))
            messages += [*step.urgent, *step.replies, *handed]
            is_handed = bool(handed)
            self.state, step = step.state, step.then
        told = self._told(messages)
        last = recent(self.state, self.stage.now)
        if last and (is_handed or not self.state.flow):
            self.is_over = True
            return told | _end(last["urgency"], last["protocols"], last["findings"])
        return told

    def _flagged(self, flag: RedFlag) -> dict[str, Any]:
        stage = self.stage
        is_red = flag.level == "red"
        card = (
            emergency_card(flag.category, stage.city, stage.texts)
            if is_red
            else care_card(stage.city, stage.texts, stage.now)
        )
        self.is_over = True
        return self._told([card]) | _end(flag.level, [], []) | {"red_flag": flag.category}

    def _told(self, messages: Iterable[Message]) -> dict[str, Any]:
        shown = list(messages)
        self.buttons = tuple(button for message in shown for button in actions_of(message))
        return {
            "text": "\n\n".join(plain_text(message) for message in shown),
            "actions": [button.label for button in self.buttons],
        }


def rehearse(stage: Stage, lines: Iterable[str], known: Facts) -> Iterator[str]:
    """Answer JSON lines ({"text"} or {"tap"}) with JSON lines, until the consultation ends.

    Raises:
        ContentError: a line cannot be read; says which and why.
    """
    talk = Rehearsal(stage, State(memory={"person": known.to_json()} if known != Facts() else {}))
    for number, line in enumerate(lines, start=1):
        if talk.is_over or not line.strip():
            continue
        try:
            heard = _read(line)
            answer = talk.hear(heard["text"]) if "text" in heard else talk.press(heard["tap"])
        except ContentError as error:
            raise ContentError(f"line {number}: {error}") from error
        yield json.dumps(answer, ensure_ascii=False)


def converse(stage: Stage, lines: Iterable[str], known: Facts) -> Iterator[str]:
    """Answer what is typed line by line; the label of a button presses it."""
    talk = Rehearsal(stage, State(memory={"person": known.to_json()} if known != Facts() else {}))
    for line in lines:
        words = line.strip()
        if not words:
            continue
        labels = {b.label for b in talk.buttons if isinstance(b, Tap | Say)}
        answer = talk.press(words) if words in labels else talk.hear(words)
        yield answer["text"] + ("" if talk.is_over else f"\n［{'］［'.join(answer['actions'])}］")
        if talk.is_over:
            return


def _read(line: str) -> Mapping[str, str]:
    try:
        heard = json.loads(line)
    except ValueError as error:
        raise ContentError(f"is no JSON: {error}") from error
    if not isinstance(heard, dict) or not any(isinstance(heard.get(key), str) for key in ("text", "tap")):
        raise ContentError('needs {"text": "…"} or {"tap": "label of a button"}')
    return heard


def _end(urgency: str, protocols: Iterable[str], findings: Iterable[Sequence[str]]) -> dict[str, Any]:
    found = map(Finding.from_json, findings)
    pairs = [{"question": finding.question, "answer": finding.label} for finding in found]
    return {"urgency": urgency, "protocols": list(protocols), "findings": pairs}
