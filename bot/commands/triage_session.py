"""Run one consultation on the terminal (`helpo triage run`), by the same pure code as the talk in LINE.

No Rasa, database or network, and a fixed clock: the same lines in give the same lines out.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from bot.app import Content, all_flows, load_content
from bot.dialogue.flow import Context, Flows
from bot.dialogue.memory import Memory
from bot.dialogue.moves import Begin, perform
from bot.dialogue.policy import take_turn
from bot.dialogue.state import State
from bot.dialogue.turn import OpenThread, Turn
from bot.dialogue.user_input import UserInput
from bot.flows.consultation.flow import CONSULTATION
from bot.triage.care import care_card
from bot.triage.danger.danger_card import danger_card
from bot.triage.danger.danger_screen import Danger
from bot.triage.danger.ear import Ear, load_ear
from bot.triage.tables.facts import Facts
from bot.triage.tables.patient import audience_of
from core.clock import TOKYO
from core.errors import ContentError
from core.findings import Finding, FindingAnswer, FindingKind
from core.ja import Age, ReadText
from core.messages import Answer, Button, Message, Say, Tap, Text, actions_of, plain_text
from core.municipalities import Municipality

# A weekday at noon: which advice lines answer depends on the hour.
AT = datetime(2026, 11, 16, 12, tzinfo=TOKYO)


@dataclass(frozen=True, slots=True)
class TriageContent:
    """What a session needs of the data folder."""

    content: Content
    ear: Ear
    city: Municipality
    flows: Flows
    now: datetime = AT

    def context(self, turn: int) -> Context:
        """Return the context of one turn."""
        return Context(
            now=self.now,
            texts=self.content.texts,
            city=self.city,
            flows=self.flows,
            tables=self.content.tables,
            instance=f"{turn:x}",
        )


def open_content(data_dir: Path, city: str) -> TriageContent:
    """Read the content.

    Raises:
        ContentError: a file is broken, or there is no such city.
    """
    content = load_content(data_dir)
    if city not in content.cities:
        raise ContentError(f"there is no city '{city}'; known are {', '.join(sorted(content.cities))}")
    return TriageContent(content, load_ear(data_dir), content.cities[city], all_flows(content))


def patient(age: str = "", sex: str = "", *, is_pregnant: bool = False) -> Facts:
    """Return the facts in the options of the command; an age is years (`45`) or months (`8m`).

    Raises:
        ContentError: an invalid age or sex.
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
    audience = audience_of(None if months is None else Age(months)) or ("adult" if is_pregnant else "")
    return Facts(
        audience=audience, months=months, sex=sex or ("f" if is_pregnant else ""), is_pregnant=is_pregnant
    )


@dataclass(slots=True)
class TriageSession:
    """One consultation; `is_over` after its end."""

    content: TriageContent
    state: State = field(default_factory=State)
    buttons: tuple[Button, ...] = ()
    turns: int = 0
    is_over: bool = False

    def hear(self, text: str) -> dict[str, Any]:
        """Return the answer to words; dangers in them come first.

        `{"text": all messages, "actions": [label]}`; at the end of the consultation also its result (`_end`),
        and after a red flag `"red_flag": category`.
        """
        words = ReadText(text, self.content.now.astimezone(TOKYO).date())
        heard = self.content.ear(words)
        if heard.card:
            return self._flagged(heard.card)
        danger = heard.worry.category if heard.worry else ""
        user_input, ctx = UserInput(kind="text", text=words, danger=danger), self._context()
        is_asked = bool(danger) and not self.state.memory.has_asked(danger, self.content.now)
        if self.state.flow or is_asked:
            return self._turn(take_turn(self.state, user_input, ctx))
        return self._turn(perform(Begin(CONSULTATION, user_input), self.state, ctx))

    def press(self, label: str) -> dict[str, Any]:
        """Return the answer to the button with this label, as `hear`.

        Raises:
            ContentError: there is no such button, or it leads out of the talk.
        """
        for button in self.buttons:
            if button.label == label and isinstance(button, Tap):
                tapped = UserInput(kind="postback", answer=Answer.parse(button.data))
                return self._turn(take_turn(self.state, tapped, self._context()))
            if button.label == label and isinstance(button, Say):
                return self.hear(button.text)
        labels = "／".join(b.label for b in self.buttons if isinstance(b, Tap | Say)) or "(none)"
        raise ContentError(f"there is no button '{label}' to press; there are: {labels}")

    def _context(self) -> Context:
        self.turns += 1
        return self.content.context(self.turns)

    def _turn(self, turn: Turn) -> dict[str, Any]:
        messages: list[Message] = []
        step: Turn | None = turn
        while step:
            handed = tuple(Text(text=e.text) for e in step.effects if isinstance(e, OpenThread))
            messages += [*step.urgent, *step.replies, *handed]
            is_handed = bool(handed)
            self.state, step = step.state, step.then
        told = self._told(messages)
        last = self.state.memory.last_consultation(self.content.now)
        if last and (is_handed or not self.state.flow):
            self.is_over = True
            return told | _end(last.urgency.value, last.protocols, last.findings)
        return told

    def _flagged(self, danger: Danger) -> dict[str, Any]:
        content = self.content
        texts = content.content.texts
        is_red = danger.level == "red"
        card = (
            danger_card(content.content.dangers[danger.category], content.city, texts)
            if is_red
            else care_card(content.city, texts, content.now)
        )
        self.is_over = True
        urgency = "red" if is_red else "orange"
        return self._told([card]) | _end(urgency, [], []) | {"red_flag": danger.category}

    def _told(self, messages: Iterable[Message]) -> dict[str, Any]:
        shown = list(messages)
        self.buttons = tuple(button for message in shown for button in actions_of(message))
        return {
            "text": "\n\n".join(plain_text(message) for message in shown),
            "actions": [button.label for button in self.buttons],
        }


def answer_lines(content: TriageContent, lines: Iterable[str], known: Facts) -> Iterator[str]:
    """Answer JSON lines (`{"text"}` or `{"tap"}`) with JSON lines, until the consultation ends.

    Raises:
        ContentError: a line cannot be read; says which and why.
    """
    talk = TriageSession(content, _beginning(known))
    for number, line in enumerate(lines, start=1):
        if talk.is_over or not line.strip():
            continue
        try:
            heard = _read(line)
            answer = talk.hear(heard["text"]) if "text" in heard else talk.press(heard["tap"])
        except ContentError as error:
            raise ContentError(f"line {number}: {error}") from error
        yield json.dumps(answer, ensure_ascii=False)


def converse(content: TriageContent, lines: Iterable[str], known: Facts) -> Iterator[str]:
    """Answer typed lines; the label of a button presses it."""
    talk = TriageSession(content, _beginning(known))
    for line in lines:
        words = line.strip()
        if not words:
            continue
        labels = {b.label for b in talk.buttons if isinstance(b, Tap | Say)}
        answer = talk.press(words) if words in labels else talk.hear(words)
        yield answer["text"] + ("" if talk.is_over else f"\n［{'］［'.join(answer['actions'])}］")
        if talk.is_over:
            return


def _beginning(known: Facts) -> State:
    return State(memory=Memory(person=known.to_json() if known != Facts() else None))


def _read(line: str) -> Mapping[str, str]:
    try:
        heard = json.loads(line)
    except ValueError as error:
        raise ContentError(f"is no JSON: {error}") from error
    if not isinstance(heard, dict) or not any(isinstance(heard.get(key), str) for key in ("text", "tap")):
        raise ContentError('needs {"text": "…"} or {"tap": "label of a button"}')
    return heard


def _end(urgency: str, protocols: Iterable[str], findings: Iterable[Finding]) -> dict[str, Any]:
    told = [
        one for one in findings if (one.mark.kind, one.answer) != (FindingKind.FACT, FindingAnswer.UNKNOWN)
    ]
    pairs = [{"question": finding.question, "answer": finding.label} for finding in told]
    return {"urgency": urgency, "protocols": list(protocols), "findings": pairs}
