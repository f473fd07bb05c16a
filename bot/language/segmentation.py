"""Cut a message where one intent may end and another begin."""

import re
from dataclasses import dataclass

from core.ja import ReadText, form
from core.understanding import Understanding

# Sentence ends; 「…んだけど、…」「…ますが、…」; a space after a verb, as old phones make people write; 「、あと…」.
CUT = re.compile(
    r"(?<=[。！？!?｡\n])(?![。！？!?｡\n])"
    r"|(?:(?<=けど)|(?<=けれど)|(?<=けども)|(?<=ますが)|(?<=ですが)|(?<=したが)|(?<=んだが))[、,]"
    r"|(?:(?<=です)|(?<=ます)|(?<=した)|(?<=たい)|(?<=さい)|(?<=せん)|(?<=すか)|(?<=てね))[ 　]+"
    r"|[、,](?=あと(?!で|から|の)|それと|それから|ついでに|そして)"
)
LINKED = re.compile(r"^(?:あと(?!で|から|の)|それと|それから|ついでに|そして|また(?=[、,]))[、,\s]*")
GREETED = re.compile(
    r"^(?:こんにちは|こんにちわ|こんばんは|こんばんわ|おはようございます|おはよう|はじめまして|初めまして"
    r"|お世話になって(?:い|お)?り?ます|お世話になります|すみません(?!が)|すいません(?!が)|もしもし)[、。,！!\s]+"
)
EDGES = " 　\r\n\t、,"
# Characters; a shorter clause has nothing that a parser could use by itself.
SHORTEST = 4
MOST_ASKED = 3
# No message asks for more; each clause may cost a question to Rasa.
MOST = 6


@dataclass(frozen=True, slots=True)
class Clause:
    """One clause of a message; `meaning` is None when Rasa was not asked or did not answer."""

    text: ReadText
    meaning: Understanding | None = None


@form
def clauses(text: str) -> tuple[ReadText, ...]:
    """Return the clauses of a message in order, at most six; the last one holds the rest."""
    found = []
    for piece in CUT.split(text):
        rest = piece.strip(EDGES)
        if greeting := GREETED.match(rest):
            found.append(greeting[0].strip(EDGES))
            rest = rest[greeting.end() :]
        rest = LINKED.sub("", rest).strip(EDGES)
        if rest:
            found.append(rest)
    if len(found) > MOST:
        found = [*found[: MOST - 1], "".join(found[MOST - 1 :])]
    whole = ReadText(text)
    return tuple(whole if piece == whole else ReadText(piece, whole.day) for piece in found)


def worth_asking(parts: tuple[ReadText, ...]) -> tuple[ReadText, ...]:
    """Return the clauses whose meaning is asked for: complaints tend to come first, requests last."""
    telling = [part for part in parts if len(part) >= SHORTEST]
    if len(telling) > MOST_ASKED:
        telling = [telling[0], *telling[1 - MOST_ASKED :]]
    return tuple(dict.fromkeys(telling))
