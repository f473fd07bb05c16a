"""Hear dangers by rules over the concepts of the lexicon: sure signs (red) and worrying ones (ask)."""
