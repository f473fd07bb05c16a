"""Say what is signed, what has changed since, and which signatures are of no use."""

from collections.abc import Iterator
from pathlib import Path

from bot.triage.review.reviews import open_reviews
from core.content.signatures import KINDS, SIGNATURES, Standing
from core.errors import ContentError


def signature_lines(data_dir: Path) -> Iterator[str]:
    """Yield one line for each category: signed, stale or unsigned, by whom, and what has changed since.

    Raises:
        ContentError: the content or a signature is broken; says where and why.
    """
    reviews = open_reviews(data_dir)
    for category in reviews.categories:
        state = reviews.states[category.kind, category.id]
        by = f", {state.signature.name}, {state.signature.signed_on}" if state.signature else ""
        changed = f", changed since: {', '.join(state.changed)}" if state.changed else ""
        yield f"{category.kind}/{category.id} {category.version}: {state.standing.value}{by}{changed}"
    counted = [state.standing for state in reviews.states.values()]
    yield "signatures: " + ", ".join(f"{counted.count(one)} {one.value}" for one in Standing)


def signature_problems(data_dir: Path) -> list[str]:
    """Return what is wrong with the signatures: broken files, and those of content that is no more."""
    try:
        reviews = open_reviews(data_dir)
    except ContentError as error:
        return str(error).splitlines()
    known = reviews.states.keys()
    return [
        f"{path}:1: id: no {kind} has this name; take the file away: helpo triage sign {kind}/{path.stem} --withdraw"
        for kind in KINDS
        for path in sorted((data_dir / SIGNATURES / kind).glob("*.yml"))
        if (kind, path.stem) not in known
    ]
