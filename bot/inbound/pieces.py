"""Hear a message together with what the resident sent in the two minutes before: sentences come in pieces.

The pieces are read from the talk's state as it was claimed, so that a card needs no further statement; what was made
of them counts only if they still stand once the talk is locked.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from bot.dialogue.memory import read_pieces
from bot.dialogue.memory_entries import Piece, pieces_at
from bot.language.languages import Language, foreign_language
from bot.language.yes_no import is_bare_no
from bot.line.inbound import Inbound, InboundKind
from bot.triage.danger.danger_card import DESPAIRING
from bot.triage.danger.danger_screen import Danger
from bot.triage.danger.ear import NOTHING_HEARD, Ear, HeardDangers
from core.ja import ReadText
from core.ja.pieces import last_sentence
from core.words import Words

# The danger whose card and question are written in easy Japanese and English.
FOREIGN = "foreign_emergency"


@dataclass(frozen=True, slots=True)
class HeardMessage:
    """A message as it was heard: `pieces` are those of its breath, `used` those before it that it is read with."""

    inbound: Inbound
    at: datetime
    heard: HeardDangers
    text: ReadText
    pieces: tuple[Piece, ...] = ()
    used: tuple[Piece, ...] = ()

    @property
    def spoken(self) -> ReadText:
        """The words of the message alone, with the forms that were made of them where they stand for themselves."""
        return self.text if self.text == self.inbound.spoken else ReadText(self.inbound.spoken)

    @property
    def said(self) -> Words:
        """The words, a line for each piece: a message that is taken back is found by its lines."""
        return Words.of(*_lines(self.used, self.spoken)) if self.used else Words.of(self.spoken)

    @property
    def worry(self) -> Danger | None:
        """The worry that was heard, also where it is only what a bare no may mean."""
        meant = self.heard.bare_no.danger if self.heard.bare_no else None
        return self.heard.worry or (replace(meant, level="ask") if meant else None)

    @property
    def piece(self) -> Piece:
        """The message as a piece for the next one."""
        worry = self.worry
        return Piece(words=Words.of(self.spoken), at=self.at, danger=worry.category if worry else "")


def pieces_in(state: Mapping[str, Any], at: datetime, *, is_answered: bool) -> tuple[Piece, ...]:
    """Return the pieces in a talk's stored state that a message of the moment `at` belongs to.

    None where a clinician has answered them.
    """
    return () if is_answered else pieces_at(read_pieces(state.get("memory", {})), at)


def hear_message(
    ear: Ear, inbound: Inbound, pieces: tuple[Piece, ...], at: datetime, day: date | None = None
) -> HeardMessage:
    """Hear a message, alone and together with the pieces before it; `day` is when it was written."""
    spoken = ReadText(inbound.spoken, day)
    if not spoken:
        return HeardMessage(inbound, at, NOTHING_HEARD, ReadText(inbound.text, day))
    before = tuple(one for one in pieces if one.at <= at)
    texts = [str(one.words.text) for one in before]
    # LINE may have delivered what follows before it.
    later = [str(one.words.text) for one in pieces if one.at > at]
    order = [*texts, spoken, *later]
    heard = ear.together(order[:-1], order[-1], frozenset(one.danger for one in pieces if one.danger))
    if later and not heard.is_joined:
        heard = ear(spoken)
    if heard.card is None and not heard.is_joined and not inbound.quoted_message_id and is_bare_no(spoken):
        heard = _with_bare_no(ear, texts, heard)
    heard = _in_their_language(heard, spoken)
    first = next((place for place, one in enumerate(before) if one.is_open), len(before))
    if heard.is_joined:
        first = min(first, last_sentence([*texts, spoken]), max(0, len(before) - 1))
    elif heard.bare_no:
        first = min(first, last_sentence(texts))
    used = before[first:]
    is_text = inbound.heard_as is InboundKind.TEXT
    text = ReadText("\n".join(_lines(used, spoken)) if used and is_text else inbound.text, day)
    return HeardMessage(inbound, at, heard, spoken if spoken == text else text, pieces, used)


def _in_their_language(heard: HeardDangers, spoken: ReadText) -> HeardDangers:
    """Return the dangers of words in another language as those that are answered in easy Japanese and English."""
    if foreign_language(spoken) in {None, Language.ROMAJI}:
        return heard
    card, worry = (
        replace(one, category=FOREIGN) if one and one.category not in DESPAIRING else one
        for one in (heard.card, heard.worry)
    )
    return replace(heard, card=card, worry=worry)


def _with_bare_no(ear: Ear, texts: list[str], heard: HeardDangers) -> HeardDangers:
    """Return what a bare no may mean: a worry is asked about as any other, a sure danger before its card."""
    bare_no = ear.bare_no(texts)
    if bare_no and bare_no.danger and bare_no.danger.level != "red":
        return replace(heard, worry=heard.worry or bare_no.danger, is_joined=True)
    return replace(heard, bare_no=bare_no)


def _lines(pieces: tuple[Piece, ...], spoken: str) -> tuple[str, ...]:
    return (*(str(one.words.text) for one in pieces), spoken)
