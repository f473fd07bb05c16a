"""Read whether words speak of dying or vanishing; whoever only sleeps badly is not handed crisis lines."""

import re

from core.ja import fold

_DYING = re.compile(
    r"死(?:に|の|ん|ぬ|な)|しにた|消え(?:た|て|去)|きえた|いなくな(?:り|れ|って)|生きて(?:い)?(?:たく|る意味|て)|終わりに|楽になりた|限界"
)


def speaks_of_dying(text: str) -> bool:
    """Whether words speak of dying or vanishing."""
    return bool(_DYING.search(fold(text)))
