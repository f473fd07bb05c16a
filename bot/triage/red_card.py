"""Make the 119 card of a consultation that reached red: first aid for the sign that was named, never home care."""

from collections.abc import Mapping
from dataclasses import replace

from bot.triage.card import Onward
from bot.triage.danger.danger_card import Writer, danger_card, emergency_card
from bot.triage.danger.safety import SafetyContent
from bot.triage.tables.facts import Facts
from bot.triage.tables.loader import COMMON, Tables
from bot.triage.tables.model import GENERAL, Item
from bot.triage.tables.result import Result
from core.content import may_run
from core.messages import Card, Tap
from core.municipalities import Municipality
from core.texts import Texts


def red_card(
    result: Result,
    dangers: Mapping[str, SafetyContent],
    city: Municipality,
    texts: Texts,
    onward: Onward,
    aids: tuple[Tap, ...] = (),
) -> Card:
    """Return the 119 card: why, in words of the table, and what to do until help comes.

    `aids` are buttons that lead to the first aid of each item of the list, where which of it applies is not known.
    """
    because, writer = _because(result, texts), writer_of(result.case.facts)
    if result.danger:
        card = danger_card(dangers[result.danger], city, texts, because=because, writer=writer)
    else:
        card = emergency_card(city, texts, because=because, writer=writer)
    is_marked = bool(result.danger) and not may_run(dangers[result.danger], runs_drafts=False)
    if result.is_draft and not is_marked:
        card = replace(card, note=f"{texts('triage.draft')}\n{card.note}")
    if aids:
        card = replace(card, body=(*card.body, texts("triage.emergency.aid")), quick=aids)
    return replace(card, actions=(*card.actions, onward.person))


def aid_card(
    item: Item, dangers: Mapping[str, SafetyContent], city: Municipality, texts: Texts, onward: Onward
) -> Card:
    """Return the 119 card of one red item that was named after a list: its own first aid."""
    because = (texts("triage.reason.answered", item=item.text),)
    if item.danger in dangers:
        card = danger_card(dangers[item.danger], city, texts, because=because)
    else:
        card = emergency_card(city, texts, because=because)
    return replace(card, actions=(*card.actions, onward.person))


def writer_of(facts: Facts) -> Writer:
    """Return who writes, as far as it is known."""
    if not facts.who:
        return ""
    return "herself" if facts.is_herself else "beside"


def first_aid_problems(tables: Tables, dangers: Mapping[str, SafetyContent]) -> list[str]:
    """Return the dangers that red items name and nothing is said about, a line `file: place: reason` for each."""
    lacking = [name for name in tables.common.danger_order if name != GENERAL and name not in dangers]
    return [f"{COMMON}: danger_order: no danger is named '{name}' in triage/safety" for name in lacking]


def _because(result: Result, texts: Texts) -> tuple[str, ...]:
    """Return why it is red: the items that were told, or what was answered to a list."""
    signs = result.signs
    if signs.told:
        return tuple(texts("triage.danger.said", said=item.text) for item in signs.told)
    if signs.one_of:
        return (texts("triage.emergency.one_of"),)
    if signs.is_doubt:
        return (texts("triage.danger.unsure"),)
    return (texts("triage.reason.before"),)
