"""Check and try out the content of the triage: `helpo triage check` and `helpo triage screen`."""

from collections.abc import Iterator
from pathlib import Path

from bot.triage.protocols.loader import load_protocols, protocol_problems
from bot.triage.screen.content import load_red_flags
from bot.triage.screen.examples import example_problems, load_examples
from bot.triage.screen.screen import load_screen
from core.errors import ContentError


def content_problems(data_dir: Path) -> list[str]:
    """Return what is wrong with protocols and red flags, a line `file:line: place: reason` for each."""
    return [*protocol_problems(data_dir), *_red_flag_problems(data_dir)]


def content_summary(data_dir: Path) -> Iterator[str]:
    """Yield one line for each protocol (id, version, items, review status) and one for the red flags.

    Raises:
        ContentError: the content is missing or broken.
    """
    for protocol in load_protocols(data_dir).values():
        items = len(protocol.own_items)
        yield f"{protocol.id} {protocol.version}: {items} items, {protocol.status}"
    yield f"red flags: {len(load_red_flags(data_dir).categories)} categories"


def _red_flag_problems(data_dir: Path) -> Iterator[str]:
    try:
        load_screen(data_dir)
        content, examples = load_red_flags(data_dir), load_examples(data_dir)
    except ContentError as error:
        yield from str(error).splitlines()
        return
    for problem in example_problems(content, examples):
        expected = problem["expected"] or "nothing"
        yield f"red flags: '{problem['text']}': expected {expected}, found {problem['found'] or 'nothing'}"
