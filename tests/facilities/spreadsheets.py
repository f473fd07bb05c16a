"""Write tables as spreadsheets save them."""

import csv
import io
from collections.abc import Callable, Iterable
from pathlib import Path

Cells = list[list[str]]


def saved(path: Path, to: Path, change: Callable[[Cells], None], ends: str = "\r\n") -> Path:
    """Write a table with a change made to its cells (the header is the first row)."""
    rows = list(csv.reader(io.StringIO(path.read_text(encoding="utf-8-sig"), newline="")))
    change(rows)
    text = io.StringIO()
    csv.writer(text, lineterminator=ends).writerows(rows)
    to.write_bytes(text.getvalue().encode("utf-8-sig"))
    return to


def each(names: Iterable[str] | str, change: Callable[[str], str]) -> Callable[[Cells], None]:
    """Return a change of every value of the columns whose name holds one of `names`."""
    wanted = [names] if isinstance(names, str) else list(names)

    def apply(rows: Cells) -> None:
        found = [i for i, name in enumerate(rows[0]) if any(part in name for part in wanted)]
        assert found
        for row in rows[1:]:
            for index in found:
                row[index] = change(row[index])

    return apply


def swap(first: str, second: str) -> Callable[[Cells], None]:
    """Return a change that exchanges two columns' values."""

    def apply(rows: Cells) -> None:
        one, two = rows[0].index(first), rows[0].index(second)
        for row in rows[1:]:
            row[one], row[two] = row[two], row[one]

    return apply
