"""Find what can be reviewed, with its sheet and its signature."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from bot.triage.danger.danger_review import danger_parts, danger_states
from bot.triage.danger.danger_rules import DangerContent, read_dangers
from bot.triage.danger.safety import SafetyContent, read_safety
from bot.triage.review.danger_sheet import DangerSheet, danger_sheet
from bot.triage.review.notes import ReviewNotes, read_notes
from bot.triage.review.table_sheet import TableSheet, common_sheet, table_sheet
from bot.triage.tables.loader import Tables, load_tables
from bot.triage.tables.table_review import SHARED, parts_of_tables, table_states
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
    sheet: DangerSheet | TableSheet
    state: SignatureState
    number: str


@dataclass(frozen=True, slots=True)
class Reviews:
    """The content that is reviewed, with its signatures."""

    dangers: Mapping[str, DangerContent]
    safety: Mapping[str, SafetyContent]
    concepts: Mapping[str, ConceptContent]
    tables: Tables
    table_parts: Mapping[str, Parts]
    notes: ReviewNotes
    states: Mapping[tuple[Kind, str], SignatureState]

    @property
    def categories(self) -> tuple[Category, ...]:
        """All that can be reviewed: dangers, then tables."""
        return (
            *(Category("danger", one.id, one.title, one.version) for one in self.dangers.values()),
            Category("table", SHARED, "すべての質問表に共通の内容", self.tables.common.version),
            *(Category("table", one.id, one.title, one.version) for one in self.tables.values()),
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
                f"there is no category '{name}'; `helpo triage check` lists all, as danger/ID and table/ID"
            )
        return found[0]

    def parts(self, category: Category) -> Parts:
        """Return everything that a signature of a category covers."""
        if category.kind == "danger":
            danger = self.dangers[category.id]
            return danger_parts(danger, self.safety[danger.id], self.concepts)
        return self.table_parts[category.id]

    def review(self, category: Category) -> Review:
        """Return the sheet of a category with its signature."""
        number = fingerprint(self.parts(category)).removeprefix("sha256:")[:_NUMBER_DIGITS]
        return Review(category, self._sheet(category), self.states[category.kind, category.id], number)

    def _sheet(self, category: Category) -> DangerSheet | TableSheet:
        if category.kind == "danger":
            titles = {one.id: one.title for one in self.dangers.values()}
            danger = self.dangers[category.id]
            return danger_sheet(danger, self.safety[danger.id], self.concepts, self.notes, titles)
        common, complaints = self.tables.common, self.tables.complaints
        if category.id == SHARED:
            return common_sheet(common, complaints, self.concepts, self.notes)
        return table_sheet(self.tables[category.id], common, complaints, self.concepts, self.notes)


def open_reviews(data_dir: Path) -> Reviews:
    """Read what can be reviewed.

    Raises:
        ContentError: the content or a signature is missing or broken; says where and why.
    """
    safety, tables = read_safety(data_dir), load_tables(data_dir)
    dangers = {one.id: one for one in read_dangers(data_dir)}
    if lacking := sorted(dangers.keys() ^ safety.keys()):
        raise ContentError(f"no rules or no safety question: {', '.join(lacking)}")
    of_dangers = danger_states(data_dir, safety, read_signatures(data_dir, "danger"))
    concepts, notes = read_lexicon(data_dir).concepts, read_notes(data_dir)
    parts = parts_of_tables(tables.common, tables.complaints, tables.values(), concepts)
    of_tables = table_states(parts, read_signatures(data_dir, "table"))
    states: dict[tuple[Kind, str], SignatureState] = {
        **{("danger", name): state for name, state in of_dangers.items()},
        **{("table", name): state for name, state in of_tables.items()},
    }
    return Reviews(dangers, safety, concepts, tables, parts, notes, states)
