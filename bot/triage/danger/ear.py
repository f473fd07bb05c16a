"""Hear the dangers of one message: what calls for a card at once, and what calls for a question."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from bot.triage.danger.danger_card import DESPAIRING
from bot.triage.danger.danger_screen import BareNo, Danger, DangerScreen, load_danger_screen
from core.ja import ReadText, day_of
from core.ja.pieces import (
    ends_in_noun,
    goes_on,
    is_unfinished,
    joined_pieces,
    last_sentence,
    without_particle,
)

# Two messages are heard as one sentence when one of them is no longer than this: more is no piece of one.
LONGEST_PIECE = 20
# How a sentence may go on that was broken off after 「意識が」, 「声が」, 「息」 and is ended by a bare no.
ENDINGS = ("がない", "が出ない", "をしていない", "ができない")


@dataclass(frozen=True, slots=True)
class HeardDangers:
    """What a message tells of: `card` is sent at once, `worry` is asked about.

    `settled`: categories whose question it answers already. `is_joined`: it was heard only together with what was said before. `bare_no`: it may end what was said before.
    """

    card: Danger | None = None
    worry: Danger | None = None
    is_joined: bool = False
    bare_no: BareNo | None = None
    settled: frozenset[str] = frozenset()


NOTHING_HEARD = HeardDangers()


@dataclass(frozen=True, slots=True)
class Ear:
    """The rules over the lexicon, asked about a message and about the messages before it."""

    screen: DangerScreen

    def __call__(self, text: str, known: Collection[str] = ()) -> HeardDangers:
        """Return the surest danger and the first worrying sign of a text, other than the `known` categories."""
        found = list(self.screen.all(text))
        red = next((danger for danger in found if danger.level == "red"), None)
        card = red or next((danger for danger in found if danger.category in DESPAIRING), None)
        worries = (danger for danger in found if danger.level == "ask" and danger.category not in known)
        return HeardDangers(card, next(worries, None), settled=self.screen.settled(text))

    def together(self, before: Sequence[str], text: str, known: Collection[str] = ()) -> HeardDangers:
        """Return what a message says together with those shortly before it; `known` are worries heard by then.

        A sentence that it ends counts like any other. Of sentences that are whole, what is sure together is asked
        about, because chance puts everyday sentences together too; long ones only where there is a worry already.
        """
        alone = self(text)
        if alone.card or not before:
            return alone
        pieces, is_worrying = (*before, text), bool(known or alone.worry)
        lengths = (len(before[-1]), len(text))
        is_one = min(lengths) <= LONGEST_PIECE and goes_on(before[-1], text)
        if not is_worrying and not is_one and max(lengths) > LONGEST_PIECE:
            return alone
        if not is_worrying:
            pieces = pieces[last_sentence(pieces if is_one else before) :]
        joined = self(ReadText(joined_pieces(pieces), day_of(text)), known)
        if is_one and joined.card:
            return HeardDangers(joined.card, alone.worry or joined.worry, is_joined=True)
        found = joined.worry if is_one else self._asked_about(joined.card, before, known)
        return alone if alone.worry or not found else HeardDangers(None, found, is_joined=True)

    def _asked_about(
        self, sure: Danger | None, before: Sequence[str], known: Collection[str]
    ) -> Danger | None:
        """Return a sure danger as one to ask about, unless it was as sure before."""
        if sure is None or (sure.category in known and self(joined_pieces(before)).card):
            return None
        return replace(sure, level="ask")

    def bare_no(self, before: Sequence[str]) -> BareNo | None:
        """Return what the sentence at the end of `before` means if a bare no ends it; None when it is whole.

        A noun alone is an answer (82歳) unless it would then tell of a danger (息).
        """
        if not before or not is_unfinished(before[-1]):
            return None
        beginning = without_particle(joined_pieces(before[last_sentence(before) :]))
        completed = [(ending, self(beginning + ending)) for ending in ENDINGS]
        sure = (BareNo(heard.card, ending) for ending, heard in completed if heard.card)
        worrying = (BareNo(heard.worry, ending) for ending, heard in completed if heard.worry)
        nothing_known = None if ends_in_noun(before[-1]) else BareNo()
        return next(sure, None) or next(worrying, None) or nothing_known


def load_ear(data_dir: Path = Path("data")) -> Ear:
    """Return the ear of a data folder.

    Raises:
        ContentError: the content is missing or broken; says where and why.
    """
    return Ear(load_danger_screen(data_dir))
