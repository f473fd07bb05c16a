"""Find what can be reviewed, with its sheet and its signature."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from bot.triage.danger.danger_review import danger_parts, danger_states
from bot.triage.danger.danger_rules import DangerContent, read_dangers
from bot.triage.danger.safety import SafetyContent, read_safety
from bot.triage.protocols.loader import Protocols, load_protocols
from bot.triage.protocols.protocol_review import SHARED, common_parts, protocol_parts, protocol_states
from bot.triage.review.danger_sheet import DangerSheet, danger_sheet
from bot.triage.review.notes import ReviewNotes, read_notes
from bot.triage.review.protocol_sheet import ProtocolSheet, common_sheet, protocol_sheet
from core.content.signatures import Kind, Parts, SignatureState, fingerprint, read_signatures
from core.errors import ContentError
from core.lexicon.concepts import ConceptContent, read_lexicon

_NUMBER_DIGITS = 12


@dataclass(frozen=True, slots=True)
class Category:
    """One thing to review and sign: a danger, a table, or what all tables share."""

    kind: Kind
    id: str
    title: str
    version: str


@dataclass(frozen=True, slots=True)
class Review:
    """A category's sheet, its signature, and the number that says exactly what was printed."""

    category: Category
    sheet: DangerSheet | ProtocolSheet
    state: SignatureState
    number: str


@dataclass(frozen=True, slots=True)
class Reviews:
    """The content that is reviewed, with its signatures."""

    dangers: Mapping[str, DangerContent]
    safety: Mapping[str, SafetyContent]
    concepts: Mapping[str, ConceptContent]
    protocols: Protocols
    notes: ReviewNotes
    states: Mapping[tuple[Kind, str], SignatureState]

    @property
    def categories(self) -> tuple[Category, ...]:
        """All that can be reviewed: dangers, then tables."""
        return (
            *(Category("danger", one.id, one.title, one.version) for one in self.dangers.values()),
            Category("protocol", SHARED, "すべての質問表に共通の内容", self.protocols.common.version),
            *(Category("protocol", one.id, one.title, one.version) for one in self.protocols.values()),
        )

    def category(self, name: str) -> Category:
        """Return the category of a name, `stroke` or `danger/stroke`.

        Raises:
            ContentError: there is none, or more than one.
        """
        found = [one for one in self.categories if name in {one.id, f"{one.kind}/{one.id}"}]
        if len(found) > 1:
            full = " or ".join(f"{one.kind}/{one.id}" for one in found)
            raise ContentError(f"'{name}' is more than one: write {full}")
        if not found:
            raise ContentError(
                f"there is no category '{name}'; `helpo triage check` lists all, as danger/ID and protocol/ID"
            )
        return found[0]

    def parts(self, category: Category) -> Parts:
        """Return everything that a signature of a category covers."""
        if category.kind == "danger":
            danger = self.dangers[category.id]
            return danger_parts(danger, self.safety[danger.id], self.concepts)
        if category.id == SHARED:
            return common_parts(self.protocols.common)
        return protocol_parts(self.protocols[category.id])

    def review(self, category: Category) -> Review:
        """Return the sheet of a category with its signature."""
        number = fingerprint(self.parts(category)).removeprefix("sha256:")[:_NUMBER_DIGITS]
        return Review(category, self._sheet(category), self.states[category.kind, category.id], number)

    def _sheet(self, category: Category) -> DangerSheet | ProtocolSheet:
        if category.kind == "danger":
            titles = {one.id: one.title for one in self.dangers.values()}
            danger = self.dangers[category.id]
            return danger_sheet(danger, self.safety[danger.id], self.concepts, self.notes, titles)
        if category.id == SHARED:
            return common_sheet(self.protocols.common)
        return protocol_sheet(self.protocols[category.id], self.protocols.common)


def open_reviews(data_dir: Path) -> Reviews:
    """Read what can be reviewed.

    Raises:
        ContentError: the content or a signature is missing or broken; says where and why.
    """
    safety, protocols = read_safety(data_dir), load_protocols(data_dir)
    dangers = {one.id: one for one in read_dangers(data_dir)}
    if lacking := sorted(dangers.keys() ^ safety.keys()):
        raise ContentError(f"no rules or no safety question: {', '.join(lacking)}")
    of_dangers = danger_states(data_dir, safety, read_signatures(data_dir, "danger"))
    of_tables = protocol_states(protocols.common, protocols, read_signatures(data_dir, "protocol"))
    states: dict[tuple[Kind, str], SignatureState] = {
        **{("danger", name): state for name, state in of_dangers.items()},
        **{("protocol", name): state for name, state in of_tables.items()},
    }
    concepts, notes = read_lexicon(data_dir).concepts, read_notes(data_dir)
    return Reviews(dangers, safety, concepts, protocols, notes, states)
