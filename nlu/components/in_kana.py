"""Write a message as elderly people and phones in a hurry do: in hiragana, with a space between phrases.

The sentence vectors know kanji much better than kana. Learning each example in both writings teaches the classifier
that they mean the same: leave-one-author-out, it brings one message in a hundred.
"""

import re
from typing import List, Sequence

from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message

from core.ja import normalised
from core.ja.normal import hiragana
from core.ja.tokens import sudachi_words
from nlu.components.sentence_encoder import SentenceEncoder
from nlu.components.sudachi_tokenizer import SudachiTokenizer

_NOT_KANA = re.compile("[一-龯々ァ-ヶ]")
_KANA = re.compile("[ぁ-ん]")
_NO_READING = "キゴウ"


def in_kana(text: str) -> str:
    """Return a text in hiragana; signs, digits and Latin letters stay."""
    return "\n".join(_line(normalised(line).text) for line in text.split("\n") if line.strip()) or text


def featurised(texts: Sequence[str]) -> List[Message]:
    """Return texts as messages with the features of the pipeline."""
    messages = [Message(data={TEXT: text}) for text in texts]
    tokenizer = SudachiTokenizer(SudachiTokenizer.get_default_config())
    encoder = SentenceEncoder("encoder", SentenceEncoder.get_default_config())
    return encoder.process(tokenizer.process(messages))


def _line(text: str) -> str:
    phrases = ""
    for surface, reading, is_ending in sudachi_words(text):
        is_read = _NOT_KANA.search(surface) and reading and reading != _NO_READING
        kana = hiragana(reading) if is_read else surface
        is_new = phrases and not is_ending and not phrases.endswith(" ") and _KANA.match(kana)
        phrases += f" {kana}" if is_new else kana
    return phrases.strip()
