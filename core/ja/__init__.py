"""Japanese text: one normal form, and tokens. Pure; Python 3.10 syntax, because the Rasa environment imports it."""

from core.ja.normal import Normalised, fold, normalise, normalised
from core.ja.tokens import Token, tokens

__all__ = ["Normalised", "Token", "fold", "normalise", "normalised", "tokens"]
