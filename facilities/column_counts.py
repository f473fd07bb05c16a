"""Count how much of the known data a table keeps, column by column, and refuse one that would delete data.

Spreadsheets damage whole columns: ids lose zeros, times and dates change their form, coordinates change
places. Each record is a set of bits, one for each column with a value; records with equal bits are counted
together.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice

from core.db.tables.facility import DAY_BLOCK
from core.errors import ImportRefused
from facilities.cell_values import SWAPPED
from facilities.model import MOST_EXAMPLES, DepartmentRecord, FacilityRecord, Problem

# With fewer known values of a column than this, half of them may really be gone.
FEW = 10
# This many unreadable values are no typing slips, and this many known ones do not vanish together by chance.
SOME = 3
MOST_SORTS = 1000  # kinds of problems that are counted apart
NOTHING_CHANGED = "Nothing has changed"
MEANT = f"{NOTHING_CHANGED}. If the file is right, import it with --may-shrink"


@dataclass(frozen=True, slots=True)
class Column:
    """A column's name in messages, and its `group` of related columns (the hours of all weekdays)."""

    name: str
    group: str


@dataclass(slots=True)
class _Lines:
    """How many lines are alike, and the first of their numbers."""

    count: int = 0
    first: list[int] = field(default_factory=list)

    def add(self, line: int) -> None:
        self.count += 1
        if len(self.first) < MOST_EXAMPLES:
            self.first.append(line)


@dataclass(slots=True)
class _Sort:
    """Problems of the same column and reason."""

    count: int = 0
    first: list[Problem] = field(default_factory=list)


class Problems:
    """Problems counted by column and reason, with the first lines of each."""

    def __init__(self) -> None:
        self._sorts: dict[tuple[str, str], _Sort] = {}

    def add(self, problem: Problem) -> None:
        """Count a problem."""
        key = (problem.column, problem.reason)
        if key not in self._sorts and len(self._sorts) >= MOST_SORTS:
            key = ("", "something else")
        sort = self._sorts.setdefault(key, _Sort())
        sort.count += 1
        if len(sort.first) < MOST_EXAMPLES:
            sort.first.append(problem)

    def count(self, columns: Sequence[str] = (), reason: str = "") -> int:
        """Return how many there are; of these columns or this reason only, if given."""
        return sum(
            sort.count
            for (column, why), sort in self._sorts.items()
            if (not columns or column in columns) and (not reason or why == reason)
        )

    def told(self, columns: Sequence[str] = ()) -> str:
        """Return the most frequent problems with their numbers and first lines, as one line of a message."""
        fitting = [item for item in self._sorts.items() if not columns or item[0][0] in columns]
        most = sorted(fitting, key=lambda item: -item[1].count)[:MOST_EXAMPLES]
        return "; ".join(
            f"{sort.count} × {f'{column} ' if column else ''}{reason} ({_examples(sort.first)})"
            for (column, reason), sort in most
        )


def _examples(problems: Sequence[Problem]) -> str:
    return ", ".join(f"line {p.line}{f' {p.said}' if p.value else ''}" for p in problems)


class ColumnCounts:
    """How many records have a value in each column, and the values that cannot be read (`problems`)."""

    def __init__(self, columns: Sequence[Column], problems: Problems) -> None:
        self.columns = columns
        self.problems = problems
        self._alike: dict[int, _Lines] = {}

    def add(self, bits: int, line: int) -> None:
        """Count a record; bit 0 is the first column."""
        lines = self._alike.get(bits)
        if lines is None:
            lines = self._alike[bits] = _Lines()
        lines.add(line)

    def counts(self) -> list[int]:
        """Return the number of records with a value, by column."""
        return [
            sum(lines.count for bits, lines in self._alike.items() if bits >> n & 1)
            for n in range(len(self.columns))
        ]

    def refuse_unreadable(self, where: str) -> None:
        """Refuse a table in which most values of a column, or of a group of columns, cannot be read.

        Raises:
            ImportRefused: names the column, numbers and first lines.
        """
        if self.problems.count() < SOME:
            return
        kept = self.counts()
        for members in self._parts():
            names = [self.columns[n].name for n in members]
            unread = self.problems.count(names)
            given = unread + sum(kept[n] for n in members)
            if unread >= SOME and unread * 2 > given:
                raise ImportRefused(
                    f"{where}: {self._called(members)}: {unread} of {given} values cannot be read: "
                    f"{self.problems.told(names)}. {MEANT}"
                )

    def refuse_loss(self, where: str, known: Sequence[int]) -> None:
        """Refuse a table that has less than half of the known values (`known`: numbers by column).

        Raises:
            ImportRefused: names the first such column, numbers and first lines.
        """
        kept = self.counts()
        for members in self._parts():
            before, after = (sum(numbers[n] for n in members) for numbers in (known, kept))
            vanishes = after == 0 and before >= SOME and self._is_group(members)
            if after * 2 < before and (before >= FEW or vanishes):
                raise ImportRefused(
                    f"{where}: {self._called(members)}: {before} values are known, the file keeps {after}; "
                    f"{self._cause(members)}. {MEANT}"
                )

    def refuse_swapped(self, where: str) -> None:
        """Refuse a table in which most places have latitude and longitude swapped.

        Raises:
            ImportRefused: names the numbers and first lines.
        """
        swapped = self.problems.count(reason=SWAPPED)
        if swapped * 2 > swapped + self.counts()[PLACE_INDEX]:
            name = self.columns[PLACE_INDEX].name
            raise ImportRefused(
                f"{where}: latitude and longitude are swapped: {self.problems.told([name])}. {NOTHING_CHANGED}; "
                "put each under its own heading"
            )

    def _parts(self) -> Iterator[list[int]]:
        """Yield the columns as indices: each group's columns together, then each column alone."""
        groups: dict[str, list[int]] = {}
        for n, column in enumerate(self.columns):
            groups.setdefault(column.group, []).append(n)
        yield from groups.values()
        yield from ([n] for group in groups.values() if len(group) > 1 for n in group)

    def _is_group(self, members: Sequence[int]) -> bool:
        group = self.columns[members[0]].group
        return len(members) == sum(column.group == group for column in self.columns)

    def _called(self, members: Sequence[int]) -> str:
        first = self.columns[members[0]]
        return first.name if len(members) == 1 else f"{first.group} ({first.name} …)"

    def _cause(self, members: Sequence[int]) -> str:
        told = self.problems.told([self.columns[n].name for n in members])
        if told:
            return told
        mask = sum(1 << n for n in members)
        empty = sorted(n for bits, lines in self._alike.items() if not bits & mask for n in lines.first)
        if not empty:
            return "it has fewer rows; is it cut off?"
        return f"nothing is said there in lines {', '.join(map(str, islice(empty, MOST_EXAMPLES)))}"


PLACE_INDEX = 2  # the index of `place` among a facility's columns


def facility_bits(record: FacilityRecord) -> int:
    """Return which columns of a facility have values: kana, address, place, web address, closures, flags."""
    bits = (
        bool(record.name_kana)
        | bool(record.address) << 1
        | (record.latitude is not None) << PLACE_INDEX
        | bool(record.url) << 3
        | bool(record.other_closed) << 4
    )
    for n, flag in enumerate(record.open_days + record.open_weeks, start=5):
        if flag != "-":
            bits |= 1 << n
    return bits


def hours_bits(record: DepartmentRecord) -> int:
    """Return which columns of a department have values: code, name, hours and reception by weekday."""
    bits = bool(record.code) | bool(record.name) << 1
    for first, _ in record.times:
        bits |= 4 << first // DAY_BLOCK
    for first, _ in record.reception:
        bits |= 1024 << first // DAY_BLOCK
    return bits
