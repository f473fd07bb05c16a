"""Check and try out the content of the triage: `helpo triage check` and `helpo triage screen`."""

from collections.abc import Iterator
from pathlib import Path

from bot.triage.danger.danger_problems import danger_problems
from bot.triage.danger.safety import load_safety
from bot.triage.red_card import first_aid_problems
from bot.triage.review.standing import signature_lines, signature_problems
from bot.triage.tables.golden import golden_problems
from bot.triage.tables.loader import load_tables, table_problems


def content_problems(data_dir: Path) -> list[str]:
    """Return what is wrong with all content and its signatures, a line `file:line: place: reason` for each."""
    found = [*table_problems(data_dir), *danger_problems(data_dir)]
    found = found or golden_problems(load_tables(data_dir), data_dir)
    found = found or first_aid_problems(load_tables(data_dir), load_safety(data_dir))
    # Signatures are compared with whole content only.
    return found or signature_problems(data_dir)


def content_summary(data_dir: Path) -> Iterator[str]:
    """Yield one line for each category with its signature, and one for each table's items.

    Raises:
        ContentError: the content is missing or broken.
    """
    for table in load_tables(data_dir).values():
        items = len(table.own_items)
        yield f"{table.id} {table.version}: {items} items"
    yield from signature_lines(data_dir)
