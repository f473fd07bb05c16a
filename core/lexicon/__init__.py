"""The lexicon: each concept in one place, found in residents' words with what is said of it."""
