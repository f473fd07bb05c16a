"""Check text messages, with and without substitutions."""

import re
from collections.abc import Iterator

from bot.simulator.validation.problem import Node, Violation, at_most, join, required

TEXT_LIMIT = 5000
MOST_EMOJIS = 20
MOST_SUBSTITUTIONS = 100
_KEY = re.compile(r"[0-9A-Za-z_]{1,20}")


def check_text(message: Node, path: str) -> Iterator[Violation]:
    """1 to 5000 UTF-16 code units, at most 20 emoji, each standing on a `$`."""
    yield from required(message, ["text"], path)
    yield from at_most(message, "text", TEXT_LIMIT, path)
    emojis = message.get("emojis") or []
    if len(emojis) > MOST_EMOJIS:
        yield Violation("Size must be between 0 and 20", join(path, "emojis"))
    units = str(message.get("text") or "").encode("utf-16-le")
    for position, emoji in enumerate(emojis):
        emoji_path = join(join(path, "emojis"), position)
        yield from required(emoji, ["index", "productId", "emojiId"], emoji_path)
        index = emoji.get("index")
        if isinstance(index, int) and units[2 * index : 2 * index + 2] != b"$\x00":
            yield Violation("The index does not point at a $", join(emoji_path, "index"))


def check_text_v2(message: Node, path: str) -> Iterator[Violation]:
    """1 to 5000 UTF-16 code units; at most 100 substitutions, each placeholder with one."""
    yield from required(message, ["text"], path)
    yield from at_most(message, "text", TEXT_LIMIT, path)
    substitution = message.get("substitution") or {}
    if len(substitution) > MOST_SUBSTITUTIONS:
        yield Violation("Size must be between 0 and 100", join(path, "substitution"))
    for key in substitution:
        if not _KEY.fullmatch(key):
            yield Violation("Invalid substitution key", join(join(path, "substitution"), key))
    bare = str(message.get("text") or "").replace("{{", "").replace("}}", "")
    for name in re.findall(r"\{([^{}]*)\}", bare):
        if name not in substitution:
            yield Violation(f"The placeholder {name} has no substitution", join(path, "text"))
