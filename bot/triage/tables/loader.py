"""Read and check all tables of a data folder: `data/triage/tables/*.yml`, `complaints.yml`, `common.yml`, `signs.yml`."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from bot.triage.tables.model import GENERAL, Common, Complaint, Complaints, Item, Signs, Table
from bot.triage.tables.rules import Rule, read_rule
from bot.triage.tables.table_review import SHARED, signed_tables
from core.content import read_content
from core.db.tables import Urgency
from core.errors import ContentError
from core.lexicon.lexicon import Lexicon, load_lexicon

FOLDER = Path("triage", "tables")
COMMON = Path("triage", "common.yml")
COMPLAINTS = Path("triage", "complaints.yml")
SIGNS = Path("triage", "signs.yml")
OTHER = "other"  # the complaint without a table of its own: the general tables


@dataclass(frozen=True, slots=True, repr=False)
class Tables(Mapping[str, Table]):
    """All tables by id, with what they share and the rules that hear their items and complaints."""

    common: Common
    complaints: Complaints
    by_id: Mapping[str, Table]
    lexicon: Lexicon
    # By the id of a complaint, and by the name of an item (`table.item`, or `.item` of the common ones) or a line.
    heard_by: Mapping[str, tuple[Rule, ...]]
    told_by: Mapping[str, tuple[Rule, ...]]
    about: Mapping[str, tuple[Rule, ...]]

    def __repr__(self) -> str:
        """Stand for the content in a logged traceback, which it would fill for minutes."""
        return f"Tables({len(self.by_id)} tables)"

    def __hash__(self) -> int:
        """Hash by identity, so that a kept result (a form, a cache) never mixes two loaded data folders."""
        return id(self)

    def __getitem__(self, key: str) -> Table:
        return self.by_id[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self.by_id)

    def __len__(self) -> int:
        return len(self.by_id)

    def of(self, complaint: str) -> tuple[Table, ...]:
        """Return the tables of a complaint, for all ages."""
        return tuple(
            table for table in self.by_id.values() if complaint in (table.complaint, *table.also_for)
        )


def item_name(table: str, item: str) -> str:
    """Return the name of an item among all: `table.item`; `table` is empty for the common ones."""
    return f"{table}.{item}"


def load_tables(data_dir: Path) -> Tables:
    """Read all tables; each says whether it is signed.

    Raises:
        ContentError: something is broken; a line `file:line: place: reason` for each.
    """
    found, problems = _read(data_dir)
    if found is None or problems:
        raise ContentError("\n".join(problems))
    signed = signed_tables(data_dir, found.common, found.complaints, found.values())
    by_id = {name: one.model_copy(update={"is_signed": name in signed}) for name, one in found.items()}
    common = found.common.model_copy(update={"is_signed": SHARED in signed})
    return replace(found, common=common, by_id=by_id)


def table_problems(data_dir: Path) -> list[str]:
    """Return everything that is wrong, a line `file:line: place: reason` for each."""
    return _read(data_dir)[1]


def common_items(common: Common) -> tuple[Item, ...]:
    """Return all items that the tables share."""
    checks = (*common.first_check, *common.child_check, common.short_check, *common.seen, *common.seen_child)
    return (*checks, *common.measured, *common.modifiers)


def _read(data_dir: Path) -> tuple[Tables | None, list[str]]:
    problems: list[str] = []
    common = complaints = signs = None
    try:
        common = read_content(data_dir / COMMON, Common)
        complaints = read_content(data_dir / COMPLAINTS, Complaints)
        signs = read_content(data_dir / SIGNS, Signs)
    except ContentError as error:
        problems.append(str(error))
    by_id: dict[str, Table] = {}
    paths: dict[str, Path] = {}
    for path in sorted((data_dir / FOLDER).glob("*.yml")):
        try:
            table = read_content(path, Table)
        except ContentError as error:
            problems.append(str(error))
            continue
        by_id[table.id], paths[table.id] = table, path
        if table.id != path.stem:
            problems.append(f"{path}:1: id: is '{table.id}' but the file is named '{path.name}'")
    if common is None or complaints is None or signs is None:
        return None, problems
    lexicon = load_lexicon(data_dir)
    marks = _marks(data_dir)
    told_by: dict[str, tuple[Rule, ...]] = {}
    about: dict[str, tuple[Rule, ...]] = {}
    for table in by_id.values():
        path = paths[table.id]
        problems += _table_problems(path, table, common, complaints, signs, marks)
        told_by |= _told_by(path, table.id, table.own_items, lexicon, problems)
        lines = {name: line.about for name, line in table.lines.items()}
        lines |= {item.id: item.about for item in table.own_items}
        about |= {
            item_name(table.id, name): _rules(path, name, rules, lexicon, problems)
            for name, rules in lines.items()
            if rules
        }
    told_by |= _told_by(data_dir / COMMON, "", common_items(common), lexicon, problems)
    heard_by = {}
    for one in complaints.complaints:
        heard_by[one.id] = _rules(data_dir / COMPLAINTS, one.id, one.heard_by, lexicon, problems)
        heard_by[f"not {one.id}"] = _rules(data_dir / COMPLAINTS, one.id, one.without, lexicon, problems)
    problems += _complaint_problems(data_dir / COMPLAINTS, complaints.complaints, by_id.values())
    return Tables(common, complaints, by_id, lexicon, heard_by, told_by, about), problems


def _marks(data_dir: Path) -> frozenset[str]:
    from bot.triage.review.notes import read_notes  # noqa: PLC0415 - the notes name tables

    return frozenset(read_notes(data_dir).sources)


def _told_by(
    path: Path, table: str, items: Iterable[Item], lexicon: Lexicon, problems: list[str]
) -> dict[str, tuple[Rule, ...]]:
    named = ((item, item_name(table, item.id)) for item in items)
    return {name: _rules(path, item.id, item.told_by, lexicon, problems) for item, name in named}


def _rules(
    path: Path, place: str, lines: Sequence[str], lexicon: Lexicon, problems: list[str]
) -> tuple[Rule, ...]:
    rules = []
    for line in lines:
        try:
            rules.append(read_rule(line, lexicon.concepts, f"{path}:{_line_of(path, place)}: {place}"))
        except ContentError as error:
            problems.append(str(error))
    return tuple(rules)


def _table_problems(
    path: Path, table: Table, common: Common, complaints: Complaints, signs: Signs, marks: frozenset[str]
) -> Iterator[str]:
    """Yield the contradictions between one file and the shared content."""
    for complaint in sorted({table.complaint, *table.also_for} - {one.id for one in complaints.complaints}):
        yield f"{path}:{_line(path, 'complaint:')}: complaint: '{complaint}' is not in {COMPLAINTS}"
    known = {item.id for item in common.modifiers}
    for modifier in table.raised_by:
        if modifier not in known:
            yield f"{path}:{_line(path, 'raised_by:')}: raised_by: '{modifier}' is not in {COMMON}"
    for level in ("red", "orange", "yellow", "green"):
        for item in table.items(level):
            where = f"{path}:{_line_of(path, item.id)}: {item.id}"
            if item.danger and item.danger not in (*common.danger_order, GENERAL):
                yield f"{where}: danger '{item.danger}' is not in danger_order of {COMMON}"
            for mark in sorted(set(item.source) - marks):
                yield f"{where}: source mark '{mark}' is not explained in review.yml"
            if item.sign and item.sign not in signs.signs:
                yield f"{where}: sign '{item.sign}' is not in {SIGNS}"
            elif item.sign and Urgency(level) not in signs.signs[item.sign]:
                levels = "/".join(one.value for one in signs.signs[item.sign])
                yield f"{where}: sign '{item.sign}' is {levels} in every table, not {level}"


def _complaint_problems(
    path: Path, complaints: Sequence[Complaint], tables: Iterable[Table]
) -> Iterator[str]:
    ids = [one.id for one in complaints]
    if twice := sorted({one for one in ids if ids.count(one) > 1}):
        yield f"{path}: two complaints have the same id: {', '.join(twice)}"
    with_table = {name for table in tables for name in (table.complaint, *table.also_for)}
    for one in complaints:
        where = f"{path}:{_line_of(path, one.id)}: {one.id}"
        if strange := sorted(set(one.stops) - set(ids)):
            yield f"{where}: stops what is no complaint: {', '.join(strange)}"
        if one.id not in with_table:
            yield f"{where}: no table in data/triage/tables is for this complaint"


def _line_of(path: Path, name: str) -> int:
    """Return the line of the item or complaint of this id."""
    return _first_line(path, re.compile(rf"\bid: {re.escape(name)}(?![a-z0-9_])"))


def _line(path: Path, words: str) -> int:
    return _first_line(path, re.compile(re.escape(words)))


def _first_line(path: Path, pattern: re.Pattern[str]) -> int:
    lines = path.read_text(encoding="utf-8").splitlines()
    return next((number for number, line in enumerate(lines, start=1) if pattern.search(line)), 1)
