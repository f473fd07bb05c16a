"""Ask again after a card: whether 119 was called, whether somebody can go, how it went on."""
