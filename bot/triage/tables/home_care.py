"""Choose lines of home care that fit together: of several tables, what forbids wins over what allows.

Rules of clinical.md 2.8: nothing by mouth wins over giving a drink; on a card that sends somebody to a doctor within
the hour nothing is given to drink at all.
"""

import re
from collections.abc import Sequence

# Lines of our own content, not residents' words.
_GIVES = re.compile(r"飲ませ|飲んで(?!いる|みて)|水分を|ひと口ずつ|スプーン|経口補水液")
_FORBIDS = re.compile(
    r"(?:飲ま|食べ)(?:せ)?ないで|飲んだり食べたりしないで|飲食しないで|何も(?:飲|食|口)|食べずに|飲み食いしないで"
)
_EVEN_SO = re.compile(r"自分で飲め|ブドウ糖|糖分|母乳|授乳|処方|飲みこめ")


def fitting(lines: Sequence[str], *, is_hurried: bool) -> tuple[str, ...]:
    """Return the lines without those that another one, or haste, forbids; each once."""
    forbids = is_hurried or any(_FORBIDS.search(line) for line in lines)
    kept = [line for line in lines if not (forbids and gives_drink(line))]
    return tuple(dict.fromkeys(kept))


def gives_drink(line: str) -> bool:
    """Whether a line of home care gives something by mouth to anybody."""
    return bool(_GIVES.search(line)) and not _EVEN_SO.search(line) and not _FORBIDS.search(line)
