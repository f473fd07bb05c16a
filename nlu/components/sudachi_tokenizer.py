"""Tokenise Japanese for Rasa's featurizers."""

from typing import Any, Dict, List

from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.nlu.tokenizers.tokenizer import Token, Tokenizer
from rasa.shared.nlu.training_data.message import Message

from core import ja

READING = "reading"
_SILENT = {"補助記号", "空白"}


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_TOKENIZER, is_trainable=False)
class SudachiTokenizer(Tokenizer):
    """Token text: the normal form. Lemma: Sudachi's normalised form. Offsets: into the text as it was sent.

    The token's property `READING` is how it is spoken, in hiragana.
    """

    @staticmethod
    def get_default_config() -> Dict[str, Any]:
        """Return the settings Rasa's base class asks for."""
        return {"intent_tokenization_flag": False, "intent_split_symbol": "_", "token_pattern": None}

    @staticmethod
    def required_packages() -> List[str]:
        """Return the packages that must be importable."""
        return ["sudachipy", "sudachidict_core"]

    def tokenize(self, message: Message, attribute: str) -> List[Token]:
        """Tokenise; punctuation is left out unless there is nothing else (「？」, 「👍」)."""
        text = message.get(attribute)
        found = ja.tokens(text)
        spoken = [token for token in found if token.part not in _SILENT] or found
        if not spoken:
            return [Token(text, 0)]
        return [
            Token(token.surface, token.start, token.end, {READING: token.reading}, lemma=token.normal)
            for token in spoken
        ]
