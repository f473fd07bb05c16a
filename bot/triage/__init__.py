"""How urgent: the red-flag screen and the protocol engine. Pure; the rules are content."""
