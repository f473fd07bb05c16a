"""Read which signs say the same as another, or worse (`data/triage/same_or_worse.yml`)."""

from collections.abc import Iterable, Mapping
from pathlib import Path

from core.content import ContentModel, read_content

SAME_OR_WORSE = Path("triage", "same_or_worse.yml")


class SameOrWorse(ContentModel):
    """By sign: the signs that say the same of a body, or worse."""

    signs: Mapping[str, tuple[str, ...]] = {}

    def widened(self, groups: Iterable[frozenset[str]]) -> tuple[frozenset[str], ...]:
        """Return the groups of a rule, each with what is the same or worse; never what another group asks for."""
        asked = tuple(groups)
        everything = frozenset[str]().union(*asked)
        return tuple(
            group | {one for name in group for one in self.signs.get(name, ()) if one not in everything}
            for group in asked
        )


def read_same_or_worse(data_dir: Path) -> SameOrWorse:
    """Read the content.

    Raises:
        ContentError: it is missing or broken; says where and why.
    """
    return read_content(data_dir / SAME_OR_WORSE, SameOrWorse)
