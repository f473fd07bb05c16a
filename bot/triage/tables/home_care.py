"""Choose lines of home care that fit together: of several tables, what forbids wins over what allows.

Rules of clinical.md 2.8: nothing by mouth wins over giving a drink; on a card that sends somebody to a doctor within
the hour nothing is given to drink at all. What is stuck in a wound is neither pressed nor washed. Keeping still wins over moving, sitting up over lying down, no warmth over
warmth.
"""

import re
from collections.abc import Sequence

# Lines of our own content, not residents' words.
_GIVES = re.compile(
    r"飲(?:ませて|んで)(?!いる|みて|よい)|水分[をと]|水を[^。]*飲む|ひと口|スプーン|経口補水液|食べ(?:させ)?て(?!いる|も|られ)"
)
_FORBIDS = re.compile(
    r"(?:飲ま|食べ|飲ませ|食べさせ)(?:ない|ず)|(?:飲んだり|飲ませたり|食べたり|食べさせたり)(?:し|させ)ないで|飲食しないで|何も(?:飲|食|口)"
)
# What may be swallowed all the same, and what is forbidden beside which water is still good.
_EVEN_SO = re.compile(r"自分で飲め|ブドウ糖|糖分|糖を|血糖|母乳|授乳|しぼ|処方|飲みこめ")
_ONLY_THIS = re.compile(
    r"薬|酒|次の分|2回分|飲み忘れ|はちみつ|血は|無理に|原因と思う|吐いたあと30分|(?:朝|昼|夕)(?:ごはん|食)"
)
# Of each pair, lines of the second kind are left out where there is one of the first.
_WINNING = (
    (re.compile(r"刺さった物は、?抜かないで"), re.compile(r"強く押さえ|よく洗")),
    (re.compile(r"動かずに|そのままの姿勢"), re.compile(r"範囲で[^。]*(?:動いて|歩いて)")),
    (
        re.compile(r"体を起こして|寄りかか|座って(?:休み|、前に|、少し下)(?!、血圧)"),
        re.compile(r"横にな(?:り|って)"),
    ),
    (
        re.compile(r"(?:あたため|温め)(?:たりし)?ないで"),
        re.compile(r"(?:おなか|下腹|腹|腰)[^。]*(?:あたため|温め)て"),
    ),
)


def fitting(lines: Sequence[str], *, is_hurried: bool) -> tuple[str, ...]:
    """Return the lines without those that another one, or haste, forbids; each once."""
    forbids = is_hurried or any(forbids_drink(line) for line in lines)
    kept = [line for line in lines if not (forbids and gives_drink(line))]
    for wins, yields in _WINNING:
        if any(wins.search(line) for line in kept):
            kept = [
                line for line in kept if forbids_drink(line) or wins.search(line) or not yields.search(line)
            ]
    return tuple(dict.fromkeys(kept))


def gives_drink(line: str) -> bool:
    """Whether a line of home care gives something by mouth to anybody."""
    return bool(_GIVES.search(line)) and not _EVEN_SO.search(line) and not forbids_drink(line)


def forbids_drink(line: str) -> bool:
    """Whether a line says to take nothing by mouth; not to take a medicine or alcohol is less."""
    return bool(_FORBIDS.search(line)) and not _ONLY_THIS.search(line)
